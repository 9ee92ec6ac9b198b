"""The second graph: what ``dvc.yaml`` does, over licensed files too, into ``data/local/``, which stays on this machine.

A stage of the release never reads there, and nothing here writes anywhere else.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import yaml

from pipeline import database
from pipeline.config import PACKAGE_NAME, Params, Project, load_local_params
from pipeline.folders import beside, put_in_place
from pipeline.problems import CannotDo
from pipeline.schema import Schema, load_schema
from pipeline.schema.arrow import arrow_schema, stamped
from pipeline.schema.duckdb import literal, quote
from pipeline.sources.declaration import Source, load_source
from pipeline.writers import write_parquet

LOCAL = "local"
"""Stands where a release has its version."""
FIRST_OF_RELEASE = "compare"
"""From this stage on ``dvc.yaml`` is about releases: versions, packages. A local build is none."""
NOTICE = "README.md"
DATABASE = f"{PACKAGE_NAME}-{LOCAL}.duckdb"


def build_local(project: Project, params: Params, tell: Callable[[str], None]) -> str:
    """Build the tables from every source of ``params.yaml`` and of ``data/local/sources.yaml``.

    The stages are those of ``dvc.yaml``, and the same functions. They end in ``data/local/tables/``: Parquet, a DuckDB
    file, and a notice that none of it is to be shared, which the files carry too. That folder is replaced as a whole.

    Args:
        project: the checkout.
        params: ``params.yaml``.
        tell: told in one line what each stage did.

    Returns:
        What was built, in one line.

    Raises:
        NotWell: a source or a decided table is not well; the last tables stay.
        CannotDo: no licensed source is there, or a stage could not do its work.
    """
    if project.is_local:
        raise ValueError("a local build starts from the checkout")
    here, params = replace(project, is_local=True), load_local_params(project, params)
    schema = load_schema(project.schemas)
    licensed = [s for s in (load_source(project.schemas, name) for name in params.sources) if not s.redistributable]
    if not licensed:
        raise CannotDo(
            f"{project.relative(project.local_sources)} names no licensed source; sahel source add acled FILE "
            "--version V stores one, and what is redistributable dvc repro builds"
        )
    for stage in _stages(project):
        run = getattr(importlib.import_module(f"pipeline.{stage}"), stage)
        for given in [(name,) for name in params.sources] if stage == "ingest" else [()]:
            tell(f"{stage}: {run(here, params, *given)}")
    counts = _write(here, schema, licensed)
    held = ", ".join(f"{counts[name]} {name}" for name in ("incidents", "records", "claims"))
    return f"{held} in {project.relative(here.local_tables)}/, for this machine alone"


def notice(licensed: Sequence[Source]) -> str:
    """Why the tables are not to be shared, in one sentence."""
    named = ", ".join(f"{source.title_en} ({source.licence})" for source in licensed)
    return f"Not to be shared: holds rows of {named}, whose terms forbid to pass them on."


def _stages(project: Project) -> list[str]:
    declared = list(yaml.safe_load((project.root / "dvc.yaml").read_text(encoding="utf-8"))["stages"])
    return declared[: declared.index(FIRST_OF_RELEASE)]


def _write(project: Project, schema: Schema, licensed: Sequence[Source]) -> dict[str, int]:
    said, folder = notice(licensed), beside(project.local_tables)
    counts = {}
    for name, table in schema.tables.items():
        path = project.resolved / f"{name}.parquet"  # changes between releases have none
        data = pq.read_table(path) if path.is_file() else arrow_schema(table).empty_table()
        data = stamped(data, table, LOCAL)
        data = data.replace_schema_metadata({**(data.schema.metadata or {}), "notice": said})
        write_parquet(data, folder / f"{name}.parquet")
        counts[name] = data.num_rows
    _write_database(schema, folder / DATABASE, said, licensed)
    links = "".join(f"- {s.title_en}: {s.licence_url or s.licence}\n" for s in licensed)
    more = f"`sahel local build` made it. Its terms:\n\n{links}\nWhat may be passed on is `data/release/`.\n"
    (folder / NOTICE).write_text(f"# Not to be shared\n\n{said}\n\n{more}", encoding="utf-8")
    put_in_place(folder, project.local_tables)
    return counts


def _write_database(schema: Schema, path: Path, said: str, licensed: Sequence[Source]) -> None:
    """The DuckDB file, in which every table says that it is not to be shared, and one of its own why."""
    database.build(schema, path.parent, path)
    with duckdb.connect(str(path)) as connection:
        for name, table in schema.tables.items():
            connection.execute(f"COMMENT ON TABLE {quote(name)} IS {literal(f'{said} {table.description.en}')}")
        connection.execute("CREATE TABLE not_to_be_shared (source VARCHAR, licence VARCHAR, licence_url VARCHAR)")
        rows = [(source.source, source.licence, source.licence_url) for source in licensed]
        connection.executemany("INSERT INTO not_to_be_shared VALUES (?, ?, ?)", rows)
