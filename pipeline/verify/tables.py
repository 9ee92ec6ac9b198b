"""The checks of tables, as queries of DuckDB: columns, values, keys, references, the CSV twin, rules over tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

import duckdb

from pipeline.problems import printable
from pipeline.schema import Schema, Table
from pipeline.schema.declaration import ForeignKey
from pipeline.schema.duckdb import DUCKDB_TYPES, field_conditions, literal, quote, rule_condition
from pipeline.verify.described import Described
from pipeline.verify.report import ROWS_SHOWN, Verification

LONGEST_HEADER = 1_000_000
Check = Callable[[duckdb.DuckDBPyConnection, Verification], None]


def loading(folder: Path, one: Described) -> Check:
    """Loads a table from its Parquet file, else its CSV, where it has the declared columns."""
    return partial(_load, folder.resolve(), one)


def checks(folder: Path, schema: Schema, one: Described, loaded: Collection[str]) -> Iterator[Check]:
    """The checks of a table that was loaded.

    Args:
        folder: the package.
        schema: the lists of codes.
        one: the table.
        loaded: the tables that can be referred to.
    """
    if "csv" in one.files and "parquet" in one.files:
        yield partial(_csv, folder.resolve(), one)
    yield partial(_values, schema, one.table)
    yield partial(_keys, one.table)
    for key in one.table.foreign_keys:
        yield partial(_reference, one.table, key, loaded)


def rule_over_tables(rule: str, finds: str, description: str) -> Check:
    """A query that finds the rows which break a rule over several tables."""
    return partial(_rule, rule, finds, description)


def first_line(error: BaseException) -> str:
    """The first line of what DuckDB or the system says."""
    return str(getattr(error, "strerror", None) or error).partition("\n")[0]


def _load(folder: Path, one: Described, connection: duckdb.DuckDBPyConnection, result: Verification) -> None:
    table, name = one.table, quote(one.table.name)
    file = one.files.get("parquet") or one.files["csv"]
    if "parquet" in one.files:
        source, rule = f"read_parquet({literal(str(folder / file))})", "package.unreadable"
    elif _has_header(folder / file, table, result):
        source, rule = _csv_source(folder / file, table), "package.csv_unreadable"
    else:
        return
    try:
        [(rows,)] = connection.execute(f"CREATE TABLE {name} AS FROM {source}").fetchall()
        found = [row[:2] for row in connection.execute(f"DESCRIBE {name}").fetchall()]
    except (duckdb.OutOfMemoryException, MemoryError):
        raise
    except duckdb.Error as error:
        result.expect(False, file, rule, f"cannot be read: {_why(error)}")
        return
    wanted = [(column.name, DUCKDB_TYPES[column.type]) for column in table.fields]
    differing = [f"{column} {kind}" for column, kind in wanted if (column, kind) not in found]
    more = [column for column, _ in found if column not in table.columns]
    message = (
        f"has not the declared columns: missing or of another type {differing or 'none'}, undeclared {more or 'none'}"
    )
    if not result.expect(found == wanted, table.name, "package.columns", message):
        connection.execute(f"DROP TABLE {name}")
        return
    result.rows[table.name] = rows
    for described, stated in one.rows.items():
        off = abs(rows - stated) if isinstance(stated, int) else rows
        message = f"the table has {rows} rows, {stated!r} are stated for {described}"
        result.expect(rows == stated, table.name, "package.row_count", message, count=max(1, off))


def _values(schema: Schema, table: Table, connection: duckdb.DuckDBPyConnection, result: Verification) -> None:
    """Constraints of values and rules of rows, all in one scan."""
    conditions = [
        (f"{table.name}.{column.name}.{kind}", column.name, condition)
        for column in table.fields
        for kind, condition in field_conditions(column, schema)
    ]
    conditions += [(rule.id, rule.fields[0], rule_condition(rule)) for rule in table.rules]
    if not conditions:
        return
    counts = ", ".join(f"count_if(NOT ({condition}))" for _, _, condition in conditions)
    try:
        row = connection.execute(f"SELECT {counts} FROM {quote(table.name)}").fetchone() or ()
    except (duckdb.BinderException, duckdb.ConversionException, duckdb.InvalidInputException) as error:
        message = f"declares constraints that do not fit the types of its fields: {_why(error)}"
        result.expect(False, table.name, "package.descriptor", message)
        return
    for (rule, column, condition), broken in zip(conditions, row, strict=True):
        names = dict.fromkeys([*(table.primary_key or table.columns[:3]), column])
        first = _first(connection, names, f"FROM {quote(table.name)} WHERE NOT ({condition})") if broken else ()
        message = f"{broken} rows break {rule}"
        result.expect(not broken, table.name, rule, message, column=column, count=broken, first=first)


def _keys(table: Table, connection: duckdb.DuckDBPyConnection, result: Verification) -> None:
    """A key stands once."""
    uniques: dict[tuple[str, ...], str] = {
        (column.name,): f"{column.name}.unique" for column in table.fields if column.unique
    }
    if table.primary_key:
        uniques = {table.primary_key: "primary_key"} | uniques
    for columns, kind in uniques.items():
        key = ", ".join(map(quote, columns))
        filled = " AND ".join(f"{quote(column)} IS NOT NULL" for column in columns)
        source = f"FROM {quote(table.name)} WHERE {filled} GROUP BY {key} HAVING count(*) > 1"
        count = _count(connection, f"FROM (SELECT {key} {source})")
        first = _first(connection, columns, source) if count else ()
        message = f"{count} keys stand more than once"
        rule = f"{table.name}.{kind}"
        result.expect(not count, table.name, rule, message, column=columns[0], count=count, first=first)


def _reference(
    table: Table,
    key: ForeignKey,
    loaded: Collection[str],
    connection: duckdb.DuckDBPyConnection,
    result: Verification,
) -> None:
    """What a foreign key refers to is there, in whatever format."""
    rule, column = f"{table.name}.{key.fields[0]}.foreign_key", key.fields[0]
    if key.reference not in loaded:
        result.leave_out(rule, f"the table {key.reference} is not there or could not be read")
        return
    pairs = zip(key.fields, key.reference_fields, strict=True)
    match = " AND ".join(f"a.{quote(here)} = b.{quote(there)}" for here, there in pairs)
    filled = " AND ".join(f"a.{quote(name)} IS NOT NULL" for name in key.fields)
    names = ", ".join(f"a.{quote(name)}" for name in key.fields)
    source = f"FROM {quote(table.name)} a ANTI JOIN {quote(key.reference)} b ON {match} WHERE {filled}"
    try:
        count = _count(connection, f"FROM (SELECT DISTINCT {names} {source})")
    except duckdb.BinderException:
        message = f"refers to {', '.join(key.reference_fields)} of {key.reference}, which has no such fields"
        result.expect(False, table.name, "package.descriptor", message, column=column)
        return
    first = _first(connection, key.fields, f"FROM (SELECT DISTINCT {names} {source})") if count else ()
    message = f"{count} values refer to nothing in {key.reference}"
    result.expect(not count, table.name, rule, message, column=column, count=count, first=first)


def _csv(folder: Path, one: Described, connection: duckdb.DuckDBPyConnection, result: Verification) -> None:
    """The CSV holds the rows of the Parquet file, in their order."""
    table, file = one.table, one.files["csv"]
    if not _has_header(folder / file, table, result):
        return
    try:
        compare_rows(connection, result, file, _csv_source(folder / file, table), table, "package.csv_differs")
    except (duckdb.OutOfMemoryException, MemoryError):
        raise
    except duckdb.Error as error:
        result.expect(False, file, "package.csv_unreadable", f"cannot be read: {_why(error)}")


def compare_rows(
    connection: duckdb.DuckDBPyConnection, result: Verification, file: str, source: str, table: Table, rule: str
) -> None:
    """Check that a file holds the rows of a table that was loaded, in their order.

    Args:
        connection: the database.
        result: takes what is found.
        file: the file, for people.
        source: the file, for DuckDB.
        table: the table.
        rule: what is broken where rows differ.
    """
    columns = list(enumerate(table.columns))
    here = ", ".join(f"{quote(name)} AS c{at}" for at, name in columns)
    there = ", ".join(f"{quote(name)} AS p{at}" for at, name in columns)
    differs = " OR ".join(f"c{at} IS DISTINCT FROM p{at}" for at, _ in columns)
    pairs = f"""
        FROM (SELECT true AS in_file, {here} FROM {source})
        POSITIONAL JOIN (SELECT true AS in_table, {there} FROM {quote(table.name)})
    """
    unequal = f"in_file IS NULL OR in_table IS NULL OR {differs}"
    count = _count(connection, f"{pairs} WHERE {unequal}")
    first: tuple[dict[str, str | None], ...] = ()
    if count:
        said = ", ".join(f"CASE WHEN c{at} IS DISTINCT FROM p{at} THEN {literal(name)} END" for at, name in columns)
        found = f"FROM (SELECT row_number() OVER () AS row, concat_ws(', ', {said}) AS differing, * {pairs})"
        first = _first(connection, ("row", "differing"), f"{found} WHERE {unequal}")
    message = f"{count} rows are not those of the table {table.name}"
    result.expect(not count, file, rule, message, count=count, first=first)


def _has_header(path: Path, table: Table, result: Verification) -> bool:
    with path.open(encoding="utf-8", errors="replace", newline="") as handle:
        header = handle.readline(LONGEST_HEADER).rstrip("\r\n").split(",")
    message = f"has the columns {', '.join(header)}, not {', '.join(table.columns)}"
    return result.expect(tuple(header) == table.columns, path.name, "package.csv_columns", message)


def _csv_source(path: Path, table: Table) -> str:
    types = ", ".join(f"{literal(column.name)}: {literal(DUCKDB_TYPES[column.type])}" for column in table.fields)
    options = "header = true, delim = ',', quote = '\"', escape = '\"', auto_detect = false"
    return f"read_csv({literal(str(path))}, columns = {{{types}}}, {options})"


def _rule(rule: str, finds: str, description: str, connection: duckdb.DuckDBPyConnection, result: Verification) -> None:
    try:
        count = _count(connection, f"FROM ({finds})")
    except (duckdb.CatalogException, duckdb.BinderException, duckdb.ConversionException) as error:
        result.leave_out(rule, f"the package has not what the rule asks for: {first_line(error)}")
        return
    first = _shown(connection.execute(f"FROM ({finds}) ORDER BY ALL LIMIT {ROWS_SHOWN}")) if count else ()
    message = f"{count} rows break it: {description}"
    result.expect(not count, "package", rule, message, count=count, first=first)


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    row = connection.execute(f"SELECT count(*) {source}").fetchone()
    assert row is not None
    return int(row[0])


def _first(
    connection: duckdb.DuckDBPyConnection, columns: Collection[str], source: str
) -> tuple[dict[str, str | None], ...]:
    names = ", ".join(map(quote, columns))
    return _shown(connection.execute(f"SELECT {names} {source} ORDER BY ALL LIMIT {ROWS_SHOWN}"))


def _shown(cursor: duckdb.DuckDBPyConnection) -> tuple[dict[str, str | None], ...]:
    names = [str(column[0]) for column in cursor.description or ()]
    return tuple(
        {name: None if value is None else printable(str(value)) for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    )


def _why(error: duckdb.Error) -> str:
    """What DuckDB says of a bad file, without its advice on options: line, what stood there, what was expected."""
    wanted = ("Original Line", "Expected", "Column ", "Error when converting", "Invalid unicode")
    head, *lines = str(error).splitlines()
    return "; ".join([head, *(line.strip() for line in lines if line.startswith(wanted))])
