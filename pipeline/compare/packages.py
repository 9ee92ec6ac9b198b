"""Two released packages compared, as `sahel diff` does."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipeline.compare.difference import Difference, IdChange, compare_sides
from pipeline.compare.numbers import parts
from pipeline.compare.sides import Side, of_package
from pipeline.config import SEMANTIC_VERSION
from pipeline.packages import read_descriptor
from pipeline.problems import CannotDo
from pipeline.schema.duckdb import literal
from pipeline.writers import write_parquet

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
    return compare_sides(old, new, _id_changes(old, new))


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
    if not SEMANTIC_VERSION.match(old.version.partition("+")[0]):
        return []  # which of them are later cannot be told; nothing is followed
    path, table = new.path("id_changes"), new.schema.tables.get("id_changes")
    if path is None or table is None or not set(NEEDED) <= set(table.columns):
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
