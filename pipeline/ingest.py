"""Stage ``ingest``: one source as it is, brought to the published shape, every input row accounted for."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from pipeline.config import THIS_RELEASE, Params, Project
from pipeline.engine import connect, reader
from pipeline.engine.checked import write_checked
from pipeline.problems import CannotDo, NotWell, Problem
from pipeline.reference import load_reference
from pipeline.schema import Schema, load_schema
from pipeline.schema.arrow import arrow_table, loose
from pipeline.sources.curated.outside import FILE
from pipeline.sources.curated.read import Curated, read_curated
from pipeline.sources.curated.tables import Row, record_tables
from pipeline.sources.declaration import Source, load_source
from pipeline.sources.stored import folder_of
from pipeline.sources.tabular.quarantine import COLUMNS, ROWS, too_many, write_quarantine
from pipeline.sources.tabular.read import read_source
from pipeline.sources.tabular.work import OMITTED, OUTSIDE, QUARANTINED, RELEASED

NOTHING_BUILT = "nothing was built and nothing lost; the last good package is untouched"


def ingest(project: Project, params: Params, source_name: str) -> str:
    """Read one source and write its tables under ``data/interim/ingest/<source>/``.

    Rows that break a rule go to ``data/interim/quarantine/<source>/``.

    Args:
        project: the checkout.
        params: date of the release, engine, limits.
        source_name: a source that ``params.yaml`` turns on.

    Returns:
        What was done, in one line.

    Raises:
        NotWell: an entry breaks a rule, a file cannot be read, or a source is beyond its limits. Nothing is written.
        CannotDo: the source is not one that a release can hold.
    """
    source = load_source(project.schemas, source_name)
    if not (source.redistributable or project.is_local):
        message = f"params.yaml: sources: the licence of '{source_name}' does not let its rows into a release"
        raise CannotDo(f"{message}; sahel local build reads it on this machine alone")
    if source.form is None and source.table is None:
        raise CannotDo(f"params.yaml: sources: '{source_name}' holds no incidents")
    schema = load_schema(project.schemas)
    return (_curated if source.form is not None else _tabular)(project, params, schema, source)


def _curated(project: Project, params: Params, schema: Schema, source: Source) -> str:
    curated = read_curated(project, params, schema)
    if curated.errors:
        raise NotWell(curated.problems, NOTHING_BUILT)
    rows = record_tables(curated.entries, curated.reference)
    released = len(rows["records"])
    rows["ledger"] = _ledger(source, released, curated.outside)
    rows["sources"] = [_source_row(source, project, curated)]
    rows["coverage"] = [{"source": source.source, **area} for area in source.coverage]
    warning = _within_bounds(project, params, source, released + len(curated.outside))
    backend = connect(params.engine, master=params.spark_master)
    held = {
        name: backend.create_table(name, loose(arrow_table(schema.tables[name], given))) for name, given in rows.items()
    }
    _write(backend, project, schema, source, held)
    nothing = reader(backend).create_table("nothing", schema=dict.fromkeys(COLUMNS, "string"))
    write_quarantine(reader(backend), nothing, project.quarantine / source.source)
    backend.disconnect()
    warnings = len(curated.problems)
    more = f", {warnings} warnings (sahel check shows them)" if warnings else ""
    return (
        f"{source.source}: {len(curated.files)} files, {released} records, {len(rows['claims'])} claims{more}{warning}"
    )


def _tabular(project: Project, params: Params, schema: Schema, source: Source) -> str:
    reference, problems = load_reference(project, schema)
    if problems:
        raise NotWell(problems, NOTHING_BUILT)
    interim = project.ingested.parent
    interim.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=interim, prefix="ingest.") as scratch:
        backend = connect(params.engine, Path(scratch), params.spark_master)
        read = read_source(backend, project, params, schema, reference, source.source, Path(scratch))
        warning = _within_bounds(project, params, source, read.row_count)
        folder = project.quarantine / source.source
        write_quarantine(reader(backend), read.quarantine, folder)
        refused = too_many(read.outcomes, params.quarantine_share, project.relative(folder / ROWS))
        if refused:
            raise refused
        _write(backend, project, schema, source, read.tables)
        backend.disconnect()
    flagged = ", ".join(f"{rule} {count}" for rule, count in read.flags.items())
    if read.without_coverage:
        warning += f"; {', '.join(read.without_coverage)}: not known or a selection what it covers, it has no coverage"
    if read.gaps:
        months = sorted(
            {f"{gap['area_code']} {gap['date_start']:%Y-%m} to {gap['date_end']:%Y-%m}" for gap in read.gaps}
        )
        warning += f"; rows in quarantine leave gaps, whose months are in no panel: {', '.join(months)}"
    counts = ", ".join(f"{read.count(outcome)} {outcome}" for outcome in (RELEASED, OUTSIDE, QUARANTINED, OMITTED))
    return f"{source.source}: {read.row_count} rows, {counts}" + (f"; warnings: {flagged}" if flagged else "") + warning


def _within_bounds(project: Project, params: Params, source: Source, rows: int) -> str:
    """A warning when a source has more rows than it is to have.

    Raises:
        NotWell: it has fewer.
    """
    bounds = params.rows.get(source.source)
    if bounds and rows < bounds.minimum:
        message = f"has {rows} rows, and is to have at least {bounds.minimum} (params.yaml: limits)"
        problem = Problem(project.relative(folder_of(project, source)), 0, "", message, "tabular.too_few_rows")
        raise NotWell([problem], NOTHING_BUILT)
    if bounds and bounds.maximum is not None and rows > bounds.maximum:
        return f"; warning: {rows} rows, more than the {bounds.maximum} of params.yaml"
    return ""


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


def _write(
    backend: BaseBackend, project: Project, schema: Schema, source: Source, tables: Mapping[str, ir.Table]
) -> None:
    ordered = {name: data.select(*schema.tables[name].columns) for name, data in tables.items()}
    write_checked(backend, schema, ordered, project.ingested / source.source, where="ingest")
