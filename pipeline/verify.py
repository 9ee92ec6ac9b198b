"""Stage ``verify``: opens a package as a stranger would and checks everything it says of itself.

Only ``datapackage.json`` and the files are trusted, not the stages that wrote them. DuckDB does the work: each
table is scanned once for all of its constraints.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipeline.config import DESCRIPTOR, SUMS, Params, Project, built_version
from pipeline.problems import CannotDo, NotWell, Problem
from pipeline.schema import Schema, Table, load_schema
from pipeline.schema.descriptor import CSV_MISSING, CSV_SUFFIX, PARQUET_MISSING, read_schema, table_schema
from pipeline.schema.duckdb import DUCKDB_TYPES, field_conditions, literal, quote, rule_condition

LARGEST_DESCRIPTOR = 20_000_000
PLAIN_NAME = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")
ROWS_SHOWN = 3


@dataclass
class Verification:
    """What was checked of a package.

    Attributes:
        checks: how many checks were made.
        rows: rows by table.
        problems: what is not well; every one names table, rule, number of rows and the first of them.
    """

    checks: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def expect(self, holds: bool, place: str, rule: str, message: str, column: str = "") -> bool:
        """Count a check and keep a problem when it does not hold."""
        self.checks += 1
        if not holds:
            self.problems.append(Problem(place, 0, column, message, rule))
        return holds


def verify(project: Project, _: Params) -> str:
    """Verify ``data/interim/package/`` and leave the report that ``release`` asks for.

    Returns:
        What was checked, in one line.

    Raises:
        NotWell: something does not hold; the report says what.
    """
    result = verify_package(project.package, project.schemas / "package_rules.yaml")
    _as_declared(project, result)
    result.expect(
        result.problems != [] or _version(project.package) == built_version(project),
        DESCRIPTOR,
        "package.version",
        f"does not carry the version {built_version(project)} that is due",
    )
    report = {
        "package": hashlib.sha256((project.package / SUMS).read_bytes()).hexdigest(),
        "checks": result.checks,
        "rows": result.rows,
        "problems": [problem.as_json() for problem in result.problems],
    }
    project.verification.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if result.problems:
        raise NotWell(result.problems, "the package is not released; the last good one is untouched")
    return f"{result.checks} checks hold over {sum(result.rows.values())} rows"


def _as_declared(project: Project, result: Verification) -> None:
    """The descriptor says of every table what the declaration says: a stranger has only the descriptor."""
    schema = load_schema(project.schemas)
    described = {resource.get("name"): resource.get("schema") for resource in _descriptor(project.package)["resources"]}
    for name, table in schema.tables.items():
        wanted = {
            name: table_schema(schema, table, missing=PARQUET_MISSING),
            name + CSV_SUFFIX: table_schema(schema, table, suffix=CSV_SUFFIX, missing=CSV_MISSING),
        }
        for resource, declared in wanted.items():
            same = described.get(resource) == declared
            result.expect(same, DESCRIPTOR, "package.declaration", f"describes {resource} otherwise than schemas/ does")


def verify_package(folder: Path, package_rules: Path) -> Verification:
    """Check a package that lies in a folder.

    Args:
        folder: the package.
        package_rules: the queries that find rows which break a rule over several tables.

    Returns:
        The checks made and the problems found.

    Raises:
        CannotDo: there is no descriptor to start from.
    """
    result = Verification()
    descriptor = _descriptor(folder)
    _files(folder, descriptor, result)
    if result.problems:
        return result
    try:
        schema = read_schema(descriptor, "")
    except (KeyError, TypeError, AttributeError) as error:
        result.expect(
            False,
            DESCRIPTOR,
            "package.descriptor",
            f"does not describe its tables as Table Schema: {error!r}",
        )
        return result
    tables = {name: table for name, table in schema.tables.items() if not name.endswith(CSV_SUFFIX)}
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table in tables.values():
        _columns(connection, folder, table, result)
    if result.problems:
        return result
    for table in tables.values():
        _rows(connection, schema, table, result)
        _keys(connection, table, result)
        _csv(connection, folder, table, result)
    _rules_over_tables(connection, tables, package_rules, result)
    return result


def _descriptor(folder: Path) -> dict[str, Any]:
    path = folder / DESCRIPTOR
    if not path.is_file():
        raise CannotDo(f"{path}: there is no such file; a package is a folder that holds one")
    if path.stat().st_size > LARGEST_DESCRIPTOR:
        raise CannotDo(f"{path}: holds {path.stat().st_size / 1e6:.0f} MB, no descriptor is larger than 20")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CannotDo(f"{path}: is not JSON: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("resources"), list):
        raise CannotDo(f"{path}: has no list of resources")
    return found


def _version(folder: Path) -> str:
    return str(json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8")).get("version"))


def _files(folder: Path, descriptor: Mapping[str, Any], result: Verification) -> None:
    """Every file is the one that the checksums and the descriptor mean, and there is no other."""
    sums = folder / SUMS
    listed = {}
    if result.expect(sums.is_file(), SUMS, "package.checksum", "is missing: nothing says what the files were"):
        for line in sums.read_text(encoding="utf-8", errors="replace").splitlines():
            digest, _, name = line.partition("  ")
            listed[name] = digest
    present = {path.name for path in folder.iterdir() if path.is_file()} - {SUMS}
    for found_there in sorted(folder.iterdir()):
        message = "is no file: a package is one folder of files"
        result.expect(found_there.is_file(), found_there.name, "package.not_a_file", message)
    for name in sorted(present | listed.keys()):
        if not result.expect(name in present, name, "package.checksum", f"stands in {SUMS} and is not there"):
            continue
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        message = f"is not the file that {SUMS} means" if name in listed else f"does not stand in {SUMS}"
        result.expect(listed.get(name) == found, name, "package.checksum", message)
    for resource in descriptor["resources"]:
        path = resource.get("path") if isinstance(resource, dict) else None
        plain = isinstance(path, str) and bool(PLAIN_NAME.match(path))
        if not result.expect(
            plain, DESCRIPTOR, "package.path", f"the path {path!r} is not the plain name of a file beside it"
        ):
            continue
        if result.expect(path in present, str(path), "package.missing_file", "is described and is not there"):
            found = "sha256:" + hashlib.sha256((folder / str(path)).read_bytes()).hexdigest()
            message = f"is not the file that {DESCRIPTOR} means: its hash is {found}"
            result.expect(resource.get("hash") == found, str(path), "package.hash", message)


def _columns(connection: duckdb.DuckDBPyConnection, folder: Path, table: Table, result: Verification) -> None:
    """The Parquet file has the declared columns, in order, of the declared types; it becomes a view."""
    path = folder / f"{table.name}.parquet"
    source = f"read_parquet({literal(str(path))})"
    try:
        found = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as error:
        result.expect(False, path.name, "package.unreadable", f"cannot be read: {str(error).splitlines()[0]}")
        return
    wanted = [(column.name, DUCKDB_TYPES[column.type]) for column in table.fields]
    differing = [f"{name} {kind}" for name, kind in wanted if (name, kind) not in [row[:2] for row in found]]
    more = [row[0] for row in found if row[0] not in table.columns]
    message = (
        f"has not the declared columns: missing or of another type {differing or 'none'}, undeclared {more or 'none'}"
    )
    if result.expect([row[:2] for row in found] == wanted, table.name, "package.columns", message):
        connection.execute(f"CREATE VIEW {quote(table.name)} AS SELECT * FROM {source}")


def _rows(connection: duckdb.DuckDBPyConnection, schema: Schema, table: Table, result: Verification) -> None:
    """Constraints of values and rules of rows, all in one scan."""
    conditions = [
        (f"{table.name}.{column.name}.{kind}", column.name, condition)
        for column in table.fields
        for kind, condition in field_conditions(column, schema)
    ]
    conditions += [(rule.id, rule.fields[0], rule_condition(rule)) for rule in table.rules]
    counts = ", ".join(f"count(*) FILTER (WHERE NOT ({condition}))" for _, _, condition in conditions)
    row = connection.execute(f"SELECT count(*), {counts} FROM {quote(table.name)}").fetchone()
    assert row is not None
    result.rows[table.name] = row[0]
    for (rule, column, condition), broken in zip(conditions, row[1:], strict=True):
        if broken:
            shown = _shown(connection, table, f"FROM {quote(table.name)} WHERE NOT ({condition})")
            message = f"{broken} rows break {rule}; first: {shown}"
            result.expect(False, table.name, rule, message, column)
        else:
            result.checks += 1


def _keys(connection: duckdb.DuckDBPyConnection, table: Table, result: Verification) -> None:
    name = quote(table.name)
    uniques = [(table.primary_key, "primary_key")] if table.primary_key else []
    uniques += [((column.name,), f"{column.name}.unique") for column in table.fields if column.unique]
    for columns, kind in uniques:
        key = ", ".join(map(quote, columns))
        filled = " AND ".join(f"{quote(column)} IS NOT NULL" for column in columns)
        source = f"FROM {name} WHERE {filled} GROUP BY {key} HAVING count(*) > 1"
        repeated = connection.execute(f"SELECT {key} {source} ORDER BY ALL").fetchall()
        message = f"{len(repeated)} keys stand more than once; first: {_text(repeated)}"
        result.expect(not repeated, table.name, f"{table.name}.{kind}", message, columns[0])
    for reference in table.foreign_keys:
        pairs = zip(reference.fields, reference.reference_fields, strict=True)
        match = " AND ".join(f"a.{quote(here)} = b.{quote(there)}" for here, there in pairs)
        filled = " AND ".join(f"a.{quote(column)} IS NOT NULL" for column in reference.fields)
        source = f"FROM {name} a ANTI JOIN {quote(reference.reference)} b ON {match} WHERE {filled}"
        key = ", ".join(f"a.{quote(column)}" for column in reference.fields)
        lost = connection.execute(f"SELECT DISTINCT {key} {source} ORDER BY ALL").fetchall()
        message = f"{len(lost)} values refer to nothing in {reference.reference}; first: {_text(lost)}"
        result.expect(
            not lost,
            table.name,
            f"{table.name}.{reference.fields[0]}.foreign_key",
            message,
            reference.fields[0],
        )


def _csv(connection: duckdb.DuckDBPyConnection, folder: Path, table: Table, result: Verification) -> None:
    """The CSV holds the same rows as the Parquet file, in the same order."""
    path = folder / f"{table.name}.csv"
    types = ", ".join(f"{literal(column.name)}: {literal(DUCKDB_TYPES[column.type])}" for column in table.fields)
    options = "header = true, delim = ',', quote = '\"', escape = '\"', auto_detect = false"
    source = f"read_csv({literal(str(path))}, columns = {{{types}}}, {options})"
    names = ", ".join(map(quote, table.columns))
    query = f"""
        WITH csv AS (SELECT row_number() OVER () AS place, {names} FROM {source}),
             parquet AS (SELECT row_number() OVER () AS place, {names} FROM {quote(table.name)})
        SELECT place FROM ((FROM csv EXCEPT FROM parquet) UNION (FROM parquet EXCEPT FROM csv)) ORDER BY place
    """
    with path.open(encoding="utf-8") as handle:
        header = handle.readline().rstrip("\n").split(",")
    message = f"has the columns {', '.join(header)}"
    if not result.expect(tuple(header) == table.columns, path.name, "package.csv_columns", message):
        return
    try:
        differing = connection.execute(query).fetchall()
    except duckdb.Error as error:
        result.expect(False, path.name, "package.csv_unreadable", f"cannot be read: {str(error).splitlines()[0]}")
        return
    message = f"{len(differing)} rows are not those of the Parquet file; first: row {_text(differing)}"
    result.expect(not differing, path.name, "package.csv_differs", message)


def _rules_over_tables(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Table],
    package_rules: Path,
    result: Verification,
) -> None:
    for rule in yaml.load(package_rules.read_bytes(), Loader=yaml.CSafeLoader):
        try:
            found = connection.execute(rule["finds"]).fetchall()
        except duckdb.CatalogException:
            result.expect(False, ", ".join(tables), rule["id"], "a table that the rule needs is not in the package")
            continue
        message = f"{len(found)} rows break it: {rule['description']['en']} First: {_text(sorted(found, key=str))}"
        result.expect(not found, "package", rule["id"], message)


def _shown(connection: duckdb.DuckDBPyConnection, table: Table, source: str) -> str:
    key = ", ".join(map(quote, table.primary_key or table.columns[:3]))
    return _text(connection.execute(f"SELECT {key} {source} ORDER BY ALL LIMIT {ROWS_SHOWN}").fetchall())


def _text(rows: list[tuple[Any, ...]]) -> str:
    return "; ".join("|".join(map(str, row)) for row in rows[:ROWS_SHOWN])
