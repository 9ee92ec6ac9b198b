/** What is filtered as Parquet, with the types of the package. */

import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Cell } from './csv.ts';
import type { Rows } from './rows.ts';

/** Types of the declaration as types of Parquet. */
const TYPES: Record<string, Omit<SchemaElement, 'name'>> = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  date: { type: 'INT32', converted_type: 'DATE' },
};

/** A Parquet file of some rows of a table. */
export function parquet(table: string, { columns }: Rows, rows: readonly number[]): ArrayBuffer {
  const schema: SchemaElement[] = [{ name: table, num_children: columns.length }];
  for (const column of columns) schema.push({ ...(TYPES[column.type] ?? TYPES['string']!), name: column.name, repetition_type: 'OPTIONAL' });
  return parquetWriteBuffer({
    columnData: columns.map(({ name, type, values }) => ({ name, data: rows.map((row) => value(type, values[row])) })),
    schema,
  });
}

function value(type: string, cell: Cell): unknown {
  if (cell === null || cell === undefined) return null;
  if (type === 'integer') return BigInt(cell as number);
  if (type === 'date') return new Date(`${String(cell)}T00:00:00Z`);
  return cell;
}
