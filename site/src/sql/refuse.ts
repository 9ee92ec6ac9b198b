/** What the console answers by itself, because DuckDB in a browser says "Success" or nothing and does nothing. */

/** Comments, texts, quoted names: whatever stands in them is no statement. */
const QUOTED = /--[^\n]*|\/\*[\s\S]*?(\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$)[\s\S]*?\2/g;
const OF_EXTENSIONS = /^\s*(?:(?:force\s+)?install|update\s+extensions)\b/i;

/** Whether a query holds no statement at all, only blanks and comments. */
export const isEmpty = (query: string): boolean => /^[\s;]*$/.test(query.replace(QUOTED, (text) => (/^(--|\/\*)/.test(text) ? ' ' : 'x')));

/** Whether a query would install an extension: there is none to be had, and DuckDB would not say so. */
export const installs = (query: string): boolean =>
  query
    .replace(QUOTED, ' ')
    .split(';')
    .some((statement) => OF_EXTENSIONS.test(statement));
