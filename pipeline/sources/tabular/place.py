"""Where rows lie: inside the region or not, in which admin unit, on which side of a border."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pipeline.reference import Reference
from pipeline.sources.tabular import region
from pipeline.sources.tabular.borders import border_pieces, placed
from pipeline.sources.tabular.work import OUTSIDE, RELEASED, Work, text_table


def placed_by_names(work: Work, rows: ir.Table) -> ir.Table:
    """Add ``placement``, ``admin1_code``, ``admin_vintage`` and ``is_unknown_unit`` from the names of units."""
    named = {name: work.declared.record.get(name) for name in ("admin1_text", "admin2_text")}
    rows = rows.mutate(**{name: ibis.null("string") for name, value in named.items() if value is None})
    distinct = rows.select("country_iso3", "admin1_text", "admin2_text").distinct().to_pyarrow()
    units = region.region_units(work.schema)
    others = region.other_units(work.reference, units)
    found = [
        {
            "named_country": row["country_iso3"],
            "named_first": row["admin1_text"],
            "named_second": row["admin2_text"],
            "placement": region.placed_by_name(
                units, others, row["country_iso3"], row["admin1_text"], row["admin2_text"]
            ),
        }
        for row in distinct.to_pylist()
        if row["country_iso3"]
    ]
    columns = ("named_country", "named_first", "named_second", "placement")
    lookup = work.backend.create_table("placements", text_table(found, columns), overwrite=True)
    joined = rows.left_join(
        lookup,
        [
            rows.country_iso3 == lookup.named_country,
            rows.admin1_text.fill_null("") == lookup.named_first.fill_null(""),
            rows.admin2_text.fill_null("") == lookup.named_second.fill_null(""),
        ],
    )
    # without a country at all a row is no row outside the region: it goes on to the rules
    placement = joined.placement.fill_null(region.INSIDE)
    rows = joined.mutate(placement=placement).drop("named_country", "named_first", "named_second")
    names = {(row["country_iso3"], row["admin1_text"]) for row in distinct.to_pylist() if row["admin1_text"]}
    spans = region.unit_spans(work.reference, units, work.declared.source.divisions, {(a, b) for a, b in names if a})
    lookup = work.backend.create_table("unit_spans", _spans(list(spans)), overwrite=True)
    joined = rows.left_join(
        lookup,
        [
            rows.country_iso3 == lookup.span_country,
            rows.admin1_text == lookup.span_text,
            lookup.first_day <= rows.date_start,
            rows.date_start <= lookup.last_day,
        ],
    )
    return joined.mutate(is_unknown_unit=joined.admin1_text.notnull() & joined.admin1_code.isnull()).drop(
        "span_country", "span_text", "first_day", "last_day"
    )


def placed_on_globe(work: Work, rows: ir.Table) -> ir.Table:
    """Add ``is_abroad`` and ``is_exchanged``; each point is looked at once."""
    if "latitude" not in work.declared.record:
        return rows.mutate(is_abroad=ibis.literal(False), is_exchanged=ibis.literal(False))
    key = ["country_iso3", "latitude", "longitude"]
    given = rows.filter(rows.latitude.notnull() & rows.longitude.notnull() & rows.country_iso3.notnull())
    points = work.backend.create_table("points", given.select(key).distinct(), overwrite=True)
    pieces = work.backend.create_table("border_pieces", border_pieces(work.reference.outlines), overwrite=True)
    found = work.backend.create_table("placed_points", placed(points, pieces), overwrite=True)
    joined = rows.left_join(found, key).drop(*(f"{name}_right" for name in key))
    return joined.mutate(is_abroad=joined.is_abroad.fill_null(False), is_exchanged=joined.is_exchanged.fill_null(False))


def placed_by_coordinates(work: Work, rows: ir.Table) -> ir.Table:
    """Place the rows that name no unit that is known, of a country that lies in the region only in part."""
    key = ["country_iso3", "latitude", "longitude"]
    is_open = (rows.placement == region.BY_COORDINATES) & (rows.outcome == RELEASED)
    if "latitude" not in work.declared.record:
        rule = ibis.ifelse(is_open, ibis.literal(region.NO_UNIT), rows.rule)
        return rows.mutate(outcome=ibis.ifelse(is_open, OUTSIDE, rows.outcome), rule=rule)
    located = rows.filter(is_open & rows.latitude.notnull() & (rows.geo_precision != "country").fill_null(False))
    places = work.backend.create_table("unit_places", unit_places(work.reference), overwrite=True)
    found = region.placed_points(located.select(key).distinct(), places, region.region_units(work.schema))
    inside = found.filter(found.is_inside).select(*key, is_near=True)
    joined = rows.left_join(inside, key).drop(*(f"{name}_right" for name in key))
    is_lost = (
        (joined.placement == region.BY_COORDINATES)
        & (joined.outcome == RELEASED)
        & ~(joined.is_near.fill_null(False) & (joined.geo_precision != "country").fill_null(False))
    )
    rule = ibis.ifelse(is_lost, ibis.literal(region.NO_UNIT), joined.rule)
    return joined.mutate(outcome=ibis.ifelse(is_lost, OUTSIDE, joined.outcome), rule=rule).drop("is_near")


def _spans(spans: list[region.Span]) -> pa.Table:
    return pa.table(
        {
            "span_country": pa.array([span.country_iso3 for span in spans], pa.string()),
            "span_text": pa.array([span.admin1_text for span in spans], pa.string()),
            "first_day": pa.array([span.first_day for span in spans], pa.date32()),
            "last_day": pa.array([span.last_day for span in spans], pa.date32()),
            "admin1_code": pa.array([span.admin1_code for span in spans], pa.string()),
            "admin_vintage": pa.array([span.admin_vintage for span in spans], pa.int64()),
        }
    )


def unit_places(reference: Reference) -> pa.Table:
    """Points whose admin unit is known: reference places in that of their latest vintage, and towns of GeoNames."""
    units = {str(row["place_id"]): row for row in reference.place_admin}
    rows = [
        (row["country_iso3"], unit["admin1_code"], unit["admin2_name"], row["latitude"], row["longitude"])
        for place_id, row in reference.places.items()
        if row["latitude"] is not None and (unit := units.get(place_id)) and unit["admin1_code"]
    ]
    names = ("country_iso3", "admin1_code", "admin2_name", "latitude", "longitude")
    rows += [tuple(row[name] for name in names) for row in reference.unit_points]  # type: ignore[misc]
    columns = list(zip(*rows, strict=True))
    types = (pa.string(), pa.string(), pa.string(), pa.float64(), pa.float64())
    return pa.table({name: pa.array(column, kind) for name, column, kind in zip(names, columns, types, strict=True)})
