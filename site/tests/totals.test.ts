import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monthlyFigures, total } from '../src/model/totals.ts';
import { dataset } from '../src/model/data.ts';
import { payload, small } from './small.ts';

const data = small();
const chosen = (...rows: number[]): Uint8Array => Uint8Array.from([0, 1, 2], (row) => (rows.includes(row) ? 1 : 0));

test('a total is the sum of additive tolls, a joint figure once', () => {
  assert.deepEqual(total(data, chosen(0, 1, 2), 'killed'), { figures: 2, low: 17, best: 20, high: null, open: 1, left: { figures: 0, best: 0 } });
});

test('a joint figure of which only a part is selected is in no sum, and is told apart', () => {
  const sum = total(data, chosen(0, 2), 'killed');
  assert.deepEqual([sum.best, sum.figures], [12, 1]);
  assert.deepEqual(sum.left, { figures: 1, best: 8 });
});

test('nothing selected adds up to no figure', () => {
  assert.equal(total(data, chosen(), 'killed').figures, 0);
});

test('a total in which one figure is open above has no upper bound, and others have theirs', () => {
  assert.equal(total(data, chosen(0, 1), 'killed').high, null);
  assert.deepEqual([total(data, chosen(2), 'killed').high, total(data, chosen(2), 'killed').open], [20, 0]);
});

test('each measure is a sum of its own', () => {
  assert.deepEqual(total(data, chosen(0, 1, 2), 'injured'), { figures: 1, low: 1, best: 2, high: 3, open: 0, left: { figures: 0, best: 0 } });
});

test('an operation without incidents is in no selection', () => {
  const lonely = payload();
  lonely.incidents['operation'] = [null, null, null];
  assert.equal(total(dataset(lonely), chosen(0, 1, 2), 'killed').figures, 1);
});

test('months add up to the total, and know which of their figures are open above', () => {
  const months = monthlyFigures(data, chosen(0, 1, 2), 'killed');
  assert.deepEqual([...months.best], [8, 0, 12]);
  assert.deepEqual([...months.open], [1, 0, 0]);
});
