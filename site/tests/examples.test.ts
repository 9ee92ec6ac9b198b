import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { examplesOf } from '../src/sql/examples.ts';

type Language = 'en' | 'fr';
const texts = (name: Language): Record<string, string> => JSON.parse(readFileSync(new URL(`../../src/texts/${name}.json`, import.meta.url), 'utf-8')) as Record<string, string>;
const of = (language: Language) => {
  const said = texts(language);
  return examplesOf(language, (key) => said[key]!);
};

test('an example asks for names of the language, and says in it what it does', () => {
  for (const [language, other] of [['en', 'fr'], ['fr', 'en']] as const) {
    for (const [at, { query }] of of(language).entries()) {
      assert.ok(!query.includes(`_${other}`), query);
      assert.match(query, /^-- \S/);
      assert.notEqual(query.split('\n')[0], of(other)[at]!.query.split('\n')[0]);
    }
  }
});
