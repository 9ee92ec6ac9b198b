"""The reasons of changed values: what curators wrote since the last release, brought to the values it is about."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from pipeline.compare.difference import Difference, IdChange
from pipeline.compare.sides import Side
from pipeline.compare.structure import WHOLE
from pipeline.schema.duckdb import literal

STRUCTURAL = {
    "table_removed": "removed",
    "table_added": "added",
    "field_removed": "removed",
    "field_appended": "added",
    "field_inserted": "added",
    "field_retyped": "changed",
    "key_changed": "changed",
}
"""The structural changes that the table `changes` lists, with their ``change_type``."""


def changes_with_reasons(difference: Difference) -> pa.Table:
    """The rows of the table `changes`.

    A reason is a revision of the incident or operation that was not yet in the last release: those of the same field,
    else all of them; for an id that was merged, split or retired, why. Several are joined.

    Returns:
        Columns of `changes`, for the tables that it lists, in no particular order.
    """
    connection = difference.connection
    _list_reasons(connection, difference)
    _list_subjects(connection, difference)
    listed = [name for name, table in difference.new.schema.tables.items() if table.listed_in_changes]
    found = connection.execute(
        f"""
        WITH listed AS (
            SELECT *, row_number() OVER () AS place FROM changed_values WHERE "table" IN ({_texts(listed)})
        ),
        about AS (
            SELECT l.place, coalesce(l.subject, s.subject) AS subject
            FROM listed l LEFT JOIN subjects s ON l.subject IS NULL AND l."table" = s."table" AND l.key = s.key
        ),
        said AS (
            SELECT l.place, r.reason, r.position, coalesce(r.field = l.field, false) AS is_exact
            FROM listed l JOIN about a USING (place) JOIN reasons r ON r.subject = a.subject
        ),
        best AS (
            SELECT place, bool_or(is_exact) AS has_exact FROM said GROUP BY place
        ),
        joined AS (
            SELECT place, string_agg(reason, '; ' ORDER BY position, reason) AS reason FROM (
                SELECT place, reason, min(position) AS position FROM said JOIN best USING (place)
                WHERE is_exact OR NOT has_exact GROUP BY ALL)
            GROUP BY place
        )
        SELECT "table", key, change_type, field, old, new, reason FROM listed LEFT JOIN joined USING (place)
        """
    ).to_arrow_table()
    return pa.concat_tables([found, _structural_rows(difference, found.schema)])


def changed_incidents(difference: Difference) -> set[str]:
    """The incidents of which any value, actor, report, record or claim differs."""
    _list_subjects(difference.connection, difference)
    rows = difference.connection.execute(
        """
        SELECT DISTINCT coalesce(c.subject, s.subject)
        FROM changed_values c LEFT JOIN subjects s ON c."table" = s."table" AND c.key = s.key
        WHERE c."table" IN ('incidents', 'incident_actors', 'incident_reports', 'records', 'claims', 'claim_reports')
        """
    ).fetchall()
    return {row[0] for row in rows if row[0] is not None}


def _list_reasons(connection: duckdb.DuckDBPyConnection, difference: Difference) -> None:
    """Table ``reasons``: subject, field (null for any), reason, position; only what the old side did not have."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE reasons (subject VARCHAR, field VARCHAR, reason VARCHAR, position BIGINT)"
    )
    revisions, known = difference.new.path("revisions"), difference.old.path("revisions")
    columns = "subject_id, field, reason, revised_date"
    if revisions:
        before = f"ANTI JOIN read_parquet({literal(str(known))}) o USING ({columns})" if known else ""
        connection.execute(
            f"INSERT INTO reasons SELECT n.subject_id, n.field, n.reason, n.position "
            f"FROM read_parquet({literal(str(revisions))}) n {before}"
        )
    for change in difference.id_changes:
        for subject in filter(None, (change.old_id, change.new_id)):
            connection.execute("INSERT INTO reasons VALUES (?, NULL, ?, 0)", [subject, _of_id(change)])


def _of_id(change: IdChange) -> str:
    into = f" into {change.new_id}" if change.new_id else ""
    return f"{change.old_id} {change.kind}{into}: {change.reason}"


def _list_subjects(connection: duckdb.DuckDBPyConnection, difference: Difference) -> None:
    """Table ``subjects``: the incidents and operations that rows of `claim_reports` and `reports` are about."""
    connection.execute('CREATE OR REPLACE TEMP TABLE subjects ("table" VARCHAR, key VARCHAR, subject VARCHAR)')
    queries = []
    for side in (difference.old, difference.new):
        claims, carried, used = (_source(side, name) for name in ("claims", "claim_reports", "incident_reports"))
        if claims and carried:
            queries.append(
                f"SELECT 'claim_reports', claim_id || '|' || r.report_id, c.subject_id "
                f"FROM {carried} r JOIN {claims} c USING (claim_id)"
            )
        if used:
            queries.append(f"SELECT 'reports', report_id, subject_id FROM {used}")
    if queries:
        connection.execute(f"INSERT INTO subjects {' UNION '.join(queries)}")


def _source(side: Side, table: str) -> str | None:
    path = side.path(table)
    return f"read_parquet({literal(str(path))})" if path else None


def _structural_rows(difference: Difference, layout: pa.Schema) -> pa.Table:
    rows = [
        {
            "table": change.table,
            "key": WHOLE,
            "change_type": STRUCTURAL[change.change],
            "field": change.field,
            "old": change.old,
            "new": change.new,
            "reason": None,
        }
        for change in difference.structure
        if change.change in STRUCTURAL
    ]
    return pa.Table.from_pylist(rows, schema=layout)


def _texts(names: Sequence[str]) -> str:
    return ", ".join(map(literal, names))
