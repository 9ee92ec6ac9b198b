/** Which incidents a view shows, and how many each further choice would show: one pass over all. */

import { CODED, dayOf, folded, type Dataset } from './data.ts';
import { LIST_NAMES, LISTS, type ListName, type View } from './view.ts';

export interface Selection {
  /** Rows that match, in order of date. */
  rows: number[];
  /** 1 where a row matches. */
  chosen: Uint8Array;
  /** 1 where a row matches all but the dates: what the time line shows around the brush. */
  apartFromDates: Uint8Array;
  /** For each list: how many rows of each code match everything else. */
  counts: Record<ListName, Uint32Array>;
  /** The same for actors, in the role that is asked for. */
  actorCounts: Uint32Array;
}

const DATES = 1 << LIST_NAMES.length;
const ACTORS = DATES << 1;
const OTHER = ACTORS << 1;

/** Apply a view. Every filter that a row fails sets a bit; a row with no bit matches. */
export function select(data: Dataset, view: View): Selection {
  const failed = new Uint16Array(data.count);
  LIST_NAMES.forEach((name, bit) => failList(data, view, name, 1 << bit, failed));
  failDates(data, view, failed);
  failActors(data, view, failed);
  failFigures(data, view, failed);
  failText(data, view, failed);
  return counted(data, view, failed);
}

function failList(data: Dataset, view: View, name: ListName, bit: number, failed: Uint16Array): void {
  const asked = view.lists[name];
  if (!asked.length) return;
  const column = LISTS[name];
  const codes = data.codes[CODED[column]]?.code ?? [];
  const isWanted = Uint8Array.from(codes, (code) => (asked.includes(code) ? 1 : 0));
  const values = data.coded[column];
  for (let row = 0; row < data.count; row++) if (!isWanted[values[row]!]) failed[row]! |= bit;
}

function failDates(data: Dataset, view: View, failed: Uint16Array): void {
  const from = view.from === null ? -Infinity : dayOf(view.from);
  const to = view.to === null ? Infinity : dayOf(view.to);
  for (let row = 0; row < data.count; row++) {
    const day = data.start[row]!;
    if (day < from || day > to) failed[row]! |= DATES;
  }
}

function failActors(data: Dataset, view: View, failed: Uint16Array): void {
  if (!view.actors.length) return;
  const isWanted = Uint8Array.from(data.actors.actor_id, (key) => (view.actors.includes(key) ? 1 : 0));
  for (let row = 0; row < data.count; row++) {
    const found = data.parts[row]!.some((part) => isWanted[part.actor] && (view.role === null || part.role === view.role));
    if (!found) failed[row]! |= ACTORS;
  }
}

function failFigures(data: Dataset, view: View, failed: Uint16Array): void {
  if (view.least === null && view.most === null) return;
  const best = data.figures[view.measure]?.best ?? [];
  for (let row = 0; row < data.count; row++) {
    const value = best[row] ?? null; // nobody stated one: it is neither small nor large
    if (value === null || value < (view.least ?? 0) || value > (view.most ?? Infinity)) failed[row]! |= OTHER;
  }
}

function failText(data: Dataset, view: View, failed: Uint16Array): void {
  const words = folded(view.text).split(/\s+/).filter(Boolean);
  if (!words.length) return;
  for (let row = 0; row < data.count; row++) {
    const text = data.searched[row]!;
    if (!words.every((word) => text.includes(word))) failed[row]! |= OTHER;
  }
}

function counted(data: Dataset, view: View, failed: Uint16Array): Selection {
  const rows: number[] = [];
  const chosen = new Uint8Array(data.count);
  const apartFromDates = new Uint8Array(data.count);
  const counts = Object.fromEntries(
    LIST_NAMES.map((name) => [name, new Uint32Array(data.codes[CODED[LISTS[name]]]?.code.length ?? 0)]),
  ) as Record<ListName, Uint32Array>;
  const lists = LIST_NAMES.map((name, at) => ({ others: ~(1 << at), codes: data.coded[LISTS[name]], of: counts[name] }));
  const actorCounts = new Uint32Array(data.actors.actor_id.length);
  const countedFor = new Int32Array(data.actors.actor_id.length).fill(-1); // an actor with two parts in a row counts once
  for (let row = 0; row < data.count; row++) {
    const bits = failed[row]!;
    if (bits === 0) {
      rows.push(row);
      chosen[row] = 1;
    }
    if ((bits & ~DATES) === 0) apartFromDates[row] = 1;
    if ((bits & (bits - 1)) !== 0) continue; // fails two filters: no single choice brings it back
    for (const { others, codes, of } of lists) {
      const code = codes[row]!;
      if (code >= 0 && (bits & others) === 0) of[code]! += 1;
    }
    if ((bits & ~ACTORS) !== 0) continue;
    for (const { actor, role } of data.parts[row]!) {
      if ((view.role !== null && role !== view.role) || countedFor[actor] === row) continue;
      countedFor[actor] = row;
      actorCounts[actor]! += 1;
    }
  }
  return { rows, chosen, apartFromDates, counts, actorCounts };
}

/** The chosen rows in the order that a view asks for; who has no figure or place comes last either way. */
export function sorted(data: Dataset, chosen: Uint8Array, view: View): number[] {
  return orderOf(data, view).filter((row) => chosen[row]);
}

/** Orders of all rows that were asked for: a filter only leaves rows out of them. */
const orders = new WeakMap<Dataset, Map<string, number[]>>();

function orderOf(data: Dataset, view: View): number[] {
  const known = orders.get(data) ?? new Map<string, number[]>();
  orders.set(data, known);
  const key = `${view.sort} ${view.descending} ${view.sort === 'figure' ? view.measure : ''}`;
  const order = known.get(key) ?? ordered(data, view);
  known.set(key, order);
  return order;
}

function ordered(data: Dataset, view: View): number[] {
  const sign = view.descending ? -1 : 1;
  const best = data.figures[view.measure]?.best ?? [];
  const by: Record<View['sort'], (row: number) => number | string | null> = {
    date: (row) => data.start[row]!,
    place: (row) => folded(data.place[row] ?? ''),
    tactic: (row) => data.coded.event_type[row]!,
    figure: (row) => best[row] ?? null,
    reports: (row) => data.reports[row] ?? 0,
  };
  const keys = Array.from({ length: data.count }, (_, row) => by[view.sort](row));
  return [...keys.keys()].sort((rowA, rowB) => {
    const [a, b] = [keys[rowA] ?? null, keys[rowB] ?? null];
    if (a === b) return rowB - rowA;
    if (a === null || a === '') return 1;
    if (b === null || b === '') return -1;
    return a < b ? -sign : sign;
  });
}
