import assert from 'node:assert/strict';
import { test } from 'node:test';
import { select, sorted } from '../src/model/select.ts';
import { EMPTY, type View } from '../src/model/view.ts';
import { small } from './small.ts';

const data = small();
const rows = (part: Partial<View>): number[] => select(data, { ...EMPTY, ...part }).rows;
const lists = (part: Partial<View['lists']>): Partial<View> => ({ lists: { ...EMPTY.lists, ...part } });

test('without a filter everything is shown', () => assert.deepEqual(rows({}), [0, 1, 2]));

test('codes of one list are alternatives, lists are conditions', () => {
  assert.deepEqual(rows(lists({ country: ['MLI'] })), [0, 1]);
  assert.deepEqual(rows(lists({ country: ['MLI', 'BFA'] })), [0, 1, 2]);
  assert.deepEqual(rows(lists({ country: ['MLI'], tactic: ['ied'] })), [1]);
});

test('a code that no list has finds nothing, and neither does an empty cell', () => {
  assert.deepEqual(rows(lists({ country: ['XXX'] })), []);
  assert.deepEqual(rows(lists({ target: ['civilians'] })), []);
  assert.deepEqual(rows(lists({ target: ['unknown'] })), []);
});

test('dates are of the first day, both ends included', () => {
  assert.deepEqual(rows({ from: '2024-01-05', to: '2024-01-05' }), [0, 1]);
  assert.deepEqual(rows({ from: '2024-01-06' }), [2]);
});

test('an actor is found in any role, or in the one that is asked for', () => {
  assert.deepEqual(rows({ actors: ['army'] }), [0, 2]);
  assert.deepEqual(rows({ actors: ['army'], role: 'target' }), [0]);
  assert.deepEqual(rows({ actors: ['nobody'] }), []);
});

test('what nobody stated is neither at least 0 nor at most 1000', () => {
  assert.deepEqual(rows({ least: 0 }), [0, 2]);
  assert.deepEqual(rows({ most: 1000 }), [0, 2]);
  assert.deepEqual(rows({ least: 5 }), [2]);
});

test('words are found without accents and capitals, in places, actors and ids', () => {
  assert.deepEqual(rows({ text: 'sevare' }), [0]);
  assert.deepEqual(rows({ text: 'sewaare' }), [0], 'by any of its names');
  assert.deepEqual(rows({ text: ' ARMÉE  mli' }), [0]);
  assert.deepEqual(rows({ text: 'i-cccccc' }), [2]);
});

test('a place is named as the language does, else as in the data', () => {
  assert.deepEqual(data.placeIn.en, ['Sevare town', 'Tessit', null]);
  assert.deepEqual(data.placeIn.fr, ['Sévaré', 'Tessit', null]);
});

test('a count tells what a choice would show', () => {
  const view = { ...EMPTY, ...lists({ country: ['MLI'] }) };
  const found = select(data, view);
  assert.deepEqual([...found.counts.country], [2, 1], 'of its own list, as if it were not filtered');
  assert.deepEqual([...found.counts.tactic], [1, 1], 'of another list, within the filter');
  const countries = ['MLI', 'BFA'];
  countries.forEach((code, at) => assert.equal(found.counts.country[at], rows(lists({ country: [code] })).length));
});

test('what the dates hide is still there for the time line', () => {
  const found = select(data, { ...EMPTY, from: '2024-02-01' });
  assert.deepEqual([...found.apartFromDates], [1, 1, 1]);
  assert.deepEqual([...found.chosen], [0, 0, 1]);
});

test('rows are sorted both ways, and who has no figure or place comes last either way', () => {
  const order = (part: Partial<View>): number[] => sorted(data, Uint8Array.of(1, 1, 1), { ...EMPTY, ...part });
  assert.deepEqual(order({}), [2, 1, 0]);
  assert.deepEqual(order({ sort: 'figure', descending: true }), [2, 0, 1]);
  assert.deepEqual(order({ sort: 'figure', descending: false }), [0, 2, 1]);
  assert.deepEqual(order({ sort: 'place', descending: false }), [0, 1, 2]);
  assert.deepEqual(order({ sort: 'place', descending: true }), [1, 0, 2]);
  assert.deepEqual(sorted(data, Uint8Array.of(1, 0, 1), EMPTY), [2, 0], 'what is not chosen is left out');
});
