/** What `python -m pipeline site` wrote, as the page uses it: columns, one value an incident. */

export const BOUNDS = ['low', 'best', 'high'] as const;
export type Bound = (typeof BOUNDS)[number];
export type Count = number | null;

export interface Codelist {
  code: string[];
  label_en: string[];
  label_fr: string[];
  definition_en: (string | null)[];
  definition_fr: (string | null)[];
}

export interface Issue {
  issue_id: string;
  subject_id: string;
  issue_type: string;
  description_en: string;
  description_fr: string;
}

export interface About {
  name: string;
  version: string;
  schema_version: string;
  date: string;
  content: string;
  chunk: number;
  codebook: string[];
  issues: Issue[];
}

/** The file `data/explorer.json`. */
export interface Payload extends About {
  codes: Record<string, Codelist>;
  measures: string[];
  incidents: Record<string, (string | number | null)[]>;
  operations: {
    operation_id: string[];
    kind: string[];
    operation_name_en: string[];
    operation_name_fr: string[];
    date_start: string[];
    date_end: string[];
  };
  /** Places with names beside the one in `place_name`; what a language calls otherwise, and all names, a line each. */
  places: { place_name_en: (string | null)[]; place_name_fr: (string | null)[]; names: string[] };
  actors: { actor_id: string[]; actor_name_en: string[]; actor_name_fr: string[]; actor_type: string[] };
  parts: { incident: number[]; actor: number[]; role: string[]; basis: string[] };
  tolls: { unit: number[]; measure: number[]; low: Count[]; best: Count[]; high: Count[]; date_start: string[] };
}

/** An actor's part in an incident: row of the actor, role, basis. */
export interface Part {
  actor: number;
  role: string;
  basis: string;
}

export interface Figures {
  low: Count[];
  best: Count[];
  high: Count[];
}

/** Columns of incidents that hold positions in a code list, with the list. */
export const CODED = {
  date_precision: 'date_precision',
  country_iso3: 'country',
  geo_precision: 'geo_precision',
  event_type: 'event_type',
  target_type: 'target_type',
  toll_status: 'toll_status',
  confidence: 'confidence',
  status: 'incident_status',
} as const;
export type Coded = keyof typeof CODED;

export interface Dataset {
  about: About;
  codes: Record<string, Codelist>;
  measures: string[];
  count: number;
  id: string[];
  row: Map<string, number>;
  /** Days since 1970-01-01. */
  start: Int32Array;
  end: Int32Array;
  /** Positions in the code lists; -1 where nothing is stated. */
  coded: Record<Coded, Int16Array>;
  place: (string | null)[];
  /** The same as each language calls it. */
  placeIn: Record<'en' | 'fr', (string | null)[]>;
  admin1: (string | null)[];
  admin2: (string | null)[];
  latitude: Count[];
  longitude: Count[];
  radius: Count[];
  operation: (number | null)[];
  reports: number[];
  publishers: number[];
  parts: Part[][];
  figures: Record<string, Figures>;
  /** What a search looks through, folded. */
  searched: string[];
  operations: Payload['operations'];
  operationRow: Map<string, number>;
  /** Rows of the incidents of each operation. */
  members: number[][];
  actors: Payload['actors'];
  actorRow: Map<string, number>;
  tolls: { unit: number[]; low: Count[]; best: Count[]; high: Count[]; month: Int32Array };
  /** Rows of the tolls of each measure. */
  tollsOf: Record<string, number[]>;
  /** First and last month with an incident, as months since year 0. */
  months: [number, number];
}

const DAY = 86_400_000;

/** Days since 1970-01-01 of a date in ISO 8601. */
export const dayOf = (iso: string): number => Math.round(Date.parse(`${iso}T00:00:00Z`) / DAY);

/** The date in ISO 8601 of days since 1970-01-01. */
export const isoOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

/** Months since year 0 of a date in ISO 8601. */
export const monthOf = (iso: string): number => Number(iso.slice(0, 4)) * 12 + Number(iso.slice(5, 7)) - 1;

/** The first day of a month since year 0, in ISO 8601. */
export const firstDay = (month: number): string =>
  `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`;

/** The last day of a month since year 0, in ISO 8601. */
export const lastDay = (month: number): string => isoOf(dayOf(firstDay(month + 1)) - 1);

/** Lower case and without accents, so that "Sevare" finds "Sévaré". */
export const folded = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Columns as the page uses them, from the file as it was loaded. */
export function dataset(payload: Payload): Dataset {
  const incidents = payload.incidents;
  const column = <T>(name: string): T[] => {
    const found = incidents[name];
    if (!found) throw new Error(`data/explorer.json has no column ${name}`);
    return found as T[];
  };
  const id = column<string>('incident_id');
  const count = id.length;
  const starts = column<string>('date_start');
  const operation = column<number | null>('operation');
  const place = column<string | null>('place_name');
  const named = column<number | null>('place');
  const placeIn = (language: 'en' | 'fr'): (string | null)[] =>
    place.map((name, row) => payload.places[`place_name_${language}`][named[row] ?? -1] ?? name);
  const admin1 = column<string | null>('admin1_name');
  const admin2 = column<string | null>('admin2_name');
  const parts: Part[][] = Array.from({ length: count }, () => []);
  payload.parts.incident.forEach((row, at) => {
    parts[row]?.push({
      actor: payload.parts.actor[at] ?? 0,
      role: payload.parts.role[at] ?? '',
      basis: payload.parts.basis[at] ?? '',
    });
  });
  const members: number[][] = payload.operations.operation_id.map(() => []);
  operation.forEach((row, at) => {
    if (row !== null) members[row]?.push(at);
  });
  const figures = Object.fromEntries(
    payload.measures.map((measure) => [
      measure,
      { low: column<Count>(`${measure}_low`), best: column<Count>(`${measure}_best`), high: column<Count>(`${measure}_high`) },
    ]),
  );
  const coded = Object.fromEntries(Object.keys(CODED).map((name) => [name, Int16Array.from(column<number | null>(name), (code) => code ?? -1)]));
  const tollsOf = Object.fromEntries(payload.measures.map((measure) => [measure, [] as number[]]));
  payload.tolls.measure.forEach((measure, at) => tollsOf[payload.measures[measure] ?? '']?.push(at));
  const countries = payload.codes['country'];
  const searched = id.map((key, row) => {
    const country = coded['country_iso3']?.[row] ?? -1;
    const actors = parts[row]?.flatMap((part) => [
      payload.actors.actor_id[part.actor],
      payload.actors.actor_name_en[part.actor],
      payload.actors.actor_name_fr[part.actor],
    ]);
    return folded(
      [key, place[row], payload.places.names[named[row] ?? -1], admin1[row], admin2[row], countries?.label_en[country], countries?.label_fr[country], ...(actors ?? [])]
        .filter(Boolean)
        .join('\n'),
    );
  });
  const months = starts.map(monthOf);
  return {
    about: payload,
    codes: payload.codes,
    measures: payload.measures,
    count,
    id,
    row: new Map(id.map((key, at) => [key, at])),
    start: Int32Array.from(starts, dayOf),
    end: Int32Array.from(column<string>('date_end'), dayOf),
    coded: coded as Dataset['coded'],
    place,
    placeIn: { en: placeIn('en'), fr: placeIn('fr') },
    admin1,
    admin2,
    latitude: column('latitude'),
    longitude: column('longitude'),
    radius: column('geo_radius_km'),
    operation,
    reports: column('report_count'),
    publishers: column('publisher_count'),
    parts,
    figures,
    searched,
    operations: payload.operations,
    operationRow: new Map(payload.operations.operation_id.map((key, at) => [key, at])),
    members,
    actors: payload.actors,
    actorRow: new Map(payload.actors.actor_id.map((key, at) => [key, at])),
    tolls: { ...payload.tolls, month: Int32Array.from(payload.tolls.date_start, monthOf) },
    tollsOf,
    months: months.length ? [months[0]!, months[months.length - 1]!] : [0, 0],
  };
}
