import assert from 'node:assert/strict';
import { test } from 'node:test';
import { around, fit, Projection, zoomedAt } from '../src/model/mercator.ts';
import { axis, bandOf, byClaimant, charts, claimantOf, type Claim } from '../src/model/subject.ts';

let sequence = 0;
const claim = (claimant_name: string, metric: string, low?: number, high?: number): Claim => ({
  claim_id: `c-${(sequence += 1)}`,
  claimant_name,
  claimant_type: 'state',
  metric,
  population: 'unspecified',
  qualifier: 'exactly',
  sequence,
  carried: [],
  ...(low === undefined ? {} : { value_low: low }),
  ...(high === undefined ? {} : { value_high: high }),
});

test('claims stand by claimant, in the order in which they spoke', () => {
  const claims = [claim('army', 'killed', 5, 5), claim('JNIM', 'killed', 50, 50), claim('army', 'injured', 2, 2)];
  const found = byClaimant([...claims].reverse());
  assert.deepEqual(found.map((claimant) => [claimant.name, claimant.claims.length]), [['army', 2], ['JNIM', 1]]);
});

test('a chart has one bar for each claim with a number, and none for a single claim', () => {
  const [chart, ...others] = charts([claim('a', 'killed', 5, 5), claim('b', 'killed', 50), claim('c', 'killed', undefined, 20), claim('d', 'killed'), claim('a', 'injured', 1, 1)], []);
  assert.deepEqual(others, []);
  assert.equal(chart?.bars.length, 3);
  assert.deepEqual(chart?.bars.map((bar) => [bar.isOpenBelow, bar.isOpenAbove]), [[false, false], [false, true], [true, false]]);
  for (const bar of chart!.bars) assert.ok(bar.start >= 0 && bar.end <= 1 && bar.start <= bar.end, JSON.stringify(bar));
});

test('an axis holds its largest number, with few round ticks', () => {
  for (const largest of [0, 1, 3, 7, 10, 49, 100, 133, 999, 60_000]) {
    const { end, ticks } = axis(largest);
    assert.ok(end >= largest && ticks.length >= 2 && ticks.length <= 6, `${largest}: ${ticks.join()}`);
    assert.equal(ticks.at(-1), end);
    assert.ok(ticks.every(Number.isInteger), ticks.join());
  }
});

test('a box fits on the screen with its radius', () => {
  const points = [
    { latitude: 14, longitude: -4, radius: 50 },
    { latitude: 16, longitude: 2, radius: 100 },
  ];
  const view = fit(around(points)!, 400, 300);
  const seen = new Projection(view, 400, 300);
  for (const { latitude, longitude, radius } of points) {
    const pixels = seen.pixels(radius, latitude);
    assert.ok(seen.x(longitude) - pixels >= 0 && seen.x(longitude) + pixels <= 400);
    assert.ok(seen.y(latitude) - pixels >= 0 && seen.y(latitude) + pixels <= 300);
  }
});

test('what is under the pointer stays there when zooming', () => {
  const view = { latitude: 14, longitude: 0, zoom: 5 };
  const before = new Projection(view, 400, 300);
  const after = new Projection(zoomedAt(view, 1.5, 30, 250, 400, 300), 400, 300);
  assert.ok(Math.abs(before.longitudeAt(30) - after.longitudeAt(30)) < 1e-9);
  assert.ok(Math.abs(before.latitudeAt(250) - after.latitudeAt(250)) < 1e-9);
});

test('the band of a decided figure ends where its bound ends, and is open where nobody knows one', () => {
  assert.deepEqual(bandOf({ low: 10, best: 12, high: 15 }, 20), { start: 0.5, end: 0.75, isOpen: false });
  assert.deepEqual(bandOf({ low: 10, best: 12 }, 20), { start: 0.5, end: 1, isOpen: true });
  assert.equal(bandOf({}, 20), null);
  assert.equal(bandOf(undefined, 20), null);
});

test('a claimant is named in the language, and marked as English where only that is known', () => {
  const army = { claimant_name: 'Malian army', claimant_name_fr: 'armée malienne' };
  assert.deepEqual(claimantOf(army, 'fr'), { name: 'armée malienne', lang: undefined });
  assert.deepEqual(claimantOf(army, 'en'), { name: 'Malian army', lang: undefined });
  assert.deepEqual(claimantOf({ claimant_name: 'Malian army' }, 'fr'), { name: 'Malian army', lang: 'en' });
});
