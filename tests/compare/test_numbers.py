"""The number that follows from what changed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipeline.compare.numbers import LEVELS, due, load_rules, parts, raised
from pipeline.config import Project
from pipeline.problems import CannotDo


@pytest.fixture(scope="module")
def levels(project: Project) -> dict[str, str]:
    return load_rules(project.schemas)


def test_the_first_release_is_one() -> None:
    assert due(None, [], {}).version == "1.0.0"


def test_nothing_changed_keeps_the_number(levels: dict[str, str]) -> None:
    number = due("1.2.3", [], levels)
    assert (number.version, number.is_unchanged) == ("1.2.3", True)


@pytest.mark.parametrize(
    ("changes", "version"),
    [
        (["values_corrected"], "1.2.4"),
        (["rows_removed", "derived_changed", "texts_changed"], "1.2.4"),
        (["values_corrected", "rows_added"], "1.3.0"),
        (["ids_changed"], "1.3.0"),
        (["field_appended"], "1.3.0"),
        (["rows_added", "field_removed", "values_corrected"], "2.0.0"),
        (["field_retyped"], "2.0.0"),
        (["id_reused"], "2.0.0"),
        (["licence_changed"], "2.0.0"),
        (["source_added"], "1.3.0"),
    ],
)
def test_the_highest_level_among_the_changes_decides(levels: dict[str, str], changes: list[str], version: str) -> None:
    number = due("1.2.3", [(change, change) for change in changes], levels)
    assert number.version == version
    ranks = [LEVELS.index(reason.level) for reason in number.reasons]
    assert ranks == sorted(ranks, reverse=True)


def test_numbers_are_ordered_as_numbers() -> None:
    assert parts("1.10.0") > parts("1.9.9")
    assert parts("1.2.3+unchanged") == (1, 2, 3)
    assert [raised("1.9.9", level) for level in LEVELS] == ["1.9.10", "1.10.0", "2.0.0"]
    with pytest.raises(CannotDo, match="three numbers"):
        parts("1.2")


def test_the_rules_are_complete_in_both_languages(project: Project) -> None:
    with (project.schemas / "version_rules.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    assert all(all(row.values()) for row in rows)
    assert len({row["change"] for row in rows}) == len(rows)


def test_an_unknown_level_is_refused(tmp_path: Path) -> None:
    (tmp_path / "version_rules.csv").write_text("change,level\nrows_added,big\n", encoding="utf-8")
    with pytest.raises(CannotDo, match="rows_added"):
        load_rules(tmp_path)


def test_a_change_without_a_rule_is_told(tmp_path: Path) -> None:
    (tmp_path / "version_rules.csv").write_text("change,level\nrows_added,minor\n", encoding="utf-8")
    with pytest.raises(CannotDo, match=r"version_rules\.csv: has no row for rows_removed \(claims: 1 row removed\)"):
        due("1.0.0", [("rows_removed", "claims: 1 row removed")], load_rules(tmp_path))
    (tmp_path / "version_rules.csv").write_text("code,level\nrows_added,minor\n", encoding="utf-8")
    with pytest.raises(CannotDo, match="has no column 'change'"):
        load_rules(tmp_path)
