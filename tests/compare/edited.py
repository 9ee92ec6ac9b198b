"""Decided tables, changed as another run of `resolve` would change them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config import Project
from pipeline.writers import write_parquet

Row = dict[str, Any]


def rows(folder: Path, table: str) -> list[Row]:
    return list(pq.read_table(folder / f"{table}.parquet").to_pylist())


def edit(project: Project, table: str, change: Callable[[list[Row]], object]) -> None:
    """Change the rows of a decided table as another run of `resolve` would."""
    path = project.resolved / f"{table}.parquet"
    layout = pq.read_schema(path)
    listed = rows(project.resolved, table)
    change(listed)
    write_parquet(pa.Table.from_pylist(listed, schema=layout), path)


def first(project: Project, table: str, **values: object) -> Row:
    return next(row for row in rows(project.resolved, table) if all(row[key] == value for key, value in values.items()))


def setter(key: str, identifier: str, field: str, value: object) -> Callable[[list[Row]], None]:
    def change(listed: list[Row]) -> None:
        next(row for row in listed if row[key] == identifier)[field] = value

    return change


def version(project: Project) -> dict[str, Any]:
    return dict(json.loads(project.version_file.read_text(encoding="utf-8")))


def merge(project: Project, old: str, new: str, *, written: bool = True) -> None:
    """Fold one incident into another, as a curator does who moves its claims and deletes the entry."""

    def moved(column: str) -> Callable[[list[Row]], None]:
        def change(listed: list[Row]) -> None:
            for row in listed:
                if row[column] == old:
                    row[column] = new
                if row.get("record_id") == f"curated:{old}":
                    row["record_id"] = f"curated:{new}"

        return change

    def dropped(listed: list[Row]) -> None:
        listed[:] = [row for row in listed if row["incident_id"] != old]

    edit(project, "incidents", dropped)
    edit(project, "records", dropped)
    edit(project, "incident_actors", dropped)
    edit(project, "claims", moved("subject_id"))
    edit(project, "incident_reports", moved("subject_id"))
    edit(project, "tolls", lambda listed: listed.__setitem__(slice(None), [r for r in listed if r["unit_id"] != old]))
    if written:
        with (project.reference / "id_changes.csv").open("a", encoding="utf-8") as out:
            out.write(f"{old},{new},merged,Both are about one ambush.\n")
