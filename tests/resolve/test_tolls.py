"""What a toll is: the rules of `most_carried`, one by one, on cases small enough to work out by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline.schema import Schema
from tests.resolve.claims import claim, decided, killed


def test_a_stated_total_is_the_toll(schema: Schema) -> None:
    said = [claim("army", "unspecified", 41, 41)]
    row = decided(schema, said)["i-000001", "killed", "all"]
    assert (row["low"], row["best"], row["high"]) == (41, 41, 41)
    assert row["toll_status"] == "single"
    assert not row["toll_is_partial"]
    assert row["claim_count"] == 1


def test_groups_that_one_claimant_names_in_one_report_add_up_to_a_partial_total(schema: Schema) -> None:
    said = [claim("army", "soldiers", 5, 5, report="r-1"), claim("army", "militants", 20, 20, report="r-1")]
    rows = decided(schema, said)
    assert rows["i-000001", "killed", "all"]["best"] == 25
    assert rows["i-000001", "killed", "all"]["toll_is_partial"]
    assert rows["i-000001", "killed", "security_forces"]["best"] == 5
    assert rows["i-000001", "killed", "militants"]["best"] == 20


def test_groups_in_different_reports_are_not_added(schema: Schema) -> None:
    said = [claim("army", "soldiers", 5, 5), claim("army", "militants", 20, 20)]
    assert killed(schema, said) == (20, 20, 20)


def test_a_stated_total_is_not_added_to_its_groups(schema: Schema) -> None:
    said = [claim("mayor", "unspecified", 30, 30, report="r-1"), claim("mayor", "civilians", 27, 27, report="r-1")]
    assert killed(schema, said) == (30, 30, 30)
    assert killed(schema, said, "civilians") == (27, 27, 27)


def test_populations_of_one_group_add_up(schema: Schema) -> None:
    said = [claim("army", "soldiers", 5, 5, report="r-1"), claim("army", "police", 3, 3, report="r-1")]
    assert killed(schema, said, "security_forces") == (8, 8, 8)


def test_a_figure_contained_in_another_is_not_added_again(schema: Schema) -> None:
    said = [
        claim("UN", "civilians", 12, 12, report="r-1", id="c-whole"),
        claim("UN", "aid_workers", 3, 3, report="r-1", included_in="c-whole"),
    ]
    assert killed(schema, said) == (12, 12, 12)
    assert killed(schema, said, "civilians") == (12, 12, 12)


def test_a_group_contained_in_a_total_still_has_its_own_toll(schema: Schema) -> None:
    said = [
        claim("UN", "unspecified", 22, 22, report="r-1", id="c-whole"),
        claim("UN", "civilians", 19, 19, report="r-1", included_in="c-whole"),
        claim("UN", "militants", 3, 3, report="r-1", included_in="c-whole"),
    ]
    assert killed(schema, said) == (22, 22, 22)
    assert killed(schema, said, "civilians") == (19, 19, 19)


def test_figures_of_different_claimants_are_never_added(schema: Schema) -> None:
    said = [claim("army", "soldiers", 5, 5, report="r-1"), claim("JNIM", "militants", 7, 7, report="r-1")]
    assert killed(schema, said) == (5, 7, 7)


def test_a_dataset_has_no_voice_of_its_own_beside_the_press_and_decides_alone(schema: Schema) -> None:
    dataset = claim("UCDP", "unspecified", 52, 82, best=52, source_type="dataset", sequence=1)
    press = claim("sources cited by RFI", "unspecified", 60, 70, sequence=2)
    assert killed(schema, [press, dataset]) == (52, 60, 82)
    assert killed(schema, [dataset]) == (52, 52, 82)
    same = [dataset, claim("army", "unspecified", 52, 52), claim("JNIM", "unspecified", 60, 60)]
    assert killed(schema, same)[1] == 60, "one voice each: the later; the dataset's repeats none"


def test_rows_of_one_dataset_in_one_incident_are_added(schema: Schema) -> None:
    """Titao, 2026: UCDP has the soldiers and the civilians of one attack in two rows, which a curator joined."""
    rows = [
        claim("UCDP", of, dead, dead, record=record, source_type="dataset", report="r-1", sequence=at, **more)
        for at, (record, of, dead, more) in enumerate(
            (
                ("ucdp:1", "security_forces", 74, {"included_in": "c-000002"}),
                ("ucdp:1", "unspecified", 74, {}),
                ("ucdp:2", "civilians", 12, {"included_in": "c-000004"}),
                ("ucdp:2", "unspecified", 12, {}),
            )
        )
    ]
    assert killed(schema, rows) == (86, 86, 86)
    assert killed(schema, rows, "civilians") == (12, 12, 12)
    twice = [claim("army", "unspecified", dead, dead, record=f"curated:{dead}", report="r-1") for dead in (5, 7)]
    assert killed(schema, twice) == (7, 7, 7)


def test_other_rules_take_the_whole_figure_of_one_claimant(schema: Schema) -> None:
    said = [
        claim("army", "unspecified", 100, 133),
        claim("JNIM", "unspecified", 300, None),
        claim("UN", "unspecified", 200, 200, carried_by=["A", "B"]),
        claim("villagers", "civilians", 400, 400),
    ]
    assert killed(schema, said, rule="minimum") == (100, 100, 133)
    assert killed(schema, said, rule="maximum") == (400, 400, 400)
    assert killed(schema, said, "civilians", rule="minimum") == (400, 400, 400)
    assert decided(schema, said, "minimum")["i-000001", "killed", "all"]["toll_rule"] == "minimum"
    groups = [claim("army", "soldiers", 5, 5), claim("JNIM", "soldiers", 9, 9)]
    assert killed(schema, groups, rule="minimum") == (5, 5, 5)


def test_the_lowest_total_stays_below_a_group_and_the_highest_is_raised_to_it(schema: Schema) -> None:
    said = [
        claim("UN", "unspecified", 11, 11),
        claim("army", "militants", 50, 60),
        claim("villagers", "civilians", 4, 4),
    ]
    assert killed(schema, said, rule="minimum") == (11, 11, 11)
    assert killed(schema, said, "militants", rule="minimum") == (50, 50, 60)
    stated = [claim("army", of, dead, dead, report="r-1") for of, dead in (("militants", 3), ("civilians", 7))]
    stated.append(claim("villagers", "unspecified", 10, 10))
    row = decided(schema, stated, "maximum")["i-000001", "killed", "all"]
    assert (row["best"], row["toll_is_partial"]) == (10, False), "as high as the army's sum, but stated"
    own = [claim("army", "unspecified", 3, 3), claim("army", "militants", 10, 10)]
    assert [killed(schema, own, rule=rule)[1] for rule in ("minimum", "maximum")] == [3, 10]


def test_a_later_figure_replaces_the_earlier_one(schema: Schema) -> None:
    said = [claim("army", "soldiers", 10, 10, day=1), claim("army", "soldiers", 25, 25, day=3)]
    row = decided(schema, said)["i-000001", "killed", "security_forces"]
    assert (row["low"], row["best"], row["high"]) == (25, 25, 25)
    assert row["toll_status"] == "single"
    assert row["claim_count"] == 2, "both are kept"


def test_the_order_of_the_entry_says_which_figure_is_later_where_only_one_page_has_a_date(schema: Schema) -> None:
    said = [claim("government", "civilians", 50, 50, day=13), claim("government", "civilians", 86, 86)]
    assert killed(schema, said) == (86, 86, 86)


def test_a_report_that_repeats_a_claim_carries_it_for_the_sum(schema: Schema) -> None:
    """Inata, 2021: one page carries the government's 49 gendarmes, first said elsewhere, and its 4 civilians."""
    said = [
        claim("government", "police", 49, 49, report="r-1", also_in=["r-2"]),
        claim("government", "civilians", 4, 4, report="r-2"),
    ]
    assert killed(schema, said) == (53, 53, 53)


def test_a_total_that_is_stated_comes_before_sums_of_groups(schema: Schema) -> None:
    """Titao, 2026: at least 20 dead, of whom several agencies count the 7 of one nationality."""
    said = [
        claim("RFI", "unspecified", 20, None, qualifier="at_least"),
        claim("Ghana", "civilians", 7, 7, carried_by=["A", "B"]),
    ]
    assert killed(schema, said) == (20, 20, None)
    assert not decided(schema, said)["i-000001", "killed", "all"]["toll_is_partial"]


def test_a_group_above_a_stated_total_raises_best_and_leaves_low(schema: Schema) -> None:
    said = [claim("UN", "unspecified", 50, 50), claim("mayor", "civilians", 60, 60, carried_by=["A"])]
    assert killed(schema, said) == (50, 60, 60)
    assert decided(schema, said)["i-000001", "killed", "all"]["toll_is_partial"]


def test_an_attacker_s_own_dead_are_not_the_toll_of_all(schema: Schema) -> None:
    """Takanamat, 2023: the ministry counts 29 soldiers, the Islamic State only its own 3 dead."""
    said = [claim("ministry", "soldiers", 29, 29), claim("IS", "militants", 3, 3)]
    assert killed(schema, said)[1] == 29


def test_on_a_tie_the_sum_of_most_populations_is_best(schema: Schema) -> None:
    said = [
        claim("ministry", "soldiers", 16, 16, report="r-1"),
        claim("ministry", "civilians", 8, 8, report="r-1"),
        claim("ministry", "militants", 64, 64, report="r-1"),
        claim("local source", "soldiers", 17, 17),
    ]
    assert killed(schema, said) == (17, 88, 88)


def test_a_report_speaks_for_a_sum_only_when_it_carries_all_of_it(schema: Schema) -> None:
    said = [
        claim("army", "soldiers", 5, 5, report="r-1", carried_by=["A", "B", "C"]),
        claim("army", "militants", 20, 20, report="r-1"),
        claim("JNIM", "soldiers", 30, 30, carried_by=["D"]),
    ]
    assert killed(schema, said) == (25, 30, 30)


def test_without_dates_the_order_of_the_entry_decides(schema: Schema) -> None:
    said = [claim("army", "soldiers", 10, 10), claim("army", "soldiers", 12, 12)]
    assert killed(schema, said) == (12, 12, 12)


def test_within_one_report_the_last_figure_counts(schema: Schema) -> None:
    said = [claim("army", "soldiers", 8, 8, report="r-1"), claim("army", "soldiers", 54, 54, report="r-1")]
    assert killed(schema, said) == (54, 54, 54)


def test_bounds_are_the_lowest_and_the_highest_of_the_claimants(schema: Schema) -> None:
    said = [claim("army", "soldiers", 10, 12), claim("JNIM", "soldiers", 30, 40)]
    low, _, high = killed(schema, said)
    assert (low, high) == (10, 40)


def test_an_open_bound_leaves_high_open(schema: Schema) -> None:
    said = [claim("army", "soldiers", 10, 10), claim("JNIM", "soldiers", 30, None, qualifier="more_than")]
    assert killed(schema, said)[2] is None


def test_dozens_has_no_number_but_leaves_high_open(schema: Schema) -> None:
    said = [claim("army", "soldiers", 10, 10), claim("AFP", "soldiers", None, None, qualifier="dozens")]
    assert killed(schema, said) == (10, 10, None)


def test_dozens_alone_is_no_toll(schema: Schema) -> None:
    assert decided(schema, [claim("AFP", "soldiers", None, None, qualifier="dozens")]) == {}


def test_silence_is_no_toll_and_opens_nothing(schema: Schema) -> None:
    said = [claim("JNIM", "soldiers", 30, 30), claim("army", "soldiers", None, None, qualifier="not_stated")]
    assert killed(schema, said) == (30, 30, 30)
    assert decided(schema, said[1:]) == {}


def test_an_upper_limit_alone_gives_no_best(schema: Schema) -> None:
    assert killed(schema, [claim("CNN", "civilians", None, 600, qualifier="up_to")]) == (None, None, 600)


def test_an_upper_limit_raises_high_only(schema: Schema) -> None:
    said = [claim("UN", "civilians", 200, 200), claim("CNN", "civilians", None, 600, qualifier="up_to")]
    assert killed(schema, said) == (200, 200, 600)


def test_the_figure_that_most_independent_agencies_carry_is_best(schema: Schema) -> None:
    said = [
        claim("army", "soldiers", 10, 10, day=1, carried_by=["A", "B"]),
        claim("JNIM", "soldiers", 30, 30, day=2, carried_by=["C"]),
    ]
    assert killed(schema, said)[1] == 10


def test_pages_with_one_agency_s_dispatch_are_one_voice(schema: Schema) -> None:
    said = [
        claim("local sources", "civilians", 20, 20, day=2, agency="AFP", report="r-1"),
        claim("youth group", "civilians", 20, 20, day=2, agency="AFP", report="r-2"),
        claim("witness", "civilians", 20, 20, day=2, agency="AFP", report="r-3"),
        claim("mayor", "civilians", 14, 14, day=1, publisher="RFI"),
        claim("deputy", "civilians", 14, 14, day=1, publisher="Le Monde"),
    ]
    assert killed(schema, said)[1] == 14


def test_between_equally_carried_figures_the_latest_is_best(schema: Schema) -> None:
    said = [claim("JNIM", "soldiers", 30, 30), claim("army", "soldiers", 10, 10)]
    assert killed(schema, said)[1] == 10


def test_a_replaced_figure_has_no_voice(schema: Schema) -> None:
    said = [
        claim("army", "soldiers", 10, 10, day=1, carried_by=["A", "B", "C"]),
        claim("army", "soldiers", 25, 25, day=3),
    ]
    assert killed(schema, said)[1] == 25


def test_best_for_all_is_never_below_a_group_and_low_stays_the_lowest(schema: Schema) -> None:
    """Barsalogho, 2024: JNIM's 300 "militia" are no floor for the at least 100 dead whom the press counts."""
    said = [
        claim("AP", "civilians", 100, None, qualifier="at_least"),
        claim("UN", "civilians", 200, None, qualifier="at_least", carried_by=["A", "B"]),
        claim("JNIM", "militia", 300, 300),
    ]
    assert killed(schema, said) == (100, 300, None)
    assert killed(schema, said, "civilians") == (100, 200, None)


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ([claim("army", "soldiers", 5, 5)], "single"),
        ([claim("army", "soldiers", 5, 5), claim("AFP", "soldiers", 5, 5)], "agreeing"),
        ([claim("army", "soldiers", 5, 5), claim("AFP", "soldiers", 5, None)], "agreeing"),
        ([claim("army", "soldiers", 5, 5), claim("AFP", "soldiers", 3, None)], "contested"),
        ([claim("army", "soldiers", 5, 5), claim("JNIM", "soldiers", 30, None)], "contested"),
        ([claim("UN", "civilians", 200, 200), claim("CNN", "civilians", None, 600)], "contested"),
        ([claim("army", "soldiers", 5, 5), claim("AFP", "soldiers", None, None, qualifier="dozens")], "single"),
        ([claim("army", "soldiers", 5, 5), claim("mayor", "civilians", 12, 12)], "single"),
        ([claim("UN", "unspecified", 50, 50), claim("army", "soldiers", 5, 5)], "single"),
        ([claim("UN", "unspecified", 50, 50), claim("HRW", "unspecified", 50, 60)], "agreeing"),
        ([claim("UN", "unspecified", 50, 50), claim("mayor", "civilians", 60, 60)], "contested"),
        ([claim("UN", "unspecified", 50, 50), claim("mayor", "unspecified", 49, 49)], "contested"),
        ([claim("army", "soldiers", 5, 5, day=1), claim("army", "soldiers", 9, 9, day=2)], "single"),
    ],
)
def test_status(schema: Schema, claims: list[dict[str, object]], status: str) -> None:
    assert decided(schema, claims)["i-000001", "killed", "all"]["toll_status"] == status


def test_neutralised_is_in_no_toll_of_killed(schema: Schema) -> None:
    rows = decided(schema, [claim("army", "militants", 80, None, metric="neutralised")])
    assert {metric for _, metric, _ in rows} == {"neutralised"}


def test_positions_have_a_toll_of_their_own(schema: Schema) -> None:
    rows = decided(schema, [claim("JNIM", "positions", 3, 3, metric="positions_seized")])
    assert list(rows) == [("i-000001", "positions_seized", "all")]


COUNTS = st.integers(0, 50)
CLAIMS = st.builds(
    lambda who, of, low, span, day, report: claim(
        who, of, low, None if span is None else low + span, day=day, report=f"r-{report}", publisher=f"p{report}"
    ),
    who=st.sampled_from(["army", "JNIM", "mayor"]),
    of=st.sampled_from(["unspecified", "soldiers", "police", "civilians", "militants"]),
    low=COUNTS,
    span=st.none() | st.integers(0, 5),
    day=st.none(),
    report=st.integers(1, 3),
)


def test_tolls_are_in_order_and_no_order_of_rows_changes_them(schema: Schema) -> None:
    @settings(max_examples=10, deadline=None, database=None, phases=[Phase.generate])
    @given(claims=st.lists(CLAIMS, min_size=1, max_size=8), seed=st.integers(0, 99))
    def holds(claims: list[dict[str, Any]], seed: int) -> None:
        numbered = [said | {"sequence": at, "id": f"c-{at}"} for at, said in enumerate(claims)]
        shuffled = random.Random(seed).sample(numbered, len(numbered))
        rows = decided(schema, numbered)
        assert rows == decided(schema, shuffled)
        for row in rows.values():
            assert min(said["low"] for said in claims) <= row["low"] <= row["best"]
            assert row["high"] is None or row["best"] <= row["high"]

    holds()


def test_a_dataset_s_best_estimate_stands_between_its_bounds(schema: Schema) -> None:
    said = [
        claim("UCDP", "militants", 3, 3, best=3, id="c-000001", report="r-1", included_in="c-000009", sequence=1),
        claim("UCDP", "unspecified", 1, 1, best=1, id="c-000002", report="r-1", included_in="c-000009", sequence=2),
        claim("UCDP", "unspecified", 2, 9, best=4, id="c-000009", report="r-1", sequence=9),
    ]
    assert killed(schema, said) == (2, 4, 9)
    assert killed(schema, said, "militants") == (3, 3, 3)
    toll = decided(schema, said)["i-000001", "killed", "all"]
    assert (toll["toll_status"], toll["toll_is_partial"]) == ("single", False)


def test_a_best_estimate_is_compared_with_what_others_say(schema: Schema) -> None:
    said = [
        claim("UCDP", "unspecified", 2, 9, best=4, sequence=1),
        claim("army", "unspecified", 4, 4, sequence=2),
    ]
    assert killed(schema, said) == (2, 4, 9)
    assert decided(schema, said)["i-000001", "killed", "all"]["toll_status"] == "agreeing"
