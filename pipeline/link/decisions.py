"""What curators decided about pairs of records: ``data/reference/link_decisions.csv``. Decisions beat scores."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
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
    """One row: two records, whether they are of one incident, why, and the line on which it stands.

    Attributes:
        waits: whether one of the records is of a source that is turned off; the decision then changes nothing.
    """

    left: str
    right: str
    is_same: bool
    why: str
    line: int
    waits: bool = False


def load_decisions(
    path: Path, records: Collection[str], parts: Mapping[str, str], off: Collection[str] = ()
) -> list[Decision]:
    """Read the decisions and check them against the records of the build.

    Args:
        path: the file; where there is none, nothing was decided.
        records: the ids that there are.
        parts: the split figure of each record that is a part of one.
        off: the declared sources that are turned off; of their records nothing is known, and decisions about them wait.

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
        wrong = list(_row_problems(at, cells, records, off))
        problems += wrong
        if not wrong:
            waits = any(_source(record) in off for record in cells[:2])
            found.append(Decision(cells[0], cells[1], cells[2] == SAME, cells[3], at, waits))
    problems += _repeated(found)
    problems += _contradictions(found, parts)
    if problems:
        raise NotWell(problems, "nothing was linked")
    return found


def append_decision(
    path: Path,
    row: tuple[str, str, str, str, dt.date],
    records: Collection[str],
    parts: Mapping[str, str],
    off: Collection[str] = (),
) -> Decision:
    """Write one more decision behind those that there are, once all of them are well together.

    Args:
        path: the file; it is made where there is none. It is replaced whole, so that a kill leaves it as it was.
        row: the two records, ``same`` or ``different``, why, and the day.
        records: as `load_decisions` takes it.
        parts: as `load_decisions` takes it.
        off: as `load_decisions` takes it.

    Returns:
        The decision as it stands in the file, the smaller record id first.

    Raises:
        NotWell: the row is not well formed, names an unknown record, or contradicts what was decided before.
    """
    before = path.read_text(encoding="utf-8") if path.is_file() else ",".join(COLUMNS) + "\n"
    out = io.StringIO()
    left, right = sorted(row[:2])
    csv.writer(out, lineterminator="\n").writerow([left, right, row[2], " ".join(row[3].split()), row[4].isoformat()])
    new = path.with_name(path.name + ".new")
    try:
        with new.open("w", encoding="utf-8", newline="") as file:
            file.write(before + ("" if before.endswith("\n") else "\n") + out.getvalue())
            file.flush()
            os.fsync(file.fileno())
        written = load_decisions(new, records, parts, off)[-1]
        new.replace(path)
    except NotWell as error:
        raise NotWell(error.problems, "nothing was written") from None
    finally:
        new.unlink(missing_ok=True)
    return written


def decided_chain(decisions: Sequence[Decision], left: str, right: str) -> bool:
    """Whether decisions already say of two records that they are the same, or that they are not.

    They say so directly or through others: what is the same as one of two different records differs from the other.
    """
    same: dict[str, set[str]] = {}
    for decision in decisions:
        if decision.is_same:
            same.setdefault(decision.left, set()).add(decision.right)
            same.setdefault(decision.right, set()).add(decision.left)
    if chain(same, left, right):
        return True
    return any(
        chain(same, one, decision.left) and chain(same, other, decision.right)
        for decision in decisions
        if not decision.is_same
        for one, other in ((left, right), (right, left))
    )


def _source(record: str) -> str:
    return record.partition(":")[0]


def _row_problems(at: int, cells: Sequence[str], records: Collection[str], off: Collection[str]) -> Iterator[Problem]:
    if len(cells) != len(COLUMNS):
        yield _at(at, "", f"has {len(cells)} cells where the header has {len(COLUMNS)}", "link.decision_columns")
        return
    row = dict(zip(COLUMNS, cells, strict=True))
    for column in COLUMNS[:2]:
        if row[column] not in records and _source(row[column]) not in off:
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


def _repeated(decisions: Sequence[Decision]) -> Iterator[Problem]:
    first: dict[tuple[frozenset[str], bool], int] = {}
    for decision in decisions:
        line = first.setdefault((frozenset((decision.left, decision.right)), decision.is_same), decision.line)
        if line != decision.line:
            said = SAME if decision.is_same else DIFFERENT
            message = f"'{decision.left}' and '{decision.right}' are {said} by line {line} already"
            yield _at(decision.line, "decision", message, "link.decision_twice")


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
