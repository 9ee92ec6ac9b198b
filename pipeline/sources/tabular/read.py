"""All files of a source that comes as tables, read and brought to the published shape, every row accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from pipeline.config import Params, Project
from pipeline.engine import reader, take
from pipeline.problems import CannotDo
from pipeline.reference import Reference
from pipeline.schema import Schema
from pipeline.sources.stored import StoredFile, folder_of, overlapping, stored_files
from pipeline.sources.tabular import normalise, region, superseded, text
from pipeline.sources.tabular.cells import ROW, Cells, discard, read_cells
from pipeline.sources.tabular.countries import MOST_ODD, load_countries
from pipeline.sources.tabular.declaration import check_fields, load_table_source
from pipeline.sources.tabular.files import open_table, refused
from pipeline.sources.tabular.place import placed_by_coordinates, placed_by_names, placed_on_globe
from pipeline.sources.tabular.publish import dataset_report, publish
from pipeline.sources.tabular.quarantine import waiting_rows
from pipeline.sources.tabular.work import OMITTED, OUTSIDE, QUARANTINED, RELEASED, Tabular, Work

Outcome = tuple[str, str, str]
"""Version, outcome and rule."""


def read_source(
    backend: BaseBackend,
    project: Project,
    params: Params,
    schema: Schema,
    reference: Reference,
    name: str,
    scratch: Path,
) -> Tabular:
    """Read every file of a source.

    Args:
        backend: the engine, empty.
        project: the checkout.
        params: for the release date.
        schema: the declaration of the tables.
        reference: actors, admin units, places and outlines.
        name: the source.
        scratch: a folder for what is unpacked.

    Raises:
        NotWell: a file cannot be read as a whole, or is not the one that its record means.
        CannotDo: the source has no file.
    """
    declared = load_table_source(project.schemas, name)
    check_fields(declared, schema)
    folder = folder_of(project, declared.source)
    work = Work(backend, project, params, schema, reference, declared, folder, scratch)
    stored = _stored(work)
    each = [_read_file(work, at, file) for at, file in enumerate(stored)]
    gone = superseded.gave_way(declared, stored)
    opened = [cells for cells, is_gone in zip(each, gone, strict=True) if not is_gone]
    standing = [file for file, is_gone in zip(stored, gone, strict=True) if not is_gone]
    outcomes = Counter[Outcome]()
    for cells, file, is_gone in zip(each, stored, gone, strict=True):
        if is_gone:
            outcomes[file.source_version, OMITTED, superseded.SUPERSEDED] += cells.row_count
    rows = _classified(work, _standing(work, _joined(work, opened, standing), opened, standing, outcomes))
    _count(work, rows, opened, standing, outcomes)
    made = Tabular(
        {},
        waiting_rows(backend, rows, opened, standing),
        {key: count for key, count in outcomes.items() if count},
        {},
        sum(x.row_count for x in each),
        stored,
        [x.row_count for x in each],
    )
    if declared.versions:
        made.without_coverage = [
            x.file for x in stored if (declared.whole and not x.areas) or declared.covered(x) is None
        ]
    publish(work, made, rows, opened, standing)
    return made


def _stored(work: Work) -> list[StoredFile]:
    name = work.declared.source.source
    shown = work.project.relative(work.folder)
    stored = stored_files(work.folder)
    if not stored:
        raise CannotDo(f"{shown}: has no file of '{name}' with a record: sahel source add {name} FILE --version V")
    if twice := overlapping(stored):
        raise CannotDo(f"{shown}: version {', '.join(sorted(twice))} is there twice: sahel source remove one")
    for file in stored:
        if not (work.folder / file.file).is_file():
            raise CannotDo(f"{shown}/{file.file}: is not there: dvc pull gets it, or sahel source add adds it again")
    return superseded.in_order(work.declared, stored)


def _read_file(work: Work, at: int, stored: StoredFile) -> Cells:
    """The cells of a file, and what countries it names: where one of these is spelt unusually, it is read twice."""
    path = work.folder / stored.file
    folder = work.scratch / str(at)
    folder.mkdir(parents=True, exist_ok=True)
    opened = open_table(path, path.relative_to(work.project.root).as_posix(), folder)  # a link is not followed
    if opened.sha256 != stored.sha256:
        message = f"is not the file that its record means (SHA-256 {opened.sha256}, not {stored.sha256})"
        raise refused(opened.shown, message, "tabular.other_file")
    countries = load_countries(work.project.schemas, work.schema, work.declared)
    kept = countries.usual_in(work.declared)
    cells = read_cells(reader(work.backend), opened, work.declared, f"cells_{at}", kept)
    named = countries.of_texts(_country_texts(work, cells))
    if kept is not None and set(named.looked_at) - set(kept):
        full = (*kept, *named.looked_at) if len(named.looked_at) <= MOST_ODD else None
        discard(reader(work.backend), f"cells_{at}")
        cells = read_cells(reader(work.backend), opened, work.declared, f"cells_{at}_again", full)
    take(work.backend, cells.table)
    return replace(cells, named=named)


def _country_texts(work: Work, cells: Cells) -> list[str]:
    raw = reader(work.backend).table(cells.table)
    texts = raw.select(text=text.made(raw, work.declared.record["country_iso3"])).distinct()
    return sorted(texts.filter(texts.text.notnull()).to_pyarrow()["text"].to_pylist())


def _joined(work: Work, opened: Sequence[Cells], stored: Sequence[StoredFile]) -> ir.Table:
    """The typed rows of all files, one above the other; those of countries outside the region are left behind."""
    made = []
    for at, (cells, file) in enumerate(zip(opened, stored, strict=True)):
        raw = work.backend.table(cells.table)
        here = raw.filter(~normalise.is_elsewhere(raw, work.declared, cells.named))
        rows = normalise.typed(here, cells.named.declared(work.declared), work.schema)
        made.append(
            rows.mutate(
                file_at=ibis.literal(at, type="int64"),
                source_version=ibis.literal(file.source_version),
                source_file=ibis.literal(cells.opened.shown),
                report_id=ibis.literal(dataset_report(file)["report_id"]),
            )
        )
    stacked = ibis.union(*made) if len(made) > 1 else made[0]
    return work.backend.create_table("typed_rows", stacked, overwrite=True)


def _standing(
    work: Work, rows: ir.Table, opened: Sequence[Cells], stored: Sequence[StoredFile], outcomes: Counter[Outcome]
) -> ir.Table:
    """The rows that give way to no later version; the others are counted."""
    if len(stored) == 1:
        return rows
    tables = [work.backend.table(cells.table) for cells in opened]
    ids = [
        raw.select(own_id=text.cell(raw, work.declared.id), file_at=ibis.literal(at, type="int64"))
        for at, raw in enumerate(tables)
    ]
    found = superseded.is_superseded(rows, work.declared, stored, ibis.union(*ids))
    found = work.backend.create_table("dated_rows", found, overwrite=True)
    counted = found.filter(found.is_superseded).group_by("source_version").agg(row_count=lambda t: t.count())
    for row in counted.to_pyarrow().to_pylist():
        outcomes[row["source_version"], OMITTED, superseded.SUPERSEDED] += row["row_count"]
    return found.filter(~found.is_superseded).drop("is_superseded")


def _classified(work: Work, rows: ir.Table) -> ir.Table:
    """Every row with its outcome and the rule of it, its units and its warnings."""
    backend, declared = work.backend, work.declared
    rows = placed_by_names(work, rows)
    rows = placed_on_globe(work, rows)
    rows = rows.mutate(is_repeated=_is_repeated(rows))
    rules = list(normalise.errors(rows, declared, work.schema, work.params.date))
    by_region = ibis.ifelse(rows.placement.isin([region.INSIDE, region.BY_COORDINATES]), None, rows.placement)
    outside = ibis.coalesce(by_region, rows.clause)
    broken = normalise.first_broken(rules)
    is_broken = broken.notnull() & outside.isnull()
    rows = rows.mutate(
        rule=ibis.coalesce(outside, broken),
        outcome=ibis.cases((outside.notnull(), OUTSIDE), (is_broken, QUARANTINED), else_=RELEASED),
        message=ibis.ifelse(is_broken, normalise.messages(rules), ""),
        has_days=normalise.has_days(rows, rules),
    )
    rows = placed_by_coordinates(work, backend.create_table("ruled_rows", rows, overwrite=True))
    return backend.create_table("classified_rows", rows, overwrite=True)


def _is_repeated(rows: ir.Table) -> ir.BooleanValue:
    """Whether an earlier row of the same file has the same id; rows of other countries are not looked at."""
    order = ibis.window(group_by=["file_at", "own_id"], order_by=ROW)
    return rows.own_id.notnull() & (ibis.row_number().over(order) > 0)


def _count(
    work: Work, rows: ir.Table, opened: Sequence[Cells], stored: Sequence[StoredFile], outcomes: Counter[Outcome]
) -> None:
    """Count the rows by version, outcome and rule, so that every row of every file is in one of them."""
    counted = rows.group_by("source_version", "outcome", rule=rows.rule.fill_null("in_scope")).agg(
        row_count=lambda t: t.count()
    )
    for row in counted.to_pyarrow().to_pylist():
        outcomes[row["source_version"], row["outcome"], row["rule"]] += row["row_count"]
    country = work.declared.record["country_iso3"].columns
    for cells, file in zip(opened, stored, strict=True):
        by_country = work.backend.table(cells.table).group_by(list(country)).agg(row_count=lambda t: t.count())
        there = by_country.filter(normalise.is_elsewhere(by_country, work.declared, cells.named))
        elsewhere = there.row_count.sum().fill_null(0).to_pyarrow().as_py()
        outcomes[file.source_version, OUTSIDE, region.OTHER_COUNTRY] += elsewhere
        outcomes.update((file.source_version, QUARANTINED, broken.rule) for broken in cells.broken)
