"""``datapackage.json``: what is in the package, of which version, under which licence, from which sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.about import about
from pipeline.checksums import sha256
from pipeline.config import PACKAGE_NAME, THIS_RELEASE
from pipeline.package.codebook import Written
from pipeline.schema import Schema, Table
from pipeline.schema.descriptor import CSV_MISSING, CSV_SUFFIX, PARQUET_MISSING, table_schema
from pipeline.sources.declaration import Source

PROFILE = "https://datapackage.org/profiles/2.0/"


def descriptor(
    folder: Path,
    schema: Schema,
    version: str,
    date: dt.date,
    sources: Sequence[Source],
    versions: Mapping[str, str],
) -> dict[str, Any]:
    """Describe the files that lie in a folder.

    Args:
        folder: where ``<table>.parquet`` and ``<table>.csv`` lie.
        schema: the declaration.
        version: of the release.
        date: of the release.
        sources: the sources of the package, for title and licence.
        versions: the version of each source as it was read.

    Returns:
        A Data Package descriptor (v2). Each file is a resource with its SHA-256 and its number of rows, which
        frictionless checks too; the size of Parquet files is left out because frictionless refuses a Parquet
        resource that states it.
    """
    return {
        "$schema": PROFILE + "datapackage.json",
        "name": PACKAGE_NAME,
        **about(sources, {name: version if read == THIS_RELEASE else read for name, read in versions.items()}),
        "version": version,
        "schema_version": schema.version,
        "created": f"{date.isoformat()}T00:00:00Z",
        "resources": [
            resource
            for table in schema.tables.values()
            for resource in (_parquet(folder, schema, table), _csv(folder, schema, table))
        ],
    }


def document_resource(document: Written) -> dict[str, Any]:
    """Describe a document of the package, which is no table."""
    return {
        "$schema": PROFILE + "dataresource.json",
        "name": document.path.name.replace(".", "-"),
        "path": document.path.name,
        "title": document.title,
        "language": document.language,
        "format": document.path.suffix[1:],
        "mediatype": document.mediatype,
        "encoding": "utf-8",
        "bytes": document.path.stat().st_size,
        "hash": f"sha256:{sha256(document.path)}",
    }


def _parquet(folder: Path, schema: Schema, table: Table) -> dict[str, Any]:
    path = folder / f"{table.name}.parquet"
    return {
        **_common(folder, table, path, table.name),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": table_schema(schema, table, missing=PARQUET_MISSING),
    }


def _csv(folder: Path, schema: Schema, table: Table) -> dict[str, Any]:
    path = folder / f"{table.name}.csv"
    return {
        **_common(folder, table, path, table.name + CSV_SUFFIX),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "schema": table_schema(schema, table, suffix=CSV_SUFFIX, missing=CSV_MISSING),
    }


def _common(folder: Path, table: Table, path: Path, name: str) -> dict[str, Any]:
    return {
        "$schema": PROFILE + "dataresource.json",
        "name": name,
        "path": path.name,
        "type": "table",
        "title": table.title.en,
        "title_fr": table.title.fr,
        "description": table.description.en,
        "description_fr": table.description.fr,
        "hash": f"sha256:{sha256(path)}",
        "rows": pq.read_metadata(folder / f"{table.name}.parquet").num_rows,
    }
