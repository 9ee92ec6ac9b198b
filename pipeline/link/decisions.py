"""What curators decided about pairs of records. Decisions beat scores.

They stand in ``data/reference/link_decisions.csv``; those of a local build that licensed records are about in
``data/local/link_decisions.csv``, which stays on this machine as the records do.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path

from pipeline.link.chains import chain
from pipeline.problems import NotWell, Problem, did_you_mean
from pipeline.reference import csv_lines
from pipeline.schema.cells import STARTS_A_FORMULA

COLUMNS = ("record_id_left", "record_id_right", "decision", "why", "date")
SAME, DIFFERENT = "same", "different"


@dataclass(frozen=True)
class DecisionFile:
    """A file of decisions.

    Attributes:
        shown: its path as people see it.
        is_local: whether it stays on this machine, so that it may name records of licensed sources.
    """

    path: Path
    shown: str
    is_local: bool = False


@dataclass(frozen=True)
class Known:
    """What decisions are checked against.

    Attributes:
        records: the ids that there are.
        parts: the split figure of each record that is a part of one.
        off: the declared sources that are turned off; of their records nothing is known, and decisions about them wait.
        licensed: the sources whose records may not be passed on, not even their ids.
        sources: those that have records, in the order of params.
    """

    records: Collection[str]
    parts: Mapping[str, str]
    off: Collection[str] = ()
    licensed: Collection[str] = ()
    sources: Sequence[str] = ()


@dataclass(frozen=True)
class Decision:
    """One row: two records, whether they are of one incident, why, and the file and line where it stands.

    Attributes:
        waits: whether one of the records is of a source that is turned off; the decision then changes nothing.
        is_by_source: whether not a curator says so but the source itself; what curators decided goes before it.
    """

    left: str
    right: str
    is_same: bool
    why: str
    file: str
    line: int
    waits: bool = False
    is_by_source: bool = False


def load_decisions(files: Sequence[DecisionFile], known: Known) -> list[Decision]:
    """Read the decisions and check them against the records of the build, and against each other.

    Args:
        files: where there is no such file, nothing was decided.
        known: the records.

    Raises:
        NotWell: a row is not well formed, names a record that there is not, or one that must not be named there, or
            contradicts others; the message shows the chain of decisions that contradict each other.
    """
    found: list[Decision] = []
    problems: list[Problem] = []
    for file in files:
        decisions, wrong = _read(file, known)
        found += decisions
        problems += wrong
    problems += _repeated(found)
    problems += _contradictions(found, known.parts)
    if problems:
        raise NotWell(problems, "nothing was linked")
    return found


def same_ids(records: Collection[str], revised_in: Mapping[str, str]) -> list[Decision]:
    """Rows of a dataset and of the one that revises it which have one id: they are taken for one event.

    Args:
        records: ids of all records, ``source:id``.
        revised_in: the source that revises another one, by that one.
    """
    found = []
    for early, later in sorted(revised_in.items()):
        for record in sorted(record for record in records if _source(record) == early):
            other = later + record.removeprefix(early)
            if other in records:
                left, right = sorted((record, other))
                why = f"the row of {later} has the id of that of {early}"
                found.append(Decision(left, right, True, why, f"schemas/sources/{early}.yaml", 0, is_by_source=True))
    return found


def _read(file: DecisionFile, known: Known) -> tuple[list[Decision], list[Problem]]:
    """The decisions of one file, each row by itself."""
    if not file.path.is_file():
        return [], []
    lines, problems = csv_lines(file.path, file.shown)
    header = lines[0][1] if lines else []
    if not problems and tuple(header) != COLUMNS:
        message = f"the columns are {','.join(COLUMNS)}, not {','.join(header)}"
        problems.append(Problem(file.shown, 1, "", message, "link.decision_columns"))
    if problems:
        raise NotWell(problems, "nothing was linked")
    found: list[Decision] = []
    for at, cells in lines[1:]:
        wrong = [
            Problem(file.shown, at, column, message, rule)
            for column, message, rule in _row_problems(cells, file, known)
        ]
        problems += wrong
        if not wrong:
            waits = any(_source(record) in known.off for record in cells[:2])
            found.append(Decision(cells[0], cells[1], cells[2] == SAME, cells[3], file.shown, at, waits))
    return found, problems


def append_decision(files: Sequence[DecisionFile], row: tuple[str, str, str, str, dt.date], known: Known) -> Decision:
    """Write one more decision behind those of the last file, once all of them are well together.

    Args:
        files: as `load_decisions` takes them. The last is made where there is none; it is replaced whole, so that a
            kill leaves it as it was.
        row: the two records, ``same`` or ``different``, why, and the day.
        known: the records.

    Returns:
        The decision as it stands in the file, the smaller record id first.

    Raises:
        NotWell: the row is not well formed, names an unknown record or one that must not be named there, or
            contradicts what was decided before.
    """
    path = files[-1].path
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
        written = load_decisions([*files[:-1], replace(files[-1], path=new)], known)[-1]
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


def _row_problems(cells: Sequence[str], file: DecisionFile, known: Known) -> Iterator[tuple[str, str, str]]:
    """Column, message and rule of all that is wrong with a row."""
    if len(cells) != len(COLUMNS):
        yield "", f"has {len(cells)} cells where the header has {len(COLUMNS)}", "link.decision_columns"
        return
    row = dict(zip(COLUMNS, cells, strict=True))
    for column in COLUMNS[:2]:
        source = _source(row[column])
        if source in known.licensed and not file.is_local:
            message = f"a record of {source} may not be named in the repository: sahel review --local decides about it"
            yield column, message, "link.decision_licensed"
        elif row[column] not in known.records and source not in known.off:
            near = did_you_mean(row[column], known.records)
            yield column, f"there is no record '{row[column]}'{near}", "link.decision_unknown_record"
    if row[COLUMNS[0]] == row[COLUMNS[1]]:
        yield COLUMNS[1], "a record is compared with another one, not with itself", "link.decision_itself"
    if row["decision"] not in (SAME, DIFFERENT):
        yield "decision", f"is '{row['decision']}'; it is '{SAME}' or '{DIFFERENT}'", "link.decision_code"
    if not row["why"].strip():
        yield "why", "is empty: a decision gives its reason", "link.decision_why"
    elif row["why"].strip().startswith(STARTS_A_FORMULA):
        message = f"begins with {row['why'].strip()[0]}, which a spreadsheet takes for a formula: begin with a word"
        yield "why", message, "link.decision_why"
    try:
        dt.date.fromisoformat(row["date"])
    except ValueError:
        yield "date", f"is '{row['date']}'; it is a date like 2026-01-31", "link.decision_date"


def _repeated(decisions: Sequence[Decision]) -> Iterator[Problem]:
    first: dict[tuple[frozenset[str], bool], Decision] = {}
    for decision in decisions:
        before = first.setdefault((frozenset((decision.left, decision.right)), decision.is_same), decision)
        if before is not decision:
            said = SAME if decision.is_same else DIFFERENT
            message = f"'{decision.left}' and '{decision.right}' are {said} by {_place(before, decision)} already"
            yield _at(decision, message, "link.decision_twice")


def _contradictions(decisions: Sequence[Decision], parts: Mapping[str, str]) -> Iterator[Problem]:
    same: dict[str, dict[str, Decision]] = {}
    for decision in decisions:
        if decision.is_same:
            same.setdefault(decision.left, {})[decision.right] = decision
            same.setdefault(decision.right, {})[decision.left] = decision
    for decision in decisions:
        links = [] if decision.is_same else chain(same, decision.left, decision.right)
        if links:
            shown = _shown(links, same, decision)
            message = f"'{decision.left}' and '{decision.right}' cannot be different when {shown}"
            yield _at(decision, message, "link.decision_contradiction")
    held = sorted(record for record in same if record in parts)
    for left, right in combinations(held, 2):
        links = chain(same, left, right) if parts[left] == parts[right] else []
        if links:
            first = same[links[0]][links[1]]
            message = f"'{left}' and '{right}' are parts of the figure {parts[left]} and are never merged: "
            yield _at(first, message + _shown(links, same, first), "link.decision_parts")


def _shown(links: Sequence[str], same: Mapping[str, Mapping[str, Decision]], told: Decision) -> str:
    steps = ((record, _place(same[before][record], told)) for before, record in pairwise(links))
    return links[0] + "".join(f" = {record} ({place})" for record, place in steps)


def _place(decision: Decision, told: Decision) -> str:
    """Where a decision stands, seen from where a problem is told."""
    return f"line {decision.line}" + ("" if decision.file == told.file else f" of {decision.file}")


def _at(decision: Decision, message: str, rule: str) -> Problem:
    return Problem(decision.file, decision.line, "decision", message, rule)
