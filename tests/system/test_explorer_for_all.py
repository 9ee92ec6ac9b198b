"""The explorer for everybody: French, a phone, the keyboard alone, a screen reader, dark colours."""

from __future__ import annotations

import re

import duckdb
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT
from tests.system.asked import expected_total, ids, one
from tests.system.browser import PHONE, Visit, visiting

pytestmark = pytest.mark.system

AXE = ROOT / "site" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = ("/#/", "/#/incident/{incident}", "/#/operation/{operation}", "/#/releases", "/#/changes", "/#/codebook")


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
    label = one(tables, f"SELECT label_fr FROM incidents WHERE incident_id = '{incident}'")
    assert page.inner_text("h1").startswith(label[: label.rindex(",")])
    assert "Qui dit quoi" in page.inner_text("main")
    visit.go("/sql.html#/?lang=fr")
    expect(page.locator("h1")).to_have_text("Interroger en SQL")


def test_french_marks_what_is_english_and_writes_dates_its_way(visit: Visit) -> None:
    page = visit.go("/#/incident/i-h5f2s9?lang=fr")
    heading = page.locator("article h1")
    expect(heading).to_contain_text("Kayes (Mali), 1er juillet 2025")
    assert page.title() == f"{heading.inner_text()} · Attaques au Sahel"
    names = page.locator(".claimant h3 bdi")
    expect(names.filter(has_text="armée malienne")).to_have_count(1)
    assert names.evaluate_all("names => names.every(name => name.lang === '')"), "no name of these is English"
    expect(page.locator("p.lead").first).to_have_attribute("lang", "en")
    expect(page.locator("header .in-english")).to_have_text("en anglais")
    expect(page.locator(".facts")).to_contain_text("Précision\u00a0: Jour")
    expect(page.locator("h2", has_text="Comptes rendus")).to_be_visible()
    log = visit.go("/#/changes?lang=fr").locator(".prose")
    expect(log).to_have_attribute("lang", "fr")
    expect(log).to_contain_text("incidents")
    visit.go("/#/incident/i-h5f2s9?lang=en")
    assert page.locator(".in-english").count() == 0


@pytest.mark.parametrize(("width", "most_high"), [(1280, 80), (1100, 80)])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_head_is_one_line(browser: Browser, address: str, language: str, width: int, most_high: int) -> None:
    with visiting(browser, address, viewport={"width": width, "height": 900}) as visit:
        box = visit.go(f"/#/?lang={language}").locator(".masthead").bounding_box()
        assert box is not None
        assert box["height"] <= most_high


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/#/", "Attacks in the Sahel"),
        ("/#/releases", "Releases · Attacks in the Sahel"),
        ("/#/changes", "Changes · Attacks in the Sahel"),
        ("/#/codebook", "Codebook · Attacks in the Sahel"),
        ("/#/nowhere", "There is no such page. · Attacks in the Sahel"),
        ("/sql.html", "Ask in SQL · Attacks in the Sahel"),
    ],
)
def test_every_page_has_its_own_title(visit: Visit, path: str, title: str) -> None:
    expect(visit.go(path)).to_have_title(title)


def test_who_comes_to_a_page_begins_at_its_heading(visit: Visit) -> None:
    page = visit.go("/#/?country=MLI")
    page.get_by_label("Niger").first.check()
    assert page.evaluate("document.activeElement.type") == "checkbox", "a filter leaves the focus where it is"
    for name in ("Releases", "Changes", "Codebook", "Explore"):
        page.locator(".masthead").get_by_role("link", name=name).click()
        expect(page.locator("main h1")).to_be_focused()
        assert page.evaluate("scrollY") == 0
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON", "another language is no other page"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_shows_all_pages_and_what_is_contested(
    browser: Browser, address: str, width: int, language: str
) -> None:
    with visiting(browser, address, viewport={"width": width, "height": 800}, has_touch=True, is_mobile=True) as visit:
        page = visit.go(f"/#/?lang={language}&toll=contested&tactic=ambush")
        for link in page.locator(".masthead nav a").all():
            box = link.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        row = page.locator("tbody tr").first
        status, what = ("Contested", "Ambush") if language == "en" else ("Contesté", "Embuscade")
        expect(row.locator(".status:visible")).to_have_text(status)
        expect(row.locator("small:visible", has_text=what)).to_be_visible()
        assert row.evaluate("row => row.getBoundingClientRect().height") == 96, "rows out of sight are counted so high"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pages_stand_in_one_line_on_a_phone(browser: Browser, address: str, language: str) -> None:
    with visiting(browser, address, viewport=PHONE, has_touch=True, is_mobile=True) as visit:
        links = visit.go(f"/#/?lang={language}").locator(".masthead nav a").all()
        boxes = [link.bounding_box() for link in links]
        assert len({box["y"] for box in boxes if box}) == 1


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_changes_are_in_the_language_of_the_page_and_without_marks_of_markdown(visit: Visit, language: str) -> None:
    log = visit.go(f"/#/changes?lang={language}").locator(".prose")
    expect(log).to_have_attribute("lang", language)
    expect(log).not_to_contain_text("](")


def test_marks_are_spoken_of_where_there_are_some(visit: Visit) -> None:
    note = visit.go().locator(".selection-note")
    expect(note).to_contain_text("without a mark")
    for path in ("/#/releases", "/#/codebook", "/sql.html"):
        visit.go(path)
        expect(note).to_contain_text("A documented selection, not a count of all violence.")
        expect(note).not_to_contain_text("without a mark")


TOO_SMALL = """
    () => [...document.querySelectorAll('button, select, summary, input, nav a, .back, [role=slider], .option')]
        .filter(found => found.checkVisibility({ visibilityProperty: true }))
        .map(found => [found, (found.closest('label') ?? found).getBoundingClientRect()])
        .filter(([, box]) => box.width > 0 && (box.height < 43.5 || box.width < 43.5))
        .map(([found, box]) => `${found.outerHTML.slice(0, 90)} ${Math.round(box.width)} x ${Math.round(box.height)}`)
"""


def test_fingers_find_what_can_be_pressed(browser: Browser, address: str, tables: duckdb.DuckDBPyConnection) -> None:
    with visiting(browser, address, viewport=PHONE, has_touch=True, is_mobile=True) as visit:
        for path in (*PAGES, "/#/?country=MLI", "/sql.html"):
            page = visit.go(path.format(**ids(tables)))
            if path.startswith("/#/?"):
                page.get_by_role("button", name="Show filters").tap()
            assert page.evaluate(TOO_SMALL) == [], path


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
    expect(page).to_have_url(re.compile("country=BFA"))
    page.locator("canvas").focus()
    for key in ("+", "ArrowRight"):
        before = page.url
        page.keyboard.press(key)
        expect(page).not_to_have_url(before)
    page.keyboard.press("0")
    expect(page).not_to_have_url(re.compile("map="))
    page.locator("tbody a").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').getAttribute('aria-rowindex')") == "3"
    page.keyboard.press("Enter")
    page.wait_for_selector(".subject h1")
    expect(page.locator("main h1")).to_be_focused()
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
