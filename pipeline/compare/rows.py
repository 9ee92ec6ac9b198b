"""What differs between the rows of two sides: by key, field by field, in DuckDB, with merged ids followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from pipeline.compare.numbers import UNCHANGED
from pipeline.compare.sides import Side
from pipeline.compare.structure import WHOLE
from pipeline.config import THIS_RELEASE
from pipeline.schema import Field, Table
from pipeline.schema.duckdb import DUCKDB_TYPES, literal, quote

NOT_ROW_BY_ROW = {
    "changes": "it tells of each side's own release",
    "id_changes": "it is read to follow ids that were merged",
}
"""Tables whose rows say what this module finds out."""
SUBJECTS = ("incident_id", "subject_id", "unit_id", "operation_id")
"""The columns that say which incident or operation a row is about, the first that a table has."""
CURATED = "curated:"
"""A curated entry is a record of its own, with the entry's id behind this; it is merged with its incident."""


@dataclass(frozen=True)
class TableDifference:
    """How many rows of a table differ.

    Attributes:
        added, removed: rows on one side only.
        changed: rows on both sides with another value in a field.
        values: values that differ in those.
    """

    added: int = 0
    removed: int = 0
    changed: int = 0
    values: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True)
class RowDifferences:
    """The differences between two sides, with the changed values in the connection's table ``changed_values``.

    Attributes:
        tables: by name, tables without a difference included.
        not_compared: the tables that could not be compared, with the reason.
    """

    tables: Mapping[str, TableDifference]
    not_compared: Mapping[str, str]


def compare_rows(
    connection: duckdb.DuckDBPyConnection, old: Side, new: Side, merged: Iterable[tuple[str, str]] = ()
) -> RowDifferences:
    """Compare every table that both sides have.

    Columns that only one side has, and those that are set at release, are left out; in a key, the number of each
    side's own release counts as the same. A column of another type is compared after a cast to the new one. Ids of
    the old side that were merged are followed wherever they refer to something, so that a merge is not told as a
    change of all that belongs to it.

    Args:
        connection: where the table ``changed_values`` is made: table, key, change_type, field, old, new, and
            subject, the incident or operation that the row is about.
        old: the earlier side.
        new: the later side.
        merged: pairs of an old id and the one that stands in its place.
    """
    connection.execute(
        "CREATE TABLE changed_values "
        '("table" VARCHAR, key VARCHAR, change_type VARCHAR, field VARCHAR, old VARCHAR, new VARCHAR, subject VARCHAR)'
    )
    connection.execute("CREATE TABLE merged_ids (old_id VARCHAR PRIMARY KEY, new_id VARCHAR)")
    entries = _records(connection, new)
    pairs = [
        pair
        for old_id, new_id in merged
        for pair in ((old_id, new_id), (CURATED + old_id, CURATED + new_id))
        if pair[0] not in entries  # incidents were linked: each entry is still a record of its own
    ]
    if pairs:
        connection.executemany("INSERT INTO merged_ids VALUES (?, ?)", pairs)
    tables: dict[str, TableDifference] = {}
    not_compared: dict[str, str] = {}
    for side in (old, new):
        not_compared |= side.unreadable
    for name in new.schema.tables:
        if name in NOT_ROW_BY_ROW or name in not_compared or name not in old.schema.tables:
            continue
        reason = _why_not(connection, old, new, name)
        if reason:
            not_compared[name] = reason
        else:
            tables[name] = _compare_table(connection, old, new, name, follows=bool(pairs))
    return RowDifferences(tables, not_compared)


def _records(connection: duckdb.DuckDBPyConnection, side: Side) -> set[str]:
    """The records that curated entries are."""
    path = side.path("records")
    if path is None or "record_id" not in side.schema.tables["records"].columns:
        return set()
    found = connection.execute(
        f"SELECT record_id FROM read_parquet({literal(str(path))}) WHERE starts_with(record_id, {literal(CURATED)})"
    ).fetchall()
    return {row[0] for row in found}


def _why_not(connection: duckdb.DuckDBPyConnection, old: Side, new: Side, name: str) -> str | None:
    """Why a table cannot be compared row by row, or None when it can."""
    key = new.schema.tables[name].primary_key
    if not key:
        return "it has no primary key"
    before, after = old.schema.tables[name], new.schema.tables[name]
    if before.primary_key != key or any(before[column].type != after[column].type for column in key):
        return "its primary key is another one"
    for side in (old, new):
        label = f"version {side.version}" if side.version else "the new side"
        columns = ", ".join(_key_value(side, after, column) for column in key)
        row = connection.execute(
            f"SELECT count(*), count(DISTINCT ({columns})) FROM read_parquet({_file(side, name)})"
        ).fetchone()
        assert row is not None
        if row[0] != row[1]:
            return f"{row[0] - row[1]} rows of {label} repeat a key"
    return None


def _key_value(side: Side, after: Table, name: str) -> str:
    """A column of the key, with one word for the number of the side's own release."""
    if not after[name].set_at_release:
        return quote(name)
    own = f"{literal(side.version.removesuffix(UNCHANGED))}, {literal(THIS_RELEASE)}"
    return f"CASE WHEN {quote(name)} IN ({own}) THEN {literal(THIS_RELEASE)} ELSE {quote(name)} END"


def _compare_table(
    connection: duckdb.DuckDBPyConnection, old: Side, new: Side, name: str, *, follows: bool
) -> TableDifference:
    before, after = old.schema.tables[name], new.schema.tables[name]
    key = after.primary_key
    fields = [
        field
        for field in after.fields
        if field.name in before.columns and field.name not in key and not field.set_at_release
    ]
    _list_differing(connection, old, new, after, fields, follows=follows)
    _add_values(connection, name, fields)
    row = connection.execute(
        'SELECT count(*) FILTER (WHERE was IS NULL), count(*) FILTER (WHERE "is" IS NULL), '
        'count(*) FILTER (WHERE was AND "is"), (SELECT count(*) FROM changed_values '
        f"WHERE \"table\" = {literal(name)} AND change_type = 'changed') FROM differing"
    ).fetchone()
    assert row is not None
    return TableDifference(*row)


def _list_differing(
    connection: duckdb.DuckDBPyConnection, old: Side, new: Side, after: Table, fields: Sequence[Field], *, follows: bool
) -> None:
    """Table ``differing``: a row for each key whose row is not the same on both sides, with both values of each field.

    The key of a row that is gone is shown as it was published; that of any other as it is now.
    """
    before, key = old.schema.tables[after.name], after.primary_key
    old_rows = _old_rows(old, before, after, fields, follows=follows)
    own_key = [f"{_key_value(new, after, column)} AS {quote(column)}" for column in key]
    new_columns = ", ".join([*own_key, *(quote(field.name) for field in fields)])
    new_rows = f"SELECT {new_columns} FROM read_parquet({_file(new, after.name)})"
    same_key = " AND ".join(f"o.{quote(column)} IS NOT DISTINCT FROM n.{quote(column)}" for column in key)
    differs = " OR ".join(f"o.{quote(field.name)} IS DISTINCT FROM n.{quote(field.name)}" for field in fields)
    new_key = " || '|' || ".join(f"n.{quote(column)}::VARCHAR" for column in key)
    subject = next((column for column in SUBJECTS if column in after.columns and column in before.columns), None)
    about = f"coalesce(n.{quote(subject)}, o.{quote(subject)})" if subject else "NULL"
    values = "".join(
        f", {side}.{quote(field.name)} AS {quote(side + '_' + field.name)}" for field in fields for side in ("o", "n")
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE differing AS "
        f"WITH o AS (SELECT *, true AS there FROM ({old_rows})), n AS (SELECT *, true AS there FROM ({new_rows})) "
        f"SELECT CASE WHEN n.there THEN {new_key} ELSE o.published_key END AS key, {about} AS subject, "
        f'o.there AS was, n.there AS "is"{values} '
        f"FROM o FULL JOIN n ON {same_key} WHERE o.there IS NULL OR n.there IS NULL OR {differs or 'false'}"
    )


def _add_values(connection: duckdb.DuckDBPyConnection, name: str, fields: Sequence[Field]) -> None:
    """Add what ``differing`` holds to ``changed_values``: a row for each value, or for a row of one side only."""
    table = literal(name)
    for change, absent in (("added", "was"), ("removed", '"is"')):
        connection.execute(
            f"INSERT INTO changed_values SELECT {table}, key, '{change}', {literal(WHOLE)}, NULL, NULL, subject "
            f"FROM differing WHERE {absent} IS NULL"
        )
    for field in fields:
        was, became = quote("o_" + field.name), quote("n_" + field.name)
        connection.execute(
            f"INSERT INTO changed_values SELECT {table}, key, 'changed', {literal(field.name)}, "
            f"{was}::VARCHAR, {became}::VARCHAR, subject "
            f'FROM differing WHERE was AND "is" AND {was} IS DISTINCT FROM {became}'
        )


def _old_rows(old: Side, table: Table, after: Table, fields: Sequence[Field], *, follows: bool) -> str:
    """The old rows with the types of the new ones, and with merged ids replaced where they refer to something.

    A row whose key so becomes that of another row told the same of the id that was merged: it is left out. The column
    ``published_key`` keeps the key as it was.
    """
    key = after.primary_key
    columns, followed_keys = [], []
    for name in [*key, *(field.name for field in fields)]:
        text = quote(name)
        value = _key_value(old, after, name) if name in key else text
        if follows and name.endswith("_id") and table[name].type == "string" and key != (name,):
            value = f"coalesce((SELECT new_id FROM merged_ids WHERE old_id = {text}), {text})"
            followed_keys += [text] if name in key else []
        columns.append(f"{value} AS {text}")
    for at, field in enumerate(fields, len(key)):
        if table[field.name].type != field.type:
            columns[at] = f"TRY_CAST({quote(field.name)} AS {DUCKDB_TYPES[field.type]}) AS {quote(field.name)}"
    published = " || '|' || ".join(f"t.{quote(column)}::VARCHAR" for column in key)
    listed = f"{', '.join(columns)}, {published} AS published_key"
    source = f"FROM read_parquet({_file(old, table.name)}) AS t"
    if not followed_keys:
        return f"SELECT {listed} {source}"
    was_followed = " OR ".join(f"t.{text} IN (SELECT old_id FROM merged_ids)" for text in followed_keys)
    return (
        f"SELECT * EXCLUDE was_followed FROM (SELECT {listed}, {was_followed} AS was_followed {source}) "
        f"QUALIFY row_number() OVER (PARTITION BY {_names(key)} ORDER BY was_followed) = 1"
    )


def _file(side: Side, name: str) -> str:
    path = side.path(name)
    assert path is not None, name
    return literal(str(path))


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(quote, names))
