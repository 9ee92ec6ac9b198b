"""Decisions of curators: what makes them unusable, and how that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.link.decisions import load_decisions
from pipeline.problems import NotWell

HEADER = "record_id_left,record_id_right,decision,why,date\n"
RECORDS = {"a:1", "b:1", "c:1", "d:1"}


def messages(tmp_path: Path, text: str, parts: dict[str, str] | None = None) -> list[str]:
    path = tmp_path / "link_decisions.csv"
    path.write_text(text, encoding="utf-8")
    try:
        load_decisions(path, RECORDS, parts or {})
    except NotWell as error:
        return [str(problem) for problem in error.problems]
    return []


def test_no_file_means_nothing_was_decided(tmp_path: Path) -> None:
    assert load_decisions(tmp_path / "link_decisions.csv", RECORDS, {}) == []


def test_decisions_are_read_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "link_decisions.csv"
    path.write_text(HEADER + 'a:1,b:1,same,"one page, two rows",2026-11-22\nc:1,d:1,different,two towns,2026-11-22\n')
    first, second = load_decisions(path, RECORDS, {})
    assert (first.left, first.right, first.is_same, first.why, first.line) == (
        "a:1",
        "b:1",
        True,
        "one page, two rows",
        2,
    )
    assert not second.is_same


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a:9,b:1,same,why,2026-11-22", ":2: record_id_left: there is no record 'a:9'; did you mean"),
        ("a:1,a:1,same,why,2026-11-22", ":2: record_id_right: a record is compared with another one"),
        ("a:1,b:1,maybe,why,2026-11-22", ":2: decision: is 'maybe'; it is 'same' or 'different'"),
        ("a:1,b:1,same,,2026-11-22", ":2: why: is empty"),
        ("a:1,b:1,same,why,22.11.2026", ":2: date: is '22.11.2026'; it is a date like 2026-01-31"),
        ("a:1,b:1,same,why", ":2: has 4 cells where the header has 5"),
    ],
)
def test_a_row_that_is_not_well_formed(tmp_path: Path, row: str, told: str) -> None:
    (message,) = messages(tmp_path, HEADER + row + "\n")
    assert message.startswith(f"data/reference/link_decisions.csv{told}")


def test_other_columns_are_refused(tmp_path: Path) -> None:
    (message,) = messages(tmp_path, "left,right\na:1,b:1\n")
    assert "the columns are record_id_left,record_id_right,decision,why,date, not left,right" in message


def test_decisions_that_contradict_each_other_are_refused_with_the_chain(tmp_path: Path) -> None:
    rows = ["a:1,b:1,same,why,2026-11-22", "c:1,b:1,same,why,2026-11-22", "a:1,c:1,different,why,2026-11-22"]
    (message,) = messages(tmp_path, HEADER + "\n".join(rows) + "\n")
    assert ":4: decision: 'a:1' and 'c:1' cannot be different when a:1 = b:1 (line 2) = c:1 (line 3)" in message


def test_the_same_pair_decided_both_ways_is_refused(tmp_path: Path) -> None:
    rows = ["a:1,b:1,same,why,2026-11-22", "b:1,a:1,different,why,2026-11-22"]
    assert len(messages(tmp_path, HEADER + "\n".join(rows) + "\n")) == 1


def test_parts_of_one_figure_cannot_be_decided_the_same(tmp_path: Path) -> None:
    rows = ["a:1,c:1,same,why,2026-11-22", "c:1,b:1,same,why,2026-11-22"]
    (message,) = messages(tmp_path, HEADER + "\n".join(rows) + "\n", {"a:1": "b:figure", "b:1": "b:figure"})
    assert "'a:1' and 'b:1' are parts of the figure b:figure and are never merged: a:1 = c:1 (line 2) = b:1" in message
