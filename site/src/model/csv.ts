/** What is filtered as CSV for a spreadsheet. */

export type Cell = string | number | boolean | null | undefined;

/** How a CSV file is written. */
export interface Form {
  separator: ',' | ';';
  decimal: '.' | ',';
  /** What a spreadsheet would run: wherever one may begin a cell, whatever sign it separates cells by. */
  run: RegExp;
}

/** Begin a formula, their full-width twins included. */
const SIGNS = '[=+\\-@\uff1d\uff0b\uff0d\uff20]';

/**
 * A sign at the start of a cell, or after what a spreadsheet of another country takes for the end of one: it sees no
 * quotes that begin within a cell of its own, so that of "x;=2" it would run the second half.
 */
const runAfter = (ends: string): RegExp => new RegExp(`(^|[${ends}])([\\s"\\u0000-\\u001f]*)(?=${SIGNS})`, 'g');
const AT_THE_START = /^[\t\r]/;

export const COMMAS: Form = { separator: ',', decimal: '.', run: runAfter(';\\t\\r\\n') };
/** As spreadsheets expect it where decimals have a comma. */
export const SEMICOLONS: Form = { separator: ';', decimal: ',', run: runAfter(';,\\t\\r\\n') };

/** The text with an apostrophe before everything that would be run. */
function defused(text: string, form: Form): string {
  const marked = text.replace(form.run, (_, end: string, blanks: string) => {
    const isAlsoInside = end !== '' || /[\t\r\n]/.test(blanks);
    return `${end}${end === '' ? "'" : ''}${blanks}${isAlsoInside ? "'" : ''}`;
  });
  return AT_THE_START.test(marked) ? `'${marked}` : marked;
}

/** Whether a spreadsheet would run this text or a part of it. Numbers are numbers, also below 0. */
export const isFormula = (cell: Cell, form: Form): boolean => typeof cell === 'string' && defused(cell, form) !== cell;

/** One cell: an apostrophe before what would be run, quotes where they are needed, nothing for what is not stated. */
export function csvCell(cell: Cell, form: Form): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number') return String(cell).replace('.', form.decimal);
  const text = defused(String(cell), form);
  return /[",;\t\r\n]/.test(text) || text.startsWith("'") ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of a CSV file, from columns. */
export function csv(names: readonly string[], columns: readonly (readonly Cell[])[], rows: readonly number[], form: Form): string {
  const line = (cells: readonly Cell[]): string => cells.map((cell) => csvCell(cell, form)).join(form.separator);
  const lines = [line(names)];
  for (const row of rows) lines.push(line(columns.map((values) => values[row])));
  return `${lines.join('\r\n')}\r\n`;
}

/** How many cells of these rows would get an apostrophe. */
export const formulas = (columns: readonly (readonly Cell[])[], rows: readonly number[], form: Form): number =>
  columns.reduce((sum, values) => sum + rows.reduce((found, row) => found + (isFormula(values[row], form) ? 1 : 0), 0), 0);
