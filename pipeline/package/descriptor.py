"""``datapackage.json``: what is in the package, of which version, under which licence, from which sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.about import properties
from pipeline.checksums import sha256
from pipeline.config import PACKAGE_NAME
from pipeline.geoparquet import GEO_SUFFIX
from pipeline.package.codebook import Written
from pipeline.package.edition import Edition
from pipeline.schema import Schema, Table
from pipeline.schema.descriptor import CSV_MISSING, CSV_SUFFIX, PARQUET_MISSING, table_schema
from pipeline.schema.figures import FORMATS, Figure
from pipeline.schema.texts import LANGUAGES

PROFILE = "https://datapackage.org/profiles/2.0/"


def descriptor(folder: Path, schema: Schema, edition: Edition, figures: Sequence[Figure]) -> dict[str, Any]:
    """Describe the files that lie in a folder.

    Args:
        folder: where ``<table>.parquet`` and ``<table>.csv`` lie, and ``<table>.geo.parquet`` for some tables.
        schema: the declaration.
        edition: the package as a whole.
        figures: those that lie in its folder ``figures``.

    Returns:
        A Data Package descriptor (v2). Each file is a resource with its SHA-256 and its number of rows, which
        frictionless checks too; the size of Parquet files is left out because frictionless refuses a Parquet
        resource that states it. Paths are relative, so that the package can be read wherever it lies; `id` is the
        address of this edition. The standard has no words for time and space: `temporal` and `spatial` (a box in
        GeoJSON) are those of Camtrap DP.
    """
    extent = edition.extent
    made: dict[str, Any] = {
        "$schema": PROFILE + "datapackage.json",
        "name": PACKAGE_NAME,
        **({"id": edition.address} if edition.address else {}),
        **properties(edition.about, edition.sources, edition.versions),
        "version": edition.version,
        "schema_version": schema.version,
        "created": f"{edition.date.isoformat()}T00:00:00Z",
        "temporal": {"start": extent.first.isoformat(), "end": extent.last.isoformat()},
    }
    if extent.box:
        west, south, east, north = extent.box
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        made["spatial"] = {"type": "Polygon", "bbox": extent.box, "coordinates": [ring]}
    made["resources"] = [
        resource
        for table in schema.tables.values()
        for resource in (_parquet(folder, schema, table), _csv(folder, schema, table), *_points(folder, table))
    ]
    made["resources"] += [
        _figure(folder, figure, language, form) for figure in figures for language in LANGUAGES for form in FORMATS
    ]
    return made


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


def _points(folder: Path, table: Table) -> list[dict[str, Any]]:
    """A GeoParquet file is no table of the package: Table Schema has no type for points as WKB."""
    path = folder / f"{table.name}.geo.parquet"
    if not path.is_file():
        return []
    made = {
        **_common(folder, table, path, table.name + GEO_SUFFIX),
        "title": f"{table.title.en} as points (GeoParquet)",
        "title_fr": f"{table.title.fr} sous forme de points (GeoParquet)",
        "format": "geoparquet",
        "mediatype": "application/vnd.apache.parquet",
    }
    return [{key: value for key, value in made.items() if key not in ("type", "rows")}]


def _figure(folder: Path, figure: Figure, language: str, form: str) -> dict[str, Any]:
    path = figure.path(language, form)
    return {
        "$schema": PROFILE + "dataresource.json",
        "name": f"{figure.id}.{language}.{form}",
        "path": path,
        "title": figure.title.en,
        "title_fr": figure.title.fr,
        "description": figure.caption.en,
        "description_fr": figure.caption.fr,
        "query": figure.query,
        "hash": f"sha256:{sha256(folder / path)}",
        "bytes": (folder / path).stat().st_size,
        "format": form,
        "mediatype": FORMATS[form],
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
