import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv, csvCell, formulas, isFormula } from '../src/model/csv.ts';
import { shown, webAddress } from '../src/model/text.ts';

test('a cell that a spreadsheet would run gets an apostrophe', () => {
  for (const cell of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\n=1', '＝1+1', '＋1', '－1', '＠x']) {
    assert.equal(isFormula(cell), true, JSON.stringify(cell));
    assert.match(csvCell(cell), /^"'/, JSON.stringify(cell));
  }
});

test('other cells are as they are', () => {
  for (const cell of ['Sévaré', 'a=b', '1-2', 'i-n2zyqn', '']) assert.equal(isFormula(cell), false, cell);
  assert.equal(csvCell(-4.25), '-4.25');
  assert.equal(csvCell(0), '0');
  assert.equal(csvCell(null), '');
  assert.equal(csvCell(false), 'false');
});

test('quotes, commas and line breaks stay in their cell', () => {
  assert.equal(csvCell('a "b", c'), '"a ""b"", c"');
  assert.equal(csvCell('a\nb'), '"a\nb"');
  assert.equal(csvCell('=A,"B"'), '"\'=A,""B"""');
});

test('a file has a header and the rows that are asked for', () => {
  const columns = [['i-1', 'i-2'], [1, null], ['=x', 'y']];
  assert.equal(csv(['id', 'n', 't'], columns, [1, 0]), 'id,n,t\r\ni-2,,y\r\ni-1,1,"\'=x"\r\n');
  assert.equal(formulas(columns, [0, 1]), 1);
  assert.equal(formulas(columns, [1]), 0);
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
