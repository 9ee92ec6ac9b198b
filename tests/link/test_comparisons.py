"""Each comparison: what agrees, what says nothing, what contradicts."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from pipeline.config import Project
from pipeline.engine import connect
from pipeline.link.declaration import Comparisons, load_comparisons
from pipeline.link.model import cluster_scored, load_model, score_records
from pipeline.link.pairs import splink_settings
from pipeline.schema import Schema
from tests.link.records import day, record, tables


@pytest.fixture(scope="module")
def declared(project: Project) -> Comparisons:
    return load_comparisons(project.schemas)


def levels(
    schema: Schema,
    declared: Comparisons,
    left: dict[str, Any],
    right: dict[str, Any],
    others: list[dict[str, Any]] | None = None,
    names: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The row of the pair of ``a:1`` and ``b:1``."""
    rows = [record("a:1", **left), record("b:1", **right), *(others or [])]
    backend = connect("duckdb")
    score_records(backend, tables(schema, rows, names), declared, splink_settings(declared), None)
    found = [row for row in backend.table("scored").to_pyarrow().to_pylist() if is_first_pair(row)]
    assert len(found) == 1, "the pair was not looked at, or twice"
    return dict(found[0])


def is_first_pair(row: dict[str, Any]) -> bool:
    return (row["record_id_left"], row["record_id_right"]) == ("a:1", "b:1")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({}, {}, "same_day"),
        ({"date_end": day(3)}, {"date_end": day(3)}, "same_span"),
        ({"date_end": day(3)}, {"date_end": day(2)}, "same_end"),
        ({"date_end": day(1)}, {"date_end": day(2)}, "same_end"),
        ({"date_end": day(4)}, {"date_start": day(2), "date_end": day(5)}, "overlap"),
        ({}, {"date_start": day(2), "date_end": day(2)}, "next_day"),
        ({"date_end": day(31)}, {"date_start": day(20), "date_end": day(20)}, "long_overlap"),
        ({}, {"date_start": day(4), "date_end": day(4)}, "few_days"),
        ({}, {"date_start": day(9), "date_end": day(9)}, "apart"),
    ],
)
def test_time(schema: Schema, declared: Comparisons, left: Any, right: Any, expected: str) -> None:
    assert levels(schema, declared, left, right)["time_level"] == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({}, {}, "same_point"),
        ({}, {"geo_precision": "near"}, "same_centre"),
        ({}, {"geo_precision": "admin1"}, "within_both"),  # a village on the centre of its region
        ({"geo_precision": "admin2"}, {"geo_precision": "admin1"}, "both_wide"),
        ({"geo_precision": "admin1"}, {"geo_precision": "admin1"}, "both_wide"),  # the one centre of a region
        ({"geo_precision": "country"}, {"geo_precision": "country"}, "both_wide"),
        ({"geo_precision": None}, {"geo_precision": None}, "both_wide"),
        ({"geo_precision": "admin2"}, {"latitude": 14.6, "geo_precision": "admin2"}, "touching"),  # 67 km
        ({}, {"latitude": 14.03}, "within_both"),  # 3.3 km
        ({}, {"latitude": 14.1, "geo_precision": "near"}, "within_one"),  # 11 km
        ({}, {"latitude": 14.25, "geo_precision": "near"}, "touching"),  # 28 km
        ({}, {"latitude": 14.3}, "apart"),
        ({}, {"latitude": 14.3, "geo_precision": None}, "within_one"),  # nobody knows how far that place reaches
        ({}, {"latitude": None, "longitude": None}, "missing"),
        ({"latitude": None, "longitude": None}, {"latitude": None, "longitude": None}, "missing"),
    ],
)
def test_distance_against_both_radii(
    schema: Schema, declared: Comparisons, left: Any, right: Any, expected: str
) -> None:
    assert levels(schema, declared, left, right)["distance_level"] == expected


def test_a_record_without_coordinates_has_those_of_its_place(schema: Schema, declared: Comparisons) -> None:
    placed = {"latitude": None, "longitude": None, "place_id": "mli_kayes"}
    assert levels(schema, declared, {}, placed)["distance_level"] == "within_both"  # that place reaches 40 km


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Kayes", "KAYES", "same"),
        ("Barsalogo / Barsalogho", "Barsalogho", "same"),
        ("Sandaré", "Sandare", "same"),
        ("Barsalogo", "Barsalogho", "similar"),
        ("Ville de Tillabéri", "Tillabéri ouest", "word"),
        ("Camp Alpha", "Camp Bravo", "other_name"),  # "camp" says nothing
        ("Kayes", None, "missing"),
        (None, None, "missing"),
        ("Titao", "Titao town", "same"),
        ("Ville de Titao", "Titao", "word"),  # only what stands at one end says what kind of place it is
        ("Gao", "Gao region", "other_name"),
        ("Town", "Village", "other_name"),
        ("أديس أبابا", "أديس أبابا", "same"),
    ],
)
def test_place_name(schema: Schema, declared: Comparisons, left: str, right: str, expected: str) -> None:
    found = levels(schema, declared, {"place_text": left}, {"place_text": right})
    assert found["place_name_level"] == expected


def test_a_place_goes_by_every_name_it_has(schema: Schema, declared: Comparisons) -> None:
    found = levels(
        schema,
        declared,
        {"place_text": "Binoli"},
        {"place_id": "mli_diboli", "place_text": None},
        names={"Diboli": "mli_diboli", "Binoli": "mli_diboli"},
    )
    assert found["place_name_level"] == "same"


def test_a_place_that_only_lends_its_point_lends_no_name(schema: Schema, declared: Comparisons) -> None:
    found = levels(
        schema,
        declared,
        {"place_text": "Déoutéguef", "place_id": "mli_ouatagouna"},
        {"place_text": "Ouatagouna"},
        names={"Ouatagouna": "mli_ouatagouna"},
    )
    assert found["place_name_level"] == "other_name"


@pytest.mark.parametrize(
    ("right", "expected"),
    [({"latitude": 14.1}, "different"), ({"latitude": None, "longitude": None}, "different_unplaced")],
)
def test_other_names_without_a_shared_point(
    schema: Schema, declared: Comparisons, right: dict[str, Any], expected: str
) -> None:
    assert levels(schema, declared, {}, {"place_text": "Segala", **right})["place_name_level"] == expected


GROUP, BRANCH, RIVAL, ARMY = (("group", None), ("branch", None), ("rival", None), ("army", None))
BLUE_HELMETS = ("blue_helmets", None)
NOBODY, VILLAGERS = ("nobody_knows", None), ("villagers", None)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([GROUP, ARMY], [ARMY, GROUP], "enemies"),  # the usual two
        ([GROUP, ARMY, RIVAL], [ARMY, GROUP], "enemies"),
        ([ARMY, BLUE_HELMETS], [ARMY, BLUE_HELMETS], "same_several"),
        ([ARMY, BLUE_HELMETS], [ARMY, BLUE_HELMETS, GROUP], "several"),
        ([ARMY], [ARMY], "same"),
        ([GROUP, ARMY], [GROUP], "some_same"),
        ([BRANCH], [GROUP], "kin"),
        ([("group", "a"), ("rival", "a")], [GROUP], "kin"),  # "the group and/or its rival"
        ([GROUP], [("branch", "a"), ("rival", "a")], "kin"),
        ([BRANCH], [("other_branch", None)], "same_type"),  # two branches of one group are two actors
        ([RIVAL], [GROUP], "same_type"),
        ([ARMY], [GROUP], "different"),
        ([GROUP], [NOBODY], "missing"),
        ([NOBODY], [NOBODY], "missing"),  # two unidentified attackers are not the same attacker
        ([VILLAGERS], [VILLAGERS], "missing"),
        ([], [], "missing"),
    ],
)
def test_actor(schema: Schema, declared: Comparisons, left: Any, right: Any, expected: str) -> None:
    assert levels(schema, declared, {"actors": left}, {"actors": right})["actor_level"] == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({}, {}, "shared"),
        ({}, {"event_type": "ied"}, "different"),
        ({}, {"event_type": None}, "missing"),
        ({"event_type": "other"}, {"event_type": "other"}, "missing"),  # not telling the tactic is no tactic
        (
            {"source_event_type": "1"},
            {"source_event_type": "1", "event_type": "ied"},
            "different",
        ),  # codes of two sources
    ],
)
def test_tactic(schema: Schema, declared: Comparisons, left: Any, right: Any, expected: str) -> None:
    assert levels(schema, declared, left, right)["tactic_level"] == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Arson; Shooting", "Shooting; Arson", "same_codes"),
        ("Arson", "Arson; Riot", "shared"),
        ("Arson", "Riot", "different"),
    ],
)
def test_tactic_in_the_codes_of_one_source(
    schema: Schema, declared: Comparisons, left: str, right: str, expected: str
) -> None:
    told = {"source": "one", "event_type": None}
    found = levels(schema, declared, told | {"source_event_type": left}, told | {"source_event_type": right})
    assert found["tactic_level"] == expected


@pytest.mark.parametrize(
    ("right", "expected"), [("military", "same"), ("civilians", "different"), ("other", "missing"), (None, "missing")]
)
def test_target(schema: Schema, declared: Comparisons, right: str | None, expected: str) -> None:
    assert levels(schema, declared, {}, {"target_type": right})["target_level"] == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((20, 20), (20, 22), "same_many"),
        ((3, 3), (3, 3), "same_few"),
        ((20, 30), (25, 35), "same_many"),
        ((2, 40), (20, 20), "close"),  # so wide a range agrees with much
        ((20, 20), (30, 30), "close"),
        ((0, 0), (0, 0), "none"),
        ((0, 0), (2, 2), "some_none"),
        ((5, 5), (49, 49), "different"),
        ((5, 5), (50, 50), "far"),
        ((5, 5), (500, 500), "far"),
        ((0, 0), (9, 9), "different"),
        ((0, 0), (10, 10), "far"),
        ((None, None), (7, 7), "missing"),
        ((None, None), (0, 0), "missing"),  # a count that nobody stated is not 0
        ((9, 4), (9, 9), "same_many"),  # bounds of real rows are not always in order
    ],
)
def test_killed(schema: Schema, declared: Comparisons, left: Any, right: Any, expected: str) -> None:
    sides = [dict(zip(("killed_low", "killed_high"), side, strict=True)) for side in (left, right)]
    assert levels(schema, declared, *sides)["killed_level"] == expected


def test_killed_from_claims_reaches_from_the_lowest_to_the_sum_of_the_highest(
    schema: Schema, declared: Comparisons
) -> None:
    claimed = {"killed_low": None, "killed_high": None, "killed_claims": [("soldiers", 29, 29), ("civilians", 12, 15)]}
    assert levels(schema, declared, claimed, {"killed_low": 41, "killed_high": 41})["killed_level"] == "close"
    assert levels(schema, declared, claimed, {"killed_low": 100, "killed_high": 100})["killed_level"] == "different"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((20, 20), (20, 20), "same_many"),
        ((2, 2), (3, 3), "close"),
        ((0, 0), (0, 0), "none"),
        ((0, 0), (5, 5), "different"),
        ((None, None), (5, 5), "missing"),
    ],
)
def test_injured(schema: Schema, declared: Comparisons, left: Any, right: Any, expected: str) -> None:
    assert levels(schema, declared, {"injured": left}, {"injured": right})["injured_level"] == expected


@pytest.mark.parametrize(("others", "expected"), [(0, "alone"), (1, "pair"), (3, "few"), (4, "many")])
def test_crowd_counts_the_events_one_source_tells_of_here_and_now(
    schema: Schema, declared: Comparisons, others: int, expected: str
) -> None:
    more = [record(f"b:{n}") for n in range(2, 2 + others)]
    assert levels(schema, declared, {}, {}, more)["crowd_level"] == expected


SILENT: dict[str, Any] = {
    "actors": [NOBODY],
    "event_type": "other",
    "target_type": None,
    "killed_low": None,
    "killed_high": None,
}
NEVER_ENOUGH = [
    {},
    {"target_type": "military"},
    {"actors": [ARMY]},
    {"actors": [ARMY], "target_type": "military"},
    {"actors": [GROUP], "target_type": "military", "killed_low": 0, "killed_high": 0},
    {"injured": (0, 0)},
    {"actors": [GROUP], "target_type": "military", "injured": (0, 0)},
]
"""What two records may say alike beside the same day, point and name without being linked by it."""


@pytest.mark.parametrize("alike", NEVER_ENOUGH)
@pytest.mark.parametrize("threshold", [0.0, 0.25])
def test_time_and_place_with_weak_agreement_never_link(
    project: Project, schema: Schema, declared: Comparisons, alike: dict[str, Any], threshold: float
) -> None:
    rows = [record(f"{source}:1", **(SILENT | alike)) for source in "abcd"]
    model = load_model(project.link_model, declared)
    certain = model.settings | {"probability_two_random_records_match": 0.999}
    backend = connect("duckdb")
    score_records(backend, tables(schema, rows), declared, certain, None)
    found = backend.table("scored").to_pyarrow().to_pylist()
    assert {(row["time_level"], row["distance_level"], row["place_name_level"]) for row in found} == {
        ("same_day", "same_point", "same")
    }
    assert min(row["match_probability"] for row in found) > 0.99
    assert cluster_scored(backend, declared, [], threshold) == []


@pytest.mark.parametrize(
    "alike",
    [
        {"killed_low": 7, "killed_high": 7},
        {"actors": [GROUP, ARMY]},
        {"event_type": "ambush", "actors": [GROUP]},
    ],
)
def test_what_few_events_share_links_at_the_same_time_and_place(
    project: Project, schema: Schema, declared: Comparisons, alike: dict[str, Any]
) -> None:
    rows = [record(f"{source}:1", **(SILENT | alike)) for source in "ab"]
    backend = connect("duckdb")
    score_records(backend, tables(schema, rows), declared, load_model(project.link_model, declared).settings, None)
    assert cluster_scored(backend, declared, [], 0.25) == [["a:1", "b:1"]]


ELSEWHERE = {"latitude": 14.18, "place_text": "Segala", "geo_precision": "near"}  # 20 km away
UNPLACED = {"latitude": None, "longitude": None, "killed_low": 12, "killed_high": 12}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"geo_precision": "near"}, ELSEWHERE),
        (
            {"geo_precision": "near", "killed_low": 5, "killed_high": 5},
            ELSEWHERE | {"killed_low": 40, "killed_high": 40},
        ),
        (UNPLACED, UNPLACED | {"place_text": "Gao"}),
    ],
)
def test_the_usual_two_enemies_do_not_link_two_villages(
    project: Project, schema: Schema, declared: Comparisons, left: dict[str, Any], right: dict[str, Any]
) -> None:
    silent = SILENT | {"actors": [GROUP, ARMY]}
    rows = [record("a:1", **(silent | left)), record("b:1", **(silent | right))]
    model = load_model(project.link_model, declared)
    backend = connect("duckdb")
    score_records(backend, tables(schema, rows), declared, model.settings, None)
    (pair,) = backend.table("scored").to_pyarrow().to_pylist()
    assert pair["actor_level"] == "enemies"
    assert pair["match_probability"] < declared.least_pair
    assert cluster_scored(backend, declared, [], model.threshold) == []


def weights(project: Project, declared: Comparisons) -> dict[str, dict[str, float]]:
    """The weight of each level of the frozen model, in bits."""
    settings = load_model(project.link_model, declared).settings
    return {
        comparison["output_column_name"]: {
            level["label_for_charts"]: math.log2(level["m_probability"] / level["u_probability"])
            for level in comparison["comparison_levels"]
            if not level.get("is_null_level")
        }
        for comparison in settings["comparisons"]
    }


def test_a_level_that_agrees_less_never_weighs_more(project: Project, declared: Comparisons) -> None:
    frozen = weights(project, declared)
    for comparison in declared.comparisons:
        ordered = [frozen[comparison.name][level.level_id] for level in comparison.levels if not level.is_neutral]
        assert all(after <= before + 1e-3 for before, after in itertools.pairwise(ordered)), comparison.name


def test_what_is_declared_of_a_level_holds(project: Project, declared: Comparisons) -> None:
    frozen = weights(project, declared)
    assert frozen["actor"]["kin"] >= 0, "to name a branch beside its parent is no worse than to name nobody"
    for comparison in declared.comparisons:
        for level in comparison.levels:
            weight = frozen[comparison.name][level.level_id]
            assert level.at_most is None or weight <= level.at_most + 0.001
            assert not level.is_neutral or weight == 0


def test_two_wide_places_with_one_centre_say_nothing_of_the_place(
    project: Project, schema: Schema, declared: Comparisons
) -> None:
    region = {"geo_precision": "admin1", "place_text": None}
    backend = connect("duckdb")
    rows = [record("a:1", **region), record("b:1", **region)]
    score_records(backend, tables(schema, rows), declared, load_model(project.link_model, declared).settings, None)
    (pair,) = backend.table("scored").to_pyarrow().to_pylist()
    assert (pair["distance_level"], pair["distance_weight"]) == ("both_wide", 0)
