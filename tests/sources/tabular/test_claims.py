"""The counts of a dataset as its claims: the sides by their actors' types, civilians, and what is left in the total."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    assert said == {population: 2, "unspecified": 4}  # three of no named side, one unknown


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


def test_a_side_s_zero_is_no_claim_and_the_civilians_zero_is_one_where_the_status_of_all_is_known(
    read: Reader, project: Project
) -> None:
    one_sided = {
        "type_of_violence": "3",
        "side_b_new_id": "1",
        "side_b": "Civilians",
        "deaths_a": "0",
        "deaths_b": "0",
        "deaths_civilians": "6",
        "deaths_unknown": "0",
    }
    all_known = {"deaths_a": "", "deaths_unknown": "0", "best": "3"}
    of_unknown_status = {"deaths_a": "", "deaths_unknown": "1", "best": "4"}
    names = columns(project, "ucdp_candidate")
    found = read("ucdp_candidate", as_csv(names, ged(one_sided, all_known, of_unknown_status)))
    said = {
        (row["record_id"][-1], row["population"]): row["value_best"] for row in found.rows("claims") if is_part(row)
    }
    assert said == {
        ("1", "civilians"): 6,
        ("2", "militants"): 3,
        ("2", "civilians"): 0,
        ("3", "militants"): 3,
        ("3", "unspecified"): 1,
    }
    assert {row["actor_id"]: row["role"] for row in found.rows("incident_actors") if row["role"] != "party"} == {
        "state_forces_mli": "perpetrator",
        "civilians": "target",
    }


def is_part(row: Mapping[str, Any]) -> bool:
    return row["included_in_claim_id"] is not None


def counted(total: tuple[int, int, int] | None, civilians: int, unknown: int, soldiers: int = 0) -> dict[str, str]:
    """A row with these dead; ``total`` is low, best and high."""
    dead = {"deaths_a": soldiers, "deaths_b": 0, "deaths_civilians": civilians, "deaths_unknown": unknown}
    bounds = dict(zip(("low", "best", "high"), total or ("", "", ""), strict=True))
    return {name: str(value) for name, value in {**dead, **bounds}.items()}


FOLLOWING = [
    (counted((6, 6, 6), 6, 0), (6, 6, 6)),
    (counted((5, 6, 8), 6, 0), (5, 6, 8)),
    (counted((0, 6, 8), 2, 0, soldiers=4), (0, 2, 4)),  # all that are too many may be civilians
    (counted((6, 6, 8), 2, 3, soldiers=1), (2, 2, 7)),  # and so may those of unknown status, and all that are too few
    (counted((9, 6, 8), 6, 0), (6, 6, 9)),  # out of order: the total lies between the lowest and the highest
    (counted((5, 5, 5), 6, 0), (5, 6, 6)),  # more civilians than dead: no bound is beyond the total's
    (counted((100000, 100000, 100000), 100000, 100000), (100000, 100000, 100000)),
    (counted(None, 6, 0), (None, 6, None)),  # no total, so nothing follows
]


@pytest.mark.parametrize(("row", "wanted"), FOLLOWING)
def test_the_bounds_of_a_part_are_those_that_follow_from_the_total(
    read: Reader, project: Project, row: dict[str, str], wanted: tuple[int, int, int]
) -> None:
    found = read("ucdp_candidate", as_csv(columns(project, "ucdp_candidate"), ged(row)))
    [civilians] = [row for row in found.rows("claims") if row["population"] == "civilians"]
    assert (civilians["value_low"], civilians["value_best"], civilians["value_high"]) == wanted


def test_dead_of_no_stated_population_are_not_added_to_their_own_bound(read: Reader, project: Project) -> None:
    found = read("ucdp_candidate", as_csv(columns(project, "ucdp_candidate"), ged(counted((4, 6, 8), 3, 3))))
    [unknown] = [row for row in found.rows("claims") if row["population"] == "unspecified" and is_part(row)]
    assert (unknown["value_low"], unknown["value_best"], unknown["value_high"]) == (1, 3, 5)
