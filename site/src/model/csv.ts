/** What is filtered as CSV for a spreadsheet. */

export type Cell = string | number | boolean | null | undefined;

/** Characters with which a spreadsheet takes a cell for a formula, their full-width twins included. */
const RUN_BY_SPREADSHEETS = /^[\s\u0000-\u001f]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** Whether a spreadsheet would run this text. Numbers are numbers, also below 0. */
export const isFormula = (cell: Cell): boolean => typeof cell === 'string' && RUN_BY_SPREADSHEETS.test(cell);

/** One cell: an apostrophe before what would be run, quotes where they are needed, nothing for what is not stated. */
export function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  const text = isFormula(cell) ? `'${cell as string}` : String(cell);
  return /[",\r\n]/.test(text) || text.startsWith("'") ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of a CSV file, from columns. */
export function csv(names: readonly string[], columns: readonly (readonly Cell[])[], rows: readonly number[]): string {
  const lines = [names.map(csvCell).join(',')];
  for (const row of rows) lines.push(columns.map((values) => csvCell(values[row])).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** How many cells of these rows would get an apostrophe. */
export const formulas = (columns: readonly (readonly Cell[])[], rows: readonly number[]): number =>
  columns.reduce((sum, values) => sum + rows.reduce((found, row) => found + (isFormula(values[row]) ? 1 : 0), 0), 0);
