"""Stage ``resolve``: reads what ``ingest`` wrote, decides, checks every table, writes ``data/interim/resolve/``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import count

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from pipeline.config import THIS_RELEASE, Params, Project
from pipeline.engine import connect, read_tables
from pipeline.engine.checked import write_checked
from pipeline.problems import CannotDo, NotWell, Problem
from pipeline.reference import LAYOUTS, Reference, Row, load_reference, preferred_names
from pipeline.resolve import additive, ids, incidents, linked, panel, tolls, values
from pipeline.schema import Schema, load_schema
from pipeline.schema.arrow import arrow_schema, arrow_table
from pipeline.sources.declaration import load_source, load_sources

Tables = dict[str, ir.Table]
UNCHANGED = ("claim_reports", "operations", "reports", "source_files", "coverage", "ledger")
BROUGHT_TOGETHER: Mapping[str, Callable[[ir.Table, ir.Table], ir.Table]] = {
    "incident_actors": linked.incident_actors,
    "incident_reports": linked.incident_reports,
    "claims": linked.claims,
    "revisions": linked.revisions,
}
COMPARED = ("changes", "id_changes")
"""What only `compare` can fill."""
AS_READ = ("actors", "names", "admin_units", "admin2_units", "known_issues", "codes")
ACCOUNTED = ("counted", "released", "records")


def resolve(project: Project, params: Params) -> str:
    """Decide the published tables from those of every source that is turned on.

    Returns:
        What was done, in one line.

    Raises:
        NotWell: reference data or a decided table break a rule, or the ledger does not add up. Nothing is written.
    """
    schema = load_schema(project.schemas)
    reference, problems = load_reference(project, schema)
    if problems:
        raise NotWell(problems, "nothing was built; the last good package is untouched")
    backend = connect(params.engine, master=params.spark_master)
    ingested = _ingested(backend, project, params, schema)
    keep = _keeper(backend)
    members = keep("members", _members(backend, project, params, ingested["records"], reference, keep))
    codes = {
        name: _codes(backend, schema, name)
        for name in ("population", "geo_precision", "event_type", "target_type", "country")
    }
    places = _reference_tables(backend, schema, reference)
    decided: Tables = {name: ingested[name] for name in UNCHANGED}
    decided |= {
        name: keep(name, bring_together(ingested[name], members)) for name, bring_together in BROUGHT_TOGETHER.items()
    }
    decided["sources"] = ingested["sources"].union(_reference_sources(backend, project, schema))
    decided |= {name: places[name] for name in AS_READ}
    decided["known_issues"] = linked.known_issues(places["known_issues"], members)
    decided["places"] = _published_places(places)
    located = incidents.located(
        linked.records(ingested["records"], members),
        places["place_rows"],
        places["place_admin"],
        places["admin_units"],
        places["admin2_units"],
        codes["geo_precision"],
    )
    placed = keep("placed_records", located)
    values.one_operation_each(placed)
    found, decided["incident_values"] = values.decide(placed, members, values.load_groups(schema))
    found = keep("found_incidents", found)
    tolls_of = partial(
        tolls.decide,
        claim_reports=decided["claim_reports"],
        reports=decided["reports"],
        populations=codes["population"],
        keep=keep,
    )
    said = decided["claims"]
    figures = keep("figures", tolls_of(linked.heard(said, members)))
    figures_said = figures
    own_figures = keep("own_figures", tolls_of(linked.by_record(said, members)))
    whole = keep("of_operations", additive.of_operations(placed, found, members, figures, own_figures))
    if whole.count().to_pyarrow().as_py():
        decided["claims"] = keep("claims_of_operations", linked.of_operations(said, whole))
        used = (decided["incident_reports"], decided["claims"], decided["claim_reports"])
        decided["incident_reports"] = keep("reports_of_operations", linked.reports_of_operations(*used))
        moved = linked.units_of(whole, members)
        again = tolls_of(linked.heard(decided["claims"], members).semi_join(moved, [("subject_id", "unit_id")]))
        figures = keep("figures_of_operations", figures.anti_join(moved, "unit_id").union(again))
    added = additive.add_up(figures, additive.units(found, decided["operations"]))
    decided["tolls"] = keep("tolls", additive.parts_once(added, own_figures, linked.parts(placed, found, members)))
    decided["incidents"] = keep("incidents", _incidents(found, figures, decided, codes, places["names"], schema))
    apart = values.divergence(placed, decided["incidents"], members, own_figures)
    decided["records"] = keep("records", linked.with_divergence(linked.records(ingested["records"], members), apart))
    census, gaps = _census(project, params, decided["coverage"])
    figured = _own_view(
        {covered.source for covered in census},
        placed,
        decided["incidents"],
        (decided["records"], said, members, figures_said),
        tolls_of,
    )
    decided |= _panel(backend, schema, reference, census, gaps, keep("figured", figured), keep)
    unfilled = [name for name in schema.tables if name not in (*decided, *COMPARED)]
    decided |= {name: _table(backend, schema, name, []) for name in unfilled}
    _write(backend, project, schema, decided)
    counts = {name: decided[name].count().to_pyarrow().as_py() for name in ("incidents", "operations", "tolls")}
    several = members.filter(members.is_one_of_several).incident_id.nunique().to_pyarrow().as_py()
    backend.disconnect()
    more = f", {several} incidents of several records" if several else ""
    return ", ".join(f"{count} {name}" for name, count in counts.items()) + more


def _keeper(backend: BaseBackend) -> tolls.Keep:
    """What computes an expression once and keeps it as a table of a name that no other has."""
    numbers = count(1)
    return lambda name, data: backend.create_table(f"kept_{name}_{next(numbers)}", data)


def _ingested(backend: BaseBackend, project: Project, params: Params, schema: Schema) -> Tables:
    """The tables of all sources that params names, one above the other."""
    each = [read_tables(backend, project.ingested / source, schema) for source in params.sources]
    found = {name: [tables[name] for tables in each if name in tables] for name in schema.tables}
    empty = [name for name in (*UNCHANGED, *BROUGHT_TOGETHER) if not found[name]]  # no source has operations, say
    stacked = {name: ibis.union(*parts) if len(parts) > 1 else parts[0] for name, parts in found.items() if parts}
    return stacked | {name: _table(backend, schema, name, []) for name in empty}


def _members(
    backend: BaseBackend,
    project: Project,
    params: Params,
    records: ir.Table,
    reference: Reference,
    keep: tolls.Keep,
) -> ir.Table:
    """Every record with the incident to which it belongs."""
    path = project.linked / "clusters.parquet"
    if not path.is_file():
        raise CannotDo("the stage link has not run: run dvc repro first")
    found = linked.members(records, backend.read_parquet(str(path)), params.sources)
    found = keep("linked_records", found)
    if found.count().to_pyarrow().as_py() != records.count().to_pyarrow().as_py():
        raise CannotDo("the stage link ran over other records: run dvc repro first")
    registry = ids.read_registry(backend, project, reference.id_changes)
    return linked.with_incidents(found, ids.incident_ids(found, registry))


def _codes(backend: BaseBackend, schema: Schema, name: str) -> ir.Table:
    codelist = schema.codelists[name]
    columns = list(codelist.rows[0])
    data = {column: [row[column] or None for row in codelist.rows] for column in columns}
    typed = pa.table({column: pa.array(values, pa.string()) for column, values in data.items()})
    return backend.create_table(f"codes_{name}", typed)


def _reference_tables(backend: BaseBackend, schema: Schema, reference: Reference) -> Tables:
    made = {
        "actors": _table(backend, schema, "actors", list(reference.actors.values())),
        "names": _table(backend, schema, "names", [*preferred_names(reference), *reference.names]),
        "admin_units": _table(backend, schema, "admin_units", reference.admin_units),
        "admin2_units": _table(backend, schema, "admin2_units", reference.admin2_units),
        "known_issues": _table(backend, schema, "known_issues", reference.known_issues),
        "codes": _table(backend, schema, "codes", list(_code_rows(schema))),
        "place_rows": _table(backend, schema, "places", list(reference.places.values()), "place_rows"),
        "place_admin": _table(backend, schema, "places", reference.place_admin, "place_admin"),
    }
    made["place_admin"] = made["place_admin"].select(*LAYOUTS["place_admin.csv"][1])
    return made


def _code_rows(schema: Schema) -> Iterator[Row]:
    """The code lists that columns of the package use."""
    used = {field.codelist for table in schema.tables.values() for field in table.fields if field.codelist}
    texts = ("label_en", "label_fr", "definition_en", "definition_fr")
    for name in sorted(used):
        for position, row in enumerate(schema.codelists[name].rows, 1):
            said: Row = {text: row[text] or None for text in texts}
            yield {"codelist": name, "code": row["code"], "position": position, **said}


def _table(backend: BaseBackend, schema: Schema, name: str, rows: Sequence[Row], stored: str | None = None) -> ir.Table:
    data = arrow_table(schema.tables[name], rows)
    loose = data.cast(pa.schema([field.with_nullable(True) for field in data.schema]))
    return backend.create_table(stored or name, loose)


def _published_places(places: Mapping[str, ir.Table]) -> ir.Table:
    """Places with the admin unit of the latest vintage known for each."""
    known = places["place_admin"]
    latest = known.mutate(
        place=ibis.row_number().over(ibis.window(group_by="place_id", order_by=ibis.desc("admin_vintage")))
    ).filter(lambda t: t.place == 0)
    units = places["admin_units"].select("admin1_code", "admin_vintage", "admin1_name")
    placed = latest.left_join(units, ["admin1_code", "admin_vintage"]).select(
        "place_id",
        "admin1_code",
        "admin1_name",
        "admin2_name",
        admin_vintage=incidents.known_vintage(latest.admin_vintage, latest.admin1_code),
    )
    bare = places["place_rows"].drop("admin1_code", "admin1_name", "admin2_name", "admin_vintage")
    return bare.left_join(placed, "place_id").drop("place_id_right")


def _reference_sources(backend: BaseBackend, project: Project, schema: Schema) -> ir.Table:
    rows: list[Row] = [
        {
            "source": source.source,
            "title": source.title_en,
            "kind": source.kind,
            "publisher": source.publisher,
            "source_version": source.source_version,
            "licence": source.licence,
            "licence_url": source.licence_url,
            "citation": source.citation,
            "url": source.url,
            "accessed_date": source.accessed_date,
        }
        for source in load_sources(project.schemas, "reference")
    ]
    return _table(backend, schema, "sources", rows, "reference_sources")


def _census(project: Project, params: Params, coverage: ir.Table) -> tuple[list[panel.Covered], list[panel.Gap]]:
    """What the sources cover as a census, with the divisions that each keeps to, and the gaps in it."""
    rows = coverage.filter(coverage.kind.isin(["census", "gap"])).to_pyarrow().to_pylist()
    divisions = {name: load_source(project.schemas, name).divisions for name in params.sources}
    census, gaps = [], []
    for row in rows:
        what = (row["source"], row["area_code"], row["date_start"], row["date_end"] or params.date)
        if row["kind"] == "gap":
            gaps.append(panel.Gap(*what))
        else:
            census.append(panel.Covered(*what, divisions[row["source"]]))
    return census, gaps


def _own_view(
    sources: Collection[str],
    placed: ir.Table,
    found: ir.Table,
    own: tuple[ir.Table, ir.Table, ir.Table, ir.Table],
    tolls_of: Callable[[ir.Table], ir.Table],
) -> ir.Table:
    """The incidents of each census source with what it says of them itself; of those with one record, what was decided.

    Args:
        sources: the census sources.
        placed: located records.
        found: the published incidents.
        own: records, claims, members, and the tolls decided from these claims.
        tolls_of: decides tolls.
    """
    records, claims, members, figures = own
    several = members.filter(members.is_one_of_several)
    alone, together = records.anti_join(several, "record_id"), records.semi_join(several, "record_id")
    again = tolls_of(panel.own_claims(claims, together, sources))
    said = again.union(panel.own_figures(figures, alone, sources))
    return panel.with_figures(panel.of_sources(placed, found, sources), said)


def _panel(
    backend: BaseBackend,
    schema: Schema,
    reference: Reference,
    census: Sequence[panel.Covered],
    gaps: Sequence[panel.Gap],
    figured: ir.Table,
    keep: tolls.Keep,
) -> Tables:
    """The panel, and what it leaves out."""
    countries = schema.codelists["region"].column("country_iso3")
    framed = backend.create_table("panel_frame", panel.frame(census, reference.admin_units, gaps))
    covered = backend.create_table("covered_months", panel.covered_months(census, countries, gaps))
    found = keep("panel", panel.panel(framed, figured))
    return {"panel_admin1_month": found, "panel_rest": panel.rest(found, framed, covered, figured)}


def _incidents(
    found: ir.Table, figures: ir.Table, decided: Tables, codes: Tables, names: ir.Table, schema: Schema
) -> ir.Table:
    groups = tuple(code for code in schema.codelists["population_group"].codes if code != "all")
    t = incidents.labels(found.mutate(target_type=found.target_type.fill_null("other")), codes, names)
    for other in (
        incidents.perpetrators(decided["incident_actors"]),
        incidents.report_counts(decided["incident_reports"], decided["reports"]),
        incidents.toll_columns(figures, groups),
    ):
        t = t.left_join(other, "incident_id").drop("incident_id_right")
    t = t.mutate(
        toll_status=t.toll_status.fill_null("none"),
        first_release=ibis.literal(THIS_RELEASE),
        last_changed_release=ibis.literal(THIS_RELEASE),
    )
    return t.select(*schema.tables["incidents"].columns)


def _write(backend: BaseBackend, project: Project, schema: Schema, decided: Tables) -> None:
    wanted = {name: arrow_schema(schema.tables[name]).names for name in decided}
    decided = {name: data.select(*wanted[name]) for name, data in decided.items()}
    _ledger_adds_up(decided)
    write_checked(backend, schema, decided, project.resolved, where="resolve")


def _ledger_adds_up(decided: Tables) -> None:
    """Stop when a source's rows are not all accounted for, or its released rows are not its records."""
    ledger, records = decided["ledger"], decided["records"]
    is_released = ledger.outcome == "released"
    counted = ledger.group_by("source").agg(
        counted=ledger.row_count.sum(), released=ledger.row_count.sum(where=is_released)
    )
    kept = records.group_by("source").agg(records=records.count())
    read = decided["sources"].filter(lambda t: t.kind == "incidents").select("source", "row_count")
    t = read.left_join(counted, "source").left_join(kept, "source").select("source", "row_count", *ACCOUNTED)
    t = t.mutate(**{name: t[name].fill_null(0) for name in ACCOUNTED})
    wrong = t.filter((t.row_count != t.counted) | (t.released != t.records)).to_pyarrow().to_pylist()
    if wrong:
        raise NotWell(
            (Problem("ledger", 0, row["source"], _account(row), "package.ledger_adds_up") for row in wrong),
            "nothing was built; the last good package is untouched",
        )


def _account(row: Mapping[str, int]) -> str:
    return (
        f"{row['row_count']} rows read, {row['counted']} accounted for; "
        f"{row['released']} said to be released, {row['records']} records"
    )
