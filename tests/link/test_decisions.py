"""Decisions of curators: what makes them unusable, and how that is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipeline.link.decisions import Decision, DecisionFile, Known, append_decision, load_decisions
from pipeline.problems import NotWell

HEADER = "record_id_left,record_id_right,decision,why,date\n"
RECORDS = {"a:1", "b:1", "c:1", "d:1"}
SHOWN = "data/reference/link_decisions.csv"


def load(path: Path, parts: dict[str, str] | None = None) -> list[Decision]:
    return load_decisions([DecisionFile(path, SHOWN)], Known(RECORDS, parts or {}))


def messages(tmp_path: Path, text: str, parts: dict[str, str] | None = None) -> list[str]:
    path = tmp_path / "link_decisions.csv"
    path.write_text(text, encoding="utf-8")
    try:
        load(path, parts)
    except NotWell as error:
        return [str(problem) for problem in error.problems]
    return []


def test_no_file_means_nothing_was_decided(tmp_path: Path) -> None:
    assert load(tmp_path / "link_decisions.csv") == []


def test_decisions_are_read_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "link_decisions.csv"
    path.write_text(HEADER + 'a:1,b:1,same,"one page, two rows",2026-11-22\nc:1,d:1,different,two towns,2026-11-22\n')
    first, second = load(path)
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


LICENSED = Known({"a:1", "b:1", "acled:1"}, {}, licensed={"acled"})


def both(tmp_path: Path) -> list[DecisionFile]:
    """The file of the repository, and that of a local build."""
    return [DecisionFile(tmp_path / "link.csv", SHOWN), DecisionFile(tmp_path / "local.csv", "local.csv", True)]


def test_a_licensed_record_is_named_in_the_local_file_alone(tmp_path: Path) -> None:
    files, row = both(tmp_path), ("acled:1", "a:1", "same", "one page", dt.date(2026, 11, 22))
    for known in (LICENSED, Known({"a:1"}, {}, off={"acled"}, licensed={"acled"})):
        with pytest.raises(NotWell) as refused:
            append_decision(files[:1], row, known)
        assert [problem.rule for problem in refused.value.problems] == ["link.decision_licensed"]
        assert "sahel review --local decides about it" in str(refused.value.problems[0])
    assert list(tmp_path.iterdir()) == []
    written = append_decision(files, row, LICENSED)
    assert (written.file, written.line, written.left) == ("local.csv", 2, "a:1")
    files[1].path.rename(files[0].path)
    with pytest.raises(NotWell) as refused:
        load_decisions(files, LICENSED)
    assert "may not be named in the repository" in str(refused.value.problems[0])


def test_decisions_of_both_files_stand_together(tmp_path: Path) -> None:
    files = both(tmp_path)
    files[0].path.write_text(HEADER + "a:1,b:1,same,why,2026-11-22\n", encoding="utf-8")
    files[1].path.write_text(HEADER + "acled:1,b:1,same,why,2026-11-22\n", encoding="utf-8")
    assert [decision.file for decision in load_decisions(files, LICENSED)] == [SHOWN, "local.csv"]
    with pytest.raises(NotWell) as refused:
        append_decision(files, ("a:1", "acled:1", "different", "why", dt.date(2026, 11, 22)), LICENSED)
    (problem,) = map(str, refused.value.problems)
    assert problem.startswith("local.csv:3: decision: ")
    assert f"when a:1 = b:1 (line 2 of {SHOWN}) = acled:1 (line 2)" in problem
