"""Asking in SQL, in the page."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from playwright.sync_api import expect

from pipeline.config import Project
from tests.system.asked import one
from tests.system.browser import Visit
from tests.system.saved import saved_rows

pytestmark = pytest.mark.system


@pytest.fixture
def console(visit: Visit) -> Iterator[Visit]:
    visit.go("/sql.html")
    expect(visit.page.get_by_text("Ready.")).to_be_visible(timeout=60_000)
    yield visit


def test_sql_reads_parts_of_the_database_and_answers_as_the_package_does(
    console: Visit, tables: duckdb.DuckDBPyConnection, built: Project
) -> None:
    page = console.page
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector("table.plain tbody tr")
    query = page.input_value("textarea")
    expected = [[str(cell) for cell in row] for row in tables.execute(query).fetchall()]
    rows = page.locator("table.plain tbody tr")
    assert [row.split("\t") for row in rows.all_inner_texts()] == expected
    parts = [answer for answer in console.answers if answer.url.endswith(".duckdb") and answer.request.method == "GET"]
    assert {answer.status for answer in parts} == {206}
    read = sum(int(answer.headers["content-length"]) for answer in parts)
    assert 0 < read < built.database.stat().st_size / 2
    for example in page.locator(".examples button").all():
        example.click()
        expect(page.get_by_text("Ready.")).to_be_visible()
        expect(page.locator("[role=alert]")).to_have_count(0)
        assert rows.count() > 0
    answer = saved_rows(page, "Download the answer as CSV")
    assert answer[0] == ["agency_or_publisher", "reports"]
    assert len(answer) == 26


REFUSED = (
    "SELECT * FROM read_csv('{address}/data/changes.json')",
    "INSTALL httpfs",
    "SELECT 1; FORCE INSTALL spatial",
    "LOAD httpfs",
    "LOAD spatial",
    "SET enable_external_access = true",
    "ATTACH 'other.duckdb'",
    "DELETE FROM tolls",
    "SELECT nonsense",
)


def test_sql_that_may_not_be_is_refused_in_words(console: Visit) -> None:
    page = console.page
    before = len(console.answers)
    for query in REFUSED:
        page.fill("textarea", query.format(address=console.address))
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("alert")).to_contain_text("INSTALL is refused" if "INSTALL" in query else "Error")
        page.fill("textarea", "SELECT 1 AS it_goes_on")
        page.keyboard.press("Control+Enter")
        expect(page.locator("table.plain th")).to_have_text(["it_goes_on"])
    answers = [answer.url for answer in console.answers[before:]]
    assert [url for url in answers if not url.endswith((".duckdb", ".svg"))] == []  # the icon goes with the address


ENDLESS = "SELECT count(*) FROM range(100000000000) a, range(1000)"


def test_a_query_without_end_is_cancelled_and_the_next_one_answered(
    console: Visit, tables: duckdb.DuckDBPyConnection
) -> None:
    page = console.page
    page.get_by_role("button", name="Run").click()
    expect(page.locator("table.plain")).to_be_visible()
    page.fill("textarea", ENDLESS)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Running …")).to_be_visible()
    expect(page.locator("table.plain")).to_have_count(0)  # an old answer is none to this query
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The query was cancelled; it has no answer.")).to_be_visible()
    expect(page.get_by_text("Ready.")).to_be_visible(timeout=60_000)
    page.fill("textarea", "SELECT count(*) AS incidents FROM incidents")
    page.keyboard.press("Control+Enter")
    expect(page.locator("table.plain td")).to_have_text([str(one(tables, "SELECT count(*) FROM incidents"))])
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


@pytest.mark.parametrize("query", ["", "-- SELECT 1", "/* nothing */ ;"])
def test_a_field_without_a_statement_is_told(console: Visit, query: str) -> None:
    page = console.page
    page.fill("textarea", query)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("There is nothing to run")).to_be_visible()
    expect(page.get_by_role("button", name="Download the answer")).to_have_count(0)


def test_examples_are_french_on_the_french_page(visit: Visit) -> None:
    page = visit.go("/sql.html#/?lang=fr")
    expect(page.get_by_text("Prêt.")).to_be_visible(timeout=60_000)
    assert page.input_value("textarea").startswith("-- Sommes de chiffres additionnables")
    page.get_by_role("button", name="Bilans contestés").click()
    expect(page.locator("table.plain th", has_text="label_fr")).to_be_visible()
    assert "label_en" not in page.input_value("textarea")
