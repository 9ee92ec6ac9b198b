/** What a file of `data/details/` says of an incident or operation. */

import type { Count } from './data.ts';
import type { Language } from './view.ts';

export interface Claim {
  claim_id: string;
  claimant_name: string;
  /** What it is called in French, where that is known; a proper name is the same. */
  claimant_name_fr?: string;
  claimant_type: string;
  metric: string;
  population: string;
  qualifier: string;
  sequence: number;
  value_low?: number;
  value_high?: number;
  included_in_claim_id?: string;
  carried: { report_id: string; role: string }[];
}

export interface Toll {
  metric: string;
  population_group: string;
  low?: number;
  best?: number;
  high?: number;
  toll_status: string;
  toll_is_partial?: boolean;
  claim_count: number;
  is_additive: boolean;
}

export interface Report {
  report_id: string;
  url?: string;
  publisher?: string;
  agency?: string;
  published_date?: string;
  language?: string;
  source_type?: string;
  archive_url?: string;
}

export interface Change {
  table: string;
  key: string;
  change_type: string;
  field?: string;
  old?: string;
  new?: string;
  reason?: string;
}

/** Columns of incidents or operations, and what refers to it; what nobody stated is absent. */
export interface Subject {
  date_start: string;
  date_end: string;
  label_en?: string;
  label_fr?: string;
  operation_name_en?: string;
  operation_name_fr?: string;
  operation_id?: string;
  kind?: string;
  perpetrator_id?: string;
  note?: string;
  date_precision?: string;
  country_iso3?: string;
  admin1_name?: string;
  admin2_name?: string;
  admin_vintage?: number;
  place_name?: string;
  latitude?: number;
  longitude?: number;
  geo_precision?: string;
  geo_radius_km?: number;
  match_state?: string;
  event_type?: string;
  target_type?: string;
  toll_rule?: string;
  status?: string;
  confidence?: string;
  first_release?: string;
  last_changed_release?: string;
  claims?: Claim[];
  reports?: { report_id: string; role: string }[];
  tolls?: Toll[];
  actors?: { actor_id: string; role: string; basis: string; alternative_group?: string }[];
  revisions?: { revised_date: string; field: string; reason: string }[];
  changes?: Change[];
  issues?: { issue_id: string; issue_type: string; description_en: string; description_fr: string }[];
  records?: { record_id: string; source: string; source_version?: string; source_file?: string; source_row?: number; note?: string }[];
}

export interface Details {
  subjects: Record<string, Subject>;
  reports: Record<string, Report>;
}

export interface Claimant {
  name: string;
  /** The same as each language calls it. */
  names: Record<Language, Named>;
  type: string;
  claims: Claim[];
}

/** A name with the language that it is in, where that is not the one of the page. */
export interface Named {
  name: string;
  lang: 'en' | undefined;
}

/** Who made a claim, as the language calls it; in English where nobody wrote down more. */
export function claimantOf(claim: Pick<Claim, 'claimant_name' | 'claimant_name_fr'>, language: Language): Named {
  if (language === 'fr' && claim.claimant_name_fr !== undefined) return { name: claim.claimant_name_fr, lang: undefined };
  return { name: claim.claimant_name, lang: language === 'en' ? undefined : 'en' };
}

/** Claims side by side: one entry a claimant, in the order in which they first spoke. */
export function byClaimant(claims: readonly Claim[]): Claimant[] {
  const found = new Map<string, Claimant>();
  for (const claim of [...claims].sort((a, b) => a.sequence - b.sequence)) {
    const key = `${claim.claimant_type}\n${claim.claimant_name}`;
    const claimant = found.get(key) ?? { name: claim.claimant_name, names: { en: claimantOf(claim, 'en'), fr: claimantOf(claim, 'fr') }, type: claim.claimant_type, claims: [] };
    claimant.claims.push(claim);
    found.set(key, claimant);
  }
  return [...found.values()];
}

/** A claim as a bar of a chart, in parts of the axis. */
export interface Bar {
  claim: Claim;
  start: number;
  end: number;
  isOpenBelow: boolean;
  isOpenAbove: boolean;
}

export interface Chart {
  metric: string;
  /** The number at the end of the axis. */
  end: number;
  ticks: number[];
  bars: Bar[];
}

/** The end of an axis that holds a number: 1, 2 or 5 times a power of ten, or a fraction of it. */
export function axis(largest: number): { end: number; ticks: number[] } {
  const power = 10 ** Math.floor(Math.log10(Math.max(largest, 1)));
  const step = [0.2, 0.5, 1, 2].map((part) => part * power).find((size) => size >= 1 && largest / size <= 5) ?? power;
  const end = Math.max(step, Math.ceil(largest / step) * step);
  return { end, ticks: Array.from({ length: Math.round(end / step) + 1 }, (_, at) => at * step) };
}

/** Charts of the metrics for which somebody gave a number; an open bound goes to the end of the axis. */
export function charts(claims: readonly Claim[], tolls: readonly Toll[]): Chart[] {
  const metrics = [...new Set(claims.map((claim) => claim.metric))];
  return metrics.flatMap((metric) => {
    const numbered = claims.filter((claim) => claim.metric === metric && (claim.value_low ?? claim.value_high) !== undefined);
    if (numbered.length < 2) return [];
    const decided = tolls.filter((toll) => toll.metric === metric).flatMap((toll) => [toll.low, toll.best, toll.high]);
    const numbers = [...numbered.flatMap((claim) => [claim.value_low, claim.value_high]), ...decided].filter((value): value is number => value !== undefined);
    const { end, ticks } = axis(Math.max(...numbers) * (numbered.some((claim) => claim.value_high === undefined) ? 1.08 : 1));
    const bars = numbered.map((claim) => ({
      claim,
      start: (claim.value_low ?? 0) / end,
      end: (claim.value_high ?? end) / end,
      isOpenBelow: claim.value_low === undefined,
      isOpenAbove: claim.value_high === undefined,
    }));
    return [{ metric, end, ticks, bars }];
  });
}

/** A decided figure as a band over a chart, in parts of its axis; open where nobody gave an upper bound. */
export function bandOf(toll: Pick<Toll, 'low' | 'best' | 'high'> | undefined, end: number): { start: number; end: number; isOpen: boolean } | null {
  if (toll?.low === undefined) return null;
  return { start: toll.low / end, end: toll.high === undefined ? 1 : toll.high / end, isOpen: toll.high === undefined };
}

export const orNull = (value: number | undefined): Count => value ?? null;
