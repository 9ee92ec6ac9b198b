"""The two baselines, each on reports laid out to show one of its rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pipeline.evaluate.baselines import Report, same_day_same_place, windows

DAY = dt.date(2025, 7, 1)


def report(name: str, **changed: Any) -> Report:
    """A report of the document named by its first letter."""
    values = {
        "record_id": name,
        "origin": name[0],
        "first_day": DAY,
        "last_day": DAY,
        "place": "kayes",
        "point": (14.0, -11.0),
        "actor": ("army", "state_forces", "state"),
        "tactic": ("Shooting", "armed_attack", "use of force"),
    }
    return Report(**{**values, **changed})


def test_same_day_and_place_name_whatever_else() -> None:
    found = [
        report("a1"),
        report("b1", actor=("group", "jihadist_group", "non_state")),
        report("c1", place="nioro"),
        report("d1", first_day=DAY + dt.timedelta(days=1)),
        report("e1", place=""),
        report("f1", place=""),
    ]
    assert same_day_same_place(found) == [["a1", "b1"]]


def test_within_the_window() -> None:
    later = DAY + dt.timedelta(days=1)
    found = [report("a1"), report("b1", first_day=later, last_day=later, point=(14.04, -11.0))]
    assert windows(found, 1, 5) == [["a1", "b1"]]
    assert windows(found, 0, 5) == windows(found, 1, 4) == []


def test_every_taxonomy_agrees_at_some_level() -> None:
    same_type = report("b1", actor=("police", "state_forces", "state"))
    assert windows([report("a1"), same_type], 0, 1) == [["a1", "b1"]]
    assert windows([report("a1"), report("b1", actor=("group", "jihadist_group", "non_state"))], 0, 1) == []
    assert windows([report("a1"), report("b1", tactic=(None, None, None))], 0, 1) == []


def test_agreement_at_a_finer_level_fits_better() -> None:
    found = [report("a1"), report("b1", actor=("guard", "auxiliary", "state")), report("b2", point=(14.005, -11.0))]
    assert windows(found, 0, 1) == [["a1", "b2"]]
    assert windows(found[:2], 0, 1) == [["a1", "b1"]]


def test_the_best_fit_is_taken_and_only_once() -> None:
    found = [report("a1"), report("b1", actor=("police", "state_forces", "state")), report("b2")]
    assert windows(found, 0, 1) == [["a1", "b2"]]


def test_rows_of_one_document_do_not_match() -> None:
    assert windows([report("a1"), report("a2")], 0, 1) == []


def test_a_day_does_not_match_an_episode() -> None:
    assert windows([report("a1"), report("b1", last_day=DAY + dt.timedelta(days=1))], 2, 1) == []
