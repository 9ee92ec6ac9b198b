"""Quarantine: rows that break a rule wait in ``data/interim/quarantine/<source>/rows.csv``, with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend as Reader

from pipeline.engine import give, reader
from pipeline.problems import NotWell, Problem
from pipeline.schema.duckdb import literal, quote
from pipeline.sources.stored import StoredFile
from pipeline.sources.tabular.cells import ROW, Cells
from pipeline.sources.tabular.work import QUARANTINED, RELEASED

ROWS = "rows.csv"
COLUMNS = ("source", "source_version", "file", "line", "row", "rule", "message", "cells")


def waiting_rows(
    backend: BaseBackend, rows: ir.Table, opened: Sequence[Cells], stored: Sequence[StoredFile]
) -> ir.Table:
    """The rows that wait, with the line on which each begins and its cells as they stand (JSON).

    Args:
        backend: the engine that holds them.
        rows: classified rows: ``file_at``, ``_row``, ``outcome``, ``rule``, ``message``.
        opened: the files.
        stored: their records, in the same order.

    Returns:
        A table of the reader, which has the cells.
    """
    made, files = [], reader(backend)
    for at, (cells, file) in enumerate(zip(opened, stored, strict=True)):
        found = rows.filter((rows.outcome == QUARANTINED) & (rows.file_at == at)).select(ROW, "rule", "message")
        waiting = give(backend, f"waiting_{at}", found)
        lines = cells.lines(waiting.select(ROW).to_pyarrow()[ROW].to_pylist())
        arrays = [pa.array(list(column), pa.int64()) for column in (lines.keys(), lines.values())]
        placed = files.create_table(f"lines_{at}", pa.table(arrays, ["line_row", "line"]), overwrite=True)
        texts = files.sql(
            f"SELECT {ROW} AS cell_row, to_json(c)::VARCHAR AS cells FROM {quote(cells.table)} c", dialect="duckdb"
        )
        t = waiting.join(placed, [waiting[ROW] == placed.line_row]).join(texts, [waiting[ROW] == texts.cell_row])
        common = {
            "source": ibis.literal(file.source),
            "source_version": ibis.literal(file.source_version),
            "file": ibis.literal(cells.opened.shown),
        }
        made.append(t.select(**common, line=t.line, row=t[ROW], rule=t.rule, message=t.message, cells=t.cells))
        if cells.broken:
            listed = pa.Table.from_pylist(
                [
                    {"line": x.line, "row": x.row, "rule": x.rule, "message": x.message, "cells": x.text}
                    for x in cells.broken
                ]
            )
            broken = files.create_table(f"broken_{at}", listed, overwrite=True)
            made.append(broken.select(**common, **{name: broken[name] for name in COLUMNS[3:]}))
    return ibis.union(*made) if len(made) > 1 else made[0]


def write_quarantine(files: Reader, waiting: ir.Table, folder: Path) -> None:
    """Write the rows that wait, by file and line; a file with a header only says that none does."""
    folder.mkdir(parents=True, exist_ok=True)
    ordered = waiting.select(*COLUMNS).order_by(["file", "row"])
    query = files.compile(ordered)
    files.raw_sql(f"COPY ({query}) TO {literal(str(folder / ROWS))} (FORMAT csv, HEADER)")


def too_many(outcomes: Mapping[tuple[str, str, str], int], share: float, shown: str) -> NotWell | None:
    """What stops the build when too large a share of the rows waits, with the rules and their counts.

    Rows outside the region are not counted in: they were not judged, and most rows of a file of the world are there.
    Nor are those that gave way to a later version: sound rows of old files would hide broken ones of the new.

    Args:
        outcomes: rows by version, outcome and rule.
        share: the share that ``params.yaml`` allows.
        shown: the file with the rows, for the message.
    """
    judged = sum(rows for (_, outcome, _), rows in outcomes.items() if outcome in (RELEASED, QUARANTINED))
    waiting = {key: rows for key, rows in outcomes.items() if key[1] == QUARANTINED}
    count = sum(waiting.values())
    if count <= share * judged:
        return None
    problems = [
        Problem(shown, 0, "", f"{rows} rows of version {version} break {rule}", rule)
        for (version, _, rule), rows in sorted(waiting.items())
    ]
    return NotWell(
        problems,
        f"{100 * count / judged:.1f} % of the {judged} rows that were judged are in quarantine, params.yaml allows "
        f"{100 * share:g} %; {shown} has them with what is wrong. Nothing was built and nothing lost",
    )
