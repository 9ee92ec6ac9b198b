"""Ids bind when they are published: whichever goes has a row in ``data/reference/id_changes.csv``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import duckdb
import pyarrow.parquet as pq

from pipeline.compare.difference import MERGED, RETIRED, SPLIT, IdChange
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


def known_id_changes(old: Side) -> set[tuple[str, str | None]]:
    """The pairs of old and new id that the last release already tells of."""
    path = old.path("id_changes")
    return {(row["old_id"], row["new_id"]) for row in pq.read_table(path).to_pylist()} if path else set()


ENTRIES = "curated"
"""The source whose records are our own entries: what becomes of their ids, curators say."""
MOVED = """
WITH was AS (SELECT record_id, incident_id AS old_id FROM read_parquet({old})),
now AS (SELECT record_id, incident_id AS new_id FROM read_parquet({new})),
moved AS (
  SELECT old_id, list(DISTINCT new_id ORDER BY new_id) FILTER (new_id IS NOT NULL) AS new_ids,
         bool_or(split_part(record_id, ':', 1) = {entries}) AS was_entered
  FROM was LEFT JOIN now USING (record_id) GROUP BY old_id
)
SELECT old_id, coalesce(new_ids, []), was_entered, old_id IN (SELECT new_id FROM now) AS lives_on FROM moved
WHERE new_ids IS DISTINCT FROM [old_id] ORDER BY old_id
"""
REASONS = {
    MERGED: "its records were linked with those of another incident",
    SPLIT: "its records are no longer taken for one incident",
    RETIRED: "its sources no longer have a record of it",
}


def linked_id_changes(old: Side, new: Side, written: Collection[str]) -> list[IdChange]:
    """What became of incidents because their records are linked otherwise than in the last release, or are gone.

    Args:
        old: the last release.
        new: this one.
        written: ids of which curators say it themselves; they are left out.

    Returns:
        Ids merged, split and retired, by old id. An incident of which an own entry is gone and nothing is left is not
        among them: a curator says what became of it.
    """
    paths = [side.path("records") for side in (old, new)]
    if not all(paths):
        return []
    before, after = (literal(str(path)) for path in paths)
    found = []
    for old_id, new_ids, was_entered, lives_on in duckdb.sql(
        MOVED.format(old=before, new=after, entries=literal(ENTRIES))
    ).fetchall():
        others = [new_id for new_id in new_ids if new_id != old_id]
        if old_id in written or (not others and (lives_on or was_entered)):
            continue
        kind = RETIRED if not others else MERGED if len(others) == 1 and not lives_on else SPLIT
        found += [IdChange(old_id, new_id, kind, REASONS[kind]) for new_id in others or [None]]
    return found


def id_problems(
    old: Side, new: Side, pending: Sequence[tuple[IdChange, int]], linked: Collection[str] = ()
) -> Iterator[Problem]:
    """What is wrong with the ids that go, and with what is said of them; of those in `linked` linking says it."""
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
