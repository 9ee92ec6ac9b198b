"""The one writer of the project for each kind of file: another version or setting would give other bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from pipeline.config import SUMS

ROW_GROUP_ROWS = 1_000_000
"""One row group for tables of our size: a remote reader makes about columns x row groups requests."""


def write_parquet(data: pa.Table, path: Path) -> None:
    """Write one table with the one writer and the one setting of the project."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        data,
        path,
        compression="zstd",
        compression_level=15,
        row_group_size=ROW_GROUP_ROWS,
        version="2.6",
        store_schema=True,
    )


def write_csv(data: pa.Table, path: Path) -> None:
    """One table as CSV: UTF-8, comma, quotes where needed, null as nothing, dates and numbers as in ISO 8601."""
    with path.open("wb") as out:
        out.write((",".join(data.schema.names) + "\n").encode())
        options = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
        pa.csv.write_csv(data, out, options)


def write_sums(folder: Path) -> None:
    """``SHA256SUMS`` over every other file of a folder, as ``sha256sum -c`` reads it."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
        if path.name != SUMS
    ]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
