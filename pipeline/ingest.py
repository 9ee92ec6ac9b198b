"""Stage ``ingest``: one source as it is, brought to the published shape, every input row accounted for."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from pipeline.config import THIS_RELEASE, Params, Project
from pipeline.engine import connect, to_arrow
from pipeline.problems import CannotDo, NotWell
from pipeline.schema import Schema, load_schema
from pipeline.schema.arrow import arrow_table
from pipeline.schema.pandera import validate
from pipeline.sources.curated.outside import FILE
from pipeline.sources.curated.read import Curated, read_curated
from pipeline.sources.curated.tables import Row, record_tables
from pipeline.sources.declaration import Source, load_source
from pipeline.writers import write_parquet


def ingest(project: Project, params: Params, source_name: str) -> str:
    """Read one source and write its tables under ``data/interim/ingest/<source>/``.

    Args:
        project: the checkout.
        params: date of the release, engine.
        source_name: a source that ``params.yaml`` turns on; today `curated`.

    Returns:
        What was done, in one line.

    Raises:
        NotWell: an entry breaks a rule. Nothing is written.
        CannotDo: the source is not one that a release can hold.
    """
    source = load_source(project.schemas, source_name)
    if not source.redistributable:
        raise CannotDo(f"params.yaml: sources: the licence of '{source_name}' does not let its rows into a release")
    if source.form is None:
        raise CannotDo(f"params.yaml: sources: '{source_name}' holds no incidents")
    schema = load_schema(project.schemas)
    curated = read_curated(project, params, schema)
    if curated.errors:
        raise NotWell(curated.problems, "nothing was built and nothing lost; the last good package is untouched")
    rows = record_tables(curated.entries, curated.reference)
    released = len(rows["records"])
    rows["ledger"] = _ledger(source, released, curated.outside)
    rows["sources"] = [_source_row(source, project, curated)]
    rows["coverage"] = [{"source": source.source, **area} for area in source.coverage]
    _write(project, params, schema, source_name, rows)
    warnings = len(curated.problems)
    more = f", {warnings} warnings (sahel check shows them)" if warnings else ""
    return f"{source_name}: {len(curated.files)} files, {released} records, {len(rows['claims'])} claims{more}"


def _ledger(source: Source, released: int, outside: Sequence[str]) -> list[Row]:
    """What became of every row that was read: released, or left out under a clause of the scope."""
    outcomes = {("released", "in_scope"): released} | {
        ("outside", clause): count for clause, count in sorted(Counter(outside).items())
    }
    return [
        {
            "source": source.source,
            "source_version": THIS_RELEASE,
            "outcome": outcome,
            "rule": rule,
            "row_count": count,
        }
        for (outcome, rule), count in outcomes.items()
    ]


def _source_row(source: Source, project: Project, curated: Curated) -> Row:
    digest = hashlib.sha256()
    listed = project.curated / FILE
    for name in sorted([*curated.files, *([project.relative(listed)] if listed.is_file() else [])]):
        digest.update(name.encode() + b"\0" + (project.root / name).read_bytes() + b"\0")
    incidents = sum(entry.part == "incident" for entry in curated.entries)
    return {
        "source": source.source,
        "title": source.title_en,
        "kind": source.kind,
        "publisher": source.publisher,
        "source_version": THIS_RELEASE,
        "licence": source.licence,
        "licence_url": source.licence_url,
        "citation": source.citation,
        "url": source.url,
        "accessed_date": source.accessed_date,
        "sha256": digest.hexdigest(),
        "row_count": incidents + len(curated.outside),
    }


def _write(project: Project, params: Params, schema: Schema, source: str, rows: dict[str, list[Row]]) -> None:
    backend = connect(params.engine)
    held = {
        name: backend.create_table(name, _loose(arrow_table(schema.tables[name], given)))
        for name, given in rows.items()
    }
    for name, data in held.items():
        validate(schema, name, data, held, where="ingest")
    for name, data in held.items():
        table = schema.tables[name]
        write_parquet(to_arrow(data, table), project.ingested / source / f"{name}.parquet")


def _loose(data: pa.Table) -> pa.Table:
    """The same rows with every column nullable: what is required is checked by name, not refused unnamed."""
    return data.cast(pa.schema([field.with_nullable(True) for field in data.schema]))
