/** What every part of the page needs: the data and the language. */

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Codelist, Dataset } from '../model/data.ts';
import { numberText } from '../model/format.ts';
import { shown } from '../model/text.ts';
import type { Language } from '../model/view.ts';
import { say, sayCount, type Key, type PluralKey, type Values } from '../texts/texts.ts';

export interface Words {
  language: Language;
  t: (key: Key, values?: Values) => string;
  count: (key: PluralKey, count: number, values?: Values) => string;
  number: (value: number) => string;
  /** Between a name and what it is, with the blank that the language has there. */
  colon: string;
}

export const wordsOf = (language: Language): Words => ({
  language,
  t: (key, values) => say(language, key, values),
  count: (key, count, values) => sayCount(language, key, count, values),
  number: (value) => numberText(value, language),
  colon: language === 'fr' ? '\u00a0: ' : ': ',
});

export const WordsContext = createContext<Words>(wordsOf('en'));
export const useWords = (): Words => useContext(WordsContext);

export const DataContext = createContext<Dataset | null>(null);
export function useData(): Dataset {
  const data = useContext(DataContext);
  if (!data) throw new Error('used before the data were loaded');
  return data;
}

/** The name of a code in a language; a code that no list has is its own name. */
export function labelOf(list: Codelist | undefined, code: string | null | undefined, language: Language): string {
  if (code === null || code === undefined) return '';
  const at = list?.code.indexOf(code) ?? -1;
  return list && at >= 0 ? (list[`label_${language}`][at] ?? code) : code;
}

/** The definition of a code in a language, where it has one. */
export function definitionOf(list: Codelist | undefined, code: string | null | undefined, language: Language): string | undefined {
  const at = list?.code.indexOf(code ?? '') ?? -1;
  return list?.[`definition_${language}`][at] ?? undefined;
}

/** Text from the data: set apart from the direction of what is around it. */
export const Told = ({ children, longest, lang }: { children: string; longest?: number; lang?: string | undefined }) => (
  <bdi lang={lang}>{shown(children, longest)}</bdi>
);

/** Beside what the data have in English alone: curators' notes, names of claimants, reasons. */
export function InEnglish() {
  const { t, language } = useWords();
  return language === 'en' ? null : <small class="in-english">{t('in_english')}</small>;
}
