import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAS, csv, csvCell, formulas, isFormula, SEMICOLONS } from '../src/model/csv.ts';
import { shown, webAddress } from '../src/model/text.ts';

test('a cell that a spreadsheet would run gets an apostrophe', () => {
  for (const cell of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\n=1', '＝1+1', '＋1', '－1', '＠x']) {
    assert.equal(isFormula(cell, COMMAS), true, JSON.stringify(cell));
    assert.match(csvCell(cell, COMMAS), /^"'/, JSON.stringify(cell));
  }
});

test('other cells are as they are', () => {
  for (const cell of ['Sévaré', 'a=b', '1-2', 'i-n2zyqn', '']) assert.equal(isFormula(cell, COMMAS), false, cell);
  assert.equal(csvCell(-4.25, COMMAS), '-4.25');
  assert.equal(csvCell(0, COMMAS), '0');
  assert.equal(csvCell(null, COMMAS), '');
  assert.equal(csvCell(false, COMMAS), 'false');
});

test('quotes, commas and line breaks stay in their cell', () => {
  assert.equal(csvCell('a "b", c', COMMAS), '"a ""b"", c"');
  assert.equal(csvCell('a\nb', COMMAS), '"a\nb"');
  assert.equal(csvCell('=A,"B"', COMMAS), '"\'=A,""B"""');
});

/** The cells of a text as a program takes it apart that separates by another sign and knows no quotes inside of a cell. */
const splitAt = (text: string, separator: RegExp): string[] => text.split(separator).map((cell) => cell.replace(/^[\s"]+/, ''));

test('no part of a cell is run by a spreadsheet that separates by another sign', () => {
  for (const sign of ['=', '+', '-', '@', '＝']) {
    for (const between of [';', '\t', '; ', ';"', ';\n', '\n', '\r\n', '\t ']) {
      for (const [cell, form] of [`x${between}${sign}2`, `${between}${sign}2`].flatMap((text) => [COMMAS, SEMICOLONS].map((form) => [text, form] as const))) {
        assert.ok(isFormula(cell, form), JSON.stringify(cell));
        assert.match(csvCell(cell, form), /^".*"$/s);
        for (const part of splitAt(csvCell(cell, form), /[;\t\r\n]/)) assert.notEqual(part[0], sign, JSON.stringify(cell));
      }
    }
  }
  for (const part of splitAt(csvCell('x,=2', SEMICOLONS), /,/)) assert.notEqual(part[0], '=');
});

test('a separator of any spreadsheet stays in its cell', () => {
  for (const form of [COMMAS, SEMICOLONS]) for (const cell of ['a;b', 'a\tb', 'a,b']) assert.equal(csvCell(cell, form), `"${cell}"`);
  assert.equal(csvCell('a; b = c', COMMAS), '"a; b = c"');
});

test('where cells are separated by semicolons, decimals have a comma', () => {
  assert.equal(csv(['a', 'b'], [[1.5, 'x;y'], [null, -4.25]], [0, 1], SEMICOLONS), 'a;b\r\n1,5;\r\n"x;y";-4,25\r\n');
});

test('a file has a header and the rows that are asked for', () => {
  const columns = [['i-1', 'i-2'], [1, null], ['=x', 'y']];
  assert.equal(csv(['id', 'n', 't'], columns, [1, 0], COMMAS), 'id,n,t\r\ni-2,,y\r\ni-1,1,"\'=x"\r\n');
  assert.equal(formulas(columns, [0, 1], COMMAS), 1);
  assert.equal(formulas(columns, [1], COMMAS), 0);
});

test('only http and https are followed', () => {
  assert.equal(webAddress('https://example.org/a b'), 'https://example.org/a%20b');
  assert.equal(webAddress('HTTP://example.org/'), 'http://example.org/');
  for (const bad of ['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'ftp://example.org', '//example.org', '', 'https://', 'https://user:pass@example.org/', null, undefined])
    assert.equal(webAddress(bad), null, String(bad));
});

test('characters that steer the text around them are made visible', () => {
  assert.equal(shown('a\u202eb\u2066c\u200fd'), 'a�b�c�d');
  assert.equal(shown('\u0000x'), '�x');
  assert.equal(shown('Sévaré – قاو'), 'Sévaré – قاو');
  assert.equal(shown('x'.repeat(10_000), 80).length, 80);
});
