"""A package of any size, made from a real one: its events many times over, under new ids, so that every rule holds."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipeline.about import load_about
from pipeline.checksums import write_sums
from pipeline.compare.numbers import FIRST
from pipeline.config import DESCRIPTOR
from pipeline.package.descriptor import descriptor
from pipeline.package.edition import Edition, extent
from pipeline.schema import Schema, Table
from pipeline.schema.arrow import arrow_schema
from pipeline.schema.duckdb import literal, quote
from pipeline.writers import write_csv, write_parquet

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
COPIED = (
    "incidents",
    "incident_actors",
    "incident_reports",
    "claims",
    "claim_reports",
    "tolls",
    "operations",
    "reports",
    "records",
    "revisions",
)
COUNTED = ("sources", "ledger")
"""Their counts of rows are those of all copies."""
ID = r"^(([a-z][a-z0-9_]*:)?[iocr]-[0-9a-z]{6,16}|[a-z][a-z0-9_]*:[0-9A-Za-z._-]+)$"
"""The ids of incidents, operations, claims, reports and records; a copy adds its number, which no real id has."""


def scaled_package(release: Path, target: Path, schema: Schema, date: dt.date, rows: int) -> int:
    """Write a package of at least so many rows.

    Args:
        release: the real package.
        target: the folder to be made.
        schema: the declaration of both.
        date: of the release that it says it is.
        rows: how many rows all tables have together, at least.

    Returns:
        How many they have.
    """
    connection = duckdb.connect()
    for name in schema.tables:
        connection.execute(
            f"CREATE VIEW {quote(name)} AS FROM read_parquet({literal(str(release / f'{name}.parquet'))})"
        )
    count = {name: len(connection.table(name)) for name in schema.tables}
    once = sum(count[name] for name in COPIED)
    copies = max(1, -(-(rows - sum(count.values()) + once) // once))
    target.mkdir(parents=True)
    made = 0
    for name, table in schema.tables.items():
        data = connection.execute(_query(table, copies)).to_arrow_table().cast(arrow_schema(table))
        write_parquet(data, target / f"{name}.parquet")
        write_csv(data, target / f"{name}.csv")
        made += data.num_rows
    incidents = pq.read_table(target / "incidents.parquet")
    edition = Edition(load_about(SCHEMAS), FIRST, date, [], {}, extent(incidents))
    (target / DESCRIPTOR).write_text(json.dumps(descriptor(target, schema, edition, [])), encoding="utf-8")
    write_sums(target)
    return made


def one_format(package: Path, target: Path, kind: str) -> Path:
    """Lay out the files of one format beside a descriptor and checksums of them alone: the same for both tools.

    Returns:
        The descriptor.
    """
    target.mkdir(parents=True)
    described = json.loads((package / DESCRIPTOR).read_text(encoding="utf-8"))
    described["resources"] = [resource for resource in described["resources"] if resource["format"] == kind]
    for resource in described["resources"]:
        (target / resource["path"]).hardlink_to(package / resource["path"])
    (target / DESCRIPTOR).write_text(json.dumps(described), encoding="utf-8")
    write_sums(target)
    return target / DESCRIPTOR


def _query(table: Table, copies: int) -> str:
    """The rows of a table, as often as they are wanted, in the order of the declaration."""
    name = quote(table.name)
    if table.name in COUNTED:
        return f"SELECT * REPLACE (row_count * {copies} AS row_count) FROM {name}"
    if table.name not in COPIED:
        return f"FROM {name}"
    changed = {column.name: _renewed(column.name) for column in table.fields if column.type == "string"}
    if table.name == "reports":
        changed["url"] = "url || '#' || copy"
    replaced = ", ".join(f"{made} AS {quote(column)}" for column, made in changed.items())
    order = ", ".join(f"{quote(column)} NULLS FIRST" for column in table.sort_by)
    numbered = f"SELECT * EXCLUDE (copy) REPLACE ({replaced}) FROM {name}, range({copies}) AS made(copy)"
    return f"SELECT * FROM ({numbered}) ORDER BY {order}"


def _renewed(column: str) -> str:
    name = quote(column)
    own = f"copy > 0 AND regexp_matches({name}, {literal(ID)})"
    return f"CASE WHEN {own} THEN {name} || lpad(copy::VARCHAR, 6, '0') ELSE {name} END"
