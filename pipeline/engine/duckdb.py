"""DuckDB, embedded: it reads the files and transforms the tables."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend

from pipeline.schema.duckdb import literal, quote

MEMORY = "4GB"
"""What DuckDB may hold before it writes to disk; beside it stand the interpreter and the rows on their way out."""


def connect(scratch: Path | None, master: str) -> Backend:  # noqa: ARG001 - a master is Spark's
    """A database in memory that moves to the folder what does not fit: a file would be written as a whole.

    Without a folder it moves it to the machine's folder for temporary files, never to the one that the command runs in.
    """
    backend = ibis.duckdb.connect(":memory:")
    spill = scratch / "spill" if scratch else Path(tempfile.gettempdir()) / f"sahel-{os.getpid()}.spill"
    backend.raw_sql(f"SET temp_directory = {literal(str(spill))}")
    backend.raw_sql("SET TimeZone = 'UTC'")
    backend.raw_sql(f"SET memory_limit = '{MEMORY}'")
    return backend


def reader(backend: BaseBackend) -> Backend:
    """The engine reads files itself."""
    assert isinstance(backend, Backend)
    return backend


def take(backend: BaseBackend, name: str) -> ir.Table:
    """What the reader holds, the engine holds."""
    return backend.table(name)


def give(backend: BaseBackend, name: str, data: ir.Table) -> ir.Table:
    """What the engine holds, the reader holds."""
    return backend.create_table(name, data, overwrite=True)


def write(backend: BaseBackend, rows: ir.Table, path: Path) -> None:
    """Write rows in their order, each column in the type that Ibis says it has.

    Ibis leaves out a cast to the type that it takes a column for, and DuckDB's own may be another: the first day of a
    month is a timestamp, a choice between null and a sum is a number with a fraction.
    """
    typed = ", ".join(
        f"CAST({quote(name)} AS {backend.compiler.type_mapper.to_string(kind)}) AS {quote(name)}"
        for name, kind in rows.schema().items()
    )
    query = f"SELECT {typed} FROM ({backend.compile(rows)})"
    backend.raw_sql(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")


def keep(backend: Backend, name: str, query: str) -> None:
    """As a table in memory."""
    backend.raw_sql(f"CREATE OR REPLACE TABLE {quote(name)} AS {query}")


def scoring(backend: Backend) -> Any:
    """Splink works in the same database."""
    from splink import DuckDBAPI  # a second to import: only where there is something to score

    return DuckDBAPI(backend.con)
