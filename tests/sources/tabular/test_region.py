"""Which rows lie in the region, which unit a name means on a day, and on which side of a border a point lies."""

from __future__ import annotations

import datetime as dt

import ibis
import pyarrow as pa
import pytest

from pipeline.reference import Reference
from pipeline.schema import Schema
from pipeline.sources.tabular.borders import border_pieces, placed
from pipeline.sources.tabular.region import (
    BY_COORDINATES,
    INSIDE,
    OTHER_COUNTRY,
    OTHER_UNIT,
    folded_unit,
    placed_by_name,
    region_units,
    unit_spans,
)

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
    ],
)
def test_a_row_is_placed_by_what_it_names(
    schema: Schema, country: str, first: str | None, second: str | None, wanted: str
) -> None:
    assert placed_by_name(region_units(schema), country, first, second) == wanted


@pytest.mark.parametrize(
    ("written", "wanted"),
    [("Kuilsé region", "kuilse"), ("Extrême-Nord", "extreme nord"), ("N'Djamena", "n djamena"), ("Region", "region")],
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
