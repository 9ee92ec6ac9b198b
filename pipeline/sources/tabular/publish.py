"""The published tables of a source, from the rows that are released."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pipeline.sources.stored import StoredFile
from pipeline.sources.tabular import normalise, tables
from pipeline.sources.tabular.actors import sides
from pipeline.sources.tabular.cells import ROW, Cells
from pipeline.sources.tabular.coverage import coverage_rows
from pipeline.sources.tabular.gaps import gap_rows, waiting
from pipeline.sources.tabular.reports import are_uneven, listed_reports, report_rows, shown_publishers
from pipeline.sources.tabular.work import RELEASED, Row, Tabular, Work, code_table, made_table, wide


def publish(work: Work, made: Tabular, rows: ir.Table, opened: Sequence[Cells], standing: Sequence[StoredFile]) -> None:
    """Make the published tables from the rows that are released.

    Args:
        work: what every step needs.
        made: receives ``tables``, ``flags`` and ``gaps``.
        rows: classified rows.
        opened: the files, for the cells with lists of reports.
        standing: their records, in the same order.
    """
    backend, declared = work.backend, work.declared
    known = sides(work, rows.filter(rows.outcome == RELEASED))
    released = backend.create_table("released_rows", _flagged(work, rows, opened, known), overwrite=True)
    made.flags = _flag_counts(released)
    made.tables["records"] = tables.records(released, declared, work.schema)
    if declared.actors:
        made.tables["incident_actors"] = tables.incident_actors(released, declared, known)
    if declared.counts:
        said = tables.claims(released, declared, work.schema.codelists["population"].codes)
        claims = backend.create_table("claim_rows", said, overwrite=True)
        made.tables["claims"] = claims
        made.tables["claim_reports"] = claims.select("claim_id", "report_id", role=ibis.literal("carries_claim"))
    _publish_reports(work, made, released, opened)
    source = declared.source.source
    made.tables["ledger"] = made_table(work, "ledger", list(_ledger(source, made.outcomes)))
    made.tables["sources"] = made_table(work, "sources", [_source_row(work, made)])
    of_files = [_file_row(file, rows) for file, rows in zip(made.files, made.file_rows, strict=True)]
    made.tables["source_files"] = made_table(work, "source_files", of_files)
    coverage = coverage_rows(declared, made.files, work.schema)
    countries = work.schema.codelists["region"].column("country_iso3")
    made.gaps = gap_rows(declared, standing, waiting(rows, opened), coverage, countries, work.params.date)
    made.tables["coverage"] = made_table(work, "coverage", [*coverage, *made.gaps])


def _flagged(work: Work, rows: ir.Table, opened: Sequence[Cells], known: Mapping[str, ir.Table]) -> ir.Table:
    """The rows that are released, with their ids, the actors that are known, and their warnings."""
    declared = work.declared
    released = tables.with_actors(rows.filter(rows.outcome == RELEASED), declared, known)
    if declared.reports:
        uneven = _stacked([_uneven(work, at, cells) for at, cells in enumerate(opened)])
        joined = released.left_join(uneven, ["file_at", ROW]).drop("file_at_right", f"{ROW}_right")
        released = joined.mutate(is_uneven=joined.is_uneven.fill_null(False))
    else:
        released = released.mutate(is_uneven=ibis.literal(False))
    codes = code_table(work.schema, "date_precision")
    precisions = work.backend.create_table("date_precisions", codes, overwrite=True)
    own = ibis.literal(f"{declared.source.source}:") + released.own_id
    released = released.mutate(record_id=own, incident_id=tables.short_id("i", own))
    return normalise.warnings(released, declared, precisions)


def _publish_reports(work: Work, made: Tabular, released: ir.Table, opened: Sequence[Cells]) -> None:
    """Reports and what they were used for: the dataset carries its own figures, those that it lists describe."""
    datasets: dict[str, Row] = {}
    for file in made.files:  # one version may lie in several files
        row = dataset_report(file) | {"url": file.url or work.declared.source.url}
        datasets.setdefault(row["report_id"], row)
    reports = [made_table(work, "reports", list(datasets.values())).semi_join(released, "report_id")]
    role = "carries_claim" if work.declared.counts else "describes"
    used = [released.select("incident_id", "report_id", role=ibis.literal(role))]
    if work.declared.reports:
        listed = _listed(work, released, opened)
        used.append(listed.select("incident_id", "report_id", role=ibis.literal("describes")).distinct())
        reports.append(wide(work, "reports", listed.drop("incident_id").distinct()))
    made.tables["reports"] = _stacked(reports)
    stacked = _stacked(used)
    made.tables["incident_reports"] = stacked.select(
        "report_id", "role", subject_type=ibis.literal("incident"), subject_id=stacked.incident_id
    )


def _stacked(parts: list[ir.Table]) -> ir.Table:
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def dataset_report(stored: StoredFile) -> Row:
    """The dataset itself as a report: it is what carries its own figures."""
    key = f"{stored.source}:{stored.source_version}"
    digest = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()
    return {
        "report_id": f"r-{digest[: tables.ID_LENGTH]}",
        "publisher": stored.publisher,
        "language": "en",
        "source_type": "dataset",
        "headline": f"{stored.source} {stored.source_version}",
    }


def _listed(work: Work, released: ir.Table, opened: Sequence[Cells]) -> ir.Table:
    """The reports that released rows list, as far as they may be shown."""
    lists = work.declared.reports
    assert lists is not None
    each = []
    for at, cells in enumerate(opened):
        raw = work.backend.table(cells.table)
        wanted = dict.fromkeys(lists.columns)
        t = raw.select(ROW, *wanted)
        own = released.filter(released.file_at == at).select("incident_id", released_row=ROW)
        joined = own.join(t, [own.released_row == t[ROW]])
        each.append(listed_reports(joined, lists, work.declared.date_forms))
    listed = work.backend.create_table("listed_reports", _stacked(each), overwrite=True)
    written = listed.select("written").distinct().to_pyarrow()["written"].to_pylist()
    shown = shown_publishers(written, lists.names, work.reference.publishers)
    lookup = pa.table(
        {
            "written": pa.array(list(shown), pa.string()),
            "publisher": pa.array([name for name, _ in shown.values()], pa.string()),
            "source_type": pa.array([kind for _, kind in shown.values()], pa.string()),
            "is_listed": pa.array([name in work.reference.publishers for name, _ in shown.values()], pa.bool_()),
        }
    )
    known = work.backend.create_table("shown_publishers", lookup, overwrite=True)
    return work.backend.create_table(
        "report_rows", report_rows(listed, known, work.declared.source.source), overwrite=True
    )


def _uneven(work: Work, at: int, cells: Cells) -> ir.Table:
    """The rows of a file whose lists of reports are of different lengths."""
    raw = work.backend.table(cells.table)
    assert work.declared.reports is not None
    is_uneven = are_uneven(raw, work.declared.reports)
    return raw.select(ROW, file_at=ibis.literal(at, type="int64"), is_uneven=is_uneven).filter(lambda t: t.is_uneven)


def _flag_counts(released: ir.Table) -> dict[str, int]:
    flagged = released.filter(released.flags.notnull()).select(flag=released.flags.split("; ").unnest())
    counted = flagged.group_by("flag").agg(rows=flagged.count()).order_by("flag").to_pyarrow().to_pylist()
    return {row["flag"]: row["rows"] for row in counted}


def _ledger(source: str, outcomes: dict[tuple[str, str, str], int]) -> Iterator[Row]:
    for (version, outcome, rule), count in sorted(outcomes.items()):
        yield {
            "source": source,
            "source_version": version,
            "outcome": outcome,
            "rule": rule,
            "row_count": count,
        }


def _source_row(work: Work, made: Tabular) -> Row:
    source = work.declared.source
    return {
        "source": source.source,
        "title": source.title_en,
        "kind": source.kind,
        "publisher": source.publisher,
        "source_version": ", ".join(dict.fromkeys(file.source_version for file in made.files)),
        "licence": source.licence,
        "licence_url": source.licence_url,
        "citation": source.citation,
        "url": source.url,
        "accessed_date": max(file.accessed_date for file in made.files),
        "sha256": made.files[0].sha256 if len(made.files) == 1 else None,
        "row_count": made.row_count,
    }


def _file_row(file: StoredFile, row_count: int) -> Row:
    return {
        "source": file.source,
        "file": file.file,
        "source_version": file.source_version,
        "url": file.url,
        "sha256": file.sha256,
        "accessed_date": file.accessed_date,
        "row_count": row_count,
        "areas": "; ".join(file.areas) or None,
    }
