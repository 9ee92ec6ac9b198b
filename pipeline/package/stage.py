"""Stage ``package``: writes ``data/interim/package/`` from the tables that ``resolve`` decided."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from pipeline.config import Params, Project
from pipeline.engine import write_parquet
from pipeline.package.descriptor import descriptor
from pipeline.package.readme import readme
from pipeline.schema import load_schema
from pipeline.schema.arrow import arrow_schema
from pipeline.sources.declaration import load_source, load_sources

SUMS = "SHA256SUMS"


def package(project: Project, params: Params) -> str:
    """Write Parquet, CSV, descriptor, README and checksums.

    A table that no stage fills (the panel while no census source is turned on) is there without rows.

    Returns:
        What was written, in one line.
    """
    schema = load_schema(project.schemas)
    sources = [load_source(project.schemas, name) for name in params.sources]
    sources += load_sources(project.schemas, "reference")
    folder = project.package
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = {}
    for name, table in schema.tables.items():
        found = project.resolved / f"{name}.parquet"
        data = pq.read_table(found).cast(arrow_schema(table)) if found.is_file() else arrow_schema(table).empty_table()
        write_parquet(data, folder / f"{name}.parquet")
        write_csv(data, folder / f"{name}.csv")
        rows[name] = data.num_rows
    (folder / "README.md").write_text(readme(schema, params, rows, sources), encoding="utf-8")
    described = json.dumps(descriptor(folder, schema, params, sources), ensure_ascii=False, indent=2)
    (folder / "datapackage.json").write_text(described + "\n", encoding="utf-8")
    write_sums(folder)
    size = sum(path.stat().st_size for path in folder.iterdir())
    return f"{len(rows)} tables, {sum(rows.values())} rows, {size / 1e6:.1f} MB"


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
