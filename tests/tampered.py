"""A package that was tampered with so that only what is meant is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.checksums import write_sums
from pipeline.geoparquet import with_points
from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_schema
from pipeline.writers import write_csv, write_parquet


def rewrite(package: Path, schema: Schema, table: str, query: str) -> None:
    """Put other rows into a table, as Parquet and CSV, with hashes that fit: only the content is wrong."""
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE data AS FROM '{package / table}.parquet'")
    connection.execute(query)
    columns = [field.with_nullable(True) for field in arrow_schema(schema.tables[table])]
    loose = connection.execute("FROM data").to_arrow_table().cast(pa.schema(columns))
    write_parquet(loose, package / f"{table}.parquet")
    write_csv(loose, package / f"{table}.csv")
    if (package / f"{table}.geo.parquet").is_file():
        write_parquet(with_points(loose), package / f"{table}.geo.parquet")
    rehash(package, {table: loose.num_rows})


def rehash(package: Path, rows: dict[str, int] | None = None) -> None:
    """Make descriptor and checksums fit the files as they are; the numbers of rows by table, where they changed."""
    rows = rows or {}

    def fit(descriptor: dict[str, Any]) -> None:
        for resource in descriptor["resources"]:
            file = package / resource["path"]
            if file.is_file():
                resource["hash"] = "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()
                if resource.get("format") == "csv":
                    resource["bytes"] = file.stat().st_size
            table = resource["name"].removesuffix("-csv")
            if "rows" in resource:  # a document has none
                resource["rows"] = rows.get(table, resource["rows"])

    describe(package, fit)


def describe(package: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the descriptor, with checksums that fit."""
    path = package / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    change(descriptor)
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    write_sums(package)


def only(package: Path, *tables: str) -> None:
    """Leave these tables in a package, and take the others out of it."""

    def leave_out(descriptor: dict[str, Any]) -> None:
        kept = [one for one in descriptor["resources"] if one["name"].removesuffix("-csv") in tables]
        for resource in descriptor["resources"]:
            if resource not in kept:
                (package / resource["path"]).unlink()
        descriptor["resources"] = kept

    describe(package, leave_out)


def resource(descriptor: dict[str, Any], name: str) -> dict[str, Any]:
    """One resource of a descriptor."""
    return next(one for one in descriptor["resources"] if one["name"] == name)
