/** Drawing of the map on a canvas: borders, names, radii of uncertainty, one circle or square an incident. */

import { planeY, Projection } from '../model/mercator.ts';
import type { Count } from '../model/data.ts';

/** `data/outlines.json`. */
export interface Outlines {
  features: {
    properties: { iso3: string; name: string };
    geometry: { type: 'Polygon'; coordinates: number[][][] } | { type: 'MultiPolygon'; coordinates: number[][][][] };
  }[];
}

export interface Country {
  iso3: string;
  path: Path2D;
  /** Middle of its largest part, in degrees. */
  middle: [number, number];
}

/** A circle of the map, or a square where no radius is known: the point then stands for a district or region. Lists of them have the largest first, so that none hides a smaller one, and twins together. */
export interface Mark {
  row: number;
  /** Its latitude on the plane of the map. */
  planeY: number;
  longitude: number;
  latitude: number;
  radiusKm: Count;
  best: Count;
  high: Count;
  isContested: boolean;
  place: string;
}

export interface Colours {
  ground: string;
  land: string;
  border: string;
  name: string;
  best: string;
  high: string;
  silent: string;
  outline: string;
  focus: string;
}

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const of = (name: string): string => style.getPropertyValue(`--map-${name}`).trim();
  return {
    ground: of('ground'),
    land: of('land'),
    border: of('border'),
    name: of('name'),
    best: of('best'),
    high: of('high'),
    silent: of('silent'),
    outline: of('outline'),
    focus: of('focus'),
  };
}

/** Borders as paths on the plane. */
export function countries(outlines: Outlines): Country[] {
  return outlines.features.map(({ properties, geometry }) => {
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    const path = new Path2D();
    for (const ring of polygons.flat()) {
      ring.forEach(([longitude, latitude], at) => path[at ? 'lineTo' : 'moveTo'](longitude!, planeY(latitude!)));
      path.closePath();
    }
    return { iso3: properties.iso3, path, middle: middleOf(polygons.map((rings) => rings[0] ?? [])) };
  });
}

/** The centroid of the largest ring. */
function middleOf(rings: number[][][]): [number, number] {
  let largest = { area: 0, middle: [0, 0] as [number, number] };
  for (const ring of rings) {
    let [area, x, y] = [0, 0, 0];
    ring.forEach(([x1, y1], at) => {
      const [x2, y2] = ring[(at + 1) % ring.length]!;
      const cross = x1! * y2! - x2! * y1!;
      area += cross / 2;
      x += (x1! + x2!) * cross;
      y += (y1! + y2!) * cross;
    });
    if (Math.abs(area) > largest.area) largest = { area: Math.abs(area), middle: [x / (6 * area), y / (6 * area)] };
  }
  return largest.middle;
}

/** Pixels of the circle of a figure: its area is in proportion, and it grows a little with the zoom. */
export const sizeOf = (figure: number, zoom: number): number => (1.8 + 1.02 * Math.sqrt(figure)) * Math.min(2, Math.max(0.75, 1 + (zoom - 4.8) * 0.16));
const SILENT = 2.6;

/** The radius on the screen by which a mark is found: its best figure's circle. */
export const reach = (mark: Mark, zoom: number): number => (mark.best === null ? SILENT + 1 : sizeOf(mark.best, zoom));

interface Scene {
  countries: Country[];
  nameOf: (iso3: string) => string;
  marks: readonly Mark[];
  radii: boolean;
  /** What lies over the map from its upper left corner on: no name is written below it. */
  covered: [number, number];
  highlighted: ReadonlySet<number>;
  colours: Colours;
}

/** Draw everything. */
export function draw(context: CanvasRenderingContext2D, projection: Projection, width: number, height: number, zoom: number, scene: Scene): void {
  const ratio = context.canvas.width / width;
  const { colours } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);
  drawLand(context, projection, ratio, scene);
  const seen = scene.marks.filter((mark) => {
    const [x, y] = [projection.x(mark.longitude), projection.atPlane(mark.planeY)];
    return x > -120 && y > -120 && x < width + 120 && y < height + 120;
  });
  if (scene.radii) drawRadii(context, projection, seen, colours);
  drawMarks(context, projection, zoom, seen, colours);
  drawNames(context, projection, width, height, scene);
  drawHighlights(context, projection, zoom, scene);
  if (zoom >= 6.2) drawPlaces(context, projection, zoom, width, seen, colours);
}

function drawLand(context: CanvasRenderingContext2D, projection: Projection, ratio: number, { countries: lands, colours }: Scene): void {
  const { scale, left, top } = projection;
  context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * left, ratio * top);
  context.fillStyle = colours.land;
  context.strokeStyle = colours.border;
  context.lineWidth = 1 / scale;
  context.lineJoin = 'round';
  for (const land of lands) context.fill(land.path);
  for (const land of lands) context.stroke(land.path);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

/** Names of countries, over the circles and beside the buttons. */
function drawNames(context: CanvasRenderingContext2D, projection: Projection, width: number, height: number, { countries: lands, nameOf, covered, colours }: Scene): void {
  context.fillStyle = colours.name;
  context.strokeStyle = colours.land;
  context.lineWidth = 4;
  context.lineJoin = 'round';
  context.font = `600 ${width < 500 ? 10 : 12}px 'Source Sans 3 Variable', system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const land of lands) {
    const name = nameOf(land.iso3).toUpperCase();
    const [x, y] = [projection.x(land.middle[0]), projection.y(land.middle[1])];
    if (x <= 0 || y <= 0 || x >= width || y >= height) continue;
    const free = besideCovered(x, y, context.measureText(name).width / 2, covered);
    context.strokeText(name, free, y);
    context.fillText(name, free, y);
  }
}

const LINE = 8;

/** Where the middle of a name may stand so that nothing covers it. */
export function besideCovered(x: number, y: number, half: number, [width, height]: readonly [number, number]): number {
  const isCovered = y - LINE < height && x - half < width;
  return isCovered ? width + half : x;
}

function drawRadii(context: CanvasRenderingContext2D, projection: Projection, marks: readonly Mark[], colours: Colours): void {
  context.strokeStyle = colours.focus;
  context.lineWidth = 1;
  context.globalAlpha = 0.5;
  context.setLineDash([3, 3]);
  const drawn = new Set<string>();
  for (const mark of marks) {
    const key = `${mark.longitude} ${mark.latitude} ${mark.radiusKm}`;
    if (mark.radiusKm === null || drawn.has(key)) continue;
    drawn.add(key);
    circle(context, projection, mark, projection.pixels(mark.radiusKm, mark.latitude));
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawMarks(context: CanvasRenderingContext2D, projection: Projection, zoom: number, marks: readonly Mark[], colours: Colours): void {
  context.fillStyle = colours.high;
  forTwins(marks, (mark, twins) => {
    if (mark.radiusKm === null || mark.high === null || mark.high <= (mark.best ?? 0)) return;
    context.globalAlpha = opacity(HIGH, twins);
    circle(context, projection, mark, sizeOf(mark.high, zoom));
    context.fill();
  });
  context.globalAlpha = 1;
  forTwins(marks, (mark, twins) => {
    if (mark.radiusKm === null) {
      drawSquare(context, projection, zoom, mark, colours);
      return;
    }
    circle(context, projection, mark, mark.best === null ? SILENT : sizeOf(mark.best, zoom));
    context.fillStyle = mark.best === null ? colours.land : colours.best;
    context.globalAlpha = mark.best === null ? 1 : opacity(BEST, twins);
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = mark.best === null ? colours.silent : mark.isContested ? colours.outline : colours.land;
    context.lineWidth = mark.best === null ? 1.2 : mark.isContested ? 1.1 : 0.5;
    context.stroke();
  });
}

/** Hollow and dashed, as large as its circle would be: nobody knows where in the district or region it lies. */
function drawSquare(context: CanvasRenderingContext2D, projection: Projection, zoom: number, mark: Mark, colours: Colours): void {
  square(context, projection, mark, reach(mark, zoom));
  context.fillStyle = colours.land;
  context.globalAlpha = 0.55;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = mark.best === null ? colours.silent : mark.isContested ? colours.outline : colours.best;
  context.lineWidth = 1.6;
  context.setLineDash([3, 2]);
  context.stroke();
  context.setLineDash([]);
}

/** How much of the ground a circle covers. */
const BEST = 0.62;
const HIGH = 0.17;

/** What several such circles on top of each other cover. */
const opacity = (one: number, twins: number): number => 1 - (1 - one) ** twins;

/** Each circle once, with how many lie exactly there: in lists of marks they follow each other. */
function forTwins(marks: readonly Mark[], put: (mark: Mark, twins: number) => void): void {
  for (let at = 0; at < marks.length; ) {
    const mark = marks[at]!;
    const start = at;
    while (at < marks.length && isTwin(mark, marks[at]!)) at += 1;
    put(mark, at - start);
  }
}

const isTwin = (a: Mark, b: Mark): boolean =>
  a.longitude === b.longitude && a.latitude === b.latitude && a.best === b.best && a.high === b.high && a.isContested === b.isContested && (a.radiusKm === null) === (b.radiusKm === null);

function drawHighlights(context: CanvasRenderingContext2D, projection: Projection, zoom: number, { marks, highlighted, colours }: Scene): void {
  for (const mark of marks) {
    if (!highlighted.has(mark.row)) continue;
    if (mark.radiusKm !== null) {
      circle(context, projection, mark, projection.pixels(mark.radiusKm, mark.latitude));
      context.strokeStyle = colours.focus;
      context.lineWidth = 1.5;
      context.setLineDash([4, 3]);
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 0.07;
      context.fillStyle = colours.focus;
      context.fill();
      context.globalAlpha = 1;
    }
    (mark.radiusKm === null ? square : circle)(context, projection, mark, reach(mark, zoom) + 2.5);
    context.strokeStyle = colours.focus;
    context.lineWidth = 2;
    context.stroke();
  }
}

/** Names of the places with the largest figures, as far as there is room. */
function drawPlaces(context: CanvasRenderingContext2D, projection: Projection, zoom: number, width: number, marks: readonly Mark[], colours: Colours): void {
  context.font = "500 12px 'Source Sans 3 Variable', system-ui, sans-serif";
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.lineWidth = 3;
  context.strokeStyle = colours.land;
  context.fillStyle = colours.name;
  const taken: [number, number, number, number][] = [];
  const named = new Set<string>();
  for (const mark of [...marks].sort((a, b) => (b.best ?? -1) - (a.best ?? -1)).slice(0, 150)) {
    const text = mark.place.length > 24 ? `${mark.place.slice(0, 23)}…` : mark.place;
    const x = projection.x(mark.longitude) + Math.min(reach(mark, zoom), 14) + 4;
    const y = projection.atPlane(mark.planeY);
    const box: [number, number, number, number] = [x, y - 8, x + context.measureText(text).width, y + 8];
    if (!text || named.has(text) || box[2] > width) continue;
    if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
    taken.push(box);
    named.add(text);
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }
}

function circle(context: CanvasRenderingContext2D, projection: Projection, mark: Mark, radius: number): void {
  context.beginPath();
  context.arc(projection.x(mark.longitude), projection.atPlane(mark.planeY), radius, 0, 2 * Math.PI);
}

function square(context: CanvasRenderingContext2D, projection: Projection, mark: Mark, half: number): void {
  context.beginPath();
  context.rect(projection.x(mark.longitude) - half, projection.atPlane(mark.planeY) - half, 2 * half, 2 * half);
}

/** The marks at a point of the screen, nearest first. */
export function marksAt(marks: readonly Mark[], projection: Projection, zoom: number, x: number, y: number, slack: number): Mark[] {
  return marks
    .map((mark) => ({ mark, away: Math.hypot(projection.x(mark.longitude) - x, projection.atPlane(mark.planeY) - y) }))
    .filter(({ mark, away }) => away <= reach(mark, zoom) + slack)
    .sort((a, b) => a.away - b.away)
    .map(({ mark }) => mark);
}
