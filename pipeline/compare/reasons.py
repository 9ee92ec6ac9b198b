"""The reasons of changed values: what curators wrote since the last release, brought to the values it is about."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.compare.difference import Difference, IdChange
from pipeline.compare.sides import Side
from pipeline.compare.structure import WHOLE, StructuralChange
from pipeline.problems import CannotDo
from pipeline.schema.duckdb import literal

STRUCTURAL = {
    "table_removed": "removed",
    "table_added": "added",
    "field_removed": "removed",
    "field_appended": "added",
    "field_inserted": "added",
    "field_retyped": "changed",
    "fields_reordered": "changed",
    "key_changed": "changed",
    "constraint_tightened": "changed",
    "constraint_loosened": "changed",
    "licence_changed": "changed",
    "source_removed": "changed",
    "source_added": "changed",
}
"""The changes of the description that the table `changes` lists, with their ``change_type``: all but of texts."""


MOVED_BY = ("incident_id", "subject_id")
"""A row in which one of these differs has gone from one incident to another."""
Derived = Sequence[tuple[str, str, str]]
"""Table, field (a regular expression; ``\\*`` is a row as a whole) and a key of an entry from which it is derived."""


def load_derived(schemas: Path) -> Derived:
    """From which keys of an entry the fields of the tables follow; the key ``*`` is the id, when it is merged or split.

    Raises:
        CannotDo: ``derived_fields.csv`` has other columns than table, field, derived_from.
    """
    rows = list(csv.DictReader(io.StringIO((schemas / "derived_fields.csv").read_text(encoding="utf-8"))))
    try:
        return [(row["table"], row["field"], key) for row in rows for key in row["derived_from"].split()]
    except (KeyError, AttributeError) as error:
        raise CannotDo("schemas/derived_fields.csv: its columns are table, field, derived_from") from error


def changes_with_reasons(difference: Difference, derived: Derived) -> pa.Table:
    """The rows of the table `changes`.

    A reason is a revision of the incident or operation that was not yet in the last release: those of the same field,
    else those of fields from which it is derived; for an id that was merged, split or retired, why. Several are joined.
    Where a revision names a claim, it gives a reason to no other claim.

    Args:
        difference: from the last release.
        derived: from `load_derived`.

    Returns:
        Columns of `changes`, for the tables that it lists, in no particular order.
    """
    connection = difference.connection
    _list_reasons(connection, difference)
    _list_derived(connection, derived)
    _list_subjects(connection, difference)
    listed = [name for name, table in difference.new.schema.tables.items() if table.listed_in_changes]
    found = connection.execute(
        f"""
        WITH listed AS (
            SELECT *, row_number() OVER () AS place FROM changed_values WHERE "table" IN ({_texts(listed)})
        ),
        about AS (
            SELECT place, subject FROM listed
            UNION SELECT l.place, s.subject FROM listed l JOIN subjects s ON l."table" = s."table" AND l.key = s.key
        ),
        said AS (
            SELECT l.place, r.reason, r.position, r.field = l.field AND r.field <> '{WHOLE}' AS is_exact
            FROM listed l JOIN about a USING (place) JOIN reasons r ON r.subject = a.subject
              AND (r.claim_id IS NULL OR l."table" <> 'claims' OR l.key = r.claim_id)
            WHERE is_exact OR EXISTS (
                FROM derived d
                WHERE d."table" = l."table" AND d.derived_from = r.field AND regexp_full_match(l.field, d.field))
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
    """The incidents of which any value, actor, report, record or claim differs; one that moved is of both."""
    _list_subjects(difference.connection, difference)
    rows = difference.connection.execute(
        """
        WITH own AS (
            FROM changed_values
            WHERE "table" IN ('incidents', 'incident_actors', 'incident_reports', 'records', 'claims', 'claim_reports'))
        SELECT subject FROM own
        UNION SELECT s.subject FROM own o JOIN subjects s ON o."table" = s."table" AND o.key = s.key
        """
    ).fetchall()
    return {row[0] for row in rows if row[0] is not None}


def _list_reasons(connection: duckdb.DuckDBPyConnection, difference: Difference) -> None:
    """Table ``reasons``: subject, field (``*`` for its id), claim, reason, position; only what the old side had not."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE reasons "
        "(subject VARCHAR, field VARCHAR, claim_id VARCHAR, reason VARCHAR, position BIGINT)"
    )
    revisions, known = difference.new.path("revisions"), difference.old.path("revisions")
    columns = "subject_id, field, reason, revised_date"
    if revisions:
        before = f"ANTI JOIN read_parquet({literal(str(known))}) o USING ({columns})" if known else ""
        claim = "n.claim_id" if "claim_id" in difference.new.schema.tables["revisions"].columns else "NULL"
        connection.execute(
            f"INSERT INTO reasons SELECT n.subject_id, n.field, {claim}, n.reason, n.position "
            f"FROM read_parquet({literal(str(revisions))}) n {before}"
        )
    for change in difference.id_changes:
        for subject in filter(None, (change.old_id, change.new_id)):
            connection.execute("INSERT INTO reasons VALUES (?, ?, NULL, ?, 0)", [subject, WHOLE, _of_id(change)])


def _list_derived(connection: duckdb.DuckDBPyConnection, derived: Derived) -> None:
    """Table ``derived``: table, field, derived_from."""
    connection.execute('CREATE OR REPLACE TEMP TABLE derived ("table" VARCHAR, field VARCHAR, derived_from VARCHAR)')
    if derived:
        connection.executemany("INSERT INTO derived VALUES (?, ?, ?)", [list(row) for row in derived])


def _of_id(change: IdChange) -> str:
    into = f" into {change.new_id}" if change.new_id else ""
    return f"{change.old_id} {change.kind}{into}: {change.reason}"


def _list_subjects(connection: duckdb.DuckDBPyConnection, difference: Difference) -> None:
    """Table ``subjects``: the incidents and operations that rows of `claim_reports` and `reports` are about.

    And those from which and to which a claim or a record has moved.
    """
    connection.execute('CREATE OR REPLACE TEMP TABLE subjects ("table" VARCHAR, key VARCHAR, subject VARCHAR)')
    queries = [
        f'SELECT "table", key, unnest([old, new]) FROM changed_values WHERE field IN ({_texts(MOVED_BY)})',
    ]
    for side in (difference.old, difference.new):
        claims, carried, used = (_source(side, name) for name in ("claims", "claim_reports", "incident_reports"))
        if claims and carried:
            queries.append(
                f"SELECT 'claim_reports', claim_id || '|' || r.report_id, c.subject_id "
                f"FROM {carried} r JOIN {claims} c USING (claim_id)"
            )
        if used:
            queries.append(f"SELECT 'reports', report_id, subject_id FROM {used}")
    connection.execute(f"INSERT INTO subjects {' UNION '.join(queries)}")


def _source(side: Side, table: str) -> str | None:
    path = side.path(table)
    return f"read_parquet({literal(str(path))})" if path else None


def _structural_rows(difference: Difference, layout: pa.Schema) -> pa.Table:
    """One row for each table and field; what several changes say of it is joined."""
    listed: dict[tuple[str, str], list[StructuralChange]] = {}
    for change in (*difference.package, *difference.structure):
        if change.change in STRUCTURAL:
            listed.setdefault((change.table, change.field), []).append(change)
    rows = []
    for (table, field), found in listed.items():
        kinds = {STRUCTURAL[change.change] for change in found}
        kind = kinds.pop() if len(kinds) == 1 else "changed"
        old, new = _joined(change.old for change in found), _joined(change.new for change in found)
        rows.append({"table": table, "key": WHOLE, "change_type": kind, "field": field, "old": old, "new": new})
    return pa.Table.from_pylist(rows, schema=layout)


def _joined(values: Iterable[str | None]) -> str | None:
    return "; ".join(value for value in values if value is not None) or None


def _texts(names: Sequence[str]) -> str:
    return ", ".join(map(literal, names))
