"""The real file with a row that waits in quarantine and one of which only the year is known: no false zero."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from pipeline.config import Project
from tests.checkout import fresh_clone, run
from tests.conftest import ROOT

pytestmark = pytest.mark.shared_data
NAME = "ucdp_candidate"
STAGES = (("ingest", "curated"), ("ingest", NAME), ("link",), ("resolve",))
YEAR = {
    "id": "999999",
    "relid": "invented",
    "year": "2025",
    "date_start": "2025-01-01",
    "date_end": "2025-12-31",
    "date_prec": "5",
}
DEAD = {"deaths_a": "0", "deaths_b": "0", "deaths_civilians": "500", "deaths_unknown": "0"}


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> duckdb.DuckDBPyConnection:
    scratch = tmp_path_factory.mktemp("gaps")
    folder = fresh_clone(ROOT, scratch / "clone")
    with (shared_data / "ucdp" / "GEDEvent_v26_0_2.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    units = Counter(row["adm_1"] for row in rows if row["country"] == "Burkina Faso")
    alone = next(row for row in rows if row["country"] == "Burkina Faso" and units[row["adm_1"]] == 1)
    alone["latitude"] = "NaN"
    mali = next(row for row in rows if row["country"] == "Mali" and row["adm_1"])
    rows.append(mali | YEAR | DEAD | dict.fromkeys(("low", "best", "high"), "500"))
    given = scratch / "given.csv"
    with given.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    python = ".venv/bin/python"
    added = run(folder, python, "-m", "pipeline.cli", "source", "add", NAME, str(given), "--version", "26.0.2")
    assert added.returncode == 0, added.stderr
    for stage in STAGES:
        done = run(folder, python, "-m", "pipeline", *stage)
        assert done.returncode == 0, done.stdout + done.stderr
    connection = duckdb.connect()
    for path in Project(folder).resolved.glob("*.parquet"):
        connection.execute(f"CREATE VIEW \"{path.stem}\" AS FROM '{path}'")
    return connection


def test_the_country_of_a_row_that_waits_has_no_zeros_and_the_others_do(resolved: duckdb.DuckDBPyConnection) -> None:
    gaps = resolved.execute("SELECT area_code FROM coverage WHERE kind = 'gap'").fetchall()
    assert gaps == [("BFA",)]
    quiet = dict(
        resolved.execute(
            "SELECT country_iso3, count(*) FILTER (incident_count = 0) FROM panel_admin1_month GROUP BY ALL"
        ).fetchall()
    )
    assert "BFA" not in quiet
    assert quiet["MLI"] > 0
    assert quiet["NGA"] > 0


def test_what_a_gap_keeps_out_is_counted_beside_the_panel(resolved: duckdb.DuckDBPyConnection) -> None:
    kept_out = "SELECT incident_count, killed_best FROM panel_rest WHERE reason = 'quarantined_rows'"
    inside = f"""
        SELECT count(DISTINCT incident_id), sum(killed_best) FROM records WHERE source = '{NAME}'
        AND country_iso3 = 'BFA' AND date_start BETWEEN DATE '2026-02-01' AND DATE '2026-02-28'
        AND date_end <= DATE '2026-02-28'
    """
    assert resolved.execute(kept_out).fetchall() == resolved.execute(inside).fetchall()
    both = "FROM (SELECT incident_count FROM panel_admin1_month UNION ALL SELECT incident_count FROM panel_rest)"
    every = f"SELECT count(DISTINCT incident_id) FROM records WHERE source = '{NAME}'"
    assert resolved.execute(f"SELECT sum(incident_count) {both}").fetchone() == resolved.execute(every).fetchone()


def test_who_died_in_a_year_did_not_die_in_its_first_month(resolved: duckdb.DuckDBPyConnection) -> None:
    kept_out = "SELECT killed_best >= 500 FROM panel_rest WHERE country_iso3 = 'MLI' AND reason = 'month_not_known'"
    assert resolved.execute(kept_out).fetchall() == [(True,)]
