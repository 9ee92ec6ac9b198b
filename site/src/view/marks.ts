/** The circles and squares of the map. */

import type { Dataset } from '../model/data.ts';
import { shown } from '../model/text.ts';
import { planeY } from '../model/mercator.ts';
import type { Language } from '../model/view.ts';
import type { Mark } from './draw.ts';

const known = new WeakMap<Dataset, Map<string, Mark[]>>();

/** All marks of a measure, the largest first; a filter only leaves marks out, so they are made once. */
export function marksOf(data: Dataset, measure: string, language: Language): Mark[] {
  const ofData = known.get(data) ?? new Map<string, Mark[]>();
  known.set(data, ofData);
  const key = `${measure} ${language}`;
  const marks = ofData.get(key) ?? made(data, measure, language);
  ofData.set(key, marks);
  return marks;
}

/** Incidents without coordinates have none, and neither has what lies where Mercator ends. */
function made(data: Dataset, measure: string, language: Language): Mark[] {
  const figures = data.figures[measure];
  const contested = data.codes['toll_status']?.code.indexOf('contested');
  const marks = data.id.flatMap((_, row) => {
    const [latitude, longitude] = [data.latitude[row] ?? null, data.longitude[row] ?? null];
    if (latitude === null || longitude === null || Math.abs(latitude) > 80) return [];
    return {
      row,
      latitude,
      longitude,
      planeY: planeY(latitude),
      radiusKm: data.radius[row] ?? null,
      best: figures?.best[row] ?? null,
      high: figures?.high[row] ?? null,
      isContested: data.coded.toll_status[row] === contested,
      place: shown(data.placeIn[language][row] ?? '', 60),
    };
  });
  const size = (mark: Mark): number => mark.high ?? mark.best ?? 0;
  const order = (a: Mark, b: Mark): number =>
    size(b) - size(a) || a.longitude - b.longitude || a.latitude - b.latitude || (a.best ?? -1) - (b.best ?? -1) || Number(a.isContested) - Number(b.isContested) || Number(a.radiusKm === null) - Number(b.radiusKm === null);
  return marks.sort(order);
}
