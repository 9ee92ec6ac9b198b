"""A table with a point for each row, as GeoParquet 1.1 has it (https://geoparquet.org/releases/v1.1.0/)."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

GEO_SUFFIX = "-geo"
"""What the name of the resource adds to that of the table; the file is ``<table>.geo.parquet``."""
GEOMETRY = "geometry"
KEY = "geo"
"""Under this key the metadata of a Parquet file say that it is GeoParquet. They name no reference system: it then is
OGC:CRS84, longitude before latitude."""
WKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("longitude", "<f8"), ("latitude", "<f8")])
LITTLE_ENDIAN, POINT_TYPE = 1, 1
DESCRIPTION = {
    "title": "Point",
    "title_fr": "Point",
    "description": (
        "The point of longitude and latitude (OGC:CRS84) as WKB, null where there is none; geo_precision and "
        "geo_radius_km say how well it is known."
    ),
    "description_fr": (
        "Le point de longitude et latitude (OGC:CRS84) en WKB, vide s'il n'y en a pas\u00a0; geo_precision et "
        "geo_radius_km disent à quel point il est connu."
    ),
}


def with_points(data: pa.Table) -> pa.Table:
    """Add a column of points behind the columns of a table.

    Args:
        data: a table with `longitude` and `latitude` in degrees; both are null or neither is.

    Returns:
        The table with `geometry`, and the metadata of GeoParquet with the box of all points.
    """
    geometry = points(data["longitude"], data["latitude"])
    column: dict[str, object] = {"encoding": "WKB", "geometry_types": ["Point"]}
    found = box(data)
    if found is not None:
        column["bbox"] = found
    geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    made = data.append_column(pa.field(GEOMETRY, pa.binary(), metadata=DESCRIPTION), geometry)
    return made.replace_schema_metadata({**(data.schema.metadata or {}), KEY: json.dumps(geo)})


def points(longitude: pa.ChunkedArray, latitude: pa.ChunkedArray) -> pa.ChunkedArray:
    """Points as WKB, null where one of the two is."""
    made = np.zeros(len(longitude), dtype=WKB_POINT)
    made["order"], made["type"] = LITTLE_ENDIAN, POINT_TYPE
    for name, degrees in (("longitude", longitude), ("latitude", latitude)):
        made[name] = degrees.fill_null(0).to_numpy()
    fixed = pa.Array.from_buffers(pa.binary(WKB_POINT.itemsize), len(made), [None, pa.py_buffer(made.tobytes())])
    known = pc.and_(pc.is_valid(longitude), pc.is_valid(latitude))
    return pc.if_else(known, pa.chunked_array([fixed.cast(pa.binary())]), pa.scalar(None, pa.binary()))


def box(data: pa.Table) -> list[float] | None:
    """West, south, east, north of the points of a table in degrees, or None where it has none."""
    longitude, latitude = (pc.min_max(data[name]).as_py() for name in ("longitude", "latitude"))
    if None in (longitude["min"], latitude["min"]):
        return None
    return [longitude["min"], latitude["min"], longitude["max"], latitude["max"]]
