"""Taking along from the explorer what is filtered: CSV and Parquet."""

from __future__ import annotations

import csv
import io
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


PART = """
    SELECT operation_id, country_iso3, min(incident_id) FROM incidents
    WHERE operation_id IN (SELECT unit_id FROM tolls WHERE metric = 'killed' AND is_additive AND best > 0)
    GROUP BY ALL ORDER BY count(*) DESC, operation_id LIMIT 1
"""


def test_tolls_that_are_taken_along_add_up_to_the_total_of_the_page(
    visit: Visit, tables: duckdb.DuckDBPyConnection
) -> None:
    page = visit.go("/#/?country=MLI&from=2025-01-01")
    open_downloads(page)
    page.get_by_role("dialog").get_by_label("Table").select_option("tolls")
    expect(page.get_by_role("dialog")).to_contain_text("all columns of the table tolls")
    found = pq.read_table(saved(page, "Parquet, for programs"))
    published = tables.execute("SELECT * FROM tolls LIMIT 0").fetch_arrow_table()
    assert found.schema.types == published.schema.types
    sums = "SELECT sum(best)::BIGINT FROM found WHERE metric = 'killed' AND population_group = 'all' AND is_additive"
    assert duckdb.sql(sums).fetchall() == [(int(visit.total("best")),)]
    header, *rows = saved_rows(page, "CSV, for spreadsheets")
    assert header == found.schema.names
    assert len(rows) == len(found)


def test_claims_that_are_taken_along_are_those_of_the_incident_and_its_operation(
    visit: Visit, tables: duckdb.DuckDBPyConnection
) -> None:
    row = tables.execute(PART).fetchone()
    assert row is not None
    operation, _, incident = row
    page = visit.go(f"/#/?q={incident}")
    open_downloads(page)
    page.get_by_role("dialog").get_by_label("Table").select_option("claims")
    expect(page.get_by_role("dialog")).to_contain_text("only some incidents are selected")
    header, *rows = saved_rows(page, "CSV, for spreadsheets")
    expected = tables.execute(
        f"SELECT claim_id FROM claims WHERE subject_id IN ('{incident}', '{operation}')"
    ).fetchall()
    assert {row[header.index("claim_id")] for row in rows} == {key for (key,) in expected}


def test_on_the_french_page_cells_end_as_french_spreadsheets_have_it(visit: Visit) -> None:
    page = visit.go("/#/?q=i-h5f2s9&lang=fr")
    page.get_by_role("button", name="Télécharger", exact=True).click()
    text = saved(page, "CSV, pour tableurs").read_text(encoding="utf-8-sig")
    header, row = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert len(header) == len(row)
    assert re.fullmatch(r"-?\d+,\d+", row[header.index("longitude")])
    page.get_by_label("Fin de cellule").select_option("commas")
    text = saved(page, "CSV, pour tableurs").read_text(encoding="utf-8-sig")
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert re.fullmatch(r"-?\d+\.\d+", row[header.index("longitude")])
