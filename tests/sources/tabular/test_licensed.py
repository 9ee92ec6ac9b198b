"""ACLED and GTD in their layouts, with invented rows: read on their owner's machine, and refused by a release."""

from __future__ import annotations

import pytest

from pipeline.config import Params, Project
from pipeline.ingest import ingest
from pipeline.problems import CannotDo
from tests.sources.tabular.rows import Reader, as_csv, columns

ACLED_ROW = {
    "event_id_cnty": "MLI1",
    "event_date": "10 February 2026",
    "year": "2026",
    "time_precision": "1",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "JNIM: Group for Support of Islam and Muslims",
    "actor2": "Unidentified Armed Group (Mali)",
    "inter1": "Rebel group",
    "inter2": "Political militia",
    "country": "Mali",
    "admin1": "Gao",
    "admin2": "Bourem",
    "location": "Bamba",
    "latitude": "17.0",
    "longitude": "-1.4",
    "geo_precision": "2",
    "source": "RFI; Somebody on X",
    "notes": "Invented.",
    "fatalities": "3",
}
EXPORT_OF_2025 = ("population_1km", "population_2km", "population_5km", "population_best")
OLD_API = ("data_id", "iso", "event_id_no_cnty", "timestamp", "iso3")
GTD_ROW = {
    "eventid": "201402100001",
    "iyear": "2014",
    "imonth": "2",
    "iday": "0",
    "country_txt": "Mali",
    "provstate": "Gao",
    "city": "Bamba",
    "latitude": "17.0",
    "longitude": "-1.4",
    "specificity": "1",
    "doubtterr": "0",
    "attacktype1": "2",
    "targtype1": "4",
    "gname": "Ansar Dine",
    "nkill": "5",
    "nkillter": "2",
    "nwound": "1",
}


@pytest.mark.parametrize("layout", ["2023", "2025", "old", "old in capitals"])
def test_every_layout_of_acled_is_read(read: Reader, project: Project, layout: str) -> None:
    names = columns(project, "acled", 1 if layout.startswith("old") else 0)
    names += {"2025": EXPORT_OF_2025, "old": OLD_API}.get(layout, ())
    if layout == "old in capitals":
        names = tuple(name.upper() for name in names)
    rows = [
        ACLED_ROW,
        ACLED_ROW | {"event_id_cnty": "MLI2", "event_type": "Protests", "sub_event_type": "Peaceful protest"},
        ACLED_ROW | {"event_id_cnty": "MLI3", "sub_event_type": "Agreement", "event_type": "Strategic developments"},
    ]
    rows = [{name.upper() if layout.endswith("capitals") else name: cell for name, cell in row.items()} for row in rows]
    found = read("acled", as_csv(names, rows), "2026-02")
    assert found.outcomes == {("released", "in_scope"): 1, ("outside", "no_armed_force"): 2}
    [record] = found.rows("records")
    assert (str(record["date_start"]), record["event_type"], record["geo_precision"]) == ("2026-02-10", "clash", "near")
    assert record["source_event_type"] == "Armed clash"
    [claim] = found.rows("claims")
    assert (claim["claimant_name"], claim["value_low"], claim["value_best"], claim["value_high"]) == ("ACLED", 3, 3, 3)
    assert {row["actor_id"] for row in found.rows("incident_actors")} == {"JNIM", "unidentified_armed_group"}
    assert {row["publisher"] for row in found.rows("reports")} >= {"RFI", "X account"}
    assert found.rows("coverage") == []


ACTORS = [
    ("JNIM: Group for Support of Islam and Muslims", "Rebel group", {"JNIM"}),
    ("Military Forces of Mali (2021-)", "State forces", {"state_forces_mli"}),
    ("Military Forces of Burkina Faso (2022-)", "1", {"state_forces_bfa"}),
    ("Police Forces of Mali (2020-2021) Gendarmerie", "1", {"state_forces_mli"}),
    ("Military Forces of the Ivory Coast (2011-)", "1", {"state_forces_civ"}),
    ("Government of Mali (2021-)", "State forces", {"state_forces_mli"}),
    ("Islamic State Sahel Province (ISSP)", "Rebel group", {"ISSP"}),
    ("Islamic State (Greater Sahara)", "2", {"ISSP"}),
    ("Islamic State (West Africa) - Greater Sahara Faction", "2", {"ISSP"}),
    ("Boko Haram - Jamaatu Ahli is-Sunnah lid-Dawati wal-Jihad", "2", {"JAS"}),
    ("Islamic State West Africa Province (ISWAP)", "Rebel group", {"ISWAP"}),
    ("MINUSMA: United Nations Multidimensional Integrated Stabilization Mission in Mali (2013-)", "8", {"minusma"}),
    ("VDP: Volunteers for the Defense of the Homeland", "Political militia", {"VDP"}),
    ("Military Forces of France (2017-)", "8", {"french_forces"}),
    ("Dan Na Ambassagou", "4", {"dan_na_ambassagou"}),
    ("Unidentified Communal Militia (Mali)", "Identity militia", {"unidentified_armed_group"}),
    ("Civilians (Mali)", "Civilians", {"civilians"}),
    ("Mutiny of Military Forces of Mali (2002-2012)", "1", set()),
    ("Military Forces of Algeria (1999-)", "External/Other forces", set()),
]


def test_actors_are_found_as_acled_spells_them(read: Reader, project: Project) -> None:
    rows = [
        ACLED_ROW | {"event_id_cnty": f"MLI{at}", "actor1": name, "inter1": kind, "actor2": "", "inter2": ""}
        for at, (name, kind, _) in enumerate(ACTORS)
    ]
    found = read("acled", as_csv(columns(project, "acled"), rows), "2026-02")
    incidents = {record["actors_text"]: record for record in found.rows("records")}
    named: dict[str, set[str]] = {}
    for actor in found.rows("incident_actors"):
        named.setdefault(actor["incident_id"], set()).add(actor["actor_id"])
    for name, _, wanted in ACTORS:
        assert named.get(incidents[name]["incident_id"], set()) == wanted, name
        assert incidents[name]["flags"] == (None if wanted else "tabular.unknown_actor"), name


def test_one_of_two_actors_is_kept_as_alternatives(read: Reader, project: Project) -> None:
    either = "JNIM: Group for Support of Islam and Muslims and/or Islamic State (Greater Sahara)"
    rows = [
        ACLED_ROW | {"actor1": either},
        ACLED_ROW | {"event_id_cnty": "MLI2", "actor1": "JNIM and/or Somebody", "actor2": "JNIM"},
    ]
    found = read("acled", as_csv(columns(project, "acled"), rows), "2026-02")
    groups = {(row["actor_id"], row["alternative_group"]) for row in found.rows("incident_actors")}
    assert groups == {("JNIM", "a"), ("ISSP", "a"), ("unidentified_armed_group", None), ("JNIM", None)}
    assert [row["flags"] for row in found.rows("records")] == [None, "tabular.unknown_actor"]


@pytest.mark.parametrize("layout", [0, 1])
def test_who_is_aimed_at_follows_from_the_kinds_of_sides(read: Reader, project: Project, layout: int) -> None:
    rows = [
        ACLED_ROW
        | {
            "event_id_cnty": f"MLI{armed}{unarmed}{at}",
            "event_type": "Violence against civilians",
            "sub_event_type": "Attack",
            f"actor{3 - at}": "Military Forces of Mali (2021-)",
            f"inter{3 - at}": armed,
            f"actor{at}": "Civilians (Mali)",
            f"inter{at}": unarmed,
            "civilian_targeting": "Civilian targeting",
        }
        for armed, unarmed in (("State forces", "Civilians"), ("1", "7"), ("3", "6"))
        for at in (1, 2)
    ]
    found = read("acled", as_csv(columns(project, "acled", layout), rows), "2026-02")
    assert [record["target_type"] for record in found.rows("records")] == ["civilians"] * len(rows)
    actors = [(actor["actor_id"], actor["role"]) for actor in found.rows("incident_actors")]
    assert sorted(actors) == [("civilians", "target")] * len(rows) + [("state_forces_mli", "perpetrator")] * len(rows)


def test_a_bomb_aimed_at_civilians_has_them_as_its_target(read: Reader, project: Project) -> None:
    bomb = ACLED_ROW | {"event_type": "Explosions/Remote violence", "sub_event_type": "Remote explosive/landmine/IED"}
    sides = {"actor2": "Civilians (Mali)", "inter2": "Civilians"}
    rows = [bomb | sides | {"civilian_targeting": "Civilian targeting"}, bomb | {"event_id_cnty": "MLI2"}]
    found = read("acled", as_csv(columns(project, "acled"), rows), "2026-02")
    assert [record["target_type"] for record in found.rows("records")] == ["civilians", None]
    roles = {(actor["actor_id"], actor["role"]) for actor in found.rows("incident_actors")}
    assert roles == {
        ("JNIM", "perpetrator"),
        ("civilians", "target"),
        ("JNIM", "party"),
        ("unidentified_armed_group", "party"),
    }


def test_excessive_force_against_protesters_is_armed_force(read: Reader, project: Project) -> None:
    protest = ACLED_ROW | {
        "event_type": "Protests",
        "actor1": "Protesters (Mali)",
        "inter1": "Protesters",
        "actor2": "Police Forces of Mali (2021-)",
        "inter2": "State forces",
    }
    kinds = ["Excessive force against protesters", "Peaceful protest", "Protest with intervention"]
    rows = [protest | {"event_id_cnty": f"MLI{at}", "sub_event_type": kind} for at, kind in enumerate(kinds)]
    found = read("acled", as_csv(columns(project, "acled"), rows), "2026-02")
    assert found.outcomes == {("released", "in_scope"): 1, ("outside", "no_armed_force"): 2}
    [record] = found.rows("records")
    assert (record["event_type"], record["target_type"]) == ("attack_on_civilians", "civilians")
    roles = {actor["actor_id"]: actor["role"] for actor in found.rows("incident_actors")}
    assert roles == {"civilians": "target", "state_forces_mli": "perpetrator"}


def test_gtd_has_135_columns_and_days_that_are_not_known(read: Reader, project: Project) -> None:
    names = columns(project, "gtd")
    assert len(names) == 135
    rows = [
        GTD_ROW,
        GTD_ROW | {"eventid": "201402110001", "iday": "11"},
        GTD_ROW | {"eventid": "201400000001", "imonth": "0"},
        GTD_ROW | {"eventid": "201402300001", "iday": "30"},
    ]
    found = read("gtd", as_csv(names, rows), "2020")
    assert found.rules == ["tabular.date"]
    dated = {
        row["record_id"].removeprefix("gtd:"): (str(row["date_start"]), str(row["date_end"]), row["date_precision"])
        for row in found.rows("records")
    }
    assert dated == {
        "201402100001": ("2014-02-01", "2014-02-28", "month"),
        "201402110001": ("2014-02-11", "2014-02-11", "day"),
        "201400000001": ("2014-01-01", "2014-12-31", "year"),
    }
    # 2 of the 5 dead were attackers: the others are not told apart
    assert [row["flags"] for row in found.rows("records")] == [None, None, None]
    said = {
        (row["metric"], row["population"], row["included_in_claim_id"] is None): row["value_best"]
        for row in found.rows("claims")
        if row["record_id"] == "gtd:201402110001"
    }
    assert said == {
        ("killed", "militants", False): 2,
        ("killed", "unspecified", True): 5,
        ("injured", "unspecified", True): 1,
    }


TACTICS = [
    ({"attacktype1": "3", "suicide": "1"}, "suicide_bombing"),
    ({"attacktype1": "3.0", "suicide": "1.0"}, "suicide_bombing"),
    ({"attacktype1": "3", "suicide": "0", "weapsubtype1": "13"}, "suicide_bombing"),
    ({"attacktype1": "3", "suicide": "0", "weapsubtype1": "11.0"}, "shelling"),
    ({"attacktype1": "3", "suicide": "0", "weapsubtype1": "7"}, "other"),
    ({"attacktype1": "3", "suicide": "0", "weapsubtype1": "12"}, "ied"),
    ({"attacktype1": "3"}, "ied"),
    ({"attacktype1": "6", "targtype1": "14"}, "abduction"),
    ({"attacktype1": "2", "targtype1": "14.0"}, "attack_on_civilians"),
    ({"attacktype1": "8", "targtype1": "15"}, "attack_on_civilians"),
    ({"attacktype1": "2", "suicide": "1"}, "armed_attack"),
    ({"attacktype1": "7", "targtype1": "16"}, "looting_arson"),
    ({"attacktype1": "1", "targtype1": "2"}, "other"),
    ({"attacktype1": "9"}, "other"),
    ({"attacktype1": ""}, "other"),
]


def test_tactics_of_gtd_follow_from_attack_weapon_and_target(read: Reader, project: Project) -> None:
    rows = [GTD_ROW | {"eventid": f"2014021000{at:02d}"} | changes for at, (changes, _) in enumerate(TACTICS)]
    rows[0]["specificity"] = "1.0"
    rows[1] |= {"iyear": "2014.0", "imonth": "2.0", "iday": "0.0"}
    found = read("gtd", as_csv(columns(project, "gtd"), rows), "2020")
    records = {row["record_id"]: row for row in found.rows("records")}
    assert [records[f"gtd:{row['eventid']}"]["event_type"] for row in rows] == [wanted for _, wanted in TACTICS]
    assert records[f"gtd:{rows[0]['eventid']}"]["geo_precision"] == "exact"
    assert records[f"gtd:{rows[1]['eventid']}"]["date_precision"] == "month"
    assert {row["flags"] for row in records.values()} == {None}


def test_what_gtd_cites_becomes_reports(read: Reader, project: Project) -> None:
    cited = {
        "scite1": 'A. Somebody, "Invented headline, with a comma," Reuters, February 12, 2014.',
        "scite2": '"Invented headline of nobody," Some Blog, February 13, 2014.',
        "scite3": "A. Somebody, a text of another form",
    }
    found = read("gtd", as_csv(columns(project, "gtd"), [GTD_ROW | cited]), "2020")
    reports = [row for row in found.rows("reports") if row["source_type"] != "dataset"]
    shown = {(row["publisher"], str(row["published_date"]), row["headline"]) for row in reports}
    assert shown == {
        ("Reuters", "2014-02-12", "Invented headline, with a comma"),
        ("Publisher not listed", "2014-02-13", None),
        ("Publisher not listed", "None", None),
    }
    assert not any("Somebody" in str(value) for row in reports for value in row.values())


@pytest.mark.parametrize(("written", "wanted"), [("276", [276]), ("12.0", [12]), ("-99", []), ("", []), ("0", [0])])
def test_hostages_of_gtd_are_abducted_and_an_unknown_number_is_none(
    read: Reader, project: Project, written: str, wanted: list[int]
) -> None:
    found = read("gtd", as_csv(columns(project, "gtd"), [GTD_ROW | {"nhostkid": written}]), "2020")
    assert found.quarantine == []
    assert [row["value_best"] for row in found.rows("claims") if row["metric"] == "abducted"] == wanted


def test_all_groups_that_gtd_names_are_perpetrators(read: Reader, project: Project) -> None:
    groups = {
        "gname": "Boko Haram",
        "gname2": "Al-Qaida in the Islamic Maghreb (AQIM)",
        "gname3": "Nobody in particular",
    }
    found = read("gtd", as_csv(columns(project, "gtd"), [GTD_ROW | groups]), "2020")
    assert {(row["actor_id"], row["role"]) for row in found.rows("incident_actors")} >= {("AQIM", "perpetrator")}
    [record] = found.rows("records")
    assert record["actors_text"] == " ; ".join(groups.values())
    assert "tabular.unknown_actor" in record["flags"]


def test_more_dead_attackers_than_dead_are_flagged(read: Reader, project: Project) -> None:
    found = read("gtd", as_csv(columns(project, "gtd"), [GTD_ROW | {"nkillter": "6"}]), "2020")
    assert [row["flags"] for row in found.rows("records")] == ["tabular.toll_sum"]


@pytest.mark.parametrize("source", ["acled", "gtd"])
def test_a_release_refuses_them(project: Project, params: Params, source: str) -> None:
    with pytest.raises(CannotDo, match="licence"):
        ingest(project, params, source)
