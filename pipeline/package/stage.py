"""Stage ``package``: writes ``data/interim/package/`` from the tables of ``resolve`` and ``compare``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pyarrow.parquet as pq

from pipeline.about import sources_of
from pipeline.checksums import write_sums
from pipeline.config import CHANGELOG, DESCRIPTOR, Params, Project, built_version
from pipeline.package.codebook import write_codebooks
from pipeline.package.descriptor import descriptor, document_resource
from pipeline.package.readme import readme
from pipeline.schema import load_schema
from pipeline.schema.arrow import arrow_schema
from pipeline.writers import write_csv, write_parquet


def package(project: Project, params: Params) -> str:
    """Write Parquet, CSV, codebook, descriptor, README, change log and checksums.

    Returns:
        What was written, in one line.
    """
    schema = load_schema(project.schemas)
    sources = sources_of(project, params)
    folder = project.package
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    version = built_version(project)
    rows = {}
    for name, table in schema.tables.items():
        compared = project.compared / f"{name}.parquet"
        found = compared if compared.is_file() else project.resolved / f"{name}.parquet"
        data = pq.read_table(found).cast(arrow_schema(table))
        write_parquet(data, folder / f"{name}.parquet")
        write_csv(data, folder / f"{name}.csv")
        rows[name] = data.num_rows
    shutil.copy(project.compared / CHANGELOG, folder)
    (folder / "README.md").write_text(readme(schema, version, params.date, rows, sources), encoding="utf-8")
    codebooks = write_codebooks(folder, project.schemas, schema, version, params.date, "CC BY 4.0", sources)
    described = descriptor(folder, schema, version, params.date, sources, dict(_versions(project)))
    described["resources"] += map(document_resource, codebooks)
    text = json.dumps(described, ensure_ascii=False, indent=2)
    (folder / DESCRIPTOR).write_text(text + "\n", encoding="utf-8")
    write_sums(folder)
    size = sum(path.stat().st_size for path in folder.iterdir())
    return f"{len(rows)} tables, {sum(rows.values())} rows, {size / 1e6:.1f} MB"


def _versions(project: Project) -> Iterator[tuple[str, str]]:
    """The version of each source as it was read."""
    read = pq.read_table(project.resolved / "sources.parquet", columns=["source", "source_version"])
    for row in read.to_pylist():
        yield row["source"], row["source_version"]
