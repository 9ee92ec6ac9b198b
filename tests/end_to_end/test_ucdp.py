"""UCDP beside our own records: one command adds the real file, one builds, and the package accounts for all of it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import duckdb
import pytest

from pipeline.config import Project
from tests.checkout import fresh_clone, repro, run
from tests.conftest import ROOT

pytestmark = pytest.mark.shared_data
NAME = "ucdp_candidate"


@pytest.fixture(scope="module")
def with_ucdp(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Project:
    folder = fresh_clone(ROOT, tmp_path_factory.mktemp("with_ucdp") / "clone")
    given = shared_data / "ucdp" / "GEDEvent_v26_0_2.csv"
    command = (".venv/bin/python", "-m", "pipeline.cli", "source", "add", NAME, str(given), "--version", "26.0.2")
    added = run(folder, *command)
    assert added.returncode == 0, added.stderr
    done = repro(folder, TZ="Pacific/Kiritimati", LC_ALL="C")
    assert done.returncode == 0, done.stdout + done.stderr
    return Project(folder)


@pytest.fixture(scope="module")
def package(with_ucdp: Project) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for path in with_ucdp.release.glob("*.parquet"):
        connection.execute(f"CREATE VIEW \"{path.stem}\" AS FROM '{path}'")
    return connection


def one(package: duckdb.DuckDBPyConnection, query: str) -> object:
    row = package.execute(query).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def test_the_ledger_has_every_row_of_the_file(package: duckdb.DuckDBPyConnection) -> None:
    assert one(package, f"SELECT sum(row_count) FROM ledger WHERE source = '{NAME}'") == 1298
    records = one(package, f"SELECT count(*) FROM records WHERE source = '{NAME}'")
    assert (
        one(package, f"SELECT sum(row_count) FROM ledger WHERE source = '{NAME}' AND outcome = 'released'") == records
    )


def test_the_tolls_of_incidents_that_it_alone_has_are_its_figures(package: duckdb.DuckDBPyConnection) -> None:
    differing = package.execute(
        f"""
        SELECT record_id FROM records r JOIN incidents i USING (incident_id)
        WHERE r.source = '{NAME}' AND r.link_method = 'none' AND (i.killed_best IS DISTINCT FROM r.killed_best
          OR i.killed_low IS DISTINCT FROM least(r.killed_low, r.killed_best, r.killed_high)
          OR i.killed_high IS DISTINCT FROM greatest(r.killed_low, r.killed_best, r.killed_high))
        """
    ).fetchall()
    assert differing == []


LINKED = f"""
    SELECT c.incident_id, c.record_id AS ours, u.record_id AS theirs, u.date_start AS their_day,
      c.place_text AS our_place, u.place_text AS their_place
    FROM records c JOIN records u USING (incident_id) WHERE c.source = 'curated' AND u.source = '{NAME}'
"""


def test_what_both_tell_of_is_one_incident_with_the_id_of_our_entry(package: duckdb.DuckDBPyConnection) -> None:
    pairs = package.execute(f"SELECT our_place, their_place FROM ({LINKED}) ORDER BY ALL").fetchall()
    assert {("Bilanga", "Bilanga village"), ("Makalondi", "Makalondi village")} <= set(pairs)
    assert one(package, f"SELECT count(*) FROM ({LINKED}) WHERE ours <> 'curated:' || incident_id") == 0
    incidents = one(package, "SELECT (SELECT count(*) FROM records) - (SELECT count(*) FROM incidents)")
    assert incidents == len(pairs)
    methods = package.execute(
        f"SELECT DISTINCT link_method FROM records JOIN ({LINKED}) USING (incident_id)"
    ).fetchall()
    assert sorted(methods) == [("decision",), ("model",)]


def test_nothing_of_a_record_is_lost_when_it_is_linked(with_ucdp: Project, package: duckdb.DuckDBPyConnection) -> None:
    folder = with_ucdp.ingested
    for table, key, own in (
        ("claims", "claim_id", "subject_id"),
        ("incident_reports", "report_id", "subject_id"),
        ("incident_actors", "actor_id", "incident_id"),
    ):
        ingested = f"read_parquet('{folder}/*/{table}.parquet', union_by_name = true)"
        records = f"read_parquet('{folder}/*/records.parquet', union_by_name = true)"
        brought = f"SELECT record_id, incident_id AS own FROM {records}"
        lost = package.execute(
            f"""
            SELECT {key} FROM {ingested} i JOIN ({brought}) b ON i.{own} = b.own
            JOIN records r ON r.record_id = b.record_id
            WHERE NOT EXISTS (FROM {table} t WHERE t.{own} = r.incident_id AND t.{key} = i.{key})
            """
        ).fetchall()
        assert lost == [], table


def test_no_incident_is_counted_twice(package: duckdb.DuckDBPyConnection) -> None:
    additive = "metric = 'killed' AND population_group = 'all' AND is_additive"
    twice = package.execute(f"SELECT unit_id FROM tolls WHERE {additive} GROUP BY ALL HAVING count(*) > 1").fetchall()
    assert twice == []
    at_bilanga = one(
        package,
        f"SELECT (count(*), sum(best)) FROM tolls JOIN ({LINKED}) ON unit_id = incident_id "
        f"WHERE {additive} AND our_place = 'Bilanga'",
    )
    assert at_bilanga == (1, 10), "security sources and UCDP say 10, which are the same 10"


def test_where_ucdp_has_a_row_for_each_place_of_an_operation_each_counts_there(
    package: duckdb.DuckDBPyConnection,
) -> None:
    """The attacks of 12 to 15 February 2026: four places, announced together, at each of which UCDP has the dead."""
    sites = (
        f"(SELECT DISTINCT incident_id FROM ({LINKED}) JOIN incidents USING (incident_id) WHERE operation_id = '{{}}')"
    )
    february = sites.format(one(package, "SELECT operation_id FROM incidents WHERE place_name = 'Bilanga'"))
    places = one(package, f"SELECT count(*) FROM {february}")
    assert isinstance(places, int)
    assert places >= 3
    assert (
        one(package, f"SELECT count(*) FROM claims WHERE record_id LIKE '{NAME}:%' AND subject_type = 'operation'") == 0
    )
    killed = "metric = 'killed' AND population_group = 'all' AND is_additive"
    assert one(package, f"SELECT count(*) FROM tolls WHERE {killed} AND unit_id IN {february}") == places


def test_the_pairs_that_were_read_are_linked_as_they_were_found(
    with_ucdp: Project, package: duckdb.DuckDBPyConnection
) -> None:
    reading = with_ucdp.root / "docs" / "readings" / "2026-11-links.csv"
    with reading.open(encoding="utf-8", newline="") as file:
        read = {frozenset((row["record_id_left"], row["record_id_right"])): row for row in csv.DictReader(file)}
    incidents = dict(package.execute("SELECT record_id, incident_id FROM records").fetchall())
    assert set().union(*read) <= set(incidents), "of open sources alone, each there"
    assert {row["verdict"] for row in read.values()} == {"same", "different", "cannot tell"}
    assert all(row["why"] for row in read.values())
    of_ours = {pair: row for pair, row in read.items() if len({record.partition(":")[0] for record in pair}) == 2}
    linked = {pair for pair in of_ours if len({incidents[record] for record in pair}) == 1}
    found = {pair for pair, row in of_ours.items() if row["verdict"] == "same"}
    waits = frozenset(("curated:i-rz25x3", "ucdp_candidate:615699"))
    assert linked == found - {waits}, "of the park W both places are wide and one actor agrees: a curator's to decide"
    listed = run(
        with_ucdp.root,
        ".venv/bin/python",
        "-m",
        "pipeline.cli",
        "review",
        "--pairs",
        "between",
        "--limit",
        "200",
        "--csv",
    )
    assert listed.returncode == 0, listed.stderr
    pairs = {frozenset((r["record_id_left"], r["record_id_right"])) for r in csv.DictReader(io.StringIO(listed.stdout))}
    assert pairs == set(of_ours)


def test_titao_which_ucdp_has_in_two_rows_is_one_incident_counted_once(
    with_ucdp: Project, package: duckdb.DuckDBPyConnection
) -> None:
    titao = f"(SELECT incident_id FROM ({LINKED}) WHERE our_place = 'Titao')"
    assert one(package, f"SELECT (count(*), count(DISTINCT incident_id)) FROM {titao}") == (2, 1)
    toll = f"metric = 'killed' AND is_additive AND unit_id IN {titao}"
    counted = one(
        package, f"SELECT (count(*), min(low), max(best)) FROM tolls WHERE {toll} AND population_group = 'all'"
    )
    assert counted == (1, 20, 50), "at least 20, local sources say; no fewer than the 50 soldiers of UCDP alone"
    assert one(package, f"SELECT sum(killed_best) FROM records WHERE incident_id IN {titao}") == 74 + 34
    told = f"SELECT (toll_status, toll_is_partial, killed_high, toll_rule) FROM incidents WHERE incident_id IN {titao}"
    assert one(package, told) == ("contested", True, None, "most_carried")
    apart = f"SELECT killed_difference FROM records WHERE incident_id IN {titao} AND source = '{NAME}' ORDER BY 1"
    assert package.execute(apart).fetchall() == [(34 - 50,), (74 - 50,)]
    highest = run(
        with_ucdp.root,
        ".venv/bin/python",
        "-m",
        "pipeline.cli",
        "tolls",
        "--rule",
        "maximum",
        "--json",
        str(one(package, f"SELECT DISTINCT incident_id FROM {titao}")),
    )
    everyone = [r for r in json.loads(highest.stdout) if (r["metric"], r["population_group"]) == ("killed", "all")]
    assert [row["best"] for row in everyone] == [108], "UCDP's 108 are one command away"


def test_where_a_value_comes_from_and_how_far_the_records_lie_apart_is_published(
    package: duckdb.DuckDBPyConnection,
) -> None:
    wrong = package.execute(
        """
        SELECT incident_id FROM incident_values v JOIN incidents i USING (incident_id) JOIN records r USING (record_id)
        WHERE value_group = 'date' AND (i.date_start, i.date_end) <> (r.date_start, r.date_end)
        UNION ALL
        SELECT v.incident_id FROM incident_values v JOIN incidents i USING (incident_id)
        JOIN records r USING (record_id) WHERE value_group = 'event_type' AND i.event_type <> r.event_type
        """
    ).fetchall()
    assert wrong == []
    apart = package.execute(
        "SELECT date_difference_days = their_day - i.date_start, place_difference_km < 50, killed_difference NOT NULL "
        f"FROM ({LINKED}) JOIN records r ON record_id = theirs JOIN incidents i ON i.incident_id = r.incident_id"
    ).fetchall()
    assert set(apart) == {(True, True, True)}
    alone = "SELECT count(*) FROM records WHERE link_method = 'none' AND date_difference_days IS NOT NULL"
    assert one(package, alone) == 0


def test_the_panel_holds_its_own_figures_alone_and_fills_its_month_with_zeros(
    package: duckdb.DuckDBPyConnection,
) -> None:
    assert package.execute("SELECT DISTINCT source, month::VARCHAR FROM panel_admin1_month").fetchall() == [
        (NAME, "2026-02-01")
    ]
    counted = one(
        package,
        f"""
        SELECT (count(DISTINCT incident_id), sum(r.killed_best)) FROM records r JOIN incidents i USING (incident_id)
        WHERE r.source = '{NAME}' AND coalesce(r.admin1_code, i.admin1_code) IS NOT NULL
          AND date_trunc('month', r.date_start) = '2026-02-01' AND date_trunc('month', r.date_end) = '2026-02-01'
        """,
    )
    assert one(package, "SELECT (sum(incident_count), sum(killed_best)) FROM panel_admin1_month") == counted
    of_source = f"records r JOIN incidents i USING (incident_id) WHERE r.source = '{NAME}' AND i.status <> 'withdrawn'"
    both = " UNION ALL ".join(
        f"SELECT incident_count, killed_best FROM {name}" for name in ("panel_admin1_month", "panel_rest")
    )
    assert one(package, f"SELECT (sum(incident_count), sum(killed_best)) FROM ({both})") == one(
        package, f"SELECT (count(DISTINCT incident_id), sum(r.killed_best)) FROM {of_source}"
    )
    assert one(package, "SELECT list(DISTINCT reason ORDER BY reason) FROM panel_rest") == [
        "month_not_known",
        "unit_not_known",
    ]
    quiet = one(
        package, "SELECT (incident_count, killed_best) FROM panel_admin1_month WHERE admin1_code = 'BF-kadiogo'"
    )
    assert quiet == (0, 0)
    burkina = "SELECT count(DISTINCT admin1_code) FROM panel_admin1_month WHERE country_iso3 = 'BFA'"
    assert one(package, burkina) == 17
    nigeria = "SELECT count(DISTINCT admin1_code) FROM panel_admin1_month WHERE country_iso3 = 'NGA'"
    assert one(package, nigeria) == 10


def test_no_group_is_said_to_have_more_dead_than_there_are_at_least(package: duckdb.DuckDBPyConnection) -> None:
    of_ucdp_alone = f"""
        SELECT incident_id FROM records GROUP BY incident_id HAVING bool_and(source = '{NAME}')
    """
    beyond = f"""
        SELECT g.unit_id FROM tolls g JOIN tolls a USING (unit_id, metric)
        WHERE g.population_group <> 'all' AND a.population_group = 'all' AND g.low > a.low
          AND unit_id IN ({of_ucdp_alone})
    """
    assert package.execute(beyond).fetchall() == []
    for name in ("panel_admin1_month", "panel_rest"):
        assert package.execute(f"FROM {name} WHERE killed_civilians_low > killed_low").fetchall() == []


def test_our_own_incidents_that_were_not_linked_are_as_they_were(
    package: duckdb.DuckDBPyConnection, built: Project
) -> None:
    alone = "SELECT incident_id FROM records WHERE source = 'curated' AND link_method = 'none'"
    linked = package.execute(alone).fetchall()
    assert len(linked) > 700
    query = f"SELECT * FROM {{}} WHERE incident_id IN {tuple(row[0] for row in linked)} ORDER BY incident_id"
    before = duckdb.sql(query.format(f"'{built.release}/incidents.parquet'")).fetchall()
    assert package.execute(query.format("incidents")).fetchall() == before


def test_the_first_of_july_is_told_as_before(package: duckdb.DuckDBPyConnection) -> None:
    day = "date_start = DATE '2025-07-01' AND country_iso3 = 'MLI'"
    towns = one(package, f"SELECT (count(*), count(DISTINCT operation_id)) FROM incidents WHERE {day}")
    assert towns == (7, 1)
    additive = f"is_additive AND population_group = 'all' AND metric IN ('killed', 'neutralised') AND {day}"
    sums = package.execute(f"SELECT metric, sum(best) FROM tolls WHERE {additive} GROUP BY ALL ORDER BY 1").fetchall()
    assert sums == [("killed", 1), ("neutralised", 80)]


def test_the_source_is_named_with_version_licence_and_checksum(
    package: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    content = (shared_data / "ucdp" / "GEDEvent_v26_0_2.csv").read_bytes()
    found = one(package, f"SELECT (source_version, licence, sha256, row_count) FROM sources WHERE source = '{NAME}'")
    assert found == ("26.0.2", "CC-BY-4.0", hashlib.sha256(content).hexdigest(), 1298)
    files = package.execute("SELECT source, file, sha256, row_count FROM source_files").fetchall()
    assert files == [(NAME, "GEDEvent_v26_0_2.csv", hashlib.sha256(content).hexdigest(), 1298)]


def test_a_second_build_changes_nothing(with_ucdp: Project) -> None:
    lock = (with_ucdp.root / "dvc.lock").read_bytes()
    again = run(with_ucdp.root, ".venv/bin/dvc", "repro", "--force", f"ingest@{NAME}", TZ="America/New_York")
    assert again.returncode == 0, again.stdout + again.stderr
    assert (with_ucdp.root / "dvc.lock").read_bytes() == lock
