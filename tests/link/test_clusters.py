"""Clusters: what is merged, what never, and what is refused."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import re
from pathlib import Path

import pytest

from pipeline.link.clusters import Member, Pair, cluster
from pipeline.link.decisions import Decision, DecisionFile, Known, append_decision
from pipeline.problems import NotWell

HEADER = "record_id_left,record_id_right,decision,why,date\n"


def members(*records: str, **parts: str) -> dict[str, Member]:
    """Records whose origin is the letter before the number; ``a1="x"`` makes a1 a part of the figure x."""
    return {record: Member(record[0], parts.get(record)) for record in records}


def decided(left: str, right: str, *, same: bool, line: int = 2) -> Decision:
    return Decision(left, right, same, "for a test", "data/reference/link_decisions.csv", line)


def test_records_of_two_sources_are_merged_from_the_threshold_on() -> None:
    found = members("a1", "b1", "a2", "b2")
    pairs: list[Pair] = [("a1", "b1", 0.5), ("a2", "b2", 0.49)]
    assert cluster(found, pairs, [], 0.5, 0.0, 10) == [["a1", "b1"]]


def test_one_pair_between_clusters_must_be_more_likely_than_not() -> None:
    found = members("a1", "b1", "c1")
    pairs: list[Pair] = [("a1", "b1", 0.9), ("a1", "c1", 0.45), ("b1", "c1", 0.45)]
    assert cluster(found, pairs, [], 0.3, 0.5, 10) == [["a1", "b1"]]
    assert cluster(found, [*pairs[:2], ("b1", "c1", 0.5)], [], 0.3, 0.5, 10) == [["a1", "b1", "c1"]]


def test_a_record_goes_to_the_surest_of_two_of_one_origin() -> None:
    pairs: list[Pair] = [("a1", "b1", 0.8), ("a1", "b2", 0.9)]
    assert cluster(members("a1", "b1", "b2"), pairs, [], 0.5, 0.0, 10) == [["a1", "b2"]]


def test_two_of_one_origin_do_not_come_together_through_a_third() -> None:
    pairs: list[Pair] = [("a1", "b1", 0.9), ("b1", "c1", 0.9), ("a2", "c1", 0.95), ("a1", "c1", 0.9)]
    groups = cluster(members("a1", "a2", "b1", "c1"), pairs, [], 0.5, 0.0, 10)
    assert not any({"a1", "a2"} <= set(group) for group in groups)


def test_one_strong_pair_does_not_pull_two_groups_together() -> None:
    pairs: list[Pair] = [("a1", "b1", 0.9), ("c1", "d1", 0.9), ("b1", "c1", 0.8)]
    assert cluster(members("a1", "b1", "c1", "d1"), pairs, [], 0.5, 0.0, 10) == [["a1", "b1"], ["c1", "d1"]]


def test_parts_of_one_figure_are_never_merged() -> None:
    found = {"a1": Member("a", "figure"), "b1": Member("b", "figure"), "c1": Member("c")}
    groups = cluster(found, [("a1", "b1", 0.99), ("a1", "c1", 0.9), ("b1", "c1", 0.8)], [], 0.5, 0.0, 10)
    assert groups == [["a1", "c1"]]


def test_a_decision_beats_a_score() -> None:
    found = members("a1", "b1", "a2", "b2", "b3")
    pairs: list[Pair] = [("a1", "b1", 0.99)]
    same = [decided("a2", "b2", same=True), decided("b2", "b3", same=True)]
    assert cluster(found, pairs, [decided("a1", "b1", same=False), *same], 0.5, 0.0, 10) == [["a2", "b2", "b3"]]


def test_what_is_different_stays_apart_through_a_third() -> None:
    pairs: list[Pair] = [("a1", "b1", 0.9), ("b1", "c1", 0.95), ("a1", "c1", 0.9)]
    groups = cluster(members("a1", "b1", "c1"), pairs, [decided("a1", "c1", same=False)], 0.3, 0.0, 10)
    assert groups == [["b1", "c1"]]


def test_a_cluster_that_grows_without_bound_is_refused_with_the_chain() -> None:
    records = [f"{letter}1" for letter in "abcdef"]
    chained = [
        decided(left, right, same=True, line=line) for line, (left, right) in enumerate(itertools.pairwise(records), 2)
    ]
    with pytest.raises(NotWell) as refused:
        cluster(members(*records), [], chained, 0.5, 0.0, 5)
    message = str(refused.value.problems[0])
    assert "6 records were taken for one incident, more than 5" in message
    assert "f1 = e1 (line 6) = d1 (line 5) = c1 (line 4) = b1 (line 3) = a1 (line 2)" in message
    assert "take one of them out, data/reference/link_decisions.csv:6, data/reference/link_decisions.csv:5," in message


def test_of_a_dense_cluster_nobody_is_told_that_one_decision_breaks_it() -> None:
    records = [f"s{number:02}:x" for number in range(12)]
    found = {record: Member(record[:3]) for record in records}
    pairs: list[Pair] = [(left, right, 0.9) for left, right in itertools.combinations(records, 2)]
    with pytest.raises(NotWell) as refused:
        cluster(found, pairs, [], 0.3, 0.5, 8)
    message = str(refused.value.problems[0])
    assert "12 records were taken for one incident, more than 8; 66 of the 66 pairs in it are linked" in message
    assert "--decide" not in message
    assert "largest_cluster in schemas/link/comparisons.yaml" in message
    assert len(cluster(found, pairs, [], 0.3, 0.5, 12)[0]) == 12


def test_the_decision_that_is_advised_about_a_large_cluster_is_taken(tmp_path: Path) -> None:
    """The surest pairs come first, so the chain grows from a decision over scores."""
    found = members("a1", "b1", "c1", "d1")
    pairs: list[Pair] = [("a1", "c1", 0.9), ("b1", "c1", 0.95), ("b1", "d1", 0.7), ("c1", "d1", 0.8), ("a1", "d1", 0.6)]
    same = decided("a1", "b1", same=True)
    with pytest.raises(NotWell) as refused:
        cluster(found, pairs, [same], 0.5, 0.0, 3)
    message = str(refused.value.problems[0])
    advised = re.search(r"sahel review --decide (\w+) (\w+) different --why REASON", message)
    assert advised, message
    one, other = advised.groups()
    path = tmp_path / "link_decisions.csv"
    path.write_text(HEADER + "a1,b1,same,for a test,2026-11-22\n", encoding="utf-8")
    files = [DecisionFile(path, "data/reference/link_decisions.csv")]
    append_decision(files, (one, other, "different", "for a test", dt.date(2026, 11, 22)), Known(set(found), {}))
    smaller = cluster(found, pairs, [same, decided(one, other, same=False)], 0.5, 0.0, 3)
    assert max(map(len, smaller)) <= 3


def test_pairs_of_time_and_place_alone_link_nothing_but_count_in_the_average() -> None:
    pairs: list[Pair] = [("a1", "b1", 0.9), ("a1", "c1", 0.9), ("b1", "c1", 0.9)]
    every = {("a1", "b1"), ("a1", "c1"), ("b1", "c1")}
    assert cluster(members("a1", "b1", "c1"), pairs, [], 0.3, 0.0, 10, every) == []
    assert cluster(members("a1", "b1", "c1"), pairs, [], 0.3, 0.0, 10, every - {("a1", "b1")}) == [["a1", "b1"]]
    assert cluster(members("a1", "b1", "c1"), pairs, [], 0.8, 0.0, 10, {("a1", "c1")}) == [["a1", "b1", "c1"]]
    assert cluster(members("a1", "b1", "c1"), [*pairs[:1], pairs[2]], [], 0.8, 0.0, 10) == [["a1", "b1"]]


def test_the_order_of_pairs_does_not_matter() -> None:
    generator = random.Random(1)
    records = [f"{letter}{number}" for letter in "abcde" for number in range(8)]
    pairs = [
        (left, right, round(generator.random(), 1))
        for left in records
        for right in records
        if left < right and generator.random() < 0.3
    ]
    expected = cluster(members(*records), pairs, [], 0.4, 0.0, 100)
    for _ in range(5):
        generator.shuffle(pairs)
        generator.shuffle(records)
        assert cluster(members(*records), pairs, [], 0.4, 0.0, 100) == expected
