"""The shapes of the map, held to geography, and the wording of figures."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from pipeline.config import Project
from pipeline.figures.charts import CLAIMANTS, Drawing, circle, claims, middle, oriented
from pipeline.geography import distance_km, load_outlines
from pipeline.schema import load_schema


@pytest.mark.parametrize(("latitude", "radius"), [(12.37, 25.0), (17.0, 421.4), (5.3, 84.3)])
def test_every_corner_of_a_circle_lies_at_its_radius(latitude: float, radius: float) -> None:
    [ring] = circle(-1.52, latitude, radius)["coordinates"]
    assert ring[0] == ring[-1]
    for corner in ring:
        assert distance_km(latitude, -1.52, corner[1], corner[0]) == pytest.approx(radius, rel=0.02)
    assert turns_clockwise(ring)


def turns_clockwise(ring: list[list[float]]) -> bool:
    return sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairwise(ring)) > 0


@pytest.fixture
def countries(project: Project) -> list[dict[str, Any]]:
    raw = json.loads((project.reference / "countries.geojson").read_text(encoding="utf-8"))
    return list(raw["features"])


def test_outlines_are_turned_and_stay_where_they_are(countries: list[dict[str, Any]]) -> None:
    for country in countries:
        turned = oriented(country)
        rings = [polygon[0] for polygon in turned["geometry"]["coordinates"]]
        assert all(turns_clockwise(ring) for ring in rings)
        known = {(round(x, 2), round(y, 2)) for x, y in corners(country["geometry"]["coordinates"])}
        assert {tuple(point) for ring in rings for point in ring} <= known


def corners(nested: Any) -> list[list[float]]:
    if isinstance(nested[0], int | float):
        return [nested]
    return [corner for one in nested for corner in corners(one)]


def test_the_name_of_a_country_is_written_in_it(countries: list[dict[str, Any]], project: Project) -> None:
    outlines = load_outlines(project.reference / "countries.geojson")
    for country in countries:
        where = middle(oriented(country))
        assert outlines[country["properties"]["iso3"]].holds(where["latitude"], where["longitude"])


MARKS = ("exact", "range", "open_above", "open_below", "no_number")
WORDS = dict.fromkeys(("best", "sum", "unspecified", "key", *MARKS), "word")
WITHOUT_NUMBER = {"dozens": "dozens of them", "unknown": "some of them", "not_stated": "none given"}


def claim(low: int | None, high: int | None, qualifier: str, *, best_is_sum: bool = False) -> dict[str, Any]:
    return {
        "unit_id": "i-1",
        "unit_en": "Here",
        "unit_fr": "Ici",
        "best": 5,
        "best_is_sum": best_is_sum,
        "claimant_name": "army",
        "claimant_type": "state",
        "type_en": "State",
        "type_fr": "État",
        "population": "unspecified",
        "population_en": "Unspecified",
        "population_fr": "Non précisée",
        "low": low,
        "high": high,
        "qualifier": qualifier,
    }


def panels(language: str, row: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    return dict(claims(Drawing([row], words | WITHOUT_NUMBER, language, {})).to_dict())


def worded(language: str, low: int | None, high: int | None, qualifier: str) -> str:
    row = claim(low, high, qualifier)
    [said] = {*found(panels(language, row, WORDS), "said")} - {*WORDS.values(), row["type_en"], row["type_fr"]}
    return str(said)


def found(spec: Any, key: str) -> list[Any]:
    if isinstance(spec, dict):
        here = [spec[key]] if isinstance(spec.get(key), str) else []
        return here + [one for value in spec.values() for one in found(value, key)]
    return [one for value in spec for one in found(value, key)] if isinstance(spec, list) else []


@pytest.mark.parametrize(
    ("low", "high", "qualifier", "said"),
    [
        (12, 12, "exactly", "12"),
        (300, 300, "about", "≈ 300"),
        (400, 500, "exactly", "400–500"),
        (40, None, "at_least", "≥ 40"),
        (40, None, "more_than", "> 40"),
        (None, 600, "up_to", "≤ 600"),
        (1000, None, "at_least", "≥ 1,000"),
        (0, 0, "exactly", "0"),
        *((None, None, qualifier, said) for qualifier, said in WITHOUT_NUMBER.items()),
    ],
)
def test_a_figure_is_written_as_it_was_said(low: int | None, high: int | None, qualifier: str, said: str) -> None:
    assert worded("en", low, high, qualifier) == said
    assert worded("fr", low, high, qualifier) == said.replace(",", "\u202f")


@pytest.mark.parametrize(("value", "at", "inside"), [(None, 0, "white"), (7, 7, CLAIMANTS["state"])])
def test_a_claim_without_a_number_is_an_open_mark_and_others_are_not(value: int | None, at: int, inside: str) -> None:
    spec = panels("en", claim(value, value, "exactly" if value else "dozens"), WORDS)
    drawn = [row for rows in spec["datasets"].values() for row in rows if "from" in row]
    assert [(row["from"], row["inside"]) for row in drawn] == [(at, inside)]


def test_a_decided_figure_that_is_a_sum_says_so() -> None:
    words = WORDS | {"best": "decided", "sum": "a sum"}
    for is_sum, said in ((True, "decided: 5 (a sum)"), (False, "decided: 5")):
        panel = panels("en", claim(3, 3, "exactly", best_is_sum=is_sum), words)["vconcat"][1]
        assert panel["title"]["subtitle"] == [said]


def test_every_type_of_claimant_has_a_colour_of_its_own(project: Project) -> None:
    codes = load_schema(project.schemas).codelists["claimant_type"].codes
    assert set(CLAIMANTS) == set(codes)
    assert len(set(CLAIMANTS.values())) == len(codes)
