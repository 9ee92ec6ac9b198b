"""Tables that pass from stage to stage: computed once, written, and checked as they stand in their files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from pipeline.engine import read_tables, write_table
from pipeline.schema import Schema
from pipeline.schema.pandera import same_layout, validate


def write_checked(
    backend: BaseBackend, schema: Schema, tables: Mapping[str, ir.Table], folder: Path, *, where: str
) -> None:
    """Write tables into a folder of their own, which takes the place of what was there, when every rule holds.

    Args:
        backend: the engine that holds the rows.
        schema: the declaration.
        tables: rows with the declared columns, by the name of the table.
        folder: of the Parquet files.
        where: the stage, for messages.

    Raises:
        NotWell: with a problem for every rule that is broken. The folder is as it was.
    """
    for name, data in tables.items():
        same_layout(schema.tables[name], data, where)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as scratch:
        beside = Path(scratch) / folder.name
        for name, data in tables.items():
            write_table(backend, data, schema.tables[name], beside / f"{name}.parquet")
        written = read_tables(backend, beside, schema)
        for name, data in written.items():
            validate(schema, name, data, written, where=where)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
