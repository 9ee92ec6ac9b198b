/** Loading files that stand beside the page; each is asked for once. */

import { useEffect, useState } from 'preact/hooks';

const asked = new Map<string, Promise<unknown>>();

/** A JSON file beside the page. */
export function load<T>(path: string): Promise<T> {
  const known = asked.get(path);
  if (known) return known as Promise<T>;
  const answer = fetch(path).then((response) => {
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json() as Promise<unknown>;
  });
  asked.set(path, answer);
  answer.catch(() => asked.delete(path)); // the next try asks again
  return answer as Promise<T>;
}

export type Loaded<T> = { state: 'loading' } | { state: 'failed'; why: string } | { state: 'there'; value: T };

/** A file as it comes; a path of null asks for nothing. */
export function useLoaded<T>(path: string | null): Loaded<T> {
  const [loaded, setLoaded] = useState<{ path: string | null; as: Loaded<T> }>({ path, as: { state: 'loading' } });
  useEffect(() => {
    if (path === null) return undefined;
    let isWanted = true;
    load<T>(path).then(
      (value) => isWanted && setLoaded({ path, as: { state: 'there', value } }),
      (error: unknown) => isWanted && setLoaded({ path, as: { state: 'failed', why: String(error) } }),
    );
    return () => {
      isWanted = false;
    };
  }, [path]);
  return loaded.path === path ? loaded.as : { state: 'loading' };
}
