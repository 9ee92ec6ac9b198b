"""Stage ``package``: writes ``data/interim/package/`` from the tables of ``resolve`` and ``compare``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pyarrow.parquet as pq

from pipeline.about import load_about, sources_of
from pipeline.checksums import package_files, write_sums
from pipeline.config import CHANGELOGS, DESCRIPTOR, FIGURES, THIS_RELEASE, Params, Project, built_version
from pipeline.geoparquet import with_points
from pipeline.package.citation import citation_file
from pipeline.package.codebook import Written, write_codebooks
from pipeline.package.descriptor import descriptor, document_resource
from pipeline.package.edition import Edition, extent
from pipeline.package.json_ld import croissant, dataset
from pipeline.package.readme import READMES, readme
from pipeline.schema import Table, load_schema
from pipeline.schema.arrow import arrow_schema
from pipeline.schema.figures import load_figures
from pipeline.writers import write_csv, write_parquet

WITH_POINTS = ("incidents",)
"""Tables that lie there as GeoParquet too."""
TABLES_AT_ONCE = 2
"""Arrow writes a file on one core. More at once would hold more large tables in memory."""


def package(project: Project, params: Params) -> str:
    """Write Parquet, CSV, GeoParquet, codebook, what describes them, README, change log and checksums.

    Returns:
        What was written, in one line.
    """
    schema = load_schema(project.schemas)
    sources = sources_of(project, params)
    folder = project.package
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
        rows = dict(zip(schema.tables, pool.map(partial(_write_table, project), schema.tables.values()), strict=True))
    incidents = pq.read_table(folder / "incidents.parquet")
    about, version = load_about(project.schemas), built_version(project)
    edition = Edition(about, version, params.date, sources, dict(_versions(project, version)), extent(incidents))
    figures = load_figures(project.schemas).figures
    shutil.copytree(project.figures, folder / FIGURES)
    for changelog in CHANGELOGS.values():
        shutil.copy(project.compared / changelog, folder)
    readmes = [
        Written(folder / name, getattr(about.title, language), language, "text/markdown")
        for language, name in READMES.items()
    ]
    for one in readmes:
        one.path.write_text(readme(schema, edition, rows, figures, one.language), encoding="utf-8")
    (folder / "CITATION.cff").write_text(citation_file(edition), encoding="utf-8")
    codebooks = write_codebooks(folder, project.schemas, schema, edition, dataset(folder, schema, edition))
    described = descriptor(folder, schema, edition, figures)
    described["resources"] += map(document_resource, [*readmes, *codebooks])
    for file, made in (
        (DESCRIPTOR, described),
        ("croissant.json", croissant(folder, schema, edition)),
        ("dataset.jsonld", dataset(folder, schema, edition)),
    ):
        (folder / file).write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    write_sums(folder)
    size = sum(path.stat().st_size for path in package_files(folder).values())
    return f"{len(rows)} tables, {sum(rows.values())} rows, {size / 1e6:.1f} MB"


def _write_table(project: Project, table: Table) -> int:
    """Write a table in each format; how many rows it has."""
    name = table.name
    compared = project.compared / f"{name}.parquet"
    found = compared if compared.is_file() else project.resolved / f"{name}.parquet"
    data = pq.read_table(found).cast(arrow_schema(table))
    write_parquet(data, project.package / f"{name}.parquet")
    write_csv(data, project.package / f"{name}.csv")
    if name in WITH_POINTS:
        write_parquet(with_points(data), project.package / f"{name}.geo.parquet")
    return int(data.num_rows)


def _versions(project: Project, version: str) -> Iterator[tuple[str, str]]:
    """The version of each source as it was read; our own records carry that of the release."""
    read = pq.read_table(project.resolved / "sources.parquet", columns=["source", "source_version"])
    for row in read.to_pylist():
        yield row["source"], version if row["source_version"] == THIS_RELEASE else row["source_version"]
