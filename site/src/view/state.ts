/** The address is the state: what is shown is read from it, and what is chosen is written to it. */

import { useEffect, useState } from 'preact/hooks';
import { formatAddress, parseAddress, type Address, type Language, type Page, type View } from '../model/view.ts';

const MOVED = 'address';

export const currentAddress = (): Address => parseAddress(location.hash);

/** The address in force; whoever uses it is drawn anew when it changes. */
export function useAddress(): Address {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const moved = (): void => setHash(location.hash);
    for (const name of ['hashchange', 'popstate', MOVED]) window.addEventListener(name, moved);
    return () => {
      for (const name of ['hashchange', 'popstate', MOVED]) window.removeEventListener(name, moved);
    };
  }, []);
  return parseAddress(hash);
}

/** Go to an address. A step that is one of many (a drag, a letter) takes the place of the one before. */
export function go(address: Address, isStep = false): void {
  const hash = formatAddress(address);
  if (hash === location.hash) return;
  if (isStep) history.replaceState(null, '', hash);
  else history.pushState(null, '', hash);
  window.dispatchEvent(new Event(MOVED));
}

/** Change something of the view in force. */
export const change = (part: Partial<View>, isStep = false): void => {
  const address = currentAddress();
  go({ ...address, view: { ...address.view, ...part } }, isStep);
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
