"""Incidents: the values of an event, its place and its labels, decided from its records."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

NARROW = ("exact", "near")
"""Precisions at which one PRIO-GRID cell of half a degree can be named."""
LEVELS = ("unit2", "unit")
PERSON_METRICS = ("killed", "injured", "abducted")
BOUNDS = ("low", "best", "high")
Tables = dict[str, ir.Table]


def located(
    records: ir.Table,
    places: ir.Table,
    place_admin: ir.Table,
    units: ir.Table,
    units2: ir.Table,
    precisions: ir.Table,
) -> ir.Table:
    """Records with the place, the admin units in force on their first day, coordinates and their uncertainty.

    Args:
        records: published records.
        places: reference places.
        place_admin: admin units of places by vintage.
        units: admin-1 units by vintage, with the days they were in force.
        units2: admin-2 units by vintage, each with its point.
        precisions: the code list `geo_precision`, with ``default_radius_km``.

    Returns:
        The records with the place columns of `incidents`. The admin-1 unit is the record's own, else the one to
        which the place belonged. Coordinates are the record's own, else those of the place, else those of its
        admin-2 or admin-1 unit, which is then what the precision says. An area stays an area: its unit gives the
        point and the radius, but a road is not known as that unit alone.
    """
    renamed = places.select(
        "place_id",
        "place_name",
        "match_state",
        place_latitude="latitude",
        place_longitude="longitude",
        place_source="coordinates_source",
        place_radius="geo_radius_km",
    )
    unit = units.select(
        "admin1_code",
        "admin_vintage",
        "admin1_name",
        "valid_from",
        "valid_to",
        unit_latitude="latitude",
        unit_longitude="longitude",
        unit_source="coordinates_source",
        unit_radius="geo_radius_km",
    )
    unit2 = units2.select(
        "admin1_code",
        "admin2_name",
        "admin_vintage",
        unit2_latitude="latitude",
        unit2_longitude="longitude",
        unit2_source="coordinates_source",
        unit2_radius="geo_radius_km",
    )
    spans = units.select("country_iso3", "admin_vintage", "valid_from", "valid_to").distinct()
    said = records.filter(records.admin1_code.isnull()).select("record_id", "country_iso3", "place_id", "date_start")
    in_force = said.join(
        spans,
        [
            said.country_iso3 == spans.country_iso3,
            spans.valid_from <= said.date_start,
            (said.date_start <= spans.valid_to).fill_null(True),
        ],
    )
    by_place = in_force.join(place_admin, ["place_id", "admin_vintage"]).select(
        "record_id", "admin_vintage", "admin1_code", "admin2_name"
    )
    by_name = records.filter(records.admin1_code.notnull()).select(
        "record_id", "admin_vintage", "admin1_code", admin2_name="admin2_text"
    )
    belongs = (
        by_place.union(by_name)
        .left_join(unit, ["admin1_code", "admin_vintage"])
        .drop("admin1_code_right", "admin_vintage_right")
        .left_join(unit2, ["admin1_code", "admin2_name", "admin_vintage"])
        .select(
            "record_id",
            "admin_vintage",
            "admin1_code",
            "admin1_name",
            "admin2_name",
            *(f"{level}_{what}" for level in LEVELS for what in ("latitude", "longitude", "source", "radius")),
        )
    )
    t = (
        records.drop("admin1_code", "admin_vintage")
        .left_join(renamed, "place_id")
        .drop("place_id_right")
        .left_join(belongs, "record_id")
        .drop("record_id_right")
        .left_join(
            precisions.select(said_precision="code", default_radius_km="default_radius_km"),
            [("geo_precision", "said_precision")],
        )
    )
    has_own, has_place = t.latitude.notnull(), t.place_latitude.notnull()
    has_unit2, has_unit = t.unit2_latitude.notnull(), t.unit_latitude.notnull()
    precision = ibis.cases(
        (has_own | has_place | (t.geo_precision == "area"), t.geo_precision),
        (has_unit2, ibis.literal("admin2")),
        (t.admin1_code.notnull(), ibis.literal("admin1")),
        else_="country",
    )
    radius = ibis.cases(
        (precision.isin(NARROW), t.default_radius_km.cast("float64")),
        (precision == "admin2", ibis.coalesce(t.place_radius, t.unit2_radius)),
        (precision == "admin1", ibis.coalesce(t.place_radius, t.unit_radius)),
        (has_own | has_place, t.place_radius),
        (has_unit2, t.unit2_radius),
        (has_unit, t.unit_radius),
        else_=t.place_radius,
    )
    latitude = ibis.coalesce(t.latitude, t.place_latitude, t.unit2_latitude, t.unit_latitude)
    longitude = ibis.coalesce(t.longitude, t.place_longitude, t.unit2_longitude, t.unit_longitude)
    decided = ("latitude", "longitude", "coordinates_source", "geo_precision", "admin1_code", "admin_vintage")
    return t.select(
        *(name for name in records.columns if name not in decided),
        "place_name",
        "admin1_code",
        "admin1_name",
        "admin2_name",
        admin_vintage=known_vintage(t.admin_vintage, t.admin1_code),
        latitude=latitude,
        longitude=longitude,
        coordinates_source=ibis.cases(
            (has_own, t.coordinates_source),
            (has_place, t.place_source),
            (has_unit2, t.unit2_source),
            (has_unit, t.unit_source),
        ),
        geo_precision=precision,
        geo_radius_km=radius,
        match_state=ibis.ifelse(has_own, "stated", t.match_state.fill_null("unmatched")),
        priogrid_gid=ibis.ifelse(precision.isin(NARROW), priogrid(latitude, longitude), ibis.null("int64")),
    )


def known_vintage(vintage: ir.IntegerValue, unit: ir.StringValue) -> ir.IntegerValue:
    """The vintage of a unit's name; none where no unit is known."""
    return ibis.ifelse(unit.notnull(), vintage, ibis.null("int64"))


def priogrid(latitude: ir.NumericValue, longitude: ir.NumericValue) -> ir.IntegerValue:
    """The PRIO-GRID cell of a point: 0.5 degrees, numbered from the south-west corner along the rows.

    Source: Tollefsen, Strand & Buhaug 2012, "PRIO-GRID: A unified spatial data structure", doi
    10.1177/0022343311431287; the formula agrees with ``priogrid_gid`` of the UCDP files.
    """
    row = ((latitude + 90) / 0.5).floor().cast("int64")
    column = ((longitude + 180) / 0.5).floor().cast("int64")
    return row * 720 + column + 1


def labels(incidents: ir.Table, codes: Tables, names: ir.Table) -> ir.Table:
    """Add ``label_en`` and ``label_fr``: what, against whom, where, when.

    Args:
        incidents: with event and target type, place, country and dates.
        codes: the code lists `event_type`, `target_type` and `country`.
        names: names of places; a place without a preferred name in the language is called by its ``place_name``.
    """
    t = incidents
    when = _date_text(t)
    made = {}
    preferred = names.filter((names.entity_type == "place") & (names.kind == "preferred"))
    for language in ("en", "fr"):
        name = preferred.filter(preferred.language == language).select(place_id="entity_id", own_name="name")
        event = codes["event_type"].select("implied_target", event_type="code", event_label=f"label_{language}")
        target = codes["target_type"].select(target_type="code", target_phrase=f"phrase_{language}")
        country = codes["country"].select(country_iso3="code", country_label=f"label_{language}")
        joined = (
            t.select("incident_id", "event_type", "target_type", "country_iso3", "place_id", "place_name", when=when)
            .left_join(name, "place_id")
            .drop("place_id_right")
            .join(event, "event_type")
            .join(target, "target_type")
            .join(country, "country_iso3")
        )
        is_said = joined.implied_target.notnull()  # "attack on civilians", and no second "against"
        phrase = ibis.ifelse(is_said, ibis.null("string"), joined.target_phrase)
        what = joined.event_label + (" " + phrase).fill_null("")
        place = ibis.coalesce(joined.own_name, joined.place_name)
        where = ibis.coalesce(place + " (" + joined.country_label + ")", joined.country_label)
        made[language] = joined.select("incident_id", **{f"label_{language}": what + ", " + where + ", " + joined.when})
    return t.join(made["en"], "incident_id").join(made["fr"], "incident_id")


def _date_text(t: ir.Table) -> ir.StringValue:
    start, end = t.date_start.cast("string"), t.date_end.cast("string")
    return ibis.cases(
        ((t.date_precision == "month") & (start.substr(0, 7) == end.substr(0, 7)), start.substr(0, 7)),
        ((t.date_precision == "year") & (start.substr(0, 4) == end.substr(0, 4)), start.substr(0, 4)),
        (t.date_start == t.date_end, start),
        else_=start + "/" + end,
    )


def perpetrators(incident_actors: ir.Table) -> ir.Table:
    """The perpetrator and the basis on which it is named, of incidents that have exactly one."""
    named = incident_actors.filter(incident_actors.role == "perpetrator")
    return (
        named.group_by("incident_id")
        .agg(
            count=named.actor_id.nunique(),
            perpetrator_id=named.actor_id.min(),
            perpetrator_basis=named.basis.min(),
        )
        .filter(lambda t: t["count"] == 1)
        .drop("count")
    )


def report_counts(incident_reports: ir.Table, reports: ir.Table) -> ir.Table:
    """Reports and independent publishers (by agency, else publisher) of each incident.

    A dataset is no publisher beside those whose reports it counts.
    """
    used = incident_reports.filter(incident_reports.subject_type == "incident").join(reports, "report_id")
    is_dataset = (used.source_type == "dataset").fill_null(False)
    voice = ibis.ifelse(is_dataset, ibis.null("string"), ibis.coalesce(used.agency, used.publisher))
    return used.group_by(incident_id="subject_id").agg(
        report_count=used.report_id.nunique(), publisher_count=voice.nunique()
    )


def toll_columns(tolls: ir.Table, groups: tuple[str, ...]) -> ir.Table:
    """The tolls of incidents side by side: ``killed_low`` ... ``killed_civilians_low`` ... ``abducted_high``.

    Args:
        tolls: decided tolls.
        groups: the population groups that have columns of their own.
    """
    own = tolls.filter(tolls.unit_type == "incident")
    columns: dict[str, ir.IntegerScalar] = {}
    for metric in PERSON_METRICS:
        for group in ("all", *(groups if metric == "killed" else ())):
            stem = metric if group == "all" else f"{metric}_{group}"
            chosen = (own.metric == metric) & (own.population_group == group)
            columns |= {f"{stem}_{bound}": own[bound].max(where=chosen) for bound in BOUNDS}
    deaths = (own.metric == "killed") & (own.population_group == "all")
    return own.group_by(incident_id="unit_id").agg(
        **columns,
        toll_rule=own.toll_rule.max(where=deaths),
        toll_status=own.toll_status.max(where=deaths),
        toll_is_partial=own.toll_is_partial.max(where=deaths),
    )
