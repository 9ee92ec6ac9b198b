"""The one writer of the project for each kind of file: another version or setting would give other bytes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

ROW_GROUP_ROWS = 100_000
"""One row group for tables of our size; in large ones a reader over HTTP passes over those of other years."""
COMPRESSION_LEVEL = 9
"""Of zstd; 15 makes the package 3 % smaller and takes three to seven times as long."""


def write_parquet(data: pa.Table, path: Path) -> None:
    """Write one table with the one writer and the one setting of the project."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        data,
        path,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
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
