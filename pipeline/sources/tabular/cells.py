"""The cells of a file as text, row by row, in a table of the engine: nothing is parsed and nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from pipeline.problems import CannotDo, NotWell, Problem, printable
from pipeline.schema.duckdb import literal, quote
from pipeline.sources.tabular.countries import Named
from pipeline.sources.tabular.declared import TableSource
from pipeline.sources.tabular.files import (
    CHUNK,
    LONGEST_LINE,
    NOT_UTF_8,
    NOTHING_DONE,
    Head,
    Opened,
    first_line_in_another_encoding,
    read_head,
    refused,
)
from pipeline.sources.tabular.layout import Recognised, recognise, without_header

ROW = "_row"
BROKEN_RULES = {
    "MISSING COLUMNS": "tabular.cell_count",
    "TOO MANY COLUMNS": "tabular.cell_count",
    "INVALID ENCODING": "tabular.row_encoding",
    "LINE SIZE OVER MAXIMUM": "tabular.row_too_long",
    "UNQUOTED VALUE": "tabular.row_quote",
}


@dataclass(frozen=True)
class Broken:
    """A row that cannot be cut into cells: the line on which it begins, and its text."""

    row: int
    line: int
    rule: str
    message: str
    text: str


@dataclass(frozen=True)
class Cells:
    """The cells of a file.

    Attributes:
        table: name of the engine's table: ``_row`` (counted from 1) and the columns that are read, as text. Rows of
            a country outside the region keep their country and their id only.
        row_count: rows of the file, those without cells included.
        broken: rows that are not in the table.
        named: the texts by which rows name a country of the region, or none.
    """

    backend: Backend
    opened: Opened
    recognised: Recognised
    delimiter: str
    table: str
    row_count: int
    broken: tuple[Broken, ...]
    named: Named = field(default_factory=lambda: Named({}, ()))

    @cached_property
    def _has_breaks(self) -> bool:
        """Whether a cell holds a line break, so that rows and lines do not run together."""
        lines = self.opened.line_count - self.recognised.lines_before
        return lines not in (self.row_count, self.row_count - 1)

    def lines(self, rows: Sequence[int]) -> dict[int, int]:
        """The line of the file on which each of some rows begins."""
        before = self.recognised.lines_before
        if self.opened.is_spreadsheet:
            return {row: row + self.recognised.rows_before for row in rows}
        if not rows or not self._has_breaks:
            return {row: row + before for row in rows}
        run, table = self.backend.raw_sql, f"{self.table}_breaks"
        name = quote(table)
        source = _csv(self.opened, self.recognised, self.delimiter, _kept_apart(f"{self.table}_placed"))
        run(f"CREATE OR REPLACE TABLE {name} AS SELECT ({_breaks(self.recognised)})::BIGINT AS breaks FROM {source}")
        held = f"SELECT {ROW} AS row, breaks FROM ({_numbered(self.backend, table, self.broken)})"
        if self.broken:
            apart = ", ".join(f"({broken.row}, {broken.text.count(chr(10))})" for broken in self.broken)
            held += f" UNION ALL (VALUES {apart})"
        above = "coalesce(sum(breaks) OVER (ORDER BY row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)"
        placed = f"SELECT row, row + {above} + {before} AS line FROM ({held})"
        found = run(f"FROM ({placed}) WHERE row IN ({', '.join(map(str, rows))})").fetchall()
        run(f"DROP TABLE {name}")
        return {int(row): int(line) for row, line in found}


def read_cells(
    backend: Backend, opened: Opened, declared: TableSource, table: str, countries: Sequence[str] | None = None
) -> Cells:
    """Read a file into a table of the engine.

    Args:
        backend: DuckDB.
        opened: the file.
        declared: the source.
        table: the name of the table to be made.
        countries: the texts of the column of countries with which a row is read in full; None reads all.

    Raises:
        NotWell: the layout is unknown, or rows cannot be told apart from some line on.
    """
    if opened.is_spreadsheet:
        return _read_spreadsheet(backend, opened, declared, table, countries)
    head = read_head(opened)
    recognised = recognise(head, declared, opened.shown)
    source = _csv(opened, recognised, head.delimiter, "ignore_errors = false")
    broken: tuple[Broken, ...] = ()
    try:
        _fill(backend, table, declared, source, recognised, countries)
    except duckdb.Error as error:
        source = _csv(opened, recognised, head.delimiter, _kept_apart(f"{table}_broken"))
        try:
            _fill(backend, table, declared, source, recognised, countries)
        except duckdb.Error:
            raise _unreadable(opened, "is no CSV", str(error)) from error
        broken = _broken(backend, opened, recognised, table)
        _account(backend, opened, recognised, head.delimiter, broken, table, str(error))
    count = _one(backend, f"SELECT count(*) FROM {quote(table)}") + len(broken)
    return Cells(backend, opened, recognised, head.delimiter, _with_rows(backend, table, broken), count, broken)


@dataclass(frozen=True)
class Sheet:
    """The first sheet of a spreadsheet: its layout, the engine's names of its columns, and the query that reads it."""

    recognised: Recognised
    names: tuple[str, ...]
    query: str


def recognise_sheet(backend: Backend, opened: Opened, declared: TableSource) -> Sheet:
    """Find the layout of a spreadsheet by its first two rows.

    DuckDB takes the first empty cell of the first row for the end of the table, which is right for names only: a sheet
    that ends before a layout that may come without a header does is looked at again in that layout's width.

    Raises:
        NotWell: it is no spreadsheet, or the layout is unknown.
    """
    load_excel(backend)
    widths = {len(layout.columns) for layout in declared.layouts if layout.without_header}
    try:
        narrow = _sheet(opened)
        head, names = _head(backend, narrow)
        if len(head.first) < max(widths, default=0):
            rows = _one(backend, f"SELECT count(*) FROM {narrow}")
            for width in sorted(widths):
                wide = _sheet(opened, f", range = 'A1:{_letters(width)}{rows}'")
                wide_head, wide_names = _head(backend, wide)
                if recognised := without_header(wide_head.first, declared.layouts):
                    return Sheet(recognised, wide_names, wide)
    except duckdb.Error as error:
        raise refused(opened.shown, f"is no spreadsheet: {_first_lines(error)}", "tabular.zip") from error
    return Sheet(recognise(head, declared, opened.shown), names, narrow)


def _head(backend: Backend, source: str) -> tuple[Head, tuple[str, ...]]:
    rows = backend.raw_sql(f"SELECT * FROM {source} LIMIT 2").fetchall()
    names = tuple(column[0] for column in backend.raw_sql(f"DESCRIBE SELECT * FROM {source}").fetchall())
    first, second = (*(tuple(cell or "" for cell in row) for row in rows), (), ())[:2]
    return Head(first, second, 1, 2, ""), names


def _letters(column: int) -> str:
    """How a spreadsheet calls a column, counted from 1.

    >>> _letters(26), _letters(49)
    ('Z', 'AW')
    """
    before, at = divmod(column - 1, 26)
    return (_letters(before) if before else "") + chr(ord("A") + at)


def _read_spreadsheet(
    backend: Backend, opened: Opened, declared: TableSource, table: str, countries: Sequence[str] | None
) -> Cells:
    sheet = recognise_sheet(backend, opened, declared)
    recognised = sheet.recognised
    renamed = ", ".join(
        f"{quote(cell)} AS {name}" for cell, name in zip(sheet.names, _columns(recognised), strict=True)
    )
    try:
        rows = f"(SELECT {renamed} FROM {sheet.query} OFFSET {recognised.rows_before})"
        _fill(backend, table, declared, rows, recognised, countries)
    except duckdb.Error as error:
        raise refused(opened.shown, f"is no spreadsheet: {_first_lines(error)}", "tabular.zip") from error
    count = _one(backend, f"SELECT count(*) FROM {quote(table)}")
    return Cells(backend, opened, recognised, "", _with_rows(backend, table, ()), count, ())


def _sheet(opened: Opened, span: str = "") -> str:
    options = "all_varchar = true, header = false, stop_at_empty = false"
    return f"read_xlsx({literal(str(opened.path))}, {options}{span})"


def _fill(
    backend: Backend,
    table: str,
    declared: TableSource,
    source: str,
    recognised: Recognised,
    countries: Sequence[str] | None,
) -> None:
    """Keep the columns that are read; of rows that lie in another country, that country and their id."""
    country = declared.record["country_iso3"]
    is_within = "true"
    if countries is not None:
        known = ", ".join(literal(text) for text in countries)
        # no IN: of a long list DuckDB makes a join, and rows then come out of it in another order than they stand
        is_within = f"list_contains([{known}, ''], coalesce(trim({quote(country.columns[0])}), ''))"
    kept = [
        quote(column)
        if column == declared.id or column in country.columns
        else f"CASE WHEN {is_within} THEN {quote(column)} END AS {quote(column)}"
        if column in recognised.names
        else f"NULL::VARCHAR AS {quote(column)}"
        for column in declared.columns
    ]
    backend.raw_sql(f"CREATE OR REPLACE TABLE {quote(table)} AS SELECT {', '.join(kept)} FROM {source}")


def _csv(opened: Opened, recognised: Recognised, delimiter: str, errors: str) -> str:
    columns = ", ".join(
        f"{literal(name[1:-1].replace(chr(34) * 2, chr(34)))}: 'VARCHAR'" for name in _columns(recognised)
    )
    return (
        f"read_csv({literal(str(opened.path))}, columns = {{{columns}}}, auto_detect = false, header = false, "
        f"skip = {recognised.lines_before}, delim = {literal(delimiter)}, quote = '\"', escape = '\"', "
        f"strict_mode = true, null_padding = false, max_line_size = {LONGEST_LINE}, {errors})"
    )


def _kept_apart(name: str) -> str:
    """The option to keep rows that break apart; a name serves one reading, for DuckDB does not make a table anew."""
    return f"store_rejects = true, rejects_limit = 0, rejects_table = '{name}_errors', rejects_scan = '{name}_scans'"


def _columns(recognised: Recognised) -> list[str]:
    """The quoted names of all columns; one without a name is called by its place."""
    return [quote(name or f"_column_{at}") for at, name in enumerate(recognised.names)]


def _with_rows(backend: Backend, table: str, broken: Sequence[Broken]) -> str:
    name = f"{table}_rows"
    backend.raw_sql(f"CREATE OR REPLACE VIEW {quote(name)} AS {_numbered(backend, table, broken)}")
    return name


def _numbered(backend: Backend, table: str, broken: Sequence[Broken]) -> str:
    """The query of rows that were read, each with its place among all rows of the file, the broken ones included."""
    if not broken:
        return f"SELECT (rowid + 1)::BIGINT AS {ROW}, * FROM {quote(table)}"
    steps = quote(f"{table}_steps")
    places = enumerate(sorted(found.row for found in broken))
    above = ", ".join(f"({row - at}, {at + 1})" for at, row in places)  # from which row read on, so many broken ones
    backend.raw_sql(
        f"CREATE OR REPLACE TABLE {steps} AS SELECT step::BIGINT AS step, max(broken)::BIGINT AS broken "
        f"FROM (VALUES {above}) made (step, broken) GROUP BY step"
    )
    return (
        f"SELECT (read.rowid + 1 + coalesce(broken, 0))::BIGINT AS {ROW}, read.* "
        f"FROM {quote(table)} read ASOF LEFT JOIN {steps} ON read.rowid + 1 >= step"
    )


def discard(backend: Backend, table: str) -> None:
    """Take a table that `read_cells` made out of the engine again."""
    backend.raw_sql(f"DROP VIEW IF EXISTS {quote(f'{table}_rows')}")
    backend.raw_sql(f"DROP TABLE IF EXISTS {quote(table)}")


def _broken(backend: Backend, opened: Opened, recognised: Recognised, table: str) -> tuple[Broken, ...]:
    """The rows that DuckDB kept apart; it counts rows where it says line, and bytes up to where each begins."""
    found = backend.raw_sql(
        "SELECT line, first(line_byte_position), first(error_type), first(error_message), first(left(csv_line, 5000)) "
        f"FROM (FROM {quote(table + '_broken_errors')} ORDER BY line, column_idx) GROUP BY line ORDER BY line"
    ).fetchall()
    lines = _lines_at(opened.path, [int(position) for _, position, *_ in found])
    made = []
    for (counted, _, kind, message, text), line in zip(found, lines, strict=True):
        rule = BROKEN_RULES.get(str(kind), "tabular.row_quote")
        said = str(message).splitlines()[0]
        row = str(text).removeprefix("\n")  # where lines end in CR LF, DuckDB takes a short row to begin at the LF
        at = line + (row != text)
        said = NOT_UTF_8 if rule == "tabular.row_encoding" else said[:1].lower() + said[1:]
        made.append(Broken(int(counted) - recognised.lines_before, at, rule, said, row))
    return tuple(made)


def _lines_at(path: Path, positions: Sequence[int]) -> list[int]:
    """The lines in which some bytes of a file lie, given in order and counted from 1 as the lines are."""
    made: list[int] = []
    at, line = 0, 1
    with path.open("rb") as handle:
        for position in positions:
            while at < position - 1 and (piece := handle.read(min(CHUNK, position - 1 - at))):
                at += len(piece)
                line += piece.count(b"\n")
            made.append(line)
    return made


def _account(
    backend: Backend,
    opened: Opened,
    recognised: Recognised,
    delimiter: str,
    broken: Sequence[Broken],
    table: str,
    said: str,
) -> None:
    """Refuse a file when the rows that were read and those that broke do not fill its lines.

    Raises:
        NotWell: a row swallowed the ones below it, or lines are left over.
    """
    swallowing = next((found for found in broken if found.rule == "tabular.row_quote" and "\n" in found.text), None)
    if swallowing:
        message = "has a quote that is opened or closed in the wrong place: from here on rows cannot be told apart"
        raise refused(opened.shown, message, "tabular.quote", swallowing.line)
    source = _csv(opened, recognised, delimiter, _kept_apart(f"{table}_counted"))
    query = f"SELECT count(*), coalesce(sum({_breaks(recognised)}), 0)::BIGINT FROM {source}"
    [(rows, inside)] = backend.raw_sql(query).fetchall()  # to the end, or nothing is kept apart
    within = _one(
        backend,
        "SELECT coalesce(sum(length(csv_line) - length(replace(csv_line, chr(10), ''))), 0)::BIGINT "
        f"FROM (SELECT DISTINCT line, ltrim(csv_line, chr(10)) AS csv_line "
        f"FROM {quote(table + '_counted_errors')})",
    )
    filled = rows + inside + within + len(broken) + recognised.lines_before
    if opened.line_count - filled not in (0, -1):  # the last line need not end
        raise _unaccounted(opened, broken, said)


def _unreadable(opened: Opened, what: str, said: str) -> NotWell:
    """A file in which rows cannot be told apart; if it is in another encoding, that is why."""
    if line := first_line_in_another_encoding(opened.path):
        return refused(opened.shown, NOT_UTF_8, "tabular.encoding", line)
    return refused(opened.shown, f"{what}: {printable(_first_lines(said))}", "tabular.quote")


def _unaccounted(opened: Opened, broken: Sequence[Broken], said: str) -> NotWell:
    """The rows that break each rule, where there are so many that DuckDB gives up before the end of the file."""
    if not broken:
        return _unreadable(opened, "cannot be cut into rows without losing some", said)
    rules: dict[str, list[Broken]] = {}
    for found in broken:
        rules.setdefault(found.rule, []).append(found)
    problems = [
        Problem(
            opened.shown, rows[0].line, "", f"{len(rows):,} rows or more are like this one: {rows[0].message}", rule
        )
        for rule, rows in rules.items()
    ]
    return NotWell(problems, f"with so many of them the file cannot be read to its end; {NOTHING_DONE}")


def _breaks(recognised: Recognised) -> str:
    """How many line breaks the cells of a row hold."""
    return " + ".join(
        f"coalesce(length({name}) - length(replace({name}, chr(10), '')), 0)" for name in _columns(recognised)
    )


def load_excel(backend: Backend) -> None:
    """Load DuckDB's reader of spreadsheets from the package that brings it; nothing is fetched."""
    try:
        import duckdb_extension_excel
    except ImportError as error:
        raise CannotDo("reading XLSX needs the package duckdb-extension-excel: run make setup") from error
    folder = Path(str(duckdb_extension_excel.__file__)).parent
    found = sorted(folder.rglob("*.duckdb_extension"))
    backend.raw_sql(f"LOAD {literal(str(found[0]))}")


def _one(backend: Backend, query: str) -> int:
    return int(backend.raw_sql(query).fetchone()[0])


def _first_lines(error: object) -> str:
    return " ".join(str(error).split("\n")[:2]).strip()
