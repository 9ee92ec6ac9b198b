"""Where an incident lies, in which unit, who did it and what it is called."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest

from pipeline.config import Project
from pipeline.reference import load_reference, preferred_names
from pipeline.resolve import incidents
from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_table

Row = dict[str, Any]
KAYES: Row = {
    "place_id": "kayes",
    "place_name": "Kayes",
    "match_state": "matched",
    "latitude": 14.5,
    "longitude": -11.5,
    "coordinates_source": "geonames",
}
NOWHERE: Row = {"place_id": "nowhere", "place_name": "Nowhere", "match_state": "unmatched"}
HAMLET: Row = {"place_id": "hamlet", "place_name": "Hamlet", "match_state": "unmatched"}
FARM: Row = {"place_id": "farm", "place_name": "Farm", "match_state": "ambiguous"}
UNITS: list[Row] = [
    {
        "admin1_code": "ML-1",
        "admin_vintage": 2016,
        "admin1_name": "Kayes",
        "country_iso3": "MLI",
        "valid_from": dt.date(2016, 1, 19),
        "valid_to": dt.date(2023, 3, 12),
        "latitude": 14.0,
        "longitude": -10.0,
        "coordinates_source": "https://example.org/kayes",
        "geo_radius_km": 200.0,
    },
    {
        "admin1_code": "ML-nioro",
        "admin_vintage": 2023,
        "admin1_name": "Nioro",
        "country_iso3": "MLI",
        "valid_from": dt.date(2023, 3, 13),
    },
]
NAMES: list[Row] = [
    {"entity_type": kind_of, "entity_id": entity, "name": name, "language": language, "kind": kind}
    for kind_of, entity, name, language, kind in (
        ("place", "kayes", "Kayes", "und", "preferred"),
        ("place", "kayes", "Khaïs", "fr", "spelling"),
        ("place", "road", "Road from Fada to Pama", "und", "preferred"),
        ("place", "road", "Route de Fada à Pama", "fr", "preferred"),
        ("place", "parc_w", "Parc national du W", "fr", "alias"),
        ("place", "parc_w", "W National Park", "en", "preferred"),
        ("actor", "kayes", "No place at all", "fr", "preferred"),
    )
]
UNITS2: list[Row] = [
    {
        "admin1_code": "ML-1",
        "admin2_name": "Yélimané",
        "admin_vintage": 2016,
        "latitude": 15.0,
        "longitude": -10.5,
        "coordinates_source": "geonames",
        "geo_radius_km": 40.0,
    },
]
BELONGS = [(place, 2016, "ML-1", None) for place in ("kayes", "nowhere")] + [
    (place, 2023, "ML-nioro", None) for place in ("kayes", "nowhere")
]
BELONGS += [("hamlet", 2016, "ML-1", "Yélimané"), ("farm", 2016, "ML-1", "Bafoulabé")]


def located(schema: Schema, **record: Any) -> Row:
    """One record of 1 July 2020 at Kayes, but for what is given, as `incidents.located` places it."""
    said = {
        "record_id": "curated:i-000001",
        "incident_id": "i-000001",
        "country_iso3": "MLI",
        "date_start": dt.date(2020, 7, 1),
        "place_id": "kayes",
        "geo_precision": "exact",
    } | record
    places = _table(schema, "places", [KAYES, NOWHERE, HAMLET, FARM])
    columns = ("place_id", "admin_vintage", "admin1_code", "admin2_name")
    admin = pa.table({name: pa.array(values) for name, values in zip(columns, zip(*BELONGS, strict=True), strict=True)})
    radii = [(row["code"], row["default_radius_km"] or None) for row in schema.codelists["geo_precision"].rows]
    codes = pa.table({"code": [code for code, _ in radii], "default_radius_km": [radius for _, radius in radii]})
    found = incidents.located(
        _table(schema, "records", [said]),
        places,
        ibis.memtable(admin),
        _table(schema, "admin_units", UNITS),
        _table(schema, "admin2_units", UNITS2),
        ibis.memtable(codes),
    )
    rows: list[Row] = found.to_pyarrow().to_pylist()
    assert len(rows) == 1
    return rows[0]


def test_a_place_gives_its_coordinates_and_the_precision_its_radius(schema: Schema) -> None:
    row = located(schema)
    assert (row["latitude"], row["longitude"], row["coordinates_source"]) == (14.5, -11.5, "geonames")
    assert (row["geo_precision"], row["geo_radius_km"], row["match_state"]) == ("exact", 5.0, "matched")
    assert located(schema, geo_precision="near")["geo_radius_km"] == 25.0


def test_coordinates_of_the_record_s_own_come_first(schema: Schema) -> None:
    row = located(schema, latitude=14.0, longitude=-11.0, coordinates_source="https://example.org")
    assert (row["latitude"], row["longitude"], row["coordinates_source"]) == (14.0, -11.0, "https://example.org")
    assert row["match_state"] == "stated"


def test_the_unit_that_a_source_names_comes_before_that_of_the_day(schema: Schema) -> None:
    row = located(
        schema, admin1_code="ML-1", admin_vintage=2016, admin2_text="Nioro cercle", date_start=dt.date(2025, 7, 1)
    )
    assert (row["admin1_name"], row["admin1_code"], row["admin_vintage"]) == ("Kayes", "ML-1", 2016)
    assert row["admin2_name"] == "Nioro cercle"


def test_a_place_that_nobody_locates_is_coded_to_its_unit_with_the_unit_s_radius(schema: Schema) -> None:
    row = located(schema, place_id="nowhere")
    assert (row["latitude"], row["longitude"], row["geo_precision"]) == (14.0, -10.0, "admin1")
    assert (row["geo_radius_km"], row["match_state"]) == (200.0, "unmatched")
    assert row["coordinates_source"] == "https://example.org/kayes"
    assert row["priogrid_gid"] is None


@pytest.mark.parametrize("said", ["exact", "near"])
def test_where_a_second_level_unit_is_known_the_place_is_coded_to_it(schema: Schema, said: str) -> None:
    row = located(schema, place_id="hamlet", geo_precision=said)
    assert (row["latitude"], row["longitude"], row["coordinates_source"]) == (15.0, -10.5, "geonames")
    assert (row["geo_precision"], row["geo_radius_km"], row["match_state"]) == ("admin2", 40.0, "unmatched")
    assert row["priogrid_gid"] is None


@pytest.mark.parametrize(
    ("place", "day", "point", "radius"),
    [
        ("hamlet", dt.date(2020, 7, 1), (15.0, -10.5), 40.0),
        ("nowhere", dt.date(2020, 7, 1), (14.0, -10.0), 200.0),
        ("nowhere", dt.date(2025, 7, 1), (None, None), None),
        ("nowhere", dt.date(2015, 1, 1), (None, None), None),
    ],
)
def test_an_area_stays_one_at_the_point_of_its_unit_or_at_none(
    schema: Schema, place: str, day: dt.date, point: tuple[float | None, float | None], radius: float | None
) -> None:
    row = located(schema, place_id=place, geo_precision="area", date_start=day)
    assert (row["geo_precision"], row["geo_radius_km"]) == ("area", radius)
    assert (row["latitude"], row["longitude"]) == point
    assert row["match_state"] == "unmatched"
    assert row["priogrid_gid"] is None


def test_a_second_level_unit_without_a_point_leaves_the_first_level(schema: Schema) -> None:
    row = located(schema, place_id="farm")
    assert (row["admin2_name"], row["geo_precision"], row["latitude"]) == ("Bafoulabé", "admin1", 14.0)
    assert (row["geo_radius_km"], row["match_state"]) == (200.0, "ambiguous")


def test_where_the_unit_has_no_point_there_are_no_coordinates(schema: Schema) -> None:
    row = located(schema, place_id="nowhere", date_start=dt.date(2025, 7, 1))
    assert (row["latitude"], row["longitude"], row["coordinates_source"]) == (None, None, None)
    assert row["geo_precision"] == "admin1"


def test_without_a_place_only_the_country_is_known(schema: Schema) -> None:
    row = located(schema, place_id=None, geo_precision="country")
    assert (row["geo_precision"], row["latitude"], row["admin1_code"], row["admin_vintage"]) == (
        "country",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("day", "code", "vintage"),
    [
        (dt.date(2023, 3, 12), "ML-1", 2016),
        (dt.date(2023, 3, 13), "ML-nioro", 2023),
        (dt.date(2026, 1, 1), "ML-nioro", 2023),
        (dt.date(2015, 1, 1), None, None),
    ],
)
def test_the_unit_is_that_in_force_on_the_day(
    schema: Schema, day: dt.date, code: str | None, vintage: int | None
) -> None:
    row = located(schema, date_start=day)
    assert (row["admin1_code"], row["admin_vintage"]) == (code, vintage)


@pytest.mark.parametrize(
    ("latitude", "longitude", "cell"),
    [(-90.0, -180.0, 1), (-90.0, 179.9, 720), (-89.5, -180.0, 721), (89.9, 179.9, 259_200)],
)
def test_prio_grid_cells_are_numbered_along_the_rows_from_the_south_west(
    latitude: float, longitude: float, cell: int
) -> None:
    # Tollefsen et al. 2012: 360 rows of 720 columns, 0.5 degrees each.
    point = ibis.memtable(pa.table({"y": [latitude], "x": [longitude]}))
    assert incidents.priogrid(point.y, point.x).to_pyarrow().to_pylist() == [cell]


@pytest.mark.shared_data
def test_prio_grid_cells_are_those_of_ucdp(shared_data: Path) -> None:
    path = shared_data / "ucdp" / "GEDEvent_v26_0_2.csv"
    rows = duckdb.sql(f"SELECT latitude, longitude, priogrid_gid FROM read_csv('{path}')").to_arrow_table()
    points = ibis.memtable(rows)
    agree = (incidents.priogrid(points.latitude, points.longitude) == points.priogrid_gid).cast("int64")
    assert rows.num_rows == 1_298
    assert agree.sum().to_pyarrow().as_py() == 1_298


@pytest.mark.shared_data
def test_a_ucdp_actor_id_stands_at_an_actor_of_that_name(project: Project, schema: Schema, shared_data: Path) -> None:
    candidate = shared_data / "ucdp" / "GEDEvent_v26_0_2.csv"
    named = dict(
        duckdb.sql(
            f"""
            SELECT side_a_new_id::BIGINT, side_a FROM read_csv('{candidate}', all_varchar = true)
            UNION SELECT side_b_new_id::BIGINT, side_b FROM read_csv('{candidate}', all_varchar = true)
            """
        ).fetchall()
    )
    actor_file = shared_data / "ucdp" / "ucdp-actor-221.csv"
    named |= dict(
        duckdb.sql(f"SELECT ActorId::BIGINT, NameData FROM read_csv('{actor_file}', all_varchar = true)").fetchall()
    )
    reference = load_reference(project, schema)[0]
    ours: dict[Any, set[str]] = {}
    for row in (*preferred_names(reference), *reference.names):
        if row["entity_type"] == "actor":
            ours.setdefault(row["entity_id"], set()).add(str(row["name"]).casefold())
    ids = [(actor, row["ucdp_actor_id"]) for actor, row in reference.actors.items() if row["ucdp_actor_id"]]
    assert len(ids) > 25
    assert [(actor, named.get(code)) for actor, code in ids if str(named.get(code)).casefold() not in ours[actor]] == []
    assert len({code for _, code in ids}) == len(ids)


def test_one_perpetrator_is_named_and_two_are_not() -> None:
    actors = pa.table(
        {
            "incident_id": ["i-1", "i-1", "i-2", "i-2", "i-3"],
            "actor_id": ["JNIM", "state_forces_mli", "JNIM", "ISSP", "civilians"],
            "role": ["perpetrator", "target", "perpetrator", "perpetrator", "target"],
            "basis": ["claimed", "attributed", "suspected", "suspected", "attributed"],
        }
    )
    found = incidents.perpetrators(ibis.memtable(actors)).to_pyarrow().to_pylist()
    assert found == [{"incident_id": "i-1", "perpetrator_id": "JNIM", "perpetrator_basis": "claimed"}]


def test_publishers_of_one_dispatch_are_one_and_a_dataset_is_none() -> None:
    used = pa.table(
        {"subject_type": ["incident"] * 6, "subject_id": ["i-1"] * 5 + ["i-2"], "report_id": list("abcdee")}
    )
    reports = pa.table(
        {
            "report_id": list("abcde"),
            "publisher": ["RFI", "Maliweb", "Le Monde", "Le Monde", "UCDP"],
            "agency": pa.array([None, "RFI", "AFP", None, None], pa.string()),
            "source_type": ["broadcaster", "website", "newspaper", "newspaper", "dataset"],
        }
    )
    found = incidents.report_counts(ibis.memtable(used), ibis.memtable(reports)).order_by("incident_id")
    assert found.to_pyarrow().to_pylist() == [
        {"incident_id": "i-1", "report_count": 5, "publisher_count": 3},
        {"incident_id": "i-2", "report_count": 1, "publisher_count": 0},
    ]


@pytest.mark.parametrize(
    ("given", "english", "french"),
    [
        (
            {},
            "Armed attack against the military, Kayes (Mali), 2025-07-01",
            "Attaque armée contre des militaires, Kayes (Mali), 2025-07-01",
        ),
        (
            {"event_type": "attack_on_civilians", "target_type": "civilians", "date_end": dt.date(2025, 7, 3)},
            "Attack on civilians, Kayes (Mali), 2025-07-01/2025-07-03",
            "Attaque contre des civils, Kayes (Mali), 2025-07-01/2025-07-03",
        ),
        (
            {"date_precision": "month", "date_end": dt.date(2025, 7, 31), "place_name": None, "target_type": "other"},
            "Armed attack, Mali, 2025-07",
            "Attaque armée, Mali, 2025-07",
        ),
        (
            {"place_id": "road", "place_name": "Road from Fada to Pama", "target_type": "other"},
            "Armed attack, Road from Fada to Pama (Mali), 2025-07-01",
            "Attaque armée, Route de Fada à Pama (Mali), 2025-07-01",
        ),
        (
            {"place_id": "parc_w", "place_name": "Parc W", "target_type": "other"},
            "Armed attack, W National Park (Mali), 2025-07-01",
            "Attaque armée, Parc W (Mali), 2025-07-01",
        ),
    ],
)
def test_labels_say_what_against_whom_where_and_when(schema: Schema, given: Row, english: str, french: str) -> None:
    row = {
        "incident_id": "i-1",
        "event_type": "armed_attack",
        "target_type": "military",
        "country_iso3": "MLI",
        "place_id": "kayes",
        "place_name": "Kayes",
        "date_start": dt.date(2025, 7, 1),
        "date_end": dt.date(2025, 7, 1),
        "date_precision": "day",
    } | given
    data = pa.Table.from_pylist([row], pa.schema([(name, _kind(value)) for name, value in row.items()]))
    codes = {name: _codes(schema, name) for name in ("event_type", "target_type", "country")}
    labelled = incidents.labels(ibis.memtable(data), codes, _table(schema, "names", NAMES)).to_pyarrow().to_pylist()
    assert [(row["label_en"], row["label_fr"]) for row in labelled] == [(english, french)]


def _kind(value: Any) -> pa.DataType:
    return pa.date32() if isinstance(value, dt.date) else pa.string()


def _codes(schema: Schema, name: str) -> ibis.Table:
    rows = [{key: value or None for key, value in row.items()} for row in schema.codelists[name].rows]
    return ibis.memtable(pa.Table.from_pylist(rows, pa.schema([(key, pa.string()) for key in rows[0]])))


def _table(schema: Schema, name: str, rows: list[Row]) -> ibis.Table:
    data = arrow_table(schema.tables[name], rows)
    return ibis.memtable(data.cast(pa.schema([field.with_nullable(True) for field in data.schema])))
