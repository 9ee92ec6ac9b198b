"""Two released packages compared, as `sahel diff` does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipeline.compare.difference import Difference, IdChange, compare_sides
from pipeline.compare.numbers import parts
from pipeline.compare.sides import Side, of_package
from pipeline.config import SEMANTIC_VERSION
from pipeline.packages import read_descriptor
from pipeline.problems import CannotDo
from pipeline.schema.duckdb import literal
from pipeline.writers import write_parquet

ID_CHANGES = "id_changes"
NEEDED = ("old_id", "new_id", "kind", "release")


def compare_packages(old_folder: Path, old_name: str, new_folder: Path, new_name: str) -> Difference:
    """Compare two packages that lie in folders.

    Args:
        old_folder: where the earlier one lies.
        old_name: what people know it by.
        new_folder: where the later one lies.
        new_name: what people know it by.

    Raises:
        CannotDo: one of them does not describe its tables, or they have no table in common.
    """
    old, new = _side(old_folder, old_name), _side(new_folder, new_name)
    if not set(old.schema.tables) & set(new.schema.tables):
        raise CannotDo(f"{old_name} and {new_name} have no table in common: nothing can be compared")
    difference = compare_sides(old, new, _id_changes(old, new))
    why_not = _why_not_followed(old, new, old_name)
    if why_not:
        told = {**difference.rows.not_compared, ID_CHANGES: f"ids are not followed: {why_not}"}
        return replace(difference, rows=replace(difference.rows, not_compared=told))
    return difference


def write_values(difference: Difference, target: Path) -> None:
    """Write every changed value as Parquet: table, key, change_type, field, old, new, in this order of columns."""
    columns = '"table", key, change_type, field, old, new'
    found = difference.connection.execute(f"SELECT {columns} FROM changed_values ORDER BY ALL").to_arrow_table()
    write_parquet(found, target)


def _side(folder: Path, name: str) -> Side:
    try:
        return of_package(folder, read_descriptor(folder, name))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CannotDo(f"{name}: its datapackage.json does not describe its tables: {error}") from error


def _id_changes(old: Side, new: Side) -> list[IdChange]:
    """What the later package says of ids since the earlier one."""
    path, table = new.path(ID_CHANGES), new.schema.tables.get(ID_CHANGES)
    if path is None or table is None or _why_not_followed(old, new, ""):
        return []
    reason = "reason" if "reason" in table.columns else "NULL"
    try:
        rows = duckdb.sql(
            f"SELECT old_id, new_id, kind, release, {reason} FROM read_parquet({literal(str(path))}) ORDER BY ALL"
        ).fetchall()
    except duckdb.Error as error:
        raise CannotDo(f"id_changes.parquet of version {new.version} cannot be read: {error}") from error
    return [
        IdChange(old_id, new_id, kind, why or "")
        for old_id, new_id, kind, release, why in rows
        if kind and old_id and release and parts(release) > parts(old.version)
    ]


def _why_not_followed(old: Side, new: Side, old_name: str) -> str | None:
    """Why what became of ids cannot be told, where the later package says of any that they changed."""
    path = new.path(ID_CHANGES)
    if path is None or pq.read_metadata(path).num_rows == 0:
        return None
    missing = [column for column in NEEDED if column not in new.schema.tables[ID_CHANGES].columns]
    if missing:
        return f"the table {ID_CHANGES} has no {', '.join(missing)}"
    if not SEMANTIC_VERSION.match(old.version.partition("+")[0]):
        return f"{old_name} has no version of three numbers, so that what changed since is not known"
    return None
