/**
 * DuckDB in the page, with the database of the package attached over HTTP, read only.
 *
 * The worker is started from a blob so that it stands under the policy of this page: it reaches nothing but the
 * site itself, whatever a query asks for. After the database is attached, DuckDB is locked: no other file or
 * address, no extension, no change of a setting.
 */

import { AsyncDuckDB, DuckDBDataProtocol, VoidLogger, type AsyncDuckDBConnection } from '@duckdb/duckdb-wasm';
import module from '@duckdb/duckdb-wasm/dist/duckdb-eh.wasm?url';
import worker from '@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js?url';

export type Cell = string | number | boolean | null;

export interface Answer {
  names: string[];
  /** One array a column. */
  columns: Cell[][];
  count: number;
  milliseconds: number;
}

const FILE = 'sahel.duckdb';
const SETTINGS = [
  `ATTACH '${FILE}' AS sahel (READ_ONLY)`,
  'USE sahel',
  'SET autoinstall_known_extensions = false',
  'SET autoload_known_extensions = false',
  'SET enable_external_access = false',
  'SET lock_configuration = true',
];

const here = (path: string): string => new URL(path, location.href).href;

/** Start DuckDB and attach a database that lies beside the page. */
export async function start(database: string): Promise<AsyncDuckDBConnection> {
  const source = URL.createObjectURL(new Blob([`importScripts(${JSON.stringify(here(worker))});`], { type: 'text/javascript' }));
  const duckdb = new AsyncDuckDB(new VoidLogger(), new Worker(source));
  await duckdb.instantiate(here(module));
  URL.revokeObjectURL(source);
  await duckdb.open({ filesystem: { reliableHeadRequests: true, forceFullHTTPReads: false, allowFullHTTPReads: true } });
  await duckdb.registerFileURL(FILE, here(database), DuckDBDataProtocol.HTTP, false);
  const connection = await duckdb.connect();
  for (const setting of SETTINGS) await connection.query(setting);
  return connection;
}

/** End DuckDB with whatever it is doing: its worker hears nothing while a query runs, so that nothing gentler reaches it. */
export const end = (connection: AsyncDuckDBConnection): Promise<void> => connection.bindings.terminate();

/** Ask; values come as text, numbers, booleans or null. */
export async function ask(connection: AsyncDuckDBConnection, query: string): Promise<Answer> {
  const started = performance.now();
  const table = await connection.query(query);
  const milliseconds = Math.round(performance.now() - started);
  const fields = table.schema.fields;
  const columns = fields.map((field, at) => {
    const values = table.getChildAt(at);
    const asText = textOf(String(field.type));
    return Array.from({ length: table.numRows }, (_, row) => asText(values?.get(row) as unknown));
  });
  return { names: fields.map((field) => field.name), columns, count: table.numRows, milliseconds };
}

/** How values of an Arrow type are shown. */
function textOf(type: string): (value: unknown) => Cell {
  const isDay = type.startsWith('Date');
  const isTime = type.startsWith('Timestamp');
  const scale = /^Decimal\[\d+e[+-]?(\d+)\]/.exec(type)?.[1];
  return (value) => {
    if (value === null || value === undefined) return null;
    if (isDay) return new Date(Number(value)).toISOString().slice(0, 10);
    if (isTime) return new Date(Number(value)).toISOString().replace('T', ' ').replace(/(\.000)?Z$/, '');
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    if (scale !== undefined) return decimalText(String(value), Number(scale));
    if (typeof value === 'object') return /^(Int|Uint|Decimal)/.test(type) ? String(value) : JSON.stringify(value, plain);
    return value as Cell;
  };
}

/** DuckDB's sums of whole numbers come as 128-bit decimals: digits, with the point to be set. */
function decimalText(digits: string, scale: number): Cell {
  if (scale === 0) return Number.isSafeInteger(Number(digits)) ? Number(digits) : digits;
  const sign = digits.startsWith('-') ? '-' : '';
  const all = digits.replace('-', '').padStart(scale + 1, '0');
  return `${sign}${all.slice(0, -scale)}.${all.slice(-scale)}`;
}

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);
