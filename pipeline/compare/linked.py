"""What became of incidents because their records are linked otherwise than in the last release."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from pipeline.compare.difference import MERGED, RETIRED, SPLIT, IdChange
from pipeline.compare.sides import Side
from pipeline.schema.duckdb import literal

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
"""Why, by kind. By these words a published row is known that no curator wrote."""


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
