"""Ids bind when they are published: whichever goes has a row in ``data/reference/id_changes.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence

import duckdb
import pyarrow.parquet as pq

from pipeline.compare.difference import RETIRED, SPLIT, IdChange
from pipeline.compare.linked import REASONS
from pipeline.compare.sides import Side
from pipeline.problems import Problem
from pipeline.schema.duckdb import literal, quote

OWN_IDS = {
    "incidents": "incident_id",
    "operations": "operation_id",
    "claims": "claim_id",
    "reports": "report_id",
    "actors": "actor_id",
    "places": "place_id",
}
"""The tables whose ids bind once published, with the column."""
KEPT = ("incidents", "operations")
"""Of these no published id goes without a row in ``id_changes.csv`` that says what became of it."""


Written = Sequence[tuple[IdChange, int]]
"""What became of ids, each with its line in ``id_changes.csv``."""


def published_id_changes(old: Side) -> dict[IdChange, str]:
    """What the last release tells of ids, each with the release that first told it."""
    path = old.path("id_changes")
    rows = pq.read_table(path).to_pylist() if path else []
    return {IdChange(row["old_id"], row["new_id"], row["kind"], row["reason"]): row["release"] for row in rows}


def unpublished(written: Written, published: Mapping[IdChange, str]) -> list[tuple[IdChange, int]]:
    """What the last release does not tell yet."""
    return [(change, line) for change, line in written if change not in published]


def published_problems(written: Written, published: Mapping[IdChange, str]) -> Iterator[Problem]:
    """What was published of an id stays: whoever followed it would not learn that it reads otherwise now."""
    there = {change for change, _ in written}
    lines = {(change.old_id, change.new_id): line for change, line in unpublished(written, published)}
    same_id = {change.old_id: line for change, line in unpublished(written, published)}
    for change, release in published.items():
        if change in there or change.reason in REASONS.values():
            continue
        line = lines.get((change.old_id, change.new_id)) or same_id.get(change.old_id, 0)
        row = ",".join((change.old_id, change.new_id or "", change.kind, _quoted(change.reason)))
        what = "reads otherwise now" if line else "is gone"
        yield id_problem(
            line,
            "",
            f"version {release} published what became of {change.old_id}, and its row {what}: what is published stays. "
            f"The row is {row}",
        )


def id_problems(old: Side, new: Side, pending: Written, linked: Collection[str] = ()) -> Iterator[Problem]:
    """What is wrong with the ids that go, and with what is said of them; of those in `linked` the links say it."""
    published, present = _ids(old, OWN_IDS), _ids(new, OWN_IDS)
    once: dict[str, str] = {}
    for change, line in pending:
        if change.kind != SPLIT and change.old_id in once:
            yield id_problem(
                line, "old_id", f"{change.old_id} is already {once[change.old_id]}: say one thing of an id"
            )
        once.setdefault(change.old_id, change.kind)
        if change.new_id and change.new_id[:2] != change.old_id[:2]:
            yield id_problem(line, "new_id", f"{change.new_id} is no id of the kind of {change.old_id}")
        if change.old_id not in published:
            yield id_problem(
                line, "old_id", f"{change.old_id} was not in version {old.version}, the last one published"
            )
        if change.kind != SPLIT and change.old_id in present:
            yield id_problem(line, "old_id", f"{change.old_id} is said to be {change.kind} and is still used")
        if (change.new_id is None) != (change.kind == RETIRED):
            what = "a retired id has no new id" if change.new_id else f"an id that was {change.kind} has a new id"
            yield id_problem(line, "new_id", what)
        elif change.new_id is not None and change.new_id not in present:
            yield id_problem(line, "new_id", f"there is no {change.new_id}")
    said = {change.old_id for change, _ in pending}
    kept = {table: column for table, column in OWN_IDS.items() if table in KEPT}
    for identifier in sorted(_ids(old, kept) - present - said - set(linked)):
        yield id_problem(
            0,
            "",
            f"{identifier} was published in version {old.version} and is gone: withdraw it (status: withdrawn), "
            "or write here into which id it was merged or split, or why it was retired",
        )


def id_problem(line: int, column: str, message: str) -> Problem:
    """A problem of the file in which curators write what became of ids."""
    return Problem("data/reference/id_changes.csv", line, column, message, "compare.id_changes")


def _quoted(cell: str) -> str:
    """A cell as a CSV file has it."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([cell])
    return out.getvalue()


def _ids(side: Side, columns: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for table, column in columns.items():
        path = side.path(table)
        if path is not None:
            found |= {
                str(row[0])
                for row in duckdb.sql(f"SELECT {quote(column)} FROM read_parquet({literal(str(path))})").fetchall()
            }
    return found
