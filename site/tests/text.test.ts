import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown, webAddress } from '../src/model/text.ts';

test('what steers text or hides in it is made visible', () => {
  for (const code of [0x0, 0x1b, 0x85, 0xad, 0x61c, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0xfeff, 0xe0041])
    assert.equal(shown(`a${String.fromCodePoint(code)}b`), 'a\ufffdb', code.toString(16));
});

test('names of all scripts, and the ends of lines, stay as they are', () => {
  for (const text of ['Sévaré', 'N’Djaména', 'ⵜⴰⵎⴰⵛⴻⵇ', 'تمبكتو', 'a\u00a0b', 'two\nlines\tand a tab']) assert.equal(shown(text), text);
});

test('a text is cut where it is too long', () => assert.equal(shown('abcdef', 4), 'abc…'));

test('only http and https are followed, without a name and a password', () => {
  assert.equal(webAddress('https://example.org/a'), 'https://example.org/a');
  for (const address of ['javascript:alert(1)', 'data:text/html,x', '//example.org', 'https://user:word@example.org/', 'https://', null]) assert.equal(webAddress(address), null);
});
