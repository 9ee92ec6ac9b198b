import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY, formatAddress, isFiltered, parseAddress, unfiltered, type Address, type View } from '../src/model/view.ts';

const FULL: View = {
  lists: { country: ['MLI', 'BFA'], tactic: ['ied'], target: ['military'], toll: ['contested'], place: ['exact'], day: ['day'] },
  actors: ['JNIM'],
  role: 'target',
  from: '2020-01-01',
  to: '2024-12-31',
  least: 10,
  most: 0,
  text: 'Sévaré & co, 100 % = "x"',
  measure: 'killed_civilians',
  bars: 'figure',
  sort: 'figure',
  descending: false,
  map: { latitude: 14.5, longitude: -1.25, zoom: 6.5 },
  radii: true,
};

test('a view comes back from its address as it was', () => {
  const address: Address = { page: { name: 'incident', id: 'i-n2zyqn' }, view: FULL, language: 'fr' };
  assert.deepEqual(parseAddress(formatAddress(address)), address);
});

test('what is as usual is not in the address', () => {
  assert.equal(formatAddress({ page: { name: 'explore' }, view: EMPTY, language: null }), '#/');
  assert.deepEqual(parseAddress(''), { page: { name: 'explore' }, view: EMPTY, language: null });
});

test('every sort order survives', () => {
  for (const descending of [true, false]) {
    const view = { ...EMPTY, sort: 'place' as const, descending };
    assert.deepEqual(parseAddress(formatAddress({ page: { name: 'explore' }, view, language: null })).view, view);
  }
});

test('what has not the expected form is passed over', () => {
  const { view, language, page } = parseAddress('#/?country=<script>,MLI,MLI,&from=2024-13-45&to=tomorrow&least=-1&most=1e9&map=1,2&sort=drop&lang=de&role=x&radii=2&measure=a b');
  assert.deepEqual(view, { ...EMPTY, lists: { ...EMPTY.lists, country: ['MLI'] } });
  assert.equal(language, null);
  assert.deepEqual(page, { name: 'explore' });
});

test('a map beyond the earth is no map', () => {
  for (const map of ['91,0,5', '0,200,5', '0,0,99', 'NaN,0,1', ',,', '1,2,3,4']) assert.equal(parseAddress(`#/?map=${map}`).view.map, null, map);
});

test('an unknown page is said to be none', () => {
  for (const hash of ['#/elsewhere', '#/incident/', '#/incident/a/b', '#/incident/%3Cscript%3E']) assert.equal(parseAddress(hash).page.name, 'nothing', hash);
});

test('clearing the filters keeps how things are shown', () => {
  const cleared = unfiltered(FULL);
  assert.equal(isFiltered(FULL), true);
  assert.equal(isFiltered(cleared), false);
  assert.deepEqual([cleared.measure, cleared.sort, cleared.map, cleared.radii], [FULL.measure, FULL.sort, FULL.map, FULL.radii]);
});

test('the shared empty view is never changed by reading', () => {
  const before = structuredClone(EMPTY);
  parseAddress('#/?country=MLI&actor=JNIM');
  assert.deepEqual(EMPTY, before);
});
