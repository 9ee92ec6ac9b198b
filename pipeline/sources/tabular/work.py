"""What every step of reading a table needs, and small tables for the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from pipeline.config import Params, Project
from pipeline.reference import Reference
from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_table
from pipeline.sources.stored import StoredFile
from pipeline.sources.tabular.declared import TableSource

Row = dict[str, Any]
OUTSIDE, QUARANTINED, OMITTED, RELEASED = "outside", "quarantined", "omitted", "released"
TYPES = {"string": "string", "integer": "int64", "number": "float64", "date": "date", "boolean": "boolean"}


@dataclass(frozen=True)
class Work:
    """What every step needs: where things are, what is declared, and the engine that holds the rows.

    Attributes:
        folder: where the files of the source lie.
        scratch: a folder for what is unpacked.
    """

    backend: BaseBackend
    project: Project
    params: Params
    schema: Schema
    reference: Reference
    declared: TableSource
    folder: Path
    scratch: Path


@dataclass
class Tabular:
    """A source that was read.

    Attributes:
        tables: rows of the published tables, by name.
        quarantine: rows that broke a rule: ``source``, ``source_version``, ``file``, ``line``, ``row``, ``rule``,
            ``message``, ``cells`` (as JSON).
        outcomes: rows by version, outcome and rule.
        flags: how many released rows carry each warning.
        gaps: rows of `coverage` for where and when rows that wait may lie.
        file_rows: the rows of each of ``files``.
        without_coverage: files of which it is not known what they cover.
    """

    tables: dict[str, ir.Table]
    quarantine: ir.Table
    outcomes: dict[tuple[str, str, str], int]
    flags: dict[str, int]
    row_count: int = 0
    files: list[StoredFile] = field(default_factory=list)
    file_rows: list[int] = field(default_factory=list)
    gaps: list[Row] = field(default_factory=list)
    without_coverage: list[str] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        """Rows with an outcome."""
        return sum(count for (_, found, _), count in self.outcomes.items() if found == outcome)


def made_table(work: Work, name: str, rows: list[Row]) -> ir.Table:
    """Rows of a published table, given one by one: for the few that describe a source."""
    data = arrow_table(work.schema.tables[name], rows)
    loose = data.cast(pa.schema([column.with_nullable(True) for column in data.schema]))
    return work.backend.create_table(f"made_{name}", loose, overwrite=True)


def wide(work: Work, name: str, data: ir.Table) -> ir.Table:
    """The columns of a published table; those that are not there are null."""
    return data.select(
        **{
            column.name: data[column.name] if column.name in data.columns else ibis.null(TYPES[column.type])
            for column in work.schema.tables[name].fields
        }
    )


def code_table(schema: Schema, name: str) -> pa.Table:
    """A code list with all its columns; an empty cell is null."""
    rows = schema.codelists[name].rows
    return pa.table({column: pa.array([row[column] or None for row in rows], pa.string()) for column in rows[0]})


def text_table(rows: list[Row], columns: Sequence[str]) -> pa.Table:
    """Rows of text."""
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in columns})
