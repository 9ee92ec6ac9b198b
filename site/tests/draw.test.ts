import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Projection } from '../src/model/mercator.ts';
import { besideCovered, draw, marksAt, type Mark } from '../src/view/draw.ts';
import { marksOf } from '../src/view/marks.ts';
import { dataset } from '../src/model/data.ts';
import { payload } from './small.ts';

/** A canvas that writes down what is drawn on it. */
function paper(): { context: CanvasRenderingContext2D; drawn: [string, unknown[]][] } {
  const drawn: [string, unknown[]][] = [];
  const own: Record<string, unknown> = { canvas: { width: 600 }, measureText: (text: string) => ({ width: 6 * text.length }) };
  const context = new Proxy(own, {
    get: (target, name: string) => (name in target ? target[name] : (...values: unknown[]) => drawn.push([name, values])),
    set: (target, name: string, value) => {
      target[name] = value;
      return true;
    },
  });
  return { context: context as unknown as CanvasRenderingContext2D, drawn };
}

const colour = { ground: '', land: '', border: '', name: '', best: '', high: '', silent: '', outline: '', focus: '' };
const view = { latitude: 15, longitude: -2, zoom: 6 };

function drawnOf(marks: readonly Mark[]): string[] {
  const { context, drawn } = paper();
  draw(context, new Projection(view, 600, 400), 600, 400, view.zoom, { countries: [], nameOf: String, marks, radii: true, covered: [0, 0], highlighted: new Set(), colours: colour });
  return drawn.map(([name]) => name).filter((name) => name === 'arc' || name === 'rect');
}

function marks(): Mark[] {
  const known = payload();
  known.incidents['geo_radius_km'] = [5, null, null];
  return marksOf(dataset(known), 'killed', 'en');
}

test('a place of which only a district or region is known is a square, and no circle', () => {
  const [vague] = marks().filter((mark) => mark.radiusKm === null);
  const [exact] = marks().filter((mark) => mark.radiusKm !== null);
  assert.deepEqual(new Set(drawnOf([vague!])), new Set(['rect']));
  assert.deepEqual(new Set(drawnOf([exact!])), new Set(['arc']));
});

test('a square and a circle at one point are both drawn', () => {
  const [mark] = marks();
  const shapes = drawnOf([{ ...mark!, radiusKm: 5 }, { ...mark!, radiusKm: null }]);
  assert.ok(shapes.includes('rect') && shapes.includes('arc'));
});

test('a square is found where it is drawn', () => {
  const projection = new Projection(view, 600, 400);
  for (const mark of marks()) {
    const [x, y] = [projection.x(mark.longitude), projection.y(mark.latitude)];
    assert.deepEqual(marksAt([mark], projection, view.zoom, x, y, 0), [mark]);
    assert.deepEqual(marksAt([mark], projection, view.zoom, x + 300, y, 0), []);
  }
});

test('a name stands beside the buttons and not below them', () => {
  const buttons = [60, 200] as const;
  assert.equal(besideCovered(30, 100, 40, buttons) - 40, 60);
  assert.equal(besideCovered(30, 300, 40, buttons), 30);
  assert.equal(besideCovered(200, 100, 40, buttons), 200);
});

test('names are written over what is drawn', () => {
  const { context, drawn } = paper();
  const country = { iso3: 'MLI', path: {} as Path2D, middle: [view.longitude, view.latitude] as [number, number] };
  draw(context, new Projection(view, 600, 400), 600, 400, view.zoom, { countries: [country], nameOf: String, marks: marks(), radii: false, covered: [0, 0], highlighted: new Set(), colours: colour });
  const order = drawn.map(([name]) => name);
  assert.ok(order.lastIndexOf('arc') < order.indexOf('fillText'));
});
