"""Reading in the explorer: an incident, an operation, the codebook, the releases."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, expect

from pipeline.checksums import sha256
from pipeline.config import Project
from tests.site.running import running
from tests.system.asked import ids, one
from tests.system.browser import Visit, visiting
from tests.system.conftest import Site

pytestmark = pytest.mark.system


def test_the_page_of_an_incident_shows_each_claimant_with_all_claims(
    visit: Visit, tables: duckdb.DuckDBPyConnection
) -> None:
    incident = ids(tables)["incident"]
    page = visit.go(f"/#/incident/{incident}")
    expected = tables.execute(
        f"SELECT claimant_name, count(*) FROM claims WHERE subject_id = '{incident}'"
        " GROUP BY claimant_name, claimant_type ORDER BY min(sequence)"
    ).fetchall()
    page.wait_for_selector(".claimant")
    cards = page.locator(".claimant")
    assert [
        (cards.nth(at).locator("h3").inner_text(), cards.nth(at).locator("ul > li").count())
        for at in range(cards.count())
    ] == expected
    links = page.locator("a.outside")
    assert links.count() > 0
    for at in range(links.count()):
        assert re.match(r"https?://", links.nth(at).get_attribute("href") or "")
        assert links.nth(at).get_attribute("rel") == "noopener noreferrer"
    urls = {url for (url,) in tables.execute(
        f"SELECT url FROM reports JOIN incident_reports USING (report_id) WHERE subject_id = '{incident}'"
    ).fetchall()}  # fmt: skip
    assert page.locator(".reports > li").count() == len(urls)


def test_joint_claims_are_told_as_those_of_the_operation(visit: Visit) -> None:
    page = visit.go("/#/incident/i-h5f2s9")
    joint = page.locator(".joint")
    expect(joint).to_contain_text("more than 80")
    expect(joint).to_contain_text("Neutralised")
    expect(joint).to_contain_text("counted once for the operation and never for each of its incidents")
    joint.get_by_role("link", name="Coordinated attacks").click()
    expect(page.locator(".members li")).to_have_count(7)


def test_what_counts_places_is_not_told_of_persons(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    operation = one(tables, "SELECT min(unit_id) FROM tolls WHERE metric = 'positions_seized' AND unit_id LIKE 'o-%'")
    page = visit.go(f"/#/operation/{operation}")
    positions = page.locator(".toll", has_text="Positions seized").first
    expect(positions).to_be_visible()
    expect(positions).not_to_contain_text("All persons")
    expect(page.locator(".toll", has_text="Killed").first).to_contain_text("All persons")


def test_history_radius_and_doubts_are_shown(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    [subject, reason] = tables.execute(
        "SELECT subject_id, reason FROM revisions ORDER BY subject_id LIMIT 1"
    ).fetchall()[0]
    page = visit.go(f"/#/incident/{subject}")
    expect(page.locator(".history")).to_contain_text(reason)
    [doubtful, text] = tables.execute(
        "SELECT subject_id, description_en FROM known_issues WHERE subject_type = 'incident' ORDER BY issue_id LIMIT 1"
    ).fetchall()[0]
    visit.go(f"/#/incident/{doubtful}")
    expect(page.locator(".doubts")).to_contain_text(text)
    [wide, radius] = tables.execute(
        "SELECT incident_id, geo_radius_km FROM incidents WHERE geo_precision = 'admin1' AND geo_radius_km IS NOT NULL"
        " ORDER BY incident_id LIMIT 1"
    ).fetchall()[0]
    visit.go(f"/#/incident/{wide}")
    expect(page.locator(".facts")).to_contain_text(f"within about {radius:g} km of the point")


def test_what_nobody_stated_is_never_a_number(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    silent = one(
        tables,
        "SELECT min(incident_id) FROM incidents WHERE incident_id NOT IN (SELECT unit_id FROM tolls)",
    )
    page = visit.go(f"/#/incident/{silent}")
    expect(page.get_by_text("Nobody gave a number: the toll is not stated.")).to_be_visible()
    visit.go(f"/#/?q={silent}")
    assert page.locator("td.col-figure").all_inner_texts() == ["not stated"]
    assert visit.total("best") == "not stated"


def test_an_id_that_is_not_there_is_said(visit: Visit) -> None:
    page = visit.go("/#/incident/i-000000")
    expect(page.locator("h1")).to_contain_text("no incident or operation with the id i-000000")


def test_the_codebook_of_the_package_is_one_step_away_in_both_languages(visit: Visit) -> None:
    page = visit.go("/#/codebook")
    page.get_by_role("link", name="The whole codebook").click()
    expect(page.locator("h1")).to_have_text("Codebook: Attacks in the Sahel")
    assert page.evaluate("getComputedStyle(document.body).display") == "grid", "its own styles are allowed"
    visit.go("/#/codebook?lang=fr")
    page.get_by_role("link", name="Le dictionnaire complet").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_releases_of_a_store_are_listed_with_what_to_download(
    browser: Browser, explorer_folder: Path, first: Site
) -> None:
    with running(explorer_folder, first.store) as url, visiting(browser, url) as visit:
        page = visit.go("/#/releases")
        row = page.locator("table.plain:not(.files) tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text("1.0.0")
        with page.expect_download() as download:
            row.get_by_role("link", name="zip").click()
        assert sha256(Path(download.value.path())) in row.inner_text()


def test_without_a_store_the_files_of_the_package_are_listed(visit: Visit, built: Project) -> None:
    page = visit.go("/#/releases")
    rows = page.locator("table.files tbody tr")
    names = [path.relative_to(built.release).as_posix() for path in built.release.rglob("*") if path.is_file()]
    expect(rows).to_have_count(len(names))
    assert sorted(rows.locator("a").all_inner_texts()) == sorted(names)
    row = rows.filter(has=page.get_by_role("link", name="claims.parquet", exact=True))
    with page.expect_download() as download:
        row.get_by_role("link").click()
    assert sha256(Path(download.value.path())) == sha256(built.release / "claims.parquet")
    expect(row).to_contain_text(sha256(built.release / "claims.parquet"))
