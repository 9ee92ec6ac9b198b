"""1 July 2025 and other days as a researcher would want them; each fact stands in the evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from pipeline.config import Project

Ask = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def ask(built: Project) -> Ask:
    connection = duckdb.connect()
    for path in built.release.glob("*.parquet"):
        connection.execute(f"CREATE VIEW \"{path.stem}\" AS FROM '{path}'")
    return lambda query: [row[0] if len(row) == 1 else row for row in connection.execute(query).fetchall()]


@pytest.fixture(scope="module")
def seven_towns(ask: Ask) -> str:
    found = ask(
        "SELECT DISTINCT operation_id FROM incidents WHERE country_iso3 = 'MLI' AND date_start = DATE '2025-07-01'"
    )
    assert len(found) == 1
    return str(found[0])


def test_one_operation_of_jnim_struck_seven_towns(ask: Ask, seven_towns: str) -> None:
    towns = ask(f"SELECT place_name FROM incidents WHERE operation_id = '{seven_towns}' ORDER BY place_name")
    assert towns == ["Diboli", "Gogui", "Kayes", "Molodo", "Niono", "Nioro du Sahel", "Sandaré"]
    assert ask(f"SELECT DISTINCT perpetrator_id FROM incidents WHERE operation_id = '{seven_towns}'") == ["JNIM"]
    assert ask(f"SELECT perpetrator_id, kind FROM operations WHERE operation_id = '{seven_towns}'") == [
        ("JNIM", "operation")
    ]


@pytest.mark.parametrize(("spelled", "town"), [("Binoli", "Diboli"), ("Sandere", "Sandaré"), ("Sandare", "Sandaré")])
def test_other_spellings_find_the_town(ask: Ask, spelled: str, town: str) -> None:
    found = ask(
        "SELECT DISTINCT place_name FROM incidents JOIN names ON entity_id = place_id "
        f"WHERE entity_type = 'place' AND name = '{spelled}' AND date_start = DATE '2025-07-01'"
    )
    assert found == [town]


def test_the_army_s_more_than_80_neutralised_is_one_claim_on_the_operation(ask: Ask, seven_towns: str) -> None:
    claims = ask(
        "SELECT subject_type, claimant_type, population, value_low, value_high, qualifier FROM claims "
        f"WHERE metric = 'neutralised' AND (subject_id = '{seven_towns}' OR subject_id IN "
        f"(SELECT incident_id FROM incidents WHERE operation_id = '{seven_towns}'))"
    )
    assert claims == [("operation", "state", "militants", 80, None, "more_than")]


def test_it_is_counted_once_and_in_no_toll_of_killed(ask: Ask) -> None:
    of_that_day = "is_additive AND date_start = DATE '2025-07-01' AND population_group = 'all'"
    assert ask(f"SELECT sum(low), sum(best) FROM tolls WHERE metric = 'neutralised' AND {of_that_day}") == [(80, 80)]
    killed = ask(f"SELECT sum(best) FROM tolls WHERE metric = 'killed' AND {of_that_day} AND country_iso3 = 'MLI'")
    assert killed == [1], "the civilian whom the press reports, and no more"


def test_three_barracks_are_a_claim_of_jnim(ask: Ask, seven_towns: str) -> None:
    claims = ask(
        "SELECT claimant_name, claimant_type, value_low, value_high FROM claims "
        f"WHERE metric = 'positions_seized' AND subject_id = '{seven_towns}'"
    )
    assert claims == [("JNIM", "non_state_armed_group", 3, 3)]


def test_that_the_army_gave_no_figure_for_its_losses_stays_visible(ask: Ask, seven_towns: str) -> None:
    claims = ask(
        "SELECT value_low, value_high, qualifier FROM claims WHERE metric = 'killed' AND population = 'soldiers' "
        f"AND claimant_name = 'Malian army' AND subject_id = '{seven_towns}'"
    )
    assert claims == [(None, None, "not_stated")]
    sides = f"unit_id = '{seven_towns}' AND metric = 'killed' AND population_group = 'security_forces'"
    assert ask(f"SELECT count(*) FROM tolls WHERE {sides}") == [0]


def test_timbuktu_and_the_day_before_it_are_there(ask: Ask) -> None:
    places = ask(
        "SELECT DISTINCT place_name FROM incidents WHERE country_iso3 = 'MLI' "
        "AND date_start = DATE '2025-06-02' AND perpetrator_id = 'JNIM'"
    )
    assert any(place.startswith(("Tombouctou", "Timbuktu")) for place in places)
    before = ask(
        "SELECT max(c.value_low) FROM incidents JOIN claims c ON subject_id = incident_id "
        "WHERE date_start = DATE '2025-06-01' AND country_iso3 = 'MLI' AND metric = 'killed' "
        "AND population = 'soldiers' AND qualifier IN ('at_least', 'more_than')"
    )
    assert before[0] >= 30


def test_the_132_of_diallassagou_are_in_totals_once(ask: Ask) -> None:
    units = ask(
        "SELECT unit_id FROM tolls WHERE metric = 'killed' AND population_group = 'civilians' "
        "AND is_additive AND date_start = DATE '2022-06-18' AND best = 132"
    )
    assert len(units) == 1
    assert units[0].startswith("o-")
    around = "date_start BETWEEN DATE '2022-06-18' AND DATE '2022-06-19' AND country_iso3 = 'MLI'"
    for group in ("all", "civilians"):
        total = f"metric = 'killed' AND population_group = '{group}' AND is_additive AND {around}"
        assert ask(f"SELECT sum(best) FROM tolls WHERE {total}") == [132]


def test_a_toll_can_be_followed_to_the_pages_behind_it(ask: Ask) -> None:
    lost = ask(
        "SELECT unit_id, metric FROM tolls t WHERE NOT EXISTS (SELECT url FROM claims c "
        "JOIN claim_reports USING (claim_id) JOIN reports r ON r.report_id = claim_reports.report_id "
        "WHERE c.subject_id = t.unit_id AND c.metric = t.metric AND url LIKE 'http%')"
    )
    assert lost == []


def test_the_army_is_a_perpetrator_like_any_other(ask: Ask) -> None:
    states = ask(
        "SELECT count(*) FROM incidents JOIN actors ON actor_id = perpetrator_id WHERE actor_type = 'state_forces'"
    )
    assert states[0] >= 3


def test_the_toll_of_barsalogho_is_contested_and_its_claims_stand_apart(ask: Ask) -> None:
    where = "place_name = 'Barsalogho' AND date_start = DATE '2024-08-24'"
    assert ask(f"SELECT toll_status, killed_low, killed_high FROM incidents WHERE {where}") == [
        ("contested", 100, None)
    ]
    claimants = ask(
        f"SELECT DISTINCT claimant_name FROM claims JOIN incidents ON subject_id = incident_id WHERE {where}"
    )
    assert {"JNIM", "Human Rights Watch", "United Nations"} <= set(claimants)


def test_every_known_issue_is_about_something_that_is_there(ask: Ask) -> None:
    assert ask("SELECT count(*) FROM known_issues")[0] > 50
    assert ask("SELECT issue_id FROM known_issues WHERE description_en = description_fr") == []


def test_a_label_names_the_place_in_its_own_language(ask: Ask) -> None:
    def labels(place: str) -> set[tuple[str, str]]:
        rows = ask(f"SELECT label_en, label_fr FROM incidents WHERE place_id = '{place}'")
        assert rows
        return {(english.split(", ")[-2], french.split(", ")[-2]) for english, french in rows}

    assert labels("bfa_dori_gorom_gorom_road") == {
        ("Road from Dori to Gorom-Gorom (Burkina Faso)", "Route de Dori à Gorom-Gorom (Burkina Faso)")
    }
    assert labels("mli_tombouctou") == {("Timbuktu (Mali)", "Tombouctou (Mali)")}
    assert labels("tcd_lac_province") == {("Lac province (Chad)", "Province du Lac (Tchad)")}
    assert labels("mli_kayes") == {("Kayes (Mali)", "Kayes (Mali)")}
    assert ask("SELECT place_name FROM incidents WHERE regexp_matches(label_fr, 'Road| of |province|islands')") == []
