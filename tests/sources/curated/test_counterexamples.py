"""Every counterexample trips exactly what it says, and every rule of curated files has one."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from pipeline.config import Params, Project
from pipeline.schema import Schema
from pipeline.sources.curated.read import read_curated

FOLDER = Path(__file__).resolve().parents[3] / "schemas" / "counterexamples"
FILES = sorted(FOLDER.glob("*.yaml"))
TRIPS = re.compile(r"^# trips (\S+) at line (\d+)$", re.MULTILINE)
WITHOUT = {
    "curated.file_too_large": "a file of more than 10 MB does not belong in git",
    "curated.file_unreadable": "it is a matter of the file system",
    "curated.encoding": "the file would be no text; editors and git would alter it",
    "curated.wrong_file": "it is about files in data/raw/curated/, and these stand outside",
    "curated.outside_columns": "it is about a CSV file, see test_outside.py",
    "curated.outside_row": "it is about a CSV file, see test_outside.py",
}
"""Rules that test_files.py and test_outside.py try instead, and why."""


def trips(path: Path) -> list[tuple[str, int]]:
    return sorted((rule, int(line)) for rule, line in TRIPS.findall(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", [path.name for path in FILES])
def test_it_trips_what_it_says_and_nothing_else(mali: Project, params: Params, schema: Schema, name: str) -> None:
    path = mali.schemas / "counterexamples" / name
    curated = read_curated(mali, params, schema, [path])
    assert sorted((problem.rule, problem.line) for problem in curated.problems) == trips(path)
    assert {problem.file for problem in curated.problems} == {f"schemas/counterexamples/{name}"}


def test_beside_all_real_files_it_trips_the_same(project: Project, params: Params, schema: Schema) -> None:
    for name in ("curated_claim_on_both_new_id", "curated_likely_double_next_day", "curated_page_twice"):
        path = FOLDER / f"{name}.yaml"
        curated = read_curated(project, params, schema, [path])
        assert sorted((problem.rule, problem.line) for problem in curated.problems) == trips(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_begins_with_what_it_trips_and_is_called_after_it(path: Path) -> None:
    named = trips(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("# trips ") for line in lines[: len(named)])
    assert named
    assert any(path.stem.startswith(rule.replace(".", "_")) for rule, _ in named)


def test_every_rule_of_curated_files_has_a_counterexample(project: Project) -> None:
    with (project.schemas / "rules.csv").open(encoding="utf-8", newline="") as handle:
        rules = {row["code"] for row in csv.DictReader(handle) if row["code"].startswith("curated.")}
    assert rules - {rule for path in FILES for rule, _ in trips(path)} == set(WITHOUT)


def test_every_rule_that_is_tripped_is_declared(project: Project, schema: Schema) -> None:
    with (project.schemas / "rules.csv").open(encoding="utf-8", newline="") as handle:
        known = {row["code"] for row in csv.DictReader(handle)}
    for table in schema.tables.values():
        known |= {rule.id for rule in table.rules}
        for field in table.fields:
            known |= {
                f"{table.name}.{field.name}.{kind}" for kind in ("type", "codelist", "pattern", "minimum", "maximum")
            }
    assert {rule for path in FILES for rule, _ in trips(path)} <= known


def test_a_warning_stops_no_build_and_an_error_does(project: Project, params: Params, schema: Schema) -> None:
    doubled = read_curated(project, params, schema, [FOLDER / "curated_likely_double_same_day.yaml"])
    assert [problem.severity for problem in doubled.problems] == ["warning"]
    assert doubled.errors == []
    unknown = read_curated(project, params, schema, [FOLDER / "curated_unknown_actor.yaml"])
    assert unknown.errors == list(unknown.problems)
