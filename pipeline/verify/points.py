"""The check of GeoParquet: the rows of a table once more, each with the point of its longitude and latitude."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.geoparquet import GEO_SUFFIX, GEOMETRY, KEY, box, points
from pipeline.schema import Table
from pipeline.schema.duckdb import literal
from pipeline.verify.report import Verification
from pipeline.verify.tables import compare_rows

Check = Callable[[duckdb.DuckDBPyConnection, Verification], None]
FORMAT = "geoparquet"
DEGREES = ("longitude", "latitude")
CRS84 = {"authority": "OGC", "code": "CRS84"}


def checks(
    folder: Path, descriptor: Mapping[str, Any], tables: Collection[Table], result: Verification
) -> Iterator[Check]:
    """The checks of the GeoParquet files of a package.

    Args:
        folder: the package.
        descriptor: what it says of itself.
        tables: those that were loaded.
        result: takes what cannot be checked.
    """
    by_name = {table.name + GEO_SUFFIX: table for table in tables}
    for resource in descriptor["resources"]:
        if resource.get("format") == FORMAT:
            table = by_name.get(str(resource.get("name")))
            if table is not None and set(DEGREES) <= set(table.columns):
                yield partial(_points, folder.resolve() / resource["path"], table)
            else:
                result.leave_out(resource["path"], "no table with longitude and latitude that it repeats could be read")


def _points(path: Path, table: Table, connection: duckdb.DuckDBPyConnection, result: Verification) -> None:
    try:
        source = f"read_parquet({literal(str(path))})"
        compare_rows(connection, result, path.name, source, table, "package.geo_differs")
        with pq.ParquetFile(path) as file:
            off = sum(_off(batch) for batch in file.iter_batches(columns=[*DEGREES, GEOMETRY]))
            said = json.loads((file.schema_arrow.metadata or {}).get(KEY.encode(), b"null"))
            wrong = _wrong(said, box(file.read(columns=list(DEGREES))))
    except (duckdb.OutOfMemoryException, MemoryError):
        raise
    except (duckdb.Error, pa.ArrowException, AttributeError, KeyError, ValueError) as error:
        why = str(error).partition("\n")[0]
        result.expect(False, path.name, "package.geo_unreadable", f"cannot be read as GeoParquet: {why}")
        return
    message = f"{off} points are not those of longitude and latitude"
    result.expect(not off, path.name, "package.geo_point", message, column=GEOMETRY, count=off)
    result.expect(wrong is None, path.name, "package.geo_metadata", f"says of itself what is not so: {wrong}")


def _off(batch: pa.RecordBatch) -> int:
    """How many points of a batch are not those of its degrees."""
    data = pa.Table.from_batches([batch])
    wanted, found = points(*(data[name] for name in DEGREES)), data[GEOMETRY].cast(pa.binary())
    one_is_null = pc.xor(pc.is_null(wanted), pc.is_null(found))
    return int(pc.sum(pc.coalesce(pc.not_equal(wanted, found), one_is_null)).as_py() or 0)


def _wrong(said: Any, bounds: list[float] | None) -> str | None:
    """What the metadata of GeoParquet say otherwise than it is, or None."""
    if not isinstance(said, dict) or said.get("primary_column") != GEOMETRY:
        return f"its points are not in the column {GEOMETRY}"
    column = said.get("columns", {}).get(GEOMETRY, {})
    crs = column.get("crs", {"id": CRS84})
    wanted = {
        "version": (str(said.get("version"))[:2], "1."),
        "encoding": (column.get("encoding"), "WKB"),
        "geometry_types": (column.get("geometry_types"), ["Point"]),
        "crs": (crs.get("id") if isinstance(crs, dict) else crs, CRS84),
        "bbox": (column.get("bbox"), bounds),
    }
    return next(
        (f"{key} is {found!r}, not {right!r}" for key, (found, right) in wanted.items() if found != right), None
    )
