/** A small file as `python -m pipeline site` writes it: three incidents, one operation of two of them. */

import { dataset, type Codelist, type Dataset, type Payload } from '../src/model/data.ts';

const list = (...codes: string[]): Codelist => ({
  code: codes,
  label_en: codes.map((code) => code.toUpperCase()),
  label_fr: codes.map((code) => `${code} fr`),
  definition_en: codes.map(() => null),
  definition_fr: codes.map(() => null),
});

const nothing = [null, null, null];

export function payload(): Payload {
  const none = (measure: string): [string, null[]][] => ['low', 'best', 'high'].map((bound) => [`${measure}_${bound}`, [...nothing]]);
  return {
    name: 'sahel-attacks',
    version: '1.0.0',
    schema_version: '1.0.0',
    date: '2026-01-01',
    content: '',
    chunk: 40,
    codebook: [],
    issues: [],
    codes: {
      date_precision: list('day', 'month'),
      country: list('MLI', 'BFA'),
      geo_precision: list('exact', 'admin1'),
      event_type: list('ambush', 'ied'),
      target_type: list('military', 'civilians'),
      toll_status: list('none', 'single', 'contested'),
      confidence: list('high'),
      incident_status: list('compiled'),
    },
    measures: ['killed', 'injured'],
    incidents: {
      incident_id: ['i-aaaaaa', 'i-bbbbbb', 'i-cccccc'],
      date_start: ['2024-01-05', '2024-01-05', '2024-03-10'],
      date_end: ['2024-01-05', '2024-01-06', '2024-03-10'],
      date_precision: [0, 0, 1],
      country_iso3: [0, 0, 1],
      geo_precision: [0, 1, 0],
      event_type: [0, 1, 1],
      target_type: [0, 0, null],
      toll_status: [1, 0, 2],
      confidence: [0, 0, 0],
      status: [0, 0, 0],
      place_name: ['Sévaré', 'Tessit', null],
      admin1_name: ['Mopti', 'Gao', null],
      admin2_name: [...nothing],
      latitude: [14.5, 15.9, null],
      longitude: [-4.1, 0.3, null],
      geo_radius_km: [5, 100, null],
      operation: [0, 0, null],
      place: [0, null, null],
      report_count: [2, 1, 3],
      publisher_count: [2, 1, 3],
      killed_low: [3, null, 10],
      killed_best: [4, null, 12],
      killed_high: [null, null, 20],
      ...Object.fromEntries(none('injured')),
    },
    operations: {
      operation_id: ['o-aaaaaa'],
      kind: ['operation'],
      operation_name_en: ['Two places'],
      operation_name_fr: ['Deux lieux'],
      date_start: ['2024-01-05'],
      date_end: ['2024-01-06'],
    },
    places: { place_name_en: ['Sevare town'], place_name_fr: [null], names: ['Sevare town\nSévaré\nSewaare'] },
    actors: { actor_id: ['JNIM', 'army'], actor_name_en: ['JNIM', 'Army'], actor_name_fr: ['JNIM', 'Armée'], actor_type: ['a', 'b'] },
    parts: { incident: [0, 0, 1, 2], actor: [0, 1, 0, 1], role: ['perpetrator', 'target', 'perpetrator', 'perpetrator'], basis: ['claimed', 'attributed', 'claimed', 'attributed'] },
    tolls: {
      unit: [-1, 2, 0],
      measure: [0, 0, 1],
      low: [7, 10, 1],
      best: [8, 12, 2],
      high: [null, 20, 3],
      date_start: ['2024-01-05', '2024-03-10', '2024-01-05'],
    },
  };
}

export const small = (): Dataset => dataset(payload());
