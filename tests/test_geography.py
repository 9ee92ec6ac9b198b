"""Distances, and inside or outside, against values that were worked out elsewhere."""

from __future__ import annotations

import math

import pytest

from pipeline.config import Project
from pipeline.geography import EARTH_RADIUS_KM, Outline, distance_km, load_outlines
from pipeline.reference import LOCATED, load_reference
from pipeline.schema import Schema

DEGREE_KM = 111.195
"""One degree of a great circle on a sphere with the mean radius of the Earth, 6371.0088 km x pi / 180 (IUGG)."""
SQUARE = [(0.0, 10.0), (2.0, 10.0), (2.0, 12.0), (0.0, 12.0), (0.0, 10.0)]
HOLE = [(0.8, 10.8), (1.2, 10.8), (1.2, 11.2), (0.8, 11.2), (0.8, 10.8)]
"""About 44 km wide, so that its middle is more than 5 km from its border."""
ISLAND = [(5.0, 10.0), (5.5, 10.0), (5.5, 10.5), (5.0, 10.5), (5.0, 10.0)]
LAND = Outline("XXX", (SQUARE, HOLE, ISLAND))


@pytest.mark.parametrize(
    ("start", "end", "km"),
    [
        ((0, 0), (0, 0), 0),
        ((14, 5), (15, 5), DEGREE_KM),
        ((0, 5), (0, 6), DEGREE_KM),
        ((0, 179.5), (0, -179.5), DEGREE_KM),
        ((60, 5), (60, 6), 55.597),  # a degree of longitude at 60 degrees north, 2 R asin(cos 60 sin 0.5)
        ((90, 0), (-90, 0), 180 * DEGREE_KM),
        # Nashville to Los Angeles, 2887.26 km with R = 6372.8 km (Rosetta Code, Haversine formula), scaled to our R
        ((36.12, -86.67), (33.94, -118.40), 2887.2599506 * EARTH_RADIUS_KM / 6372.8),
    ],
)
def test_a_distance_is_that_of_the_great_circle(
    start: tuple[float, float], end: tuple[float, float], km: float
) -> None:
    assert math.isclose(distance_km(*start, *end), km, rel_tol=1e-5, abs_tol=1e-9)
    assert math.isclose(distance_km(*end, *start), km, rel_tol=1e-5, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [
        (10.5, 0.5, True),
        (11.0, 1.5, True),
        (11.0, 1.0, False),  # in the hole
        (11.0, 0.5, True),  # the ray to the east crosses the hole
        (10.25, 5.25, True),  # on the island
        (10.25, 4.0, False),  # between square and island
        (9.0, 1.0, False),
        (13.0, 1.0, False),
        (11.0, -1.0, False),
        (10.0, 1.0, True),  # on the border
        (12.0, 2.0, True),  # on a corner
        (12.0, 3.0, False),  # level with an edge
    ],
)
def test_a_point_is_inside_or_not(latitude: float, longitude: float, inside: bool) -> None:
    assert LAND.holds(latitude, longitude) is inside


@pytest.mark.parametrize(("km", "inside"), [(0.1, True), (4.9, True), (5.1, False), (50, False)])
def test_5_km_are_forgiven_at_every_side_of_the_border(km: float, inside: bool) -> None:
    north = km / DEGREE_KM
    east = north / math.cos(math.radians(11))
    assert LAND.holds(12 + north, 1) is inside
    assert LAND.holds(10 - north, 1) is inside
    assert LAND.holds(11, 2 + east) is inside
    assert LAND.holds(11, 0 - east) is inside


def test_5_km_are_forgiven_inside_a_hole() -> None:
    assert LAND.holds(10.8 + 4.9 / DEGREE_KM, 1.0)
    assert not LAND.holds(10.8 + 5.1 / DEGREE_KM, 1.0)


def test_the_tolerance_at_a_corner_is_round() -> None:
    east = 1 / math.cos(math.radians(12))
    assert LAND.holds(12 + 3.4 / DEGREE_KM, 2 + 3.4 * east / DEGREE_KM)  # 4.8 km
    assert not LAND.holds(12 + 3.7 / DEGREE_KM, 2 + 3.7 * east / DEGREE_KM)  # 5.2 km


def test_every_country_has_an_outline(project: Project, schema: Schema) -> None:
    outlines = load_outlines(project.reference / "countries.geojson")
    assert set(outlines) >= set(schema.codelists["country"].codes)


def test_every_located_place_lies_inside_its_country(project: Project, schema: Schema) -> None:
    reference, _ = load_reference(project, schema)
    located = [row for row in reference.places.values() if row["match_state"] in LOCATED]
    assert len(located) > 50
    for row in located:
        outline = reference.outlines[str(row["country_iso3"])]
        assert outline.holds(float(str(row["latitude"])), float(str(row["longitude"]))), row["place_id"]


def test_a_city_lies_in_one_country_only(project: Project) -> None:
    outlines = load_outlines(project.reference / "countries.geojson")
    for iso3, latitude, longitude in (
        ("MLI", 16.77348, -3.00742),
        ("BFA", 12.36566, -1.53388),
        ("NER", 16.97333, 7.99111),
    ):
        assert [name for name, outline in outlines.items() if outline.holds(latitude, longitude)] == [iso3]
