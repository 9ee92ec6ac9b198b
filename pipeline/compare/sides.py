"""The two sides of a comparison: tables in a folder, and the description that comes with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.packages import is_plain_name
from pipeline.schema import Schema
from pipeline.schema.descriptor import CSV_SUFFIX, PARQUET_MISSING, read_schema, table_schema


@dataclass(frozen=True)
class Side:
    """One side: a Parquet file for each table, and what describes them.

    Attributes:
        version: version of the release.
        folder: where the files lie.
        files: the plain name of each table's file.
        described: the Table Schema of each table, as ``datapackage.json`` has it.
        schema: the same, parsed.
    """

    version: str
    folder: Path
    files: Mapping[str, str]
    described: Mapping[str, Mapping[str, Any]]
    schema: Schema

    def path(self, table: str) -> Path | None:
        """The Parquet file of a table, or None where there is none."""
        found = self.folder / self.files.get(table, "")
        return found if found.is_file() else None


def of_package(folder: Path, descriptor: Mapping[str, Any]) -> Side:
    """The side that a released package is.

    Args:
        folder: where its files lie.
        descriptor: its ``datapackage.json``.
    """
    resources = [resource for resource in descriptor["resources"] if _is_parquet(resource)]
    return Side(
        version=str(descriptor.get("version", "")),
        folder=folder,
        files={resource["name"]: resource["path"] for resource in resources if is_plain_name(resource.get("path"))},
        described={resource["name"]: resource["schema"] for resource in resources},
        schema=read_schema({**descriptor, "resources": resources}, ""),
    )


def of_tables(folder: Path, schema: Schema, version: str = "") -> Side:
    """The side that tables are which are not packaged yet, described by this project's declaration."""
    described = {name: table_schema(schema, table, missing=PARQUET_MISSING) for name, table in schema.tables.items()}
    resources = [{"name": name, "schema": raw} for name, raw in described.items()]
    read = read_schema({"schema_version": schema.version, "resources": resources}, "")
    return Side(version, folder, {name: f"{name}.parquet" for name in described}, described, read)


def _is_parquet(resource: Mapping[str, Any]) -> bool:
    return bool(resource.get("schema")) and not str(resource["name"]).endswith(CSV_SUFFIX)
