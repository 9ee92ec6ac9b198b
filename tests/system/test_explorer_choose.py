"""Choosing in the explorer: filters, time line, map, the address; in a real Chromium, with the real data."""

from __future__ import annotations

import re

import duckdb
import pytest
from playwright.sync_api import Browser, expect

from tests.system.asked import expected_total, one
from tests.system.browser import Visit, visiting

pytestmark = pytest.mark.system

LARGEST_FIRST_LOAD = 1_000_000


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


OPEN = """
    SELECT count(*) FROM tolls
    WHERE metric = 'killed' AND population_group = 'all' AND is_additive AND high IS NULL
"""


def test_a_sum_with_an_open_figure_has_no_upper_bound(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    page = visit.go()
    number = one(tables, OPEN)
    assert number > 1
    band = page.locator('[data-total="range"]')
    expect(band).to_contain_text(f"no upper bound: {number} figures are open above")
    expect(band).not_to_contain_text("highest")
    expect(page.locator(".range-bar.open")).to_be_visible()
    page.get_by_role("group", name="Time line").get_by_role("button", name="Killed").click()
    line = page.locator(".timeline svg")
    expect(line).to_have_attribute("aria-label", re.compile(f"best figures by month, no upper bound: {number} figures"))
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 40, box["y"] + 60)
    tooltip = page.locator(".timeline .tooltip")
    expect(tooltip).to_be_visible()
    assert tooltip.evaluate("tip => tip.scrollWidth <= tip.clientWidth"), "nothing of it is cut off"
    visit.go("/#/?lang=fr")
    expect(band).to_contain_text(f"pas de borne haute\u00a0: {number} chiffres sont ouverts vers le haut")


def test_a_sum_of_closed_figures_has_its_bounds(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    closed = tables.execute(
        "SELECT unit_id, low, high FROM tolls JOIN incidents ON unit_id = incident_id WHERE metric = 'killed'"
        " AND population_group = 'all' AND is_additive AND low < high AND high < 1000 ORDER BY unit_id LIMIT 1"
    ).fetchone()
    assert closed is not None
    page = visit.go(f"/#/?q={closed[0]}")
    expect(page.locator('[data-total="range"]')).to_have_text(f"lowest {closed[1]}, highest {closed[2]}")
    expect(page.locator(".range-bar.open")).to_have_count(0)


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ("from=2025-01-01&to=2020-01-01", "The dates are reversed: the first day (1 January 2025)"),
        ("from=2050-01-01", "No incident matches these filters."),
        ("to=1990-01-01", "No incident matches these filters."),
    ],
)
def test_dates_between_which_nothing_lies_are_told_and_draw_nothing(visit: Visit, dates: str, said: str) -> None:
    page = visit.go(f"/#/?{dates}")
    expect(page.locator(".totals .empty")).to_contain_text(said)
    assert page.locator(".timeline .brush").count() == 0
    expect(page.locator(".timeline svg")).to_have_attribute("aria-label", re.compile("selected: no month"))


def test_reversed_dates_are_put_right_with_one_button(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    page = visit.go("/#/?to=2020-01-01")
    page.get_by_label("from", exact=True).fill("2025-01-01")
    page.get_by_role("button", name="Swap the dates").click()
    expect(page).to_have_url(re.compile("from=2020-01-01&to=2025-01-01"))
    incidents, _, _ = expected_total(tables, "date_start BETWEEN '2020-01-01' AND '2025-01-01'")
    expect(page.locator('[data-total="incidents"]')).to_have_text(str(incidents))


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
    expect(page).to_have_url(re.compile("map="))
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
    address = page.evaluate("location.href")
    found = re.search(r"from=(\d{4}-\d{2}-01)&to=(\d{4}-\d{2}-\d{2})", address)
    assert found, address
    between = f"date_start BETWEEN '{found[1]}' AND '{found[2]}'"
    expect(page.locator('[data-total="incidents"]')).to_have_text(str(expected_total(tables, between)[0]))
    end = page.get_by_role("slider", name="End of the selected time")
    before = end.get_attribute("aria-valuetext")
    end.press("ArrowLeft")
    assert end.get_attribute("aria-valuetext") != before
    page.get_by_role("button", name="All dates").click()
    expect(page).not_to_have_url(re.compile("from="))


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


def test_a_place_without_a_radius_has_a_mark_of_its_own(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    [key, latitude, longitude] = tables.execute(
        "SELECT incident_id, latitude, longitude FROM incidents WHERE latitude IS NOT NULL AND geo_radius_km IS NULL"
        " ORDER BY ALL LIMIT 1"
    ).fetchall()[0]
    page = visit.go(f"/#/?q={key}&map={latitude:.3f},{longitude:.3f},8")
    expect(page.locator(".legend")).to_contain_text("dashed square: only a district or region is known, and no radius")
    page.wait_for_function("document.querySelector('canvas').width > 300")
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("dialog", name="1 incident here").get_by_role("link").click()
    caption = page.locator("figure.where figcaption")
    expect(caption).to_contain_text("the dashed square stands for a district or region")
    expect(caption).not_to_contain_text("circle")
    circle = one(tables, "SELECT min(incident_id) FROM incidents WHERE geo_radius_km IS NOT NULL")
    visit.go(f"/#/incident/{circle}")
    expect(caption).to_contain_text("the circle is the radius of uncertainty")
    expect(caption).not_to_contain_text("square")


def test_back_takes_a_movement_back_at_once_and_leaves_the_page_where_it_was(visit: Visit) -> None:
    page = visit.go("/#/?country=MLI")
    page.locator(".timeline").scroll_into_view_if_needed()
    box = page.locator(".timeline svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 60, steps=8)
    page.mouse.up()
    expect(page).to_have_url(re.compile("from="))
    page.go_back()
    assert page.url.endswith("/#/?country=MLI")
    page.get_by_label("Place, actor or id").press_sequentially("djibo")
    expect(page).to_have_url(re.compile("q=djibo"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"/\?country=MLI$"))
    assert page.get_by_label("Place, actor or id").input_value() == ""


def test_the_map_goes_to_what_is_selected(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    [key, latitude, longitude] = tables.execute(
        "SELECT incident_id, latitude, longitude FROM incidents WHERE geo_precision = 'exact' ORDER BY ALL LIMIT 1"
    ).fetchall()[0]
    page = visit.go()
    near = page.get_by_role("button", name="Show what is selected")
    expect(near).to_have_count(0)
    page.get_by_label("Place, actor or id").fill(key)
    near.click()
    expect(page).to_have_url(re.compile("map="))
    shown = re.findall(r"map=([-\d.]+),([-\d.]+),", page.url)[0]
    assert [float(part) for part in shown] == pytest.approx([latitude, longitude], abs=0.05)
    page.get_by_role("button", name="Show everything").click()
    expect(page).not_to_have_url(re.compile("map="))


def test_where_nothing_matches_one_step_leads_out(visit: Visit, tables: duckdb.DuckDBPyConnection) -> None:
    page = visit.go("/#/?q=no-such-place&country=MLI")
    assert visit.total("incidents") == "0"
    assert visit.total("best") == "–"
    page.locator(".totals").get_by_role("button", name="Clear all filters").click()
    expect(page.locator('[data-total="incidents"]')).to_have_text(str(expected_total(tables, "true")[0]))


def test_the_list_is_found_again_as_it_was_left(visit: Visit) -> None:
    page = visit.go("/#/?country=BFA")
    page.locator(".table-frame").evaluate("frame => frame.scrollTo(0, 3000)")
    row = page.locator('tbody tr[aria-rowindex="56"] a')
    key = row.get_attribute("data-id")
    row.click()
    expect(page.locator("article h1")).to_be_visible()
    for lead_back in (page.go_back, page.get_by_role("link", name="Back to all incidents").click):
        lead_back()
        expect(page.locator(f'a[data-id="{key}"]')).to_be_focused()
        assert page.locator(".table-frame").evaluate("frame => frame.scrollTop") > 2500
        page.keyboard.press("Enter")
        expect(page.locator("article h1")).to_be_visible()
