/** Totals of a selection: sums of additive tolls and of nothing else. */

import type { Dataset } from './data.ts';

export interface Total {
  /** How many additive figures are in the sums. */
  figures: number;
  low: number;
  best: number;
  /** None where a figure is open above: a sum of the bounds that were stated is no upper bound. */
  high: number | null;
  /** How many of the figures are open above. */
  open: number;
  /** Joint figures of operations of which only some incidents are selected; they are in no sum here. */
  left: { figures: number; best: number };
}

/** Whether a toll is about selected incidents: wholly, in part, or not at all. */
export function coverage(data: Dataset, chosen: Uint8Array, unit: number): 'whole' | 'part' | 'none' {
  if (unit >= 0) return chosen[unit] ? 'whole' : 'none';
  const members = data.members[-1 - unit] ?? [];
  const selected = members.reduce((sum, row) => sum + chosen[row]!, 0);
  if (selected === 0) return 'none';
  return selected === members.length ? 'whole' : 'part';
}

/**
 * The total of one measure.
 *
 * A joint figure of an operation cannot be divided among its incidents: it counts where all of them are
 * selected, and is told apart where only some are.
 */
export function total(data: Dataset, chosen: Uint8Array, measure: string): Total {
  const sum: Total = { figures: 0, low: 0, best: 0, high: 0, open: 0, left: { figures: 0, best: 0 } };
  for (const at of data.tollsOf[measure] ?? []) {
    const covered = coverage(data, chosen, data.tolls.unit[at]!);
    if (covered === 'none') continue;
    const [low, best, high] = [data.tolls.low[at] ?? null, data.tolls.best[at] ?? null, data.tolls.high[at] ?? null];
    if (covered === 'part') {
      sum.left.figures += 1;
      sum.left.best += best ?? 0;
      continue;
    }
    sum.figures += 1;
    sum.low += low ?? 0;
    sum.best += best ?? 0;
    if (high === null) sum.open += 1;
    sum.high = high === null || sum.high === null ? null : sum.high + high;
  }
  return sum;
}

/** By month, for months from the first of the data on: sums of the best figures, and how many are open above. */
export function monthlyFigures(data: Dataset, chosen: Uint8Array, measure: string): { best: Float64Array; open: Float64Array } {
  const count = data.months[1] - data.months[0] + 1;
  const [best, open] = [new Float64Array(count), new Float64Array(count)];
  for (const at of data.tollsOf[measure] ?? []) {
    if (coverage(data, chosen, data.tolls.unit[at]!) !== 'whole') continue;
    const month = data.tolls.month[at]! - data.months[0];
    if (month < 0 || month >= count) continue;
    best[month]! += data.tolls.best[at] ?? 0;
    if ((data.tolls.high[at] ?? null) === null) open[month]! += 1;
  }
  return { best, open };
}

/** Incidents by month of their first day. */
export function monthlyIncidents(data: Dataset, chosen: Uint8Array, monthOfRow: Int32Array): Float64Array {
  const sums = new Float64Array(data.months[1] - data.months[0] + 1);
  for (let row = 0; row < data.count; row++) if (chosen[row]) sums[monthOfRow[row]! - data.months[0]]! += 1;
  return sums;
}
