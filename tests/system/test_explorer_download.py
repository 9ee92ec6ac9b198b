"""Taking along from the explorer what is filtered: CSV and Parquet."""

from __future__ import annotations

import csv
import re

import duckdb
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from pipeline.config import Project
from tests.system.browser import Visit
from tests.system.saved import open_downloads, saved, saved_rows

pytestmark = pytest.mark.system


def test_the_csv_has_the_chosen_rows_and_every_column(visit: Visit, built: Project) -> None:
    page = visit.go("/#/?country=NER&tactic=ambush")
    open_downloads(page)
    expect(page.get_by_text("In this selection no cell does.")).to_be_visible()
    rows = saved_rows(page, "CSV, for spreadsheets")
    with (built.release / "incidents.csv").open(encoding="utf-8", newline="") as handle:
        header, *published = csv.reader(handle)
    chosen = [
        row for row in published
        if (row[header.index("country_iso3")], row[header.index("event_type")]) == ("NER", "ambush")
    ]  # fmt: skip
    assert rows[0] == header
    assert [plain(row) for row in rows[1:]] == [plain(row) for row in chosen]


def plain(row: list[str]) -> list[str]:
    """Numbers as JavaScript writes them: 5 where CSV of the package has 5.0."""
    return [re.sub(r"^(-?\d+)\.0$", r"\1", cell) for cell in row]


def test_the_parquet_has_the_chosen_rows_with_their_types(visit: Visit, built: Project) -> None:
    page = visit.go("/#/?country=TGO")
    open_downloads(page)
    path = saved(page, "Parquet, for programs")
    found = pq.read_table(path)
    published = pq.read_table(built.release / "incidents.parquet", filters=[("country_iso3", "=", "TGO")])
    assert found.schema.types == published.schema.types
    assert found.to_pylist() == published.to_pylist()
    assert duckdb.sql(f"SELECT count(*) FROM read_parquet('{path}')").fetchone() == (len(published),)
