"""What curators decided about pairs of records: ``data/reference/link_decisions.csv``. Decisions beat scores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

from pipeline.link.chains import chain
from pipeline.problems import NotWell, Problem, did_you_mean
from pipeline.reference import csv_lines

COLUMNS = ("record_id_left", "record_id_right", "decision", "why", "date")
SAME, DIFFERENT = "same", "different"
SHOWN = "data/reference/link_decisions.csv"


@dataclass(frozen=True)
class Decision:
    """One row: two records, whether they are of one incident, why, and the line on which it stands."""

    left: str
    right: str
    is_same: bool
    why: str
    line: int


def load_decisions(path: Path, records: Collection[str], parts: Mapping[str, str]) -> list[Decision]:
    """Read the decisions and check them against the records of the build.

    Args:
        path: the file; where there is none, nothing was decided.
        records: the ids that there are.
        parts: the split figure of each record that is a part of one.

    Raises:
        NotWell: a row is not well formed, names a record that there is not, or contradicts others; the message shows
            the chain of decisions that contradict each other.
    """
    if not path.is_file():
        return []
    lines, problems = csv_lines(path, SHOWN)
    header = lines[0][1] if lines else []
    if not problems and tuple(header) != COLUMNS:
        message = f"the columns are {','.join(COLUMNS)}, not {','.join(header)}"
        problems.append(Problem(SHOWN, 1, "", message, "link.decision_columns"))
    if problems:
        raise NotWell(problems, "nothing was linked")
    found: list[Decision] = []
    for at, cells in lines[1:]:
        wrong = list(_row_problems(at, cells, records))
        problems += wrong
        if not wrong:
            found.append(Decision(cells[0], cells[1], cells[2] == SAME, cells[3], at))
    problems += _contradictions(found, parts)
    if problems:
        raise NotWell(problems, "nothing was linked")
    return found


def _row_problems(at: int, cells: Sequence[str], records: Collection[str]) -> Iterator[Problem]:
    if len(cells) != len(COLUMNS):
        yield _at(at, "", f"has {len(cells)} cells where the header has {len(COLUMNS)}", "link.decision_columns")
        return
    row = dict(zip(COLUMNS, cells, strict=True))
    for column in COLUMNS[:2]:
        if row[column] not in records:
            near = did_you_mean(row[column], records)
            yield _at(at, column, f"there is no record '{row[column]}'{near}", "link.decision_unknown_record")
    if row[COLUMNS[0]] == row[COLUMNS[1]]:
        yield _at(at, COLUMNS[1], "a record is compared with another one, not with itself", "link.decision_itself")
    if row["decision"] not in (SAME, DIFFERENT):
        yield _at(at, "decision", f"is '{row['decision']}'; it is '{SAME}' or '{DIFFERENT}'", "link.decision_code")
    if not row["why"].strip():
        yield _at(at, "why", "is empty: a decision gives its reason", "link.decision_why")
    try:
        dt.date.fromisoformat(row["date"])
    except ValueError:
        yield _at(at, "date", f"is '{row['date']}'; it is a date like 2026-01-31", "link.decision_date")


def _contradictions(decisions: Sequence[Decision], parts: Mapping[str, str]) -> Iterator[Problem]:
    same: dict[str, dict[str, int]] = {}
    for decision in decisions:
        if decision.is_same:
            same.setdefault(decision.left, {})[decision.right] = decision.line
            same.setdefault(decision.right, {})[decision.left] = decision.line
    for decision in decisions:
        links = [] if decision.is_same else chain(same, decision.left, decision.right)
        if links:
            message = f"'{decision.left}' and '{decision.right}' cannot be different when {_shown(links, same)}"
            yield _at(decision.line, "decision", message, "link.decision_contradiction")
    held = sorted(record for record in same if record in parts)
    for left, right in combinations(held, 2):
        links = chain(same, left, right) if parts[left] == parts[right] else []
        if links:
            message = f"'{left}' and '{right}' are parts of the figure {parts[left]} and are never merged: "
            yield _at(same[links[0]][links[1]], "decision", message + _shown(links, same), "link.decision_parts")


def _shown(links: Sequence[str], same: Mapping[str, Mapping[str, int]]) -> str:
    return links[0] + "".join(f" = {record} (line {same[before][record]})" for before, record in pairwise(links))


def _at(line: int, column: str, message: str, rule: str) -> Problem:
    return Problem(SHOWN, line, column, message, rule)
