"""The engine that transforms tables: Ibis expressions on DuckDB, from and to Arrow."""

from __future__ import annotations

from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from pipeline.schema import Schema, Table
from pipeline.schema.arrow import arrow_schema
from pipeline.schema.duckdb import literal

MEMORY = "4GB"
"""What DuckDB may hold before it writes to disk; beside it stand the interpreter and the rows on their way out."""


def connect(engine: str, file: Path | None = None) -> BaseBackend:
    """Open the engine that ``params.yaml`` names.

    Args:
        engine: ``duckdb``.
        file: a file to hold tables that may not fit in memory; none keeps them there.

    Returns:
        An Ibis backend whose results do not depend on locale or time zone.
    """
    assert engine == "duckdb", engine  # load_params lets nothing else through
    backend = ibis.duckdb.connect(file or ":memory:")
    backend.raw_sql("SET TimeZone = 'UTC'")
    backend.raw_sql(f"SET memory_limit = '{MEMORY}'")
    return backend


def read_table(backend: BaseBackend, folder: Path, table: Table) -> ir.Table:
    """The Parquet file of a table in a folder, as an Ibis table."""
    return backend.read_parquet(str(folder / f"{table.name}.parquet"))


def read_tables(backend: BaseBackend, folder: Path, schema: Schema) -> dict[str, ir.Table]:
    """All tables of the schema that lie in a folder, by name."""
    return {
        name: read_table(backend, folder, table)
        for name, table in schema.tables.items()
        if (folder / f"{name}.parquet").is_file()
    }


def to_arrow(data: ir.Table, table: Table) -> pa.Table:
    """Rows in the declared layout: columns in order, cast, sorted by ``sort_by`` then by every column.

    The order is total, so that the same rows always give the same file.
    """
    wanted = arrow_schema(table)
    order = list(dict.fromkeys([*table.sort_by, *table.primary_key, *table.columns]))
    typed = data.select([data[name].cast(ibis.dtype(wanted.field(name).type)) for name in table.columns])
    ordered = typed.order_by([ibis.asc(name, nulls_first=True) for name in order]).to_pyarrow()
    return pa.Table.from_arrays([column.combine_chunks() for column in ordered.columns], schema=wanted)


def write_table(backend: BaseBackend, data: ir.Table, table: Table, path: Path) -> None:
    """Write rows for the next stage in the declared layout, sorted by ``sort_by`` and the key.

    What is published is written by `pipeline.writers` alone; here the engine writes, row by row, tables of any size.

    Args:
        backend: the engine that holds the rows.
        data: rows with the declared columns.
        table: the declaration.
        path: the Parquet file.
    """
    wanted = arrow_schema(table)
    order = list(dict.fromkeys([*table.sort_by, *table.primary_key]))
    typed = data.select([data[name].cast(ibis.dtype(wanted.field(name).type)) for name in table.columns])
    ordered = typed.order_by([ibis.asc(name, nulls_first=True) for name in order])
    path.parent.mkdir(parents=True, exist_ok=True)
    query = backend.compile(ordered)
    backend.raw_sql(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")
