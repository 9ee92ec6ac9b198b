"""The measures, on examples that can be counted by hand."""

from __future__ import annotations

import pytest

from pipeline.evaluate.measures import b_cubed, pairwise

EVENTS = {"1": "x", "2": "x", "3": "x", "4": "y", "5": "y", "6": "z"}


def test_clusters_as_the_coders_made_them_score_one() -> None:
    clusters = [["1", "2", "3"], ["4", "5"]]
    assert pairwise(clusters, EVENTS).f1 == b_cubed(clusters, EVENTS).f1 == 1


def test_pairs_are_counted_within_clusters() -> None:
    score = pairwise([["1", "2", "4"], ["5", "6"]], EVENTS)
    assert score.precision == 1 / 4  # 1-2 of 1-2, 1-4, 2-4, 5-6
    assert score.recall == 1 / 4  # of 1-2, 1-3, 2-3, 4-5
    assert score.f1 == 1 / 4


def test_b_cubed_averages_over_records() -> None:
    score = b_cubed([["1", "2", "4"], ["5", "6"]], EVENTS)
    assert score.precision == pytest.approx((2 / 3 + 2 / 3 + 1 + 1 / 3 + 1 / 2 + 1 / 2) / 6)
    assert score.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2 + 1) / 6)


def test_nothing_linked_is_nothing_wrong() -> None:
    score = pairwise([], EVENTS)
    assert (score.precision, score.recall, score.f1) == (1, 0, 0)
    assert b_cubed([], EVENTS).precision == 1


def test_records_that_do_not_count_are_passed_over() -> None:
    assert pairwise([["1", "2", "other"]], EVENTS).precision == 1
