"""The engines that transform tables: the same Ibis expressions on DuckDB, embedded, or on Spark.

What an engine does in a way of its own is its `Seam`; nothing else in the project asks which engine there is. The files
of sources are read by DuckDB under either: what is done with the rows afterwards is the engine's.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, cast

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend as Reader

from pipeline.config import SPARK_MASTER
from pipeline.engine.sql import Functions, translated
from pipeline.schema import Schema, Table
from pipeline.schema.arrow import arrow_schema


class Seam(Protocol):
    """What an engine does in a way of its own."""

    def connect(self, scratch: Path | None, master: str) -> BaseBackend:
        """Open the engine; large tables and what passes between engines lie in the folder ``scratch``."""

    def reader(self, backend: BaseBackend) -> Reader:
        """The DuckDB that reads files for the engine."""

    def take(self, backend: BaseBackend, name: str) -> ir.Table:
        """A table of the reader as one of the engine, under the same name."""

    def give(self, backend: BaseBackend, name: str, data: ir.Table) -> ir.Table:
        """Rows of the engine as a table of the reader."""

    def write(self, backend: BaseBackend, rows: ir.Table, path: Path) -> None:
        """Write rows in their order as one Parquet file."""

    def keep(self, backend: BaseBackend, name: str, query: str) -> None:
        """Compute a query in the engine's SQL once and keep its rows as a table."""

    def scoring(self, backend: BaseBackend) -> Any:
        """The engine as Splink takes it."""


SEAMS: Mapping[str, str] = {"duckdb": "pipeline.engine.duckdb", "spark": "pipeline.engine.spark"}
"""The module of each engine that ``params.yaml`` can name; it is imported when it is used."""


def connect(engine: str, scratch: Path | None = None, master: str = SPARK_MASTER) -> BaseBackend:
    """Open the engine that ``params.yaml`` names.

    Args:
        engine: ``duckdb`` or ``spark``.
        scratch: a folder for what does not fit in memory; none takes the machine's for temporary files (``TMPDIR``).
        master: for Spark, ``local[*]`` or the address of a cluster.

    Returns:
        An Ibis backend whose results do not depend on locale or time zone.

    Raises:
        CannotDo: what Spark needs is not installed.
    """
    ibis.options.sql.fuse_selects = False  # a fused query is longer and says what it computes several times
    return _seam(engine).connect(scratch, master)


def reader(backend: BaseBackend) -> Reader:
    """The DuckDB that reads the files of sources: the engine itself, or the one beside Spark."""
    return _seam_of(backend).reader(backend)


def take(backend: BaseBackend, name: str) -> ir.Table:
    """A table of the reader as one of the engine, under the same name."""
    return _seam_of(backend).take(backend, name)


def give(backend: BaseBackend, name: str, data: ir.Table) -> ir.Table:
    """Rows of the engine as a table of the reader, for what is told of the file itself."""
    return _seam_of(backend).give(backend, name, data)


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


def in_order(data: ir.Table, table: Table) -> ir.Table:
    """Rows in the declared layout: columns in order, cast, sorted by ``sort_by``, then by the key or every column.

    The order is total, so that the same rows always give the same file.
    """
    wanted = arrow_schema(table)
    order = list(dict.fromkeys([*table.sort_by, *(table.primary_key or table.columns)]))
    typed = data.select([data[name].cast(ibis.dtype(wanted.field(name).type)) for name in table.columns])
    return typed.order_by([ibis.asc(name, nulls_first=True) for name in order])


def write_table(backend: BaseBackend, data: ir.Table, table: Table, path: Path) -> None:
    """Write rows for the next stage in the declared layout and order.

    What is published is written by `pipeline.writers` alone; here the engine writes, row by row, tables of any size.

    Args:
        backend: the engine that holds the rows.
        data: rows with the declared columns.
        table: the declaration.
        path: the Parquet file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _seam_of(backend).write(backend, in_order(data, table), path)


def keep(backend: BaseBackend, name: str, query: str, functions: Functions) -> None:
    """Compute a query once and keep its rows as a table, in place of one of that name.

    Args:
        backend: the engine.
        name: of the table. The query does not read it.
        query: in DuckDB's SQL; no ``SELECT``-less ``FROM``, no recursion, dates only as days counted from one.
        functions: of the project's own, which the query may use.
    """
    _seam_of(backend).keep(backend, name, in_dialect(backend, query, functions))


def in_dialect(backend: BaseBackend, sql: str, functions: Functions) -> str:
    """A query or condition in DuckDB's SQL as the engine reads it."""
    return translated(sql, _engine(backend), functions)


def scoring(backend: BaseBackend) -> Any:
    """The engine as Splink takes it: its own database interface over the tables of the backend."""
    return _seam_of(backend).scoring(backend)


def _seam(engine: str) -> Seam:
    return cast(Seam, importlib.import_module(SEAMS[engine]))


def _seam_of(backend: BaseBackend) -> Seam:
    return _seam(_engine(backend))


def _engine(backend: BaseBackend) -> str:
    return "spark" if backend.name == "pyspark" else str(backend.name)
