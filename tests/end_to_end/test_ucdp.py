"""UCDP beside our own records: one command adds the real file, one builds, and the package accounts for all of it."""

from __future__ import annotations

import hashlib
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


def test_the_tolls_of_its_incidents_are_its_figures(package: duckdb.DuckDBPyConnection) -> None:
    differing = package.execute(
        f"""
        SELECT record_id FROM records r JOIN incidents i USING (incident_id)
        WHERE r.source = '{NAME}' AND (i.killed_best IS DISTINCT FROM r.killed_best
          OR i.killed_low IS DISTINCT FROM least(r.killed_low, r.killed_best, r.killed_high)
          OR i.killed_high IS DISTINCT FROM greatest(r.killed_low, r.killed_best, r.killed_high))
        """
    ).fetchall()
    assert differing == []


def test_the_panel_holds_it_alone_and_fills_its_month_with_zeros(package: duckdb.DuckDBPyConnection) -> None:
    assert package.execute("SELECT DISTINCT source, month::VARCHAR FROM panel_admin1_month").fetchall() == [
        (NAME, "2026-02-01")
    ]
    named = f"SELECT incident_id FROM records WHERE source = '{NAME}'"
    counted = one(
        package,
        f"""
        SELECT (count(*), sum(killed_best)) FROM incidents
        WHERE incident_id IN ({named}) AND admin1_code IS NOT NULL AND date_trunc('month', date_start) = '2026-02-01'
        """,
    )
    assert one(package, "SELECT (sum(incident_count), sum(killed_best)) FROM panel_admin1_month") == counted
    quiet = one(
        package, "SELECT (incident_count, killed_best) FROM panel_admin1_month WHERE admin1_code = 'BF-kadiogo'"
    )
    assert quiet == (0, 0)
    burkina = "SELECT count(DISTINCT admin1_code) FROM panel_admin1_month WHERE country_iso3 = 'BFA'"
    assert one(package, burkina) == 17
    nigeria = "SELECT count(DISTINCT admin1_code) FROM panel_admin1_month WHERE country_iso3 = 'NGA'"
    assert one(package, nigeria) == 10


def test_our_own_records_are_as_they_were(package: duckdb.DuckDBPyConnection, built: Project) -> None:
    query = "SELECT i.* FROM {} i JOIN {} r USING (incident_id) WHERE r.source = 'curated' ORDER BY incident_id"
    alone = duckdb.sql(query.format(f"'{built.release}/incidents.parquet'", f"'{built.release}/records.parquet'"))
    assert package.execute(query.format("incidents", "records")).fetchall() == alone.fetchall()


def test_the_source_is_named_with_version_licence_and_checksum(
    package: duckdb.DuckDBPyConnection, shared_data: Path
) -> None:
    content = (shared_data / "ucdp" / "GEDEvent_v26_0_2.csv").read_bytes()
    found = one(package, f"SELECT (source_version, licence, sha256, row_count) FROM sources WHERE source = '{NAME}'")
    assert found == ("26.0.2", "CC-BY-4.0", hashlib.sha256(content).hexdigest(), 1298)


def test_a_second_build_changes_nothing(with_ucdp: Project) -> None:
    lock = (with_ucdp.root / "dvc.lock").read_bytes()
    again = run(with_ucdp.root, ".venv/bin/dvc", "repro", "--force", f"ingest@{NAME}", TZ="America/New_York")
    assert again.returncode == 0, again.stdout + again.stderr
    assert (with_ucdp.root / "dvc.lock").read_bytes() == lock
