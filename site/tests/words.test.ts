import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { claimText, dateText, monthText, titleText, tollText, type Say } from '../src/model/format.ts';
import { monthOf } from '../src/model/data.ts';

const read = (name: string): Record<string, string> => JSON.parse(readFileSync(new URL(`../../src/texts/${name}.json`, import.meta.url), 'utf-8')) as Record<string, string>;
const TEXTS = { en: read('en'), fr: read('fr') };
const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
const speaking = (language: 'en' | 'fr'): Say => (key, values = {}) =>
  TEXTS[language][key]!.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
const en = speaking('en');

test('both languages say everything, with the same values', () => {
  assert.deepEqual(Object.keys(TEXTS.fr), Object.keys(TEXTS.en));
  for (const [key, text] of Object.entries(TEXTS.en)) {
    assert.notEqual(TEXTS.fr[key]!.trim(), '', key);
    assert.deepEqual(places(TEXTS.fr[key]!), places(text), key);
  }
});

test('what has a form for one has a form for several', () => {
  for (const key of Object.keys(TEXTS.en).filter((name) => name.endsWith('.one'))) assert.ok(TEXTS.en[key.replace(/one$/, 'other')], key);
});

test('French keeps its signs with the word before', () => {
  for (const [key, text] of Object.entries(TEXTS.fr)) assert.doesNotMatch(text, / [;:?!»]|« /, key);
});

test('a figure that nobody stated is never 0', () => {
  assert.equal(tollText(null, null, null, en, 'en'), 'not stated');
  assert.equal(tollText(0, 0, 0, en, 'en'), '0');
});

test('a decided figure is told with its range', () => {
  assert.equal(tollText(12, 12, 12, en, 'en'), '12');
  assert.equal(tollText(10, 12, 15, en, 'en'), '12 (10 to 15)');
  assert.equal(tollText(10, 12, null, en, 'en'), '12 (10 or more)');
  assert.equal(tollText(30, 30, null, en, 'en'), '30 or more');
  assert.equal(tollText(null, null, 600, en, 'en'), 'up to 600');
  assert.equal(tollText(1000, 1200, 1500, speaking('fr'), 'fr').replace(/\s/g, ' '), '1 200 (1 000 à 1 500)');
});

test('a claim is told as it was worded', () => {
  const told = (low: number | null, high: number | null, qualifier: string): string => claimText(low, high, qualifier, en, 'en');
  assert.equal(told(5, null, 'at_least'), 'at least 5');
  assert.equal(told(80, null, 'more_than'), 'more than 80');
  assert.equal(told(null, 600, 'up_to'), 'up to 600');
  assert.equal(told(10, 10, 'about'), 'about 10');
  assert.equal(told(10, 15, 'about'), 'about 10 to 15');
  assert.equal(told(10, 15, 'exactly'), '10 to 15');
  assert.equal(told(3, 3, 'exactly'), '3');
  assert.match(told(null, null, 'dozens'), /dozens/);
  assert.equal(told(null, null, 'not_stated'), 'spoke of it, gave no number');
  assert.equal(told(null, null, 'unknown'), 'some, number not stated');
});

test('a date says no more than is known', () => {
  assert.equal(dateText('2025-07-01', '2025-07-01', 'day', 'en'), '1 July 2025');
  assert.equal(dateText('2025-07-01', '2025-07-01', 'day', 'fr'), '1er juillet 2025');
  assert.equal(dateText('2025-07-21', '2025-07-21', 'day', 'fr'), '21 juillet 2025');
  assert.equal(dateText('2025-07-01', '2025-07-31', 'month', 'en'), 'July 2025');
  assert.equal(dateText('2025-01-01', '2025-12-31', 'year', 'fr'), '2025');
  assert.match(dateText('2025-07-01', '2025-07-03', 'few_days', 'en'), /^1\s?–\s?3 July 2025$/u);
  assert.equal(monthText(monthOf('2025-07-15'), 'fr'), 'juillet 2025');
});

test('the date in a label is one of the language', () => {
  const told = (label: string): string => titleText(label, '1er juillet 2025');
  assert.equal(told('Attaque, Kayes (Mali), 2025-07-01'), 'Attaque, Kayes (Mali), 1er juillet 2025');
  assert.equal(told('Attaque, Gao (Mali), 2013-05-03/2013-05-04'), 'Attaque, Gao (Mali), 1er juillet 2025');
  assert.equal(told('Attaque, Diffa (Niger), 2018-06'), 'Attaque, Diffa (Niger), 1er juillet 2025');
  assert.equal(told('Attaque, camp 2018'), 'Attaque, camp 2018');
});
