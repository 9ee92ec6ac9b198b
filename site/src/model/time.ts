/** The dates of a view as months of the time line. */

import { monthOf } from './data.ts';
import type { View } from './view.ts';

type Dates = Pick<View, 'from' | 'to'>;

/** Whether the first day that is asked for lies after the last: no day lies between them. */
export const isReversed = ({ from, to }: Dates): boolean => from !== null && to !== null && from > to;

/** The first and last month of the data in which the dates lie; null where they lie in none. */
export function monthsOf(view: Dates, [first, last]: [number, number]): [number, number] | null {
  const from = Math.max(first, view.from ? monthOf(view.from) : first);
  const to = Math.min(last, view.to ? monthOf(view.to) : last);
  return isReversed(view) || from > to ? null : [from, to];
}
