/** Tables that can be taken along, and which of their rows belong to a selection. */

import type { Cell } from './csv.ts';
import type { Dataset } from './data.ts';
import { coverage } from './totals.ts';

/** A file of `data/rows/`: all rows of a table, by column. */
export interface Rows {
  columns: { name: string; type: string; values: Cell[] }[];
}

/** Tables, with the column that says which incident or operation a row is about. */
export const SUBJECT = { incidents: 'incident_id', tolls: 'unit_id', claims: 'subject_id' } as const;
export type Table = keyof typeof SUBJECT;
export const TABLES = Object.keys(SUBJECT) as Table[];

/**
 * The rows of a table that are about a selection.
 *
 * `parts` counts rows about operations of which only some incidents are selected. Their claims belong to the
 * selection; their tolls do not, for they would be added to what they contain nobody knows which part of.
 */
export function chosenRows(table: Table, all: Rows, data: Dataset, chosen: Uint8Array): { rows: number[]; parts: number } {
  const subjects = all.columns.find((column) => column.name === SUBJECT[table])?.values ?? [];
  const found = { rows: [] as number[], parts: 0 };
  subjects.forEach((subject, at) => {
    const unit = unitOf(data, String(subject));
    const covered = unit === null ? 'none' : coverage(data, chosen, unit);
    if (covered === 'part') found.parts += 1;
    if (covered === 'whole' || (covered === 'part' && table !== 'tolls')) found.rows.push(at);
  });
  return found;
}

/** An incident as its row, an operation as -1 minus its row; null for what is not there. */
function unitOf(data: Dataset, id: string): number | null {
  const row = data.row.get(id);
  if (row !== undefined) return row;
  const operation = data.operationRow.get(id);
  return operation === undefined ? null : -1 - operation;
}
