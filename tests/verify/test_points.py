"""GeoParquet that says something else than its table, or is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.checksums import write_sums
from pipeline.geoparquet import with_points
from pipeline.verify import verify_package
from tests.tampered import describe, only, rehash

FILE = "incidents.geo.parquet"
Change = Callable[[pa.Table], pa.Table]


@pytest.fixture
def incidents(package: Path) -> Path:
    """Of the real package the incidents and what they refer to."""
    only(package, "incidents", "incidents-geo", "places", "actors", "operations", "admin_units")
    return package


def change(package: Path, made: Change) -> None:
    path = package / FILE
    pq.write_table(made(pq.read_table(path)), path)
    rehash(package)


def said(data: pa.Table, **changed: object) -> pa.Table:
    geo = json.loads(data.schema.metadata[b"geo"])
    geo["columns"]["geometry"] |= changed
    return data.replace_schema_metadata({**data.schema.metadata, b"geo": json.dumps(geo)})


def exchanged(data: pa.Table) -> pa.Table:
    """Latitude before longitude, as a common mistake has it."""
    names = {"longitude": "latitude", "latitude": "longitude"}
    mixed = data.drop_columns(["geometry"]).rename_columns([names.get(name, name) for name in data.column_names[:-1]])
    return data.set_column(data.num_columns - 1, "geometry", with_points(mixed)["geometry"])


def at_null_island(data: pa.Table) -> pa.Table:
    nowhere = b"\x01\x01\x00\x00\x00" + bytes(16)
    return data.set_column(data.num_columns - 1, "geometry", pc.fill_null(data["geometry"], nowhere))


def other_radius(data: pa.Table) -> pa.Table:
    at = data.column_names.index("geo_radius_km")
    return data.set_column(at, "geo_radius_km", pc.add(data["geo_radius_km"], 1.0))


@pytest.mark.parametrize(
    ("made", "rule", "words"),
    [
        (exchanged, "package.geo_point", "are not those of longitude and latitude"),
        (at_null_island, "package.geo_point", "12 points are not those of longitude and latitude"),
        (other_radius, "package.geo_differs", "rows are not those of the table incidents"),
        (lambda data: said(data, bbox=[0, 0, 1, 1]), "package.geo_metadata", "bbox is [0, 0, 1, 1]"),
        (lambda data: said(data, crs=None), "package.geo_metadata", "crs is None"),
        (lambda data: said(data, encoding="WKT"), "package.geo_unreadable", "encoding"),
        (lambda data: data.replace_schema_metadata({}), "package.geo_metadata", "not in the column geometry"),
        (lambda data: data.drop_columns(["geometry"]), "package.geo_unreadable", "geometry"),
    ],
)
def test_points_that_are_not_those_of_the_table_are_found(
    incidents: Path, rules: Path, made: Change, rule: str, words: str
) -> None:
    change(incidents, made)
    [problem] = verify_package(incidents, rules).problems
    assert (problem.file, problem.rule) == (FILE, rule)
    assert words in problem.message


def test_a_file_that_is_no_parquet_is_told(incidents: Path, rules: Path) -> None:
    (incidents / FILE).write_bytes(b"no Parquet at all")
    rehash(incidents)
    [problem] = verify_package(incidents, rules).problems
    assert (problem.file, problem.rule) == (FILE, "package.geo_unreadable")


def test_the_real_points_are_well(incidents: Path, rules: Path) -> None:
    assert verify_package(incidents, rules).problems == []


def test_points_of_a_table_that_is_not_there_are_not_taken_for_well(incidents: Path, rules: Path) -> None:
    describe(incidents, lambda descriptor: descriptor["resources"][2].update(name="villages-geo"))
    write_sums(incidents)
    found = verify_package(incidents, rules)
    assert found.problems == []
    assert (FILE, "no table with longitude and latitude that it repeats could be read") in found.not_checked
