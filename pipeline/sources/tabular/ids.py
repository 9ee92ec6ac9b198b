"""Which ids of a file stand in other files of its source too: there a row gives way to one of the later version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.engine import connect, reader
from pipeline.sources.stored import StoredFile
from pipeline.sources.tabular import text
from pipeline.sources.tabular.cells import read_cells
from pipeline.sources.tabular.declared import TableSource
from pipeline.sources.tabular.files import Opened, open_table


def shared_ids(
    declared: TableSource, opened: Opened, others: Sequence[StoredFile], folder: Path, scratch: Path
) -> dict[StoredFile, int | None]:
    """The files that share ids with a file, with how many; None for one that is not there.

    Args:
        declared: the source.
        opened: the file.
        others: the records of the other files.
        folder: where these lie.
        scratch: a folder for what does not fit in memory.
    """
    if not others:
        return {}
    backend = connect("duckdb", scratch)
    held = reader(backend)
    mine = _ids(held, declared, opened, "mine")
    found: dict[StoredFile, int | None] = {}
    for at, other in enumerate(others):
        path, unpacked = folder / other.file, scratch / f"other.{at}"
        if not path.is_file():
            found[other] = None
            continue
        unpacked.mkdir()
        theirs = _ids(held, declared, open_table(path, other.file, unpacked), f"other_{at}")
        if count := int(mine.semi_join(theirs, "own_id").count().to_pyarrow().as_py()):
            found[other] = count
    backend.disconnect()
    return found


def _ids(held: Backend, declared: TableSource, opened: Opened, table: str) -> ir.Table:
    raw = held.table(read_cells(held, opened, declared, table, ("",)).table)
    ids = raw.select(own_id=text.cell(raw, declared.id)).distinct()
    return held.create_table(f"{table}_ids", ids.filter(ids.own_id.notnull()))
