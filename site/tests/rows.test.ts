import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenRows, type Rows } from '../src/model/rows.ts';
import { total } from '../src/model/totals.ts';
import { small } from './small.ts';

const data = small();
const chosen = (...rows: number[]): Uint8Array => Uint8Array.from([0, 1, 2], (row) => (rows.includes(row) ? 1 : 0));
const of = (name: string, ...values: string[]): Rows => ({ columns: [{ name, type: 'string', values }] });
const tolls: Rows = {
  columns: [
    { name: 'unit_id', type: 'string', values: ['o-aaaaaa', 'i-cccccc', 'i-aaaaaa', 'i-zzzzzz'] },
    { name: 'best', type: 'integer', values: [8, 12, 2, 99] },
  ],
};

test('incidents are those that are selected', () => {
  assert.deepEqual(chosenRows('incidents', of('incident_id', 'i-aaaaaa', 'i-bbbbbb', 'i-cccccc'), data, chosen(0, 2)), { rows: [0, 2], parts: 0 });
});

test('tolls of a selection add up to its total: a joint figure only where all of its incidents are selected', () => {
  const whole = chosenRows('tolls', tolls, data, chosen(0, 1, 2));
  assert.deepEqual(whole, { rows: [0, 1, 2], parts: 0 });
  const part = chosenRows('tolls', tolls, data, chosen(0, 2));
  assert.deepEqual(part, { rows: [1, 2], parts: 1 });
  assert.equal(total(data, chosen(0, 2), 'killed').best, 12);
});

test('claims are those about what is selected, joint ones included', () => {
  const claims = of('subject_id', 'o-aaaaaa', 'i-bbbbbb', 'i-cccccc', 'i-zzzzzz');
  assert.deepEqual(chosenRows('claims', claims, data, chosen(0)), { rows: [0], parts: 1 });
  assert.deepEqual(chosenRows('claims', claims, data, chosen(2)), { rows: [2], parts: 0 });
});
