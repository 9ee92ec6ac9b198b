"""The real file of UCDP Candidate 26.0.2 goes in, with nothing lost."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from pipeline.config import Project
from pipeline.schema import Schema
from pipeline.sources.tabular.countries import load_countries
from pipeline.sources.tabular.declaration import load_table_source
from pipeline.sources.tabular.extent import Extent, Survey, extent_of, survey
from pipeline.sources.tabular.files import open_table
from tests.sources.tabular.rows import REGION, Result

pytestmark = pytest.mark.shared_data
WHOLE = {"Mali": "MLI", "Burkina Faso": "BFA", "Niger": "NER", "Chad": "TCD", "Mauritania": "MRT"}
STATES = ("Sokoto", "Kebbi", "Zamfara", "Katsina", "Jigawa", "Yobe", "Borno", "Adamawa", "Niger", "Kwara")
PARTS = {
    "Nigeria": ("NGA", [f"{state} state" for state in STATES]),
    "Cameroon": ("CMR", ["Far North region"]),
    "Benin": ("BEN", ["Alibori department", "Atacora department", "Borgou department"]),
    "Togo": ("TGO", ["Savanes region"]),
    "Ghana": ("GHA", ["Upper East region", "Upper West region", "North East region"]),
}
"""Parts of countries as the file spells them; it has no row in Côte d'Ivoire or Senegal."""


@pytest.fixture(scope="module")
def plain(shared_data: Path) -> duckdb.DuckDBPyConnection:
    """The file as DuckDB alone reads it."""
    connection = duckdb.connect()
    path = shared_data / "ucdp" / "GEDEvent_v26_0_2.csv"
    connection.execute(f"CREATE TABLE events AS FROM read_csv('{path}', all_varchar = true, header = true)")
    return connection


def test_every_row_is_released_outside_or_quarantined(candidate: Result) -> None:
    assert candidate.read.row_count == 1298
    counts = [candidate.read.count(outcome) for outcome in ("released", "outside", "quarantined")]
    assert sum(counts) == sum(candidate.read.outcomes.values()) == 1298
    assert len(candidate.rows("records")) == candidate.outcomes["released", "in_scope"]
    assert sum(row["row_count"] for row in candidate.rows("ledger")) == 1298
    assert [row["row_count"] for row in candidate.rows("sources")] == [1298]


def test_deaths_by_country_are_those_of_a_plain_sum(candidate: Result, plain: duckdb.DuckDBPyConnection) -> None:
    ours: dict[str, list[int]] = {}
    for row in candidate.rows("records"):
        sums = ours.setdefault(row["country_iso3"], [0, 0, 0])
        for at, bound in enumerate(("low", "best", "high")):
            sums[at] += row[f"killed_{bound}"]
    sums_of = "SELECT sum(low::INT), sum(best::INT), sum(high::INT) FROM events WHERE country = ?"
    wanted = {code: plain.execute(sums_of, [name]).fetchone() for name, code in WHOLE.items()}
    for name, (code, units) in PARTS.items():
        wanted[code] = plain.execute(f"{sums_of} AND list_contains(?, adm_1)", [name, units]).fetchone()
    assert {code: tuple(found) for code, found in ours.items()} == {
        code: found for code, found in wanted.items() if found != (None, None, None)
    }


def test_the_total_claims_say_what_the_records_say(candidate: Result) -> None:
    totals = {
        row["record_id"]: (row["value_low"], row["value_best"], row["value_high"])
        for row in candidate.rows("claims")
        if row["population"] == "unspecified" and row["included_in_claim_id"] is None
    }
    records = candidate.rows("records")
    assert set(totals) == {row["record_id"] for row in records}
    for row in records:
        low, best, high = totals[row["record_id"]]
        assert best == row["killed_best"]
        stated = (row["killed_low"], row["killed_best"], row["killed_high"])
        assert (low, high) == (min(stated), max(stated))


def test_the_parts_of_a_total_add_up_to_it(candidate: Result) -> None:
    parts: dict[str, int] = {}
    totals = {}
    for row in candidate.rows("claims"):
        if row["included_in_claim_id"]:
            parts[row["included_in_claim_id"]] = parts.get(row["included_in_claim_id"], 0) + row["value_best"]
        else:
            totals[row["claim_id"]] = row["value_best"]
    assert parts == {claim: totals[claim] for claim in parts}
    assert all(totals[claim] == 0 for claim in totals if claim not in parts)


def test_a_zero_is_said_of_civilians_only_where_no_dead_are_of_unknown_status(
    candidate: Result, plain: duckdb.DuckDBPyConnection
) -> None:
    unsaid = {
        f"ucdp_candidate:{row[0]}"
        for row in plain.execute(
            "SELECT id FROM events WHERE deaths_civilians::INT = 0 AND deaths_unknown::INT > 0"
        ).fetchall()
    }
    released = {row["record_id"] for row in candidate.rows("records")}
    of_civilians = {row["record_id"] for row in candidate.rows("claims") if row["population"] == "civilians"}
    assert unsaid & released
    assert of_civilians == released - unsaid


def test_no_part_lies_beyond_the_bounds_of_its_total(candidate: Result) -> None:
    totals = {row["claim_id"]: row for row in candidate.rows("claims") if not row["included_in_claim_id"]}
    parts = [row for row in candidate.rows("claims") if row["included_in_claim_id"]]
    for row in parts:
        total = totals[row["included_in_claim_id"]]
        assert row["value_low"] <= total["value_low"], row
        assert row["value_high"] <= total["value_high"], row
    assert any(row["value_low"] < row["value_best"] for row in parts)


def test_the_new_regions_of_burkina_faso_keep_their_vintage(candidate: Result) -> None:
    placed = {
        (row["admin1_text"], row["admin1_code"], row["admin_vintage"])
        for row in candidate.rows("records")
        if row["country_iso3"] == "BFA"
    }
    assert ("Yaadga region", "BF-yaadga", 2025) in placed
    assert ("Goulmou region", "BF-goulmou", 2025) in placed
    assert {vintage for _, _, vintage in placed} == {2025}


def test_mali_is_divided_as_the_source_divides_it(candidate: Result, plain: duckdb.DuckDBPyConnection) -> None:
    moved = plain.execute(
        "SELECT count(*) FROM events WHERE adm_1 = 'Mopti region' AND adm_2 IN ('Douentza cercle', 'Bandiagara cercle')"
    ).fetchone()
    assert moved == (4,)  # both are regions of their own since March 2023
    vintages = {row["admin_vintage"] for row in candidate.rows("records") if row["country_iso3"] == "MLI"}
    assert vintages == {2016, None}


def test_figures_out_of_order_are_kept_and_flagged(candidate: Result, plain: duckdb.DuckDBPyConnection) -> None:
    wrong = plain.execute(
        "SELECT id FROM events WHERE NOT (low::INT <= best::INT AND best::INT <= high::INT)"
    ).fetchall()
    ids = {f"ucdp_candidate:{row[0]}" for row in wrong}
    flagged = {row["record_id"] for row in candidate.rows("records") if "tabular.toll_order" in (row["flags"] or "")}
    assert flagged
    assert flagged == ids & {row["record_id"] for row in candidate.rows("records")}


def test_split_figures_are_parts_of_one(candidate: Result) -> None:
    parts = [row for row in candidate.rows("records") if row["part_of"] == "ucdp_candidate:BFO-2026-1-15175-73"]
    assert [row["killed_best"] for row in parts] == [5, 5, 5]
    assert {row["admin1_text"] for row in parts} == {"Goulmou region", "Sirba region", "Tapoa region"}
    assert len({row["incident_id"] for row in parts}) == 3


def test_no_handle_and_no_name_of_a_person_is_shown(candidate: Result, schema: Schema) -> None:
    listed = set(schema.codelists["publishers"].codes)
    for row in candidate.rows("reports"):
        assert "@" not in row["publisher"]
        if row["source_type"] != "dataset":
            assert row["publisher"] in listed or row["publisher"].endswith((" account", "not listed"))
            assert row["headline"] is None or row["publisher"] in listed
    shown = str([row["publisher"] for row in candidate.rows("reports")]) + str(
        [row["headline"] for row in candidate.rows("reports")]
    )
    for name in ("Naïm", "Sawadogo", "Zagazola", "Brant"):
        assert name not in shown


def test_a_source_row_is_found_again(candidate: Result, shared_data: Path) -> None:
    with (shared_data / "ucdp" / "GEDEvent_v26_0_2.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for record in candidate.rows("records"):
        assert f"ucdp_candidate:{rows[record['source_row'] - 1]['id']}" == record["record_id"]


def test_it_is_taken_for_the_whole_and_a_cut_of_it_is_not(
    project: Project, schema: Schema, plain: duckdb.DuckDBPyConnection, shared_data: Path, tmp_path: Path
) -> None:
    declared = load_table_source(project.schemas, "ucdp_candidate")
    countries = load_countries(project.schemas, schema, declared)

    def surveyed(path: Path) -> Survey:
        return survey(open_table(path, path.name, tmp_path), declared, countries, tmp_path)

    found = surveyed(shared_data / "ucdp" / "GEDEvent_v26_0_2.csv")
    named = plain.execute("SELECT count(DISTINCT country) FROM events").fetchone()
    assert (found.row_count, (len(found.countries),)) == (1298, named)
    assert extent_of(found, [], "26.0.2", declared, schema, "given.csv") == Extent(REGION, "whole")
    cut = tmp_path / "mali.csv"
    plain.execute(f"COPY (FROM events WHERE country = 'Mali') TO '{cut}' (HEADER)")
    assert extent_of(surveyed(cut), [], "26.0.2", declared, schema, "mali.csv") == Extent(("MLI",), "one_country")


def test_it_covers_its_month(candidate: Result) -> None:
    coverage = candidate.rows("coverage")
    assert {(str(row["date_start"]), str(row["date_end"]), row["kind"]) for row in coverage} == {
        ("2026-02-01", "2026-02-28", "census")
    }
    assert {"MLI", "BFA", "NG-BO", "CM-EN"} <= {row["area_code"] for row in coverage}
