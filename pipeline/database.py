"""The DuckDB file beside the package, with keys, checks and comments, for who opens one file and asks."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from pipeline.checksums import sha256
from pipeline.config import DESCRIPTOR, SUMS, Params, Project
from pipeline.problems import CannotDo
from pipeline.schema import Schema, Table, load_schema
from pipeline.schema.duckdb import create_statements, literal, quote

STORAGE_VERSION = "v1.0.0"
"""Any DuckDB since 1.0 can open the file, the one in a browser too."""


def database(project: Project, _: Params) -> str:
    """Make ``data/database/sahel-attacks.duckdb`` from the released package, unless it is that already.

    Returns:
        The summary of the release: incidents, records, claims, reports, what was quarantined, where all lies.

    Raises:
        CannotDo: there is no released package, or the file cannot be written.
    """
    sums = project.release / SUMS
    if not sums.is_file():
        raise CannotDo("there is no package in data/release: run dvc repro first")
    made_from = sha256(sums)
    target, mark = project.database, project.database.with_suffix(".made_from")
    if not (target.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == made_from):
        mark.unlink(missing_ok=True)  # a kill in between must not leave the mark of another package
        try:
            build(load_schema(project.schemas), project.release, target)
        except duckdb.IOException as error:  # a full disk, no permission
            raise CannotDo(f"{project.relative(target)}: cannot be written: {error}") from error
        mark.write_text(made_from, encoding="utf-8")
    return summary(project)


def build(schema: Schema, folder: Path, target: Path) -> None:
    """Write the database beside its place, then rename it into it.

    Args:
        schema: the declaration of its tables.
        folder: their Parquet files.
        target: the DuckDB file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(".new")
    beside.unlink(missing_ok=True)
    connection = duckdb.connect()
    connection.execute(f"ATTACH {literal(str(beside))} AS made (STORAGE_VERSION {literal(STORAGE_VERSION)})")
    connection.execute("USE made")
    for statement in create_statements(schema):
        connection.execute(statement)
    for table in schema.in_dependency_order():
        _fill(connection, table, folder / f"{table.name}.parquet")
    connection.execute("USE memory")
    connection.execute("DETACH made")
    connection.close()
    beside.replace(target)


def _fill(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    """Insert the rows of a table; where they refer to each other, those referred to come first."""
    name, source = quote(table.name), f"read_parquet({literal(str(path))})"
    own = next((key for key in table.foreign_keys if key.reference == table.name), None)
    if own is None:
        connection.execute(f"INSERT INTO {name} SELECT * FROM {source}")
        return
    here, there = quote(own.fields[0]), quote(own.reference_fields[0])
    rows = f"SELECT s.* FROM {source} s ANTI JOIN {name} t ON s.{there} = t.{there}"
    ready = f"WHERE s.{here} IS NULL OR s.{here} IN (SELECT {there} FROM {name})"
    while connection.execute(f"INSERT INTO {name} {rows} {ready}").fetchall() != [(0,)]:
        pass
    connection.execute(f"INSERT INTO {name} {rows}")  # none is left, unless they refer in a circle: that is an error


def summary(project: Project) -> str:
    """What a release holds, in a few lines."""
    count = {}
    for name in ("incidents", "operations", "records", "claims", "reports"):
        count[name] = _one(f"SELECT count(*) FROM read_parquet({literal(str(project.release / f'{name}.parquet'))})")
    ledger = literal(str(project.release / "ledger.parquet"))
    quarantined = _one(
        f"SELECT coalesce(sum(row_count), 0)::BIGINT FROM read_parquet({ledger}) WHERE outcome = 'quarantined'"
    )
    version = json.loads((project.release / DESCRIPTOR).read_text(encoding="utf-8"))["version"]
    held = ", ".join(f"{number} {name}" for name, number in count.items())
    return (
        f"version {version}: {held}; {quarantined} rows quarantined\n"
        f"  package:  {project.relative(project.release)}/\n"
        f"  database: {project.relative(project.database)}\n "
    )


def _one(query: str) -> int:
    row = duckdb.sql(query).fetchone()
    assert row is not None
    return int(row[0])
