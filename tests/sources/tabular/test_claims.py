"""The counts of a dataset as its claims: the sides by their actors' types, civilians, and what is left in the total."""

from __future__ import annotations

import pytest

from pipeline.config import Project
from tests.sources.tabular.rows import Reader, as_csv, columns, ged

SIDES = [
    ("72", "Government of Mali", "security_forces"),
    ("75", "Government of Niger", "foreign_troops"),  # state forces of another country
    ("33", "Government of France", "foreign_troops"),
    ("6716", "JNIM", "militants"),
    ("7092", "Dan na Ambassagou", "militia"),
]


@pytest.mark.parametrize(("number", "name", "population"), SIDES)
def test_the_dead_of_a_side_are_those_of_its_actor_s_type(
    read: Reader, project: Project, number: str, name: str, population: str
) -> None:
    side = {"side_a_new_id": number, "side_a": name, "side_b_new_id": "3714", "side_b": "XXX475"}
    found = read("ucdp_candidate", as_csv(columns(project, "ucdp_candidate"), ged(side)))
    said = {row["population"]: row["value_best"] for row in found.rows("claims") if row["included_in_claim_id"]}
    assert said == {population: 2, "civilians": 0, "unspecified": 4}  # three of no named side, one unknown


def test_two_sides_of_one_population_are_one_claim(read: Reader, project: Project) -> None:
    fight = {"side_a_new_id": "234", "side_a": "IS", "deaths_civilians": "2", "best": "8"}
    found = read("ucdp_candidate", as_csv(columns(project, "ucdp_candidate"), ged(fight)))
    claims = {(row["population"], row["included_in_claim_id"] is None): row for row in found.rows("claims")}
    assert {key: row["value_best"] for key, row in claims.items()} == {
        ("militants", False): 5,
        ("civilians", False): 2,
        ("unspecified", False): 1,
        ("unspecified", True): 8,
    }
    total = claims["unspecified", True]
    assert (total["value_low"], total["value_high"], total["claimant_type"]) == (5, 8, "dataset")
    assert total["sequence"] > max(row["sequence"] for key, row in claims.items() if not key[1])


def test_a_side_s_zero_is_no_claim_and_the_civilians_zero_is_one(read: Reader, project: Project) -> None:
    one_sided = {
        "type_of_violence": "3",
        "side_b_new_id": "1",
        "side_b": "Civilians",
        "deaths_a": "0",
        "deaths_b": "0",
        "deaths_civilians": "6",
        "deaths_unknown": "0",
    }
    names = columns(project, "ucdp_candidate")
    found = read("ucdp_candidate", as_csv(names, ged(one_sided, {"best": "", "low": "", "high": "", "deaths_a": ""})))
    said = {(row["record_id"][-1], row["population"]): row["value_best"] for row in found.rows("claims")}
    assert said == {
        ("1", "civilians"): 6,
        ("1", "unspecified"): 6,
        ("2", "militants"): 3,
        ("2", "civilians"): 0,
        ("2", "unspecified"): 1,
    }
    assert {row["actor_id"]: row["role"] for row in found.rows("incident_actors") if row["role"] != "party"} == {
        "state_forces_mli": "perpetrator",
        "civilians": "target",
    }
