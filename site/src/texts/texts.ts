/** What the page says, in English and French: each language is one file, and a missing key is a type error. */

import type { Language } from '../model/view.ts';
import en from './en.json';
import fr from './fr.json';

export type Key = keyof typeof en;
/** Keys that have a form for one and a form for several. */
export type PluralKey = Key extends infer K ? (K extends `${infer Base}.one` ? Base : never) : never;
export type Values = Record<string, string | number>;

const TEXTS: Record<Language, Record<Key, string>> = { en, fr };
export const LOCALE: Record<Language, string> = { en: 'en-GB', fr: 'fr-FR' };

/** A text with its values put in; a value is never looked through for further places. */
export const say = (language: Language, key: Key, values: Values = {}): string =>
  TEXTS[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

/** A text that depends on a number, which it may name as {count}. */
export function sayCount(language: Language, key: PluralKey, count: number, values: Values = {}): string {
  const isOne = new Intl.PluralRules(LOCALE[language]).select(count) === 'one';
  return say(language, `${key}.${isOne ? 'one' : 'other'}` as Key, { count: count.toLocaleString(LOCALE[language]), ...values });
}
