/** Dates and figures in words, in both languages. */

import type { Count } from './data.ts';
import { shown } from './text.ts';
import type { Language } from './view.ts';

/** Puts values into a text of the page: the one function of the texts that is needed here. */
export type Say = (key: FormatKey, values?: Record<string, string | number>) => string;
export type FormatKey =
  | 'not_stated'
  | 'open_high'
  | 'range'
  | 'best_range'
  | 'figure.exactly'
  | 'figure.at_least'
  | 'figure.more_than'
  | 'figure.about'
  | 'figure.about.range'
  | 'figure.up_to'
  | 'figure.dozens'
  | 'figure.unknown'
  | 'figure.not_stated'
  | 'figure.range';

const LOCALES: Record<Language, string> = { en: 'en-GB', fr: 'fr-FR' };
const NUMBERS = { en: new Intl.NumberFormat(LOCALES.en), fr: new Intl.NumberFormat(LOCALES.fr) };
const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(LOCALES[language], { ...options, timeZone: 'UTC' });
  formats.set(key, known);
  return known;
}

/** A number as people of the language write it. */
export const numberText = (value: number, language: Language): string => NUMBERS[language].format(value);

/** Days as well as they are known: "1 July 2025", "1–3 July 2025", "July 2025", "2025". */
export function dateText(start: string, end: string, precision: string, language: Language, month: 'long' | 'short' = 'long'): string {
  const [first, last] = [new Date(`${start}T00:00:00Z`), new Date(`${end}T00:00:00Z`)];
  if (precision === 'year') return dateFormat(language, { year: 'numeric' }).formatRange(first, last);
  if (precision === 'month') return dateFormat(language, { year: 'numeric', month }).formatRange(first, last);
  const days = dateFormat(language, { year: 'numeric', month, day: 'numeric' }).formatRange(first, last);
  return language === 'fr' ? days.replace(/\b1(?=\s\p{L})/gu, '1er') : days; // the first of a month is an ordinal there
}

/** Labels end with a day, month, year or interval in ISO 8601; people read a date of their language there. */
export const titleText = (label: string, date: string): string => label.replace(/, \d{4}(-\d\d){0,2}(\/\d{4}(-\d\d){0,2})?$/, `, ${date.replaceAll('$', '$$$$')}`);

/** A language by its name: "French" of "fr"; what is no code of one stays as it is. */
export function languageName(code: string, language: Language): string {
  if (!/^[a-z]{2,3}$/.test(code)) return shown(code, 20);
  return new Intl.DisplayNames(LOCALES[language], { type: 'language' }).of(code) ?? code;
}

/** A month since year 0: "July 2025". */
export const monthText = (month: number, language: Language): string =>
  dateFormat(language, { year: 'numeric', month: 'long' }).format(new Date(Date.UTC(Math.floor(month / 12), month % 12, 1)));

/** What may be said of two bounds; null where both are open. */
export function rangeText(low: Count, high: Count, say: Say, language: Language): string | null {
  const number = (value: number): string => numberText(value, language);
  if (low === null && high === null) return null;
  if (high === null) return say('open_high', { low: number(low!) });
  if (low === null) return say('figure.up_to', { high: number(high) });
  return low === high ? number(low) : say('range', { low: number(low), high: number(high) });
}

/** A decided figure: "12", "12 (10 to 15)", "12 (10 or more)", "12 or more", "not stated". Never 0 for what nobody stated. */
export function tollText(low: Count, best: Count, high: Count, say: Say, language: Language): string {
  const range = rangeText(low, high, say, language);
  if (best === null) return range ?? say('not_stated');
  if (range === null || (low === best && high === best)) return numberText(best, language);
  if (low === best && high === null) return range;
  return say('best_range', { best: numberText(best, language), range });
}

/** A claimed figure as it was worded. */
export function claimText(low: Count, high: Count, qualifier: string, say: Say, language: Language): string {
  const values = { low: low === null ? '?' : numberText(low, language), high: high === null ? '?' : numberText(high, language) };
  const isRange = low !== null && high !== null && low !== high;
  if (qualifier === 'about') return isRange ? say('figure.about.range', values) : low === null ? say('figure.unknown') : say('figure.about', values);
  if (isRange) return say('figure.range', values);
  if (qualifier === 'not_stated') return say('figure.not_stated');
  if (low === null && high === null) return say(qualifier === 'dozens' ? 'figure.dozens' : 'figure.unknown');
  if (low === null) return say('figure.up_to', values);
  if (qualifier === 'more_than') return say('figure.more_than', values);
  if (qualifier === 'at_least' || high === null) return say('figure.at_least', values);
  return say('figure.exactly', values);
}
