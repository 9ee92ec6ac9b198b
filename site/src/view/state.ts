/** The address is the state: what is shown is read from it, and what is chosen is written to it. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { formatAddress, parseAddress, type Address, type Language, type Page, type View } from '../model/view.ts';

const MOVED = 'address';

/** Browsers slow down or refuse pages that write their address for every movement of a hand. */
const WRITTEN_AFTER_MS = 200;
/** Steps that follow each other faster than this are one: Back undoes them together. */
const ONE_MOVE_MS = 1000;

/** The address in force, where the browser does not have it yet. */
let ahead: string | null = null;
let writing: ReturnType<typeof setTimeout> | undefined;
let lastStep = -Infinity;

const hashInForce = (): string => ahead ?? location.hash;

/** The page in force, whatever its view. */
export const pageInForce = (): string => hashInForce().split('?', 1)[0]!;

export const currentAddress = (): Address => parseAddress(hashInForce());

/** The address in force; whoever uses it is drawn anew when it changes. */
export function useAddress(): Address {
  const [hash, setHash] = useState(hashInForce());
  useEffect(() => {
    const moved = (): void => setHash(hashInForce());
    const travelled = (): void => {
      forget(); // Back, Forward or a link count for more than what was not written yet
      lastStep = -Infinity;
      moved();
    };
    window.addEventListener(MOVED, moved);
    window.addEventListener('pagehide', settle);
    window.addEventListener('click', settle, true); // before a link is followed: Back leads to what was seen
    for (const name of ['hashchange', 'popstate']) window.addEventListener(name, travelled);
    return () => {
      window.removeEventListener(MOVED, moved);
      window.removeEventListener('pagehide', settle);
      window.removeEventListener('click', settle, true);
      for (const name of ['hashchange', 'popstate']) window.removeEventListener(name, travelled);
    };
  }, []);
  return useMemo(() => parseAddress(hash), [hash]);
}

/**
 * How an address follows another: `move` is a step of its own; `step` is one of many of the same movement (a drag, a
 * letter), which are one step of Back together; `drift` (moving the map) is none.
 */
export type Pace = 'move' | 'step' | 'drift';

/** Go to an address. */
export function go(address: Address, pace: Pace = 'move'): void {
  const hash = formatAddress(address);
  if (hash === hashInForce()) return;
  const isNew = pace === 'move' || (pace === 'step' && performance.now() - lastStep > ONE_MOVE_MS);
  lastStep = pace === 'step' ? performance.now() : -Infinity;
  if (isNew) {
    settle();
    history.pushState(null, '', hash);
  } else {
    ahead = hash;
    clearTimeout(writing);
    writing = setTimeout(settle, WRITTEN_AFTER_MS);
  }
  window.dispatchEvent(new Event(MOVED));
}

/** Let the browser have the address in force: what is copied or kept then is what is shown. */
export function settle(): void {
  if (ahead !== null) history.replaceState(null, '', ahead);
  forget();
}

function forget(): void {
  clearTimeout(writing);
  ahead = null;
}

/** Change something of the view in force. */
export const change = (part: Partial<View>, pace?: Pace): void => {
  const address = currentAddress();
  go({ ...address, view: { ...address.view, ...part } }, pace);
};

/** The address of a page, with the view and language in force: to be the target of a link. */
export const linkTo = (page: Page, part: Partial<View> = {}): string => {
  const address = currentAddress();
  return formatAddress({ ...address, page, view: { ...address.view, ...part } });
};

const LANGUAGE = 'language';
const THEME = 'theme';

/** What a reader chose before; a browser that keeps nothing is no failure. */
function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // nothing is kept then
  }
}

/** The language of the address, else the one that was chosen before, else that of the browser. */
export function languageOf(asked: Language | null): Language {
  const [wanted] = [asked, kept(LANGUAGE), navigator.language.slice(0, 2)].filter((name) => name === 'en' || name === 'fr');
  return wanted === 'fr' ? 'fr' : 'en';
}

export function chooseLanguage(language: Language): void {
  keep(LANGUAGE, language);
  go({ ...currentAddress(), language });
}

export type Theme = 'light' | 'dark';

export function currentTheme(): Theme {
  const chosen = kept(THEME);
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** Colours by the reader's choice; without one, those of the system. */
export function applyTheme(theme: Theme, isChosen = false): void {
  document.documentElement.dataset['theme'] = theme;
  if (isChosen) keep(THEME, theme);
}
