"""DuckDB over HTTP: how much of a published table a question about one country and year reads, as nginx counts it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_httpfs
import pytest

from pipeline.config import Project
from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_schema
from pipeline.writers import write_parquet
from tests.system.nginx import Nginx, served

pytestmark = pytest.mark.system

ONE_COUNTRY_AND_YEAR = "country_iso3 = 'MLI' AND date_start BETWEEN DATE '2024-01-01' AND DATE '2024-12-31'"
A_MILLION = 1_000_000


def remote() -> duckdb.DuckDBPyConnection:
    """A new DuckDB that reads addresses, with the extension as installed and nothing fetched."""
    [extension] = Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    return connection


@pytest.fixture(scope="module")
def folder(built: Project, schema: Schema, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The incidents as published, and a million rows of them: each many times over, days apart, in the same order."""
    folder = tmp_path_factory.mktemp("served")
    real = built.release / "incidents.parquet"
    (folder / "published.parquet").write_bytes(real.read_bytes())
    with duckdb.connect() as connection:
        many = connection.execute(f"""
            SELECT * EXCLUDE (copy) REPLACE (
                incident_id || lpad(copy::VARCHAR, 6, '0') AS incident_id,
                date_start + (copy % 365)::INTEGER AS date_start,
                date_end + (copy % 365)::INTEGER AS date_end)
            FROM '{real}', range({A_MILLION} // (SELECT count(*) FROM '{real}') + 1) AS made(copy)
            ORDER BY date_start, incident_id
        """).to_arrow_table()
    write_parquet(many.cast(arrow_schema(schema.tables["incidents"])), folder / "million.parquet")
    assert many.num_rows >= A_MILLION
    return folder


@pytest.fixture(scope="module")
def server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with served(folder, tmp_path_factory.mktemp("nginx")) as nginx:
        yield nginx


@pytest.mark.parametrize(
    ("name", "columns", "most_requests", "largest_part"),
    [
        ("published", "date_start, killed_best", 6, 0.75),  # of 120 kB, half are the descriptions of the columns
        ("million", "date_start, killed_best", 12, 0.05),
        ("million", "sum(killed_best)", 12, 0.05),
        ("million", "*", 12, 0.30),
    ],
)
def test_one_country_and_year_reads_a_small_part(
    server: Nginx, folder: Path, name: str, columns: str, most_requests: int, largest_part: float
) -> None:
    file = folder / f"{name}.parquet"
    question = f"SELECT {columns} FROM read_parquet('{{}}') WHERE {ONE_COUNTRY_AND_YEAR} ORDER BY ALL"
    server.requests()
    answer = _ask(question.format(f"{server.url}/{file.name}"))
    asked = server.requests()
    assert answer == _ask(question.format(file))
    assert answer
    assert all(request.status == 206 for request in asked if request.method == "GET"), asked
    sent, size = sum(request.sent for request in asked), file.stat().st_size
    print(f"{name}, {columns}: {sent:,} of {size:,} bytes ({sent / size:.1%}) in {len(asked)} requests")
    assert sent < largest_part * size
    assert len(asked) <= most_requests


def test_a_table_of_today_is_one_row_group_and_a_large_one_has_its_days_in_order(folder: Path) -> None:
    groups = "SELECT {} FROM parquet_metadata('{}') WHERE path_in_schema = 'date_start' ORDER BY row_group_id"
    assert _ask(groups.format("count(*) OVER ()", folder / "published.parquet")) == [(1,)]
    days = _ask(groups.format("stats_min_value, stats_max_value", folder / "million.parquet"))
    assert len(days) == 11
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(days))


def _ask(question: str) -> list[Any]:
    with remote() as connection:
        return connection.execute(question).fetchall()
