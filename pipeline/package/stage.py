"""Stage ``package``: writes ``data/interim/package/`` from the tables that ``resolve`` decided."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pyarrow.parquet as pq

from pipeline.config import DESCRIPTOR, Params, Project
from pipeline.package.descriptor import descriptor
from pipeline.package.readme import readme
from pipeline.schema import load_schema
from pipeline.schema.arrow import arrow_schema
from pipeline.sources.declaration import load_source, load_sources
from pipeline.writers import write_csv, write_parquet, write_sums


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
    versions = dict(_versions(project))
    (folder / "README.md").write_text(readme(schema, params, rows, sources), encoding="utf-8")
    described = json.dumps(descriptor(folder, schema, params, sources, versions), ensure_ascii=False, indent=2)
    (folder / DESCRIPTOR).write_text(described + "\n", encoding="utf-8")
    write_sums(folder)
    size = sum(path.stat().st_size for path in folder.iterdir())
    return f"{len(rows)} tables, {sum(rows.values())} rows, {size / 1e6:.1f} MB"


def _versions(project: Project) -> Iterator[tuple[str, str]]:
    """The version of each source as it was read."""
    read = pq.read_table(project.resolved / "sources.parquet", columns=["source", "source_version"])
    for row in read.to_pylist():
        yield row["source"], row["source_version"]
