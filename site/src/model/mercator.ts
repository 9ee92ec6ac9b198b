/** Mercator: degrees to a plane whose unit is one degree of longitude, and from there to the screen. */

import type { MapView } from './view.ts';

export const KM_A_DEGREE = 111.32;

const RADIANS = Math.PI / 180;

/** Height on the plane of a latitude; it grows downwards, as on a screen. */
export const planeY = (latitude: number): number => -Math.log(Math.tan(Math.PI / 4 + (latitude * RADIANS) / 2)) / RADIANS;

/** The latitude of a height on the plane. */
export const latitudeOf = (y: number): number => (2 * Math.atan(Math.exp(-y * RADIANS)) - Math.PI / 2) / RADIANS;

/** Pixels a degree of longitude at a zoom. */
export const scaleOf = (zoom: number): number => 2 ** zoom;

/** How a view lies on a screen of some size. */
export class Projection {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
  readonly latitude: number;

  constructor(view: MapView, width: number, height: number) {
    this.scale = scaleOf(view.zoom);
    this.latitude = view.latitude;
    this.left = width / 2 - view.longitude * this.scale;
    this.top = height / 2 - planeY(view.latitude) * this.scale;
  }

  x(longitude: number): number {
    return this.left + longitude * this.scale;
  }

  y(latitude: number): number {
    return this.atPlane(planeY(latitude));
  }

  /** The same of a height on the plane that is known already. */
  atPlane(planeY: number): number {
    return this.top + planeY * this.scale;
  }

  longitudeAt(x: number): number {
    return (x - this.left) / this.scale;
  }

  latitudeAt(y: number): number {
    return latitudeOf((y - this.top) / this.scale);
  }

  /** Pixels of a distance at a latitude: Mercator stretches with the latitude. */
  pixels(km: number, latitude: number): number {
    return ((km / KM_A_DEGREE) * this.scale) / Math.cos(latitude * RADIANS);
  }
}

export interface Box {
  west: number;
  east: number;
  south: number;
  north: number;
}

/** What is shown where nothing has coordinates. */
export const SAHEL: Box = { west: -17, east: 24, south: 4, north: 25 };

export const ZOOMS = { least: 3, most: 11 };

/** The view that shows a box with a margin. */
export function fit(box: Box, width: number, height: number, margin = 24): MapView {
  const [top, bottom] = [planeY(box.north), planeY(box.south)];
  const across = Math.max(box.east - box.west, 1e-3);
  const down = Math.max(bottom - top, 1e-3);
  const scale = Math.min(Math.max(width - 2 * margin, 40) / across, Math.max(height - 2 * margin, 40) / down);
  return {
    longitude: (box.west + box.east) / 2,
    latitude: latitudeOf((top + bottom) / 2),
    zoom: Math.min(ZOOMS.most, Math.max(ZOOMS.least, Math.log2(scale))),
  };
}

/** The box around points, each with a radius in kilometres. */
export function around(points: readonly { latitude: number; longitude: number; radius: number }[]): Box | null {
  if (!points.length) return null;
  const box: Box = { west: Infinity, east: -Infinity, south: Infinity, north: -Infinity };
  for (const { latitude, longitude, radius } of points) {
    const up = radius / KM_A_DEGREE;
    const across = up / Math.cos(latitude * RADIANS);
    box.west = Math.min(box.west, longitude - across);
    box.east = Math.max(box.east, longitude + across);
    box.south = Math.min(box.south, latitude - up);
    box.north = Math.max(box.north, latitude + up);
  }
  return box;
}

/** Zoom, keeping what is at a point of the screen where it is. */
export function zoomedAt(view: MapView, by: number, x: number, y: number, width: number, height: number): MapView {
  const before = new Projection(view, width, height);
  const zoom = Math.min(ZOOMS.most, Math.max(ZOOMS.least, view.zoom + by));
  const after = new Projection({ ...view, zoom }, width, height);
  return {
    longitude: view.longitude + before.longitudeAt(x) - after.longitudeAt(x),
    latitude: latitudeOf(planeY(view.latitude) + planeY(before.latitudeAt(y)) - planeY(after.latitudeAt(y))),
    zoom,
  };
}

/** Move by pixels. */
export function movedBy(view: MapView, dx: number, dy: number): MapView {
  const scale = scaleOf(view.zoom);
  const latitude = latitudeOf(planeY(view.latitude) - dy / scale);
  return { ...view, longitude: Math.max(-60, Math.min(60, view.longitude - dx / scale)), latitude: Math.max(-30, Math.min(50, latitude)) };
}
