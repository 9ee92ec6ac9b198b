"""The two sides of a comparison: tables in a folder, and the description that comes with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline.packages import is_plain_name
from pipeline.problems import printable
from pipeline.schema import Schema
from pipeline.schema.descriptor import CSV_SUFFIX, PARQUET_MISSING, read_schema, table_schema
from pipeline.schema.duckdb import DUCKDB_TYPES, literal


@dataclass(frozen=True)
class Side:
    """One side: a Parquet file for each table, and what describes them.

    Attributes:
        version: version of the release.
        folder: where the files lie.
        files: the plain name of each table's file.
        unreadable: tables whose file is not there, cannot be read, or has other columns than are declared, with why.
        described: the Table Schema of each table, as ``datapackage.json`` has it, with its title and description.
        schema: the same, parsed.
        about: what the package says of itself as a whole, as ``datapackage.json`` has it.
    """

    version: str
    folder: Path
    files: Mapping[str, str]
    unreadable: Mapping[str, str]
    described: Mapping[str, Mapping[str, Any]]
    schema: Schema
    about: Mapping[str, Any]

    def path(self, table: str) -> Path | None:
        """The Parquet file of a table, or None where there is none."""
        return self.folder / self.files[table] if table in self.files and table not in self.unreadable else None


def of_package(folder: Path, descriptor: Mapping[str, Any]) -> Side:
    """The side that a released package is.

    Args:
        folder: where its files lie.
        descriptor: its ``datapackage.json``.
    """
    tables = [resource for resource in descriptor["resources"] if resource.get("schema")]
    resources = [resource for resource in tables if not str(resource["name"]).endswith(CSV_SUFFIX)]
    names = {resource["name"] for resource in resources}
    schema = read_schema({**descriptor, "resources": resources}, "")
    files = {resource["name"]: resource["path"] for resource in resources if is_plain_name(resource.get("path"))}
    csv_only = {name for resource in tables if (name := resource["name"].removesuffix(CSV_SUFFIX)) not in names}
    return Side(
        version=str(descriptor.get("version", "")),
        folder=folder,
        files=files,
        unreadable=_unreadable(folder, files, schema) | dict.fromkeys(csv_only, "it is there as CSV only"),
        described={resource["name"]: {**resource["schema"], **_texts(resource)} for resource in resources},
        schema=schema,
        about={**descriptor, "sources": _mappings(descriptor.get("sources"))},
    )


def of_tables(folder: Path, schema: Schema, about: Mapping[str, Any]) -> Side:
    """The side that tables are which are not packaged yet, described by this project's declaration.

    Args:
        folder: where they lie.
        schema: the declaration.
        about: what the package will say of itself as a whole.
    """
    described = {
        name: table_schema(schema, table, missing=PARQUET_MISSING)
        | {
            "title": table.title.en,
            "title_fr": table.title.fr,
            "description": table.description.en,
            "description_fr": table.description.fr,
        }
        for name, table in schema.tables.items()
    }
    resources = [{"name": name, "schema": raw} for name, raw in described.items()]
    read = read_schema({"schema_version": schema.version, "resources": resources}, "")
    files = {name: f"{name}.parquet" for name in described}
    return Side("", folder, files, _unreadable(folder, files, read), described, read, about)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    """What of a stranger's list can be looked into."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {key: resource[key] for key in ("title", "title_fr", "description", "description_fr") if key in resource}


def _unreadable(folder: Path, files: Mapping[str, str], schema: Schema) -> dict[str, str]:
    """Why the file of a table cannot be compared: every column that is declared must be there, of the declared type."""
    connection = duckdb.connect()
    found = {}
    for name, table in schema.tables.items():
        path = folder / files.get(name, "")
        if name not in files or not path.is_file():
            found[name] = f"there is no {name}.parquet"
            continue
        try:
            rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})").fetchall()
        except duckdb.Error as error:
            found[name] = f"{path.name} cannot be read: {printable(str(error).splitlines()[0])}"
            continue
        types = {row[0]: row[1] for row in rows}
        wrong = [field.name for field in table.fields if types.get(field.name) != DUCKDB_TYPES.get(field.type)]
        if wrong:
            found[name] = f"{path.name} has not the columns that are declared: {printable(', '.join(wrong))}"
    return found
