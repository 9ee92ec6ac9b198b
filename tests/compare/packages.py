"""Small packages for comparing: a descriptor and Parquet files, written as they are given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.compare.sides import Side, of_package

TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
Rows = Sequence[Mapping[str, Any]]


def declared(fields: Mapping[str, str], key: Sequence[str], **more: Any) -> dict[str, Any]:
    """A Table Schema: name and type of each field, the primary key, and further properties."""
    listed = [{"name": name, "type": kind} for name, kind in fields.items()]
    return {"fields": listed, "primaryKey": list(key), "listed_in_changes": True, **more}


def package(folder: Path, version: str, tables: Mapping[str, tuple[dict[str, Any], Rows]]) -> Side:
    """Write a package and open it as a side."""
    folder.mkdir(parents=True)
    resources = []
    for name, (schema, rows) in tables.items():
        layout = pa.schema([(field["name"], TYPES[field["type"]]) for field in schema["fields"]])
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema=layout), folder / f"{name}.parquet")
        resources.append({"name": name, "path": f"{name}.parquet", "schema": schema})
    descriptor = {"version": version, "schema_version": "1.0.0", "resources": resources}
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return of_package(folder, descriptor)
