"""The engine that transforms tables: Ibis expressions on DuckDB, from and to Arrow."""

from __future__ import annotations

from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from pipeline.schema import Schema, Table
from pipeline.schema.arrow import arrow_schema


def connect(engine: str) -> BaseBackend:
    """Open the engine that ``params.yaml`` names.

    Args:
        engine: ``duckdb``.

    Returns:
        An Ibis backend, in memory, whose results do not depend on locale or time zone.
    """
    assert engine == "duckdb", engine  # load_params lets nothing else through
    backend = ibis.duckdb.connect()
    backend.raw_sql("SET TimeZone = 'UTC'")
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
