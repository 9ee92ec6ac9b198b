"""Data that no curator would write: the explorer shows it as text, exports it safely, and nothing breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, expect

from tests.site.hostile import ENDLESS, FORMULA, MARKUP, SPLIT, STEERING
from tests.system.browser import DESKTOP, PHONE, Visit, visiting
from tests.system.saved import open_downloads, saved, saved_rows

pytestmark = pytest.mark.system


@pytest.fixture
def visit(browser: Browser, hostile_address: str) -> Iterator[Visit]:
    with visiting(browser, hostile_address) as visit:
        yield visit
        assert visit.page.evaluate("window.wasRun") is None


def subjects(visit: Visit) -> list[str]:
    """The addresses of the newest incidents and of some operations."""
    page = visit.go()
    incidents = [link.get_attribute("href") for link in page.locator("tbody a").all()[:6]]
    operations = page.evaluate(
        "fetch('data/explorer.json').then(r => r.json()).then(d => d.operations.operation_id.slice(0, 4))"
    )
    return [f"/{href}" for href in incidents] + [f"/#/operation/{key}" for key in operations]


def test_markup_is_shown_as_text_on_every_page(visit: Visit) -> None:
    page = visit.go()
    expect(page.locator("tbody th", has_text="<img src=x").first).to_be_visible()
    for path in [*subjects(visit), "/#/changes", "/#/codebook", "/#/releases"]:
        visit.go(path)
        assert page.locator("main img, main script, main iframe, main [onerror]").count() == 0, path
    visit.go("/#/changes")
    expect(page.get_by_text(MARKUP, exact=True).first).to_be_visible()


def test_what_changed_stands_with_the_incident_and_in_the_list_of_changes(visit: Visit) -> None:
    newest = subjects(visit)[0]
    page = visit.go(newest)
    history = page.locator(".history")
    expect(history).to_contain_text(f"incidents.place_name: from {MARKUP} to {FORMULA}")
    visit.go("/#/changes")
    row = page.locator("table.plain tbody tr", has_text="place_name")
    expect(row).to_contain_text(MARKUP)
    expect(row).to_contain_text(FORMULA)
    row.get_by_role("link").click()
    expect(history).to_be_visible()
    page.go_back()
    expect(page.locator("main")).to_contain_text("i-000000 →")


def test_an_address_that_would_run_is_no_link(visit: Visit) -> None:
    for path in subjects(visit):
        page = visit.go(path)
        page.wait_for_selector("h1")
        hrefs = page.evaluate("[...document.querySelectorAll('a')].map(link => link.protocol)")
        assert set(hrefs) <= {"http:", "https:"}, path
        expect(page.get_by_text("no address that can be followed").first).to_be_attached()


def test_characters_that_steer_text_are_made_visible(visit: Visit) -> None:
    page = visit.go()
    for path in ("/", *subjects(visit)):
        visit.go(path)
        assert not set(page.inner_text("main")) & (set(STEERING) - set("gnp.exe")), path
    visit.go("/#/")
    expect(page.locator("tbody th", has_text="�gnp.exe�����").first).to_be_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_endless_names_break_no_page(browser: Browser, hostile_address: str, viewport: dict[str, int]) -> None:
    with visiting(browser, hostile_address, viewport=viewport) as visit:
        for path in ("/", *subjects(visit), "/#/codebook", "/#/?q=" + "x" * 3000):
            page = visit.go(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
            assert page.evaluate("document.documentElement.scrollHeight") < 60_000, path


def test_an_incident_without_coordinates_is_in_the_table_and_on_no_map(visit: Visit) -> None:
    page = visit.go()
    row = page.locator("tbody tr", has_text="place not stated").first
    row.get_by_role("link").click()
    expect(page.get_by_text("No coordinates are known; it is on no map.")).to_be_visible()


def test_formulas_are_exported_so_that_no_spreadsheet_runs_them(visit: Visit) -> None:
    page = visit.go("/#/?sort=date")
    open_downloads(page)
    expect(page.get_by_text("In this selection that is")).to_be_visible()
    header, *rows = saved_rows(page, "CSV, for spreadsheets")
    assert {MARKUP, STEERING, ENDLESS, f"'{FORMULA}"} <= {row[header.index("place_name")] for row in rows}
    texts = [at for at, name in enumerate(header) if name not in {"latitude", "longitude"}]
    assert not [row[at] for row in rows for at in texts if row[at][:1] in {"=", "+", "-", "@"}]
    for choice in ("comma; decimals 1.5", "semicolon; decimals 1,5"):
        page.get_by_label("Cells end with").select_option(choice)
        text = saved(page, "CSV, for spreadsheets").read_text(encoding="utf-8-sig")
        cells = [
            cell.lstrip('" ') for cell in re.split(r"[;\t\r\n]", text)
        ]  # of whom quotes within a line mean nothing
        assert not [cell for cell in cells if re.match(r"[=+@]|-(?!\d+([.,]\d+)?$)", cell)], choice
    parquet = pq.read_table(saved(page, "Parquet, for programs"))
    assert {MARKUP, STEERING, ENDLESS, FORMULA, SPLIT} <= set(parquet["place_name"].to_pylist())
