"""Which rows lie in the region, which unit a name means on a day, and on which side of a border a point lies."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from pipeline.config import Project
from pipeline.reference import Reference
from pipeline.schema import Schema
from pipeline.sources.tabular.borders import border_pieces, placed
from pipeline.sources.tabular.place import unit_places
from pipeline.sources.tabular.region import (
    BY_COORDINATES,
    INSIDE,
    OTHER_COUNTRY,
    OTHER_UNIT,
    folded_unit,
    other_units,
    placed_by_name,
    placed_points,
    region_units,
    unit_spans,
)
from tests.sources.tabular.rows import Reader, as_csv, columns, ged

WHOLE = ("MLI", "BFA", "NER", "TCD", "MRT")
PARTS = {
    "NGA": ["Sokoto", "Kebbi", "Zamfara", "Katsina", "Jigawa", "Yobe", "Borno", "Adamawa", "Niger", "Kwara"],
    "CMR": ["Far North"],
    "BEN": ["Alibori", "Atacora", "Borgou"],
    "TGO": ["Savanes"],
    "GHA": ["Upper East", "Upper West", "North East"],
    "CIV": ["Bounkani", "Tchologo"],
    "SEN": ["Tambacounda", "Kédougou"],
}


def test_the_region_is_the_one_that_was_decided(schema: Schema) -> None:
    rows = schema.codelists["region"].rows
    assert {row["country_iso3"] for row in rows if row["level"] == "country"} == set(WHOLE)
    listed = {country: [r["label_en"] for r in rows if r["country_iso3"] == country] for country in PARTS}
    assert listed == PARTS


@pytest.mark.parametrize(
    ("country", "first", "second", "wanted"),
    [
        ("MLI", None, None, INSIDE),
        ("MLI", "Nowhere", None, INSIDE),
        ("NGA", "Niger state", None, INSIDE),
        ("NGA", "Borno State", "Gwoza lga", INSIDE),
        ("NGA", "Plateau state", None, OTHER_UNIT),
        ("NGA", None, "Gwoza", BY_COORDINATES),
        ("CMR", "Far North region", None, INSIDE),
        ("CMR", "Extrême-Nord", None, INSIDE),
        ("CMR", "North region", None, OTHER_UNIT),
        ("BEN", "Atakora department", None, INSIDE),
        ("GHA", "Upper East region", None, INSIDE),
        ("GHA", "Oti region", None, OTHER_UNIT),
        ("CIV", "Zanzan district", "Bounkani region", INSIDE),
        ("CIV", "Bounkani region", None, INSIDE),
        ("CIV", "Zanzan district", "Gontougo region", OTHER_UNIT),
        ("CIV", "Savanes district", None, BY_COORDINATES),
        ("SEN", "Kedougou region", None, INSIDE),
        ("SEN", "Dakar region", None, OTHER_UNIT),
        ("FRA", "Niger", None, OTHER_COUNTRY),
        ("GHA", "Nord-Est", None, INSIDE),
        ("GHA", "Brong-Ahafo", None, OTHER_UNIT),
        ("CMR", "North-West region", None, OTHER_UNIT),
        ("CMR", "Nord-Ouest", None, OTHER_UNIT),
        ("CIV", "Gontougo region", None, OTHER_UNIT),
        # names that are not known leave nothing out
        ("NGA", "Katsena state", None, BY_COORDINATES),
        ("NGA", "Unknown", "Unknown", BY_COORDINATES),
        ("NGA", "-", None, BY_COORDINATES),
        ("GHA", "Savanna", None, BY_COORDINATES),
        ("CIV", "Zanzan district", "Unknown", BY_COORDINATES),
    ],
)
def test_a_row_is_placed_by_what_it_names(
    schema: Schema, reference: Reference, country: str, first: str | None, second: str | None, wanted: str
) -> None:
    units = region_units(schema)
    assert placed_by_name(units, other_units(reference, units), country, first, second) == wanted


@pytest.mark.parametrize(
    ("name", "point", "outcome"),
    [
        ("Katsena state", (13.0, 7.6), ("released", "in_scope")),  # the town of Katsina
        ("Katsena state", (6.45, 3.4), ("outside", "region.no_unit")),  # Lagos
        ("Lagos state", (13.0, 7.6), ("outside", "region.other_unit")),
    ],
)
def test_a_row_that_names_an_unknown_unit_is_placed_by_its_point_and_carries_a_flag(
    read: Reader, project: Project, name: str, point: tuple[float, float], outcome: tuple[str, str]
) -> None:
    changes = {"country": "Nigeria", "adm_1": name, "latitude": str(point[0]), "longitude": str(point[1])}
    found = read("ucdp_candidate", as_csv(columns(project, "ucdp_candidate"), ged(changes)))
    assert found.outcomes == {outcome: 1}
    flags = ["tabular.unknown_unit" in row["flags"].split("; ") for row in found.rows("records")]
    assert flags == ([True] if outcome[0] == "released" else [])


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("Kuilsé region", "kuilse"),
        ("Extrême-Nord", "extreme north"),
        ("N'Djamena", "n djamena"),
        ("Region", "region"),
        ("-", ""),
    ],
)
def test_names_are_compared_without_accents_and_kinds(written: str, wanted: str) -> None:
    assert folded_unit(written) == wanted


@pytest.mark.parametrize(
    ("country", "name", "day", "divisions", "wanted"),
    [
        ("BFA", "Yaadga region", "2026-02-01", {}, ("BF-yaadga", 2025)),
        ("BFA", "Nord region", "2020-02-01", {}, ("BF-10", 2001)),
        ("BFA", "Nord region", "2026-02-01", {}, ("BF-10", 2001)),  # an old name after the reform keeps its vintage
        ("BFA", "Yaadga region", "2020-02-01", {}, ("BF-yaadga", 2025)),  # and a new one before it
        ("MLI", "Mopti region", "2026-02-01", {}, ("ML-5", 2023)),
        ("MLI", "Mopti region", "2026-02-01", {"MLI": 2016}, ("ML-5", 2016)),
        ("MLI", "Mopti region", "2014-02-01", {"MLI": 2016}, ("ML-5", 1991)),
        ("CMR", "Far North region", "2026-02-01", {}, ("CM-EN", 2008)),
        ("SEN", "Kedougou region", "2026-02-01", {}, ("SN-KE", 2008)),
        ("SEN", "Tambacounda", "2026-02-01", {}, ("SN-TC", 2008)),
        ("CIV", "Zanzan district", "2026-02-01", {}, ("CI-ZZ", 2011)),
        ("CIV", "Bounkani region", "2026-02-01", {}, ("CI-ZZ", 2011)),  # the unit of the first level that it lies in
        ("CIV", "Tchologo", "2026-02-01", {}, ("CI-SV", 2011)),
        ("MLI", "Atlantis", "2026-02-01", {}, None),
    ],
)
def test_a_name_means_a_unit_of_a_vintage(
    schema: Schema,
    reference: Reference,
    country: str,
    name: str,
    day: str,
    divisions: dict[str, int],
    wanted: tuple[str, int] | None,
) -> None:
    spans = list(unit_spans(reference, region_units(schema), divisions, [(country, name)]))
    found = [span for span in spans if span.first_day <= dt.date.fromisoformat(day) <= span.last_day]
    assert [(span.admin1_code, span.admin_vintage) for span in found] == ([wanted] if wanted else [])


def test_points_are_held_against_outlines_as_one_by_one(reference: Reference) -> None:
    grid = [
        (country, latitude / 2, longitude / 2)
        for country in ("MLI", "NGA", "TGO")
        for latitude in range(8, 52, 3)
        for longitude in range(-26, 32, 3)
    ]
    columns = zip(*grid, strict=True)
    kinds = (pa.string(), pa.float64(), pa.float64())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    points = ibis.memtable(pa.table(arrays, ["country_iso3", "latitude", "longitude"]))
    found = placed(points, ibis.memtable(border_pieces(reference.outlines))).to_pyarrow().to_pylist()
    assert len(found) == len(grid)
    for row in found:
        outline = reference.outlines[row["country_iso3"]]
        inside = outline.holds(row["latitude"], row["longitude"])
        turned = outline.holds(row["longitude"], row["latitude"])
        assert (row["is_abroad"], row["is_exchanged"]) == (not inside, not inside and turned), row


TOWNS = [
    ("NGA", 11.85, 13.16, True),  # Maiduguri, Borno
    ("NGA", 13.06, 5.24, True),  # Sokoto
    ("NGA", 6.45, 3.4, False),  # Lagos
    ("NGA", 12.0, 8.52, False),  # Kano
    ("CMR", 10.59, 14.32, True),  # Maroua, Far North
    ("CMR", 9.3, 13.4, False),  # Garoua, North
    ("BEN", 11.13, 2.94, True),  # Kandi, Alibori
    ("BEN", 10.3, 1.38, True),  # Natitingou, Atacora
    ("TGO", 10.86, 0.21, True),  # Dapaong, Savanes
    ("TGO", 9.55, 1.19, False),  # Kara
    ("GHA", 10.79, -0.85, True),  # Bolgatanga, Upper East
    ("GHA", 10.06, -2.5, True),  # Wa, Upper West
    ("GHA", 9.4, -0.84, False),  # Tamale, Northern
    ("CIV", 9.27, -3.0, True),  # Bouna, Bounkani
    ("CIV", 9.59, -5.2, True),  # Ferkessédougou, Tchologo
    ("CIV", 9.46, -5.63, False),  # Korhogo, Poro
    ("SEN", 13.77, -13.67, True),  # Tambacounda
    ("SEN", 12.56, -12.18, True),  # Kédougou
    ("SEN", 14.69, -17.45, False),  # Dakar
]


def test_points_are_placed_in_every_country_that_lies_in_the_region_in_part(
    schema: Schema, reference: Reference
) -> None:
    columns = list(zip(*TOWNS, strict=True))
    points = ibis.memtable(pa.table({"country_iso3": columns[0], "latitude": columns[1], "longitude": columns[2]}))
    found = placed_points(points, ibis.memtable(unit_places(reference)), region_units(schema)).to_pyarrow().to_pylist()
    inside = {(row["country_iso3"], row["latitude"]) for row in found if row["is_inside"]}
    assert inside == {(country, y) for country, y, _, is_inside in TOWNS if is_inside}


def test_a_point_between_two_units_cannot_be_placed(schema: Schema) -> None:
    places = ibis.memtable(
        pa.table(
            {
                "country_iso3": ["TGO", "TGO"],
                "admin1_code": ["TG-S", "TG-K"],
                "admin2_name": pa.array([None, None], pa.string()),
                "latitude": [10.2, 10.0],
                "longitude": [0.5, 0.5],
            }
        )
    )
    points = ibis.memtable(
        pa.table(
            {
                "country_iso3": ["TGO"] * 4,
                "latitude": [10.1, 10.18, 10.02, 10.9],
                "longitude": [0.5] * 4,
            }
        )
    )
    found = placed_points(points, places, region_units(schema)).to_pyarrow().to_pylist()
    assert {row["latitude"]: row["is_inside"] for row in found} == {10.18: True, 10.02: False}


def test_every_unit_of_a_country_in_part_has_points_in_its_country(schema: Schema, reference: Reference) -> None:
    rows = unit_places(reference).to_pylist()
    for unit in region_units(schema):
        if unit.level != "country":
            its = [r for r in rows if r["admin1_code"] == unit.admin1_code]
            assert any(unit.level == "admin1" or r["admin2_name"] == unit.admin2_name for r in its), unit.code
    known = {str(row["admin1_code"]): row["country_iso3"] for row in reference.admin_units}
    for row in reference.unit_points:
        assert known[str(row["admin1_code"])] == row["country_iso3"]
        assert reference.outlines[str(row["country_iso3"])].holds(
            float(str(row["latitude"])), float(str(row["longitude"]))
        )


@pytest.mark.shared_data
def test_coordinates_and_names_agree_on_real_rows(schema: Schema, reference: Reference, shared_data: Path) -> None:
    codes = {"Nigeria": "NGA", "Cameroon": "CMR", "Benin": "BEN", "Togo": "TGO", "Ghana": "GHA", "Ivory Coast": "CIV"}
    with (shared_data / "ucdp" / "GEDEvent_v26_0_2.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["country"] in codes and int(row["where_prec"]) <= 2]
    units = region_units(schema)
    others = other_units(reference, units)
    named: dict[tuple[str, float, float], bool] = {}
    for row in rows:
        country = codes[row["country"]]
        said = placed_by_name(units, others, country, row["adm_1"], row["adm_2"])
        if said in (INSIDE, OTHER_UNIT):
            named[country, float(row["latitude"]), float(row["longitude"])] = said == INSIDE
    columns = list(zip(*named, strict=True))
    points = ibis.memtable(pa.table({"country_iso3": columns[0], "latitude": columns[1], "longitude": columns[2]}))
    found = placed_points(points, ibis.memtable(unit_places(reference)), units).to_pyarrow().to_pylist()
    agree = [named[row["country_iso3"], row["latitude"], row["longitude"]] == row["is_inside"] for row in found]
    assert len(named) >= 40
    inside = [row for row in found if row["is_inside"]]
    assert len(inside) > 15
    assert sum(agree) >= 0.95 * len(agree)
