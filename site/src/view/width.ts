import { useLayoutEffect, useState } from 'preact/hooks';

const NARROWEST = 200;

/** The width of an element, as it changes. */
export function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    const watched = element.current;
    if (!watched) return undefined;
    setWidth(Math.max(NARROWEST, watched.clientWidth));
    const watch = new ResizeObserver(([entry]) => entry && setWidth(Math.max(NARROWEST, entry.contentRect.width)));
    watch.observe(watched);
    return () => watch.disconnect();
  }, []);
  return width;
}
