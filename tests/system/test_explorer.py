"""The explorer as a person meets it: in a real Chromium, with the real data."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline.checksums import sha256
from pipeline.config import Project
from tests.conftest import ROOT
from tests.site.running import running
from tests.system.browser import PHONE, Visit, visiting
from tests.system.conftest import Site

pytestmark = pytest.mark.system

AXE = ROOT / "site" / "node_modules" / "axe-core" / "axe.min.js"
LARGEST_FIRST_LOAD = 1_000_000
PAGES = ("/#/", "/#/incident/{incident}", "/#/operation/{operation}", "/#/releases", "/#/changes", "/#/codebook")


def one(tables: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = tables.execute(query).fetchone()
    assert row is not None
    return row[0]


def expected_total(tables: duckdb.DuckDBPyConnection, condition: str) -> tuple[int, int, int]:
    """Incidents, additive figures and their sum: a joint figure counts where all of its incidents are chosen."""
    row = tables.execute(f"""
        WITH chosen AS (SELECT * FROM incidents WHERE {condition}),
        units AS (
            SELECT incident_id AS unit_id FROM chosen
            UNION ALL
            SELECT operation_id FROM incidents GROUP BY operation_id
            HAVING bool_and(incident_id IN (SELECT incident_id FROM chosen))
        )
        SELECT (SELECT count(*) FROM chosen), count(*), coalesce(sum(best), 0)::BIGINT
        FROM tolls JOIN units USING (unit_id)
        WHERE metric = 'killed' AND population_group = 'all' AND is_additive
    """).fetchone()
    assert row is not None
    return row


def ids(tables: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """A contested incident with many claims, and an operation with joint claims."""
    return {
        "incident": one(
            tables,
            "SELECT subject_id FROM claims JOIN incidents ON subject_id = incident_id WHERE toll_status = 'contested'"
            " GROUP BY ALL ORDER BY count(*) DESC, subject_id LIMIT 1",
        ),
        "operation": one(
            tables, "SELECT operation_id FROM incidents WHERE place_name = 'Kayes' AND year(date_start) = 2025"
        ),
    }


# What is shown


def test_it_loads_little_and_shows_totals_of_additive_figures(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    page = visit.go()
    incidents, figures, best = expected_total(tables, "true")
    assert (visit.total("incidents"), visit.total("best")) == (str(incidents), str(best))
    assert best == one(
        tables, "SELECT sum(best) FROM tolls WHERE metric = 'killed' AND population_group = 'all' AND is_additive"
    )
    expect(page.get_by_text(f"Sum of {figures} additive figures.")).to_be_visible()
    expect(page.locator(".totals")).to_contain_text("A documented selection, not a count of all violence.")
    page.wait_for_load_state("networkidle")
    assert visit.sent() < LARGEST_FIRST_LOAD
    assert not [answer.url for answer in visit.answers if "duckdb" in answer.url]


def test_filters_narrow_everything_and_stand_in_the_address(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    page = visit.go()
    page.get_by_label("Mali", exact=False).first.check()
    incidents, _, best = expected_total(tables, "country_iso3 = 'MLI'")
    expect(page.locator('[data-total="incidents"]')).to_have_text(str(incidents))
    assert visit.total("best") == str(best)
    assert "country=MLI" in page.url
    page.get_by_label("Ambush", exact=False).first.check()
    incidents, _, best = expected_total(tables, "country_iso3 = 'MLI' AND event_type = 'ambush'")
    expect(page.locator('[data-total="incidents"]')).to_have_text(str(incidents))
    assert visit.total("best") == str(best)
    expect(page.locator(".table-panel [role=status]")).to_have_text(f"{incidents} incidents")
    assert page.locator("table").get_attribute("aria-rowcount") == str(incidents + 1)
    page.go_back()
    expect(page.locator('[data-total="incidents"]')).to_have_text(
        str(expected_total(tables, "country_iso3 = 'MLI'")[0])
    )
    page.get_by_role("button", name="Remove the filter Mali").click()
    expect(page.locator('[data-total="incidents"]')).to_have_text(str(expected_total(tables, "true")[0]))


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("toll=contested", "toll_status = 'contested'"),
        ("place=admin1,admin2", "geo_precision IN ('admin1', 'admin2')"),
        ("from=2025-01-01&to=2025-06-30", "date_start BETWEEN '2025-01-01' AND '2025-06-30'"),
        ("least=100", "killed_best >= 100"),
        ("most=0", "killed_best = 0"),
        ("q=djibo", "incident_id IN (SELECT incident_id FROM incidents WHERE lower(place_name) LIKE '%djibo%')"),
        (
            "actor=JNIM&role=perpetrator",
            "incident_id IN (SELECT incident_id FROM incident_actors WHERE actor_id = 'JNIM' AND role = 'perpetrator')",
        ),
    ],
)
def test_each_filter_chooses_what_the_package_says(
    visit: Visit, tables: duckdb.DuckDBPyConnection, query: str, condition: str
) -> None:
    visit.go(f"/#/?{query}")
    incidents, _, best = expected_total(tables, condition)
    assert incidents > 0
    assert visit.total("incidents") == str(incidents)
    assert visit.total("best") in {str(best), "not stated"}


def test_a_shared_address_shows_the_same_view(visit: Visit, browser: Browser, address: str) -> None:
    page = visit.go("/#/?country=BFA&measure=killed_civilians&sort=figure&bars=figure&lang=fr")
    page.get_by_label("Agrandir").click()
    page.wait_for_function("location.hash.includes('map=')")
    shown = page.inner_text(".totals"), page.inner_text("tbody")
    with visiting(browser, address) as other:
        other.page.goto(page.url)
        other.page.wait_for_selector("tbody tr")
        assert (other.page.inner_text(".totals"), other.page.inner_text("tbody")) == shown


def test_the_time_line_is_brushed_with_mouse_and_keyboard(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    page = visit.go()
    page.locator(".timeline").scroll_into_view_if_needed()
    box = page.locator(".timeline svg").bounding_box()
    assert box is not None
    middle = box["y"] + 60
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, middle, steps=4)
    page.mouse.up()
    found = re.search(r"from=(\d{4}-\d{2}-01)&to=(\d{4}-\d{2}-\d{2})", page.url)
    assert found, page.url
    between = f"date_start BETWEEN '{found[1]}' AND '{found[2]}'"
    expect(page.locator('[data-total="incidents"]')).to_have_text(str(expected_total(tables, between)[0]))
    end = page.get_by_role("slider", name="End of the selected time")
    before = end.get_attribute("aria-valuetext")
    end.press("ArrowLeft")
    assert end.get_attribute("aria-valuetext") != before
    page.get_by_role("button", name="All dates").click()
    assert "from=" not in page.url


def test_a_circle_opens_what_lies_there(visit: Visit) -> None:
    page = visit.go("/#/?q=i-h5f2s9")  # Kayes, far from all others
    page.wait_for_function("document.querySelector('canvas').width > 300")
    page.get_by_label("Mali").first.check()
    page.goto(f"{visit.address}/#/?q=i-h5f2s9&map=14.448,-11.444,8")
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    picked = page.get_by_role("dialog", name="1 incident here")
    expect(picked).to_contain_text("Kayes")
    expect(picked).to_contain_text("not stated")
    picked.get_by_role("link").click()
    expect(page.locator("h1")).to_contain_text("Kayes")


# One incident


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
        row = page.locator("table.plain tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text("1.0.0")
        with page.expect_download() as download:
            row.get_by_role("link", name="zip").click()
        assert sha256(Path(download.value.path())) in row.inner_text()


# What is taken along


def test_the_csv_has_the_chosen_rows_and_every_column(visit: Visit, built: Project) -> None:
    page = visit.go("/#/?country=NER&tactic=ambush")
    page.get_by_role("button", name="Download", exact=True).click()
    expect(page.get_by_text("In this selection no cell does.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV, for spreadsheets").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
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
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Parquet, for programs").click()
    assert download.value.suggested_filename.endswith("-incidents.parquet")
    found = pq.read_table(download.value.path())
    published = pq.read_table(built.release / "incidents.parquet", filters=[("country_iso3", "=", "TGO")])
    assert found.schema.types == published.schema.types
    assert found.to_pylist() == published.to_pylist()
    assert duckdb.sql(f"SELECT count(*) FROM read_parquet('{download.value.path()}')").fetchone() == (len(published),)


# SQL


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
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the answer as CSV").click()
    answer = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert answer[0] == ["agency_or_publisher", "reports"]
    assert len(answer) == 26


REFUSED = (
    "SELECT * FROM read_csv('{address}/data/changes.json')",
    "INSTALL httpfs; LOAD httpfs",
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
        expect(page.get_by_role("alert")).to_contain_text("Error")
        page.fill("textarea", "SELECT 1 AS it_goes_on")
        page.keyboard.press("Control+Enter")
        expect(page.locator("table.plain th")).to_have_text(["it_goes_on"])
    answers = [answer.url for answer in console.answers[before:]]
    assert [url for url in answers if not url.endswith((".duckdb", ".svg"))] == []  # the icon goes with the address


# For everybody


def test_french_is_french_everywhere(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    page = visit.go()
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    assert "lang=fr" in page.url
    expect(page.locator(".totals")).to_contain_text(
        "Une sélection documentée, et non un décompte de toutes les violences."
    )
    [label] = (
        tables.execute("SELECT label_fr FROM codes WHERE codelist = 'event_type' AND code = 'ambush'").fetchone() or []
    )
    expect(page.locator(".option-label", has_text=label).first).to_be_visible()
    incident = ids(tables)["incident"]
    visit.go(f"/#/incident/{incident}?lang=fr")
    expect(page.locator("h1")).to_have_text(
        one(tables, f"SELECT label_fr FROM incidents WHERE incident_id = '{incident}'")
    )
    assert "Qui dit quoi" in page.inner_text("main")
    visit.go("/sql.html#/?lang=fr")
    expect(page.locator("h1")).to_have_text("Interroger en SQL")


def test_it_fits_a_phone(browser: Browser, address: str, tables: duckdb.DuckDBPyConnection) -> None:
    with visiting(browser, address, viewport=PHONE, has_touch=True, is_mobile=True) as visit:
        for path in (*PAGES, "/sql.html"):
            page = visit.go(path.format(**ids(tables)))
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        visit.go()
        expect(page.get_by_label("Mali").first).to_be_hidden()
        page.get_by_role("button", name="Show filters").tap()
        page.get_by_label("Mali").first.check()
        expect(page.locator('[data-total="incidents"]')).to_have_text(
            str(expected_total(tables, "country_iso3 = 'MLI'")[0])
        )


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.outerHTML"))


def test_everything_can_be_done_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit.go()
    page.keyboard.press("Tab")
    assert "Skip to the content" in focused(page)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('label')?.innerText?.startsWith('Burkina Faso')"):
            break
    page.keyboard.press("Space")
    page.wait_for_function("location.hash.includes('country=BFA')")
    page.locator("canvas").focus()
    for key in ("+", "ArrowRight"):
        before = page.url
        page.keyboard.press(key)
        page.wait_for_function("before => location.href !== before", arg=before)
    page.keyboard.press("0")
    page.wait_for_function("!location.hash.includes('map=')")
    page.locator("tbody a").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').getAttribute('aria-rowindex')") == "3"
    page.keyboard.press("Enter")
    page.wait_for_selector(".subject h1")
    assert page.evaluate("document.activeElement.id") == "content", "who comes to a page begins at its head"
    page.go_back()
    page.get_by_role("button", name="Download", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    browser: Browser,
    address: str,
    tables: duckdb.DuckDBPyConnection,
    scheme: str,
) -> None:
    with visiting(browser, address, color_scheme=scheme, reduced_motion="reduce") as visit:
        for path in (*PAGES, "/#/?country=MLI&from=2024-01-01", "/sql.html"):
            page = visit.go(path.format(**ids(tables)))
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found = page.evaluate("axe.run({resultTypes: ['violations']}).then(result => result.violations)")
            assert [(path, issue["id"], issue["nodes"][0]["html"][:200]) for issue in found] == []
            assert page.evaluate("document.documentElement.dataset.theme") == scheme


def test_colours_follow_the_reader(visit: Visit) -> None:
    page = visit.go()
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Dark colours").click()
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert brightness(light) > 200
    assert brightness(dark) < 60
    page.reload()
    page.wait_for_selector("main h1")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == dark


def brightness(colour: str) -> float:
    return sum(float(part) for part in re.findall(r"[\d.]+", colour)[:3]) / 3
