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
    "actor1": "JNIM",
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


def test_gtd_has_135_columns_and_days_that_are_not_known(read: Reader, project: Project) -> None:
    names = columns(project, "gtd")
    assert len(names) == 135
    rows = [GTD_ROW, GTD_ROW | {"eventid": "201402110001", "iday": "11"}, GTD_ROW | {"eventid": "3", "imonth": "0"}]
    found = read("gtd", as_csv(names, rows), "2020")
    assert found.rules == ["tabular.date"]
    month, day = found.rows("records")
    assert (str(month["date_start"]), str(month["date_end"]), month["date_precision"]) == (
        "2014-02-01",
        "2014-02-28",
        "month",
    )
    assert (str(day["date_start"]), str(day["date_end"]), day["date_precision"]) == ("2014-02-11", "2014-02-11", "day")
    assert day["flags"] is None  # 2 of the 5 dead were attackers: the others are not told apart
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


def test_more_dead_attackers_than_dead_are_flagged(read: Reader, project: Project) -> None:
    found = read("gtd", as_csv(columns(project, "gtd"), [GTD_ROW | {"nkillter": "6"}]), "2020")
    assert [row["flags"] for row in found.rows("records")] == ["tabular.toll_sum"]


@pytest.mark.parametrize("source", ["acled", "gtd"])
def test_a_release_refuses_them(project: Project, params: Params, source: str) -> None:
    with pytest.raises(CannotDo, match="licence"):
        ingest(project, params, source)
