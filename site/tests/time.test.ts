import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monthOf } from '../src/model/data.ts';
import { isReversed, monthsOf } from '../src/model/time.ts';

const data: [number, number] = [monthOf('2012-01-01'), monthOf('2026-06-01')];
const months = (from: string, to: string): [number, number] => [monthOf(from), monthOf(to)];

test('dates choose the months in which they lie', () => {
  assert.deepEqual(monthsOf({ from: '2024-01-15', to: '2024-03-01' }, data), months('2024-01-01', '2024-03-01'));
  assert.deepEqual(monthsOf({ from: null, to: '2024-03-31' }, data), months('2012-01-01', '2024-03-01'));
  assert.deepEqual(monthsOf({ from: '2000-01-01', to: null }, data), data);
});

test('dates between which nothing lies choose no month', () => {
  assert.equal(monthsOf({ from: '2025-01-01', to: '2020-01-01' }, data), null);
  assert.equal(monthsOf({ from: '2025-01-20', to: '2025-01-10' }, data), null);
  assert.equal(monthsOf({ from: '2050-01-01', to: null }, data), null);
  assert.equal(monthsOf({ from: null, to: '1990-01-01' }, data), null);
});

test('dates are reversed where the first lies after the last', () => {
  assert.ok(isReversed({ from: '2025-01-01', to: '2020-01-01' }));
  for (const [from, to] of [['2020-01-01', '2020-01-01'], ['2020-01-01', null], [null, '2020-01-01'], [null, null]] as const) assert.ok(!isReversed({ from, to }));
});
