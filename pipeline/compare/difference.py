"""All that differs between two sides, and what it means for the version number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from pipeline.compare.languages import ENGLISH, Language
from pipeline.compare.rows import RowDifferences, compare_rows
from pipeline.compare.sides import Side
from pipeline.compare.structure import StructuralChange, package_changes, structural_changes
from pipeline.compare.totals import Total, death_totals
from pipeline.schema.duckdb import literal

MERGED, SPLIT, RETIRED = "merged", "split", "retired"


@dataclass(frozen=True)
class IdChange:
    """An id that is no longer used, or no longer means all that it meant; a row of `id_changes` without its release."""

    old_id: str
    new_id: str | None
    kind: str
    reason: str


@dataclass(frozen=True)
class Difference:
    """What differs between two sides.

    Attributes:
        old, new: the sides.
        structure: tables, fields, keys, constraints and texts.
        package: what the packages say of themselves as a whole: licence, sources, texts.
        rows: rows by table; the values stand in the table ``changed_values`` of the connection.
        totals: deaths by country and year, or None where a side has no tolls to sum.
        id_changes: ids merged, split or retired since the old side.
        reused: ids that mean something else than on the old side.
        connection: holds ``changed_values``.
    """

    old: Side
    new: Side
    structure: Sequence[StructuralChange]
    package: Sequence[StructuralChange]
    rows: RowDifferences
    totals: Sequence[Total] | None
    id_changes: Sequence[IdChange]
    reused: Sequence[str]
    connection: duckdb.DuckDBPyConnection

    @property
    def is_different(self) -> bool:
        """Whether anything differs that a release would have to carry."""
        described = self.structure or self.package
        return bool(described or self.id_changes or self.reused or any(self.rows.tables.values()))

    def changes(self, say: Language = ENGLISH) -> list[tuple[str, str]]:
        """Pairs of a code of ``schemas/version_rules.csv`` and what changed, for people."""
        found = [(change.change, change.told(say)) for change in (*self.package, *self.structure)]
        found += [("id_reused", say("{id} means something else than it did", id=reused)) for reused in self.reused]
        for kind in (MERGED, SPLIT, RETIRED):
            ids = list(dict.fromkeys(change.old_id for change in self.id_changes if change.kind == kind))
            if ids:
                listed = shortened(ids, say)
                found.append(
                    ("ids_changed", say(f"{{ids}} {kind}: {{listed}}", ids=say.counted(len(ids), "id"), listed=listed))
                )
        for name, table in self.rows.tables.items():
            if not self.new.schema.tables[name].listed_in_changes:
                if table:
                    what = told(table.added, table.removed, table.changed, say)
                    found.append(("derived_changed", say("{table}: {what}", table=name, what=what)))
                continue
            rows = {key: say.counted(getattr(table, key), "row") for key in ("added", "removed", "changed")}
            values = say.counted(table.values, "value")
            for is_there, change, what in (
                (table.added, "rows_added", say("{rows} added", rows=rows["added"])),
                (table.removed, "rows_removed", say("{rows} removed", rows=rows["removed"])),
                (
                    table.changed,
                    "values_corrected",
                    say("{values} changed in {rows}", values=values, rows=rows["changed"]),
                ),
            ):
                if is_there:
                    found.append((change, say("{table}: {what}", table=name, what=what)))
        return found


def compare_sides(old: Side, new: Side, id_changes: Sequence[IdChange]) -> Difference:
    """Compare two sides.

    Args:
        old: the earlier side.
        new: the later side.
        id_changes: ids merged, split or retired since the old side.
    """
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    live = _live(connection, new)
    merged = {old_id: new_id for old_id, new_id in followed_merges(id_changes).items() if old_id not in live}
    return Difference(
        old=old,
        new=new,
        structure=structural_changes(old, new),
        package=package_changes(old.about, new.about),
        rows=compare_rows(connection, old, new, merged.items()),
        totals=death_totals(connection, old, new),
        id_changes=id_changes,
        reused=_reused(connection, old, new),
        connection=connection,
    )


def followed_merges(id_changes: Iterable[IdChange]) -> dict[str, str]:
    """What stands in the place of each merged id in the end, through merges of merges; circles are not followed."""
    step = {change.old_id: change.new_id for change in id_changes if change.kind == MERGED and change.new_id}
    followed = {}
    for first, then in step.items():
        seen, last = {first}, then
        while last in step and last not in seen:
            seen.add(last)
            last = step[last]
        followed[first] = last
    return followed


def _reused(connection: duckdb.DuckDBPyConnection, old: Side, new: Side) -> list[str]:
    """Ids of which the old side tells that they are gone and which are used again, and incidents that are others now.

    An id that was split may live on; then the old side has it.

    An incident is another one when not one of its reports is the same and it lies on other days.
    """
    found: set[str] = set()
    gone = old.path("id_changes")
    if gone:
        rows = connection.execute(f"SELECT old_id FROM read_parquet({literal(str(gone))})").fetchall()
        found |= {row[0] for row in rows} & (_live(connection, new) - _live(connection, old))
    needed = [side.path(name) for side in (old, new) for name in ("incidents", "incident_reports")]
    if all(needed):
        events = [
            f"(SELECT incident_id, date_start, date_end, report_id FROM read_parquet({literal(str(incidents))}) "
            f"JOIN read_parquet({literal(str(reports))}) ON subject_id = incident_id)"
            for incidents, reports in (needed[:2], needed[2:])
        ]
        rows = connection.execute(
            f"SELECT incident_id FROM {events[0]} o JOIN {events[1]} n USING (incident_id) GROUP BY incident_id "
            "HAVING NOT bool_or(o.report_id = n.report_id) "
            "AND (max(o.date_end) < min(n.date_start) OR max(n.date_end) < min(o.date_start))"
        ).fetchall()
        found |= {row[0] for row in rows}
    return sorted(found)


def _live(connection: duckdb.DuckDBPyConnection, side: Side) -> set[str]:
    """The ids of incidents and operations of a side."""
    found: set[str] = set()
    for table, column in (("incidents", "incident_id"), ("operations", "operation_id")):
        path = side.path(table)
        if path and column in side.schema.tables[table].columns:
            rows = connection.execute(f"SELECT {column} FROM read_parquet({literal(str(path))})").fetchall()
            found |= {str(row[0]) for row in rows}
    return found


def told(added: int, removed: int, changed: int, say: Language = ENGLISH) -> str:
    """How many rows differ in which way: ``2 added, 1 changed``."""
    parts = ((added, "{rows} added"), (removed, "{rows} removed"), (changed, "{rows} changed"))
    return ", ".join(say(what, rows=say.number(number)) for number, what in parts if number)


def shortened(items: Sequence[str], say: Language = ENGLISH, limit: int = 5) -> str:
    """The first items of a list, and how many more there are."""
    listed, more = ", ".join(items[:limit]), len(items) - limit
    return say("{listed} and {count} more", listed=listed, count=say.number(more)) if more > 0 else listed
