"""Where each line of the evidence sheets went: to entries that exist, each line once, none without an answer."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Params, Project
from pipeline.schema import Schema
from pipeline.sources.curated.known import Known
from pipeline.sources.curated.read import EVIDENCE_LINES, Curated, read_curated

LINES = {"burkina": 281, "mali": 210, "niger_chad": 228}
COUNTS = {"entry": 718, "merged": 0, "left_out": 1}
"""719 lines in all; see docs/readings/2026-11-lines-and-claims.md."""


@pytest.fixture(scope="module")
def rows(project: Project) -> list[dict[str, str]]:
    with (project.curated / EVIDENCE_LINES).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


@pytest.fixture(scope="module")
def curated(project: Project, params: Params, schema: Schema) -> Curated:
    return read_curated(project, params, schema)


def test_every_line_has_one_outcome_and_they_add_up(rows: list[dict[str, str]]) -> None:
    outcomes = {(row["sheet"], row["line_key"]): row["outcome"] for row in rows}
    assert len({(row["sheet"], row["line_key"], row["outcome"]) for row in rows}) == len(outcomes)
    assert Counter(sheet for sheet, _ in outcomes) == LINES
    assert Counter(outcomes.values()) == Counter(COUNTS)
    assert sum(COUNTS.values()) == sum(LINES.values()) == 719


def test_an_entry_is_named_exactly_where_the_line_became_one(rows: list[dict[str, str]]) -> None:
    assert all(bool(row["entry_id"]) == (row["outcome"] != "left_out") for row in rows)
    assert all(row["reason"] for row in rows if row["outcome"] != "entry")
    named = [(row["sheet"], row["line_key"], row["entry_id"]) for row in rows]
    assert len(set(named)) == len(named)


def test_every_entry_that_is_named_exists_with_its_operation(rows: list[dict[str, str]], curated: Curated) -> None:
    known = Known.of(curated.entries)
    of_line: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        of_line[row["line_key"]] |= {row["entry_id"]} - {""}
    named = set().union(*of_line.values())
    assert named <= known.incidents.keys() | known.operations.keys()
    for line, entries in of_line.items():
        operations = {known.incidents[one].text("operation_id") for one in entries & known.incidents.keys()} - {None}
        assert operations <= entries, line


def test_a_line_that_was_left_out_stands_among_the_events_outside_the_scope(
    rows: list[dict[str, str]], project: Project
) -> None:
    left_out = sorted(row["reason"].removeprefix("outside the scope: ") for row in rows if row["outcome"] == "left_out")
    with (project.curated / "outside_scope.csv").open(encoding="utf-8", newline="") as handle:
        assert left_out == sorted(row["scope_clause"] for row in csv.DictReader(handle))


def sheets(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The lines of the sheets by sheet and key."""
    found = {}
    for sheet in LINES:
        for text in (folder / f"{sheet}.jsonl").read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            assert (sheet, line["key"]) not in found
            found[sheet, line["key"]] = line
    return found


@pytest.mark.shared_evidence
def test_the_lines_are_those_of_the_sheets(rows: list[dict[str, str]], shared_evidence: Path) -> None:
    listed = dict.fromkeys((row["sheet"], row["line_key"]) for row in rows)
    assert list(listed) == list(sheets(shared_evidence))


@pytest.mark.shared_evidence
def test_a_line_shares_a_page_with_its_incidents_and_no_entry_with_pages_of_the_sheets_is_unreached(
    rows: list[dict[str, str]], curated: Curated, shared_evidence: Path
) -> None:
    known = Known.of(curated.entries)
    pages = {
        identifier: {
            known.reports[report.text("report_id") or ""].text("url") for report in entry.parts.get("reports", [])
        }
        for identifier, entry in {**known.incidents, **known.operations}.items()
    }
    of_line = {
        key: {page["url"] for page in line["sources"]} | {claim["url"] for claim in line["claims"]}
        for key, line in sheets(shared_evidence).items()
    }
    for row in rows:
        if row["entry_id"] in known.incidents:
            assert pages[row["entry_id"]] & of_line[row["sheet"], row["line_key"]], row
    reached = {row["entry_id"] for row in rows}
    in_sheets = set().union(*of_line.values())
    assert {identifier for identifier, urls in pages.items() if urls & in_sheets} <= reached
