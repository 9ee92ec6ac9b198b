"""The stages from `link` on over real entries, two of which a curator holds to be one incident."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.compare import compare
from pipeline.config import CHANGELOG, DESCRIPTOR, Params, Project
from pipeline.ingest import ingest
from pipeline.link import link
from pipeline.problems import CannotDo, NotWell
from pipeline.resolve import resolve
from pipeline.resolve.asked import tolls_by
from pipeline.schema import load_schema
from tests.sources.tabular.rows import add, as_csv, columns, ged

Row = dict[str, Any]
HEADER = "record_id_left,record_id_right,decision,why,date\n"


def rows(folder: Path, table: str) -> list[Row]:
    return list(pq.read_table(folder / f"{table}.parquet").to_pylist())


@pytest.fixture
def published(built: Project, tmp_path: Path) -> Project:
    """A folder of its own after the release of 1.0.0, with what the stages read."""
    for name in ("schemas", "data/reference", "data/interim/ingest", "data/interim/link"):
        shutil.copytree(built.root / name, tmp_path / name)
    shutil.copy(built.root / "params.yaml", tmp_path)
    made = Project(tmp_path)
    made.baseline.mkdir(parents=True)
    for path in built.package.iterdir():
        if path.suffix == ".parquet" or path.name in (CHANGELOG, DESCRIPTOR):
            shutil.copy(path, made.baseline)
    return made


def decide(project: Project, left: str, right: str, source: str = "curated") -> None:
    row = f"curated:{left},{source}:{right},same,for a test,2026-11-22\n"
    project.link_decisions.write_text(HEADER + row, encoding="utf-8")


def two(project: Project, *, in_operations: bool) -> tuple[str, str]:
    """Two incidents of Mali with a toll: of no operation, or of two different ones."""
    killed = [
        row
        for row in rows(project.baseline, "incidents")
        if row["country_iso3"] == "MLI" and row["killed_best"] and bool(row["operation_id"]) == in_operations
    ]
    first = killed[0]
    second = next(
        row
        for row in killed[1:]
        if row["operation_id"] != first["operation_id"]
        or (not in_operations and row["date_start"] != first["date_start"])
    )
    return first["incident_id"], second["incident_id"]


def test_entries_that_a_curator_holds_to_be_one_become_one_incident(published: Project, params: Params) -> None:
    left, right = two(published, in_operations=False)
    decide(published, left, right)
    assert "one source, nothing to compare, 1 clusters" in link(published, params)
    assert "1 incidents of several records" in resolve(published, params)
    before, now = rows(published.baseline, "incidents"), rows(published.resolved, "incidents")
    assert len(now) == len(before) - 1
    kept = {row["incident_id"] for row in now} & {left, right}
    assert kept == {min(left, right)}, "both were first released in 1.0.0: the id of the first record stays"
    gone = max(left, right)
    records = [row for row in rows(published.resolved, "records") if row["incident_id"] in kept]
    assert {row["record_id"] for row in records} == {f"curated:{left}", f"curated:{right}"}
    assert {row["link_method"] for row in records} == {"decision"}
    for table, column in (
        ("claims", "subject_id"),
        ("incident_reports", "subject_id"),
        ("incident_actors", "incident_id"),
    ):
        assert gone not in {row[column] for row in rows(published.resolved, table)}, table
    assert len(rows(published.resolved, "claims")) == len(rows(published.baseline, "claims"))

    compare(published, params)
    changes = rows(published.compared, "id_changes")
    assert [(row["old_id"], row["new_id"], row["kind"]) for row in changes] == [(gone, *kept, "merged")]
    told = rows(published.compared, "changes")
    assert [row["key"] for row in told if row["table"] == "incidents" and row["change_type"] == "removed"] == [gone]
    assert not [row for row in told if row["table"] == "records" and row["change_type"] != "changed"]


def test_nothing_decided_gives_what_was_published(published: Project, params: Params) -> None:
    resolve(published, params)
    assert "nothing changed since version 1.0.0" in compare(published, params)


def test_entries_of_two_operations_are_not_one_incident(published: Project, params: Params) -> None:
    left, right = two(published, in_operations=True)
    decide(published, left, right)
    link(published, params)
    with pytest.raises(NotWell) as refused:
        resolve(published, params)
    assert "records of one incident are said to be of different operations" in str(refused.value.problems[0])
    assert not published.resolved.exists()


def test_without_the_stage_link_nothing_is_decided(published: Project, params: Params) -> None:
    shutil.rmtree(published.linked)
    with pytest.raises(CannotDo, match="the stage link has not run"):
        resolve(published, params)


def test_a_damaged_baseline_is_told(published: Project, params: Params) -> None:
    (published.baseline / "records.parquet").write_bytes(b"PAR1")
    with pytest.raises(CannotDo, match=r"data/baseline/records.parquet: cannot be read"):
        resolve(published, params)


def test_a_dataset_s_row_for_a_whole_operation_is_told_of_the_operation(published: Project, params: Params) -> None:
    """Diallassagou, 18 June 2022: the government counts 132 civilians in and around three towns; the row is made."""
    incidents = rows(published.baseline, "incidents")
    site = next(
        r for r in incidents if r["place_name"] == "Diallassagou" and r["date_start"].isoformat() == "2022-06-18"
    )
    operation = site["operation_id"]
    others = {row["incident_id"] for row in incidents if row["operation_id"] == operation} - {site["incident_id"]}
    assert others
    row = {"date_start": "2022-06-18", "date_end": "2022-06-18", "year": "2022", "where_coordinates": "Diallassagou"}
    row |= {"latitude": "13.7377", "longitude": "-3.6265", "adm_1": "Mopti region", "source_date": "2022-06-20"}
    row |= dict.fromkeys(("deaths_a", "deaths_b", "deaths_unknown"), "0")
    row |= {"deaths_civilians": "140", "best": "140", "low": "135", "high": "150"}
    names = columns(published, "ucdp_candidate")
    add(published, "ucdp_candidate", "invented.csv", as_csv(names, ged(row)), "22.0.6")
    with_ucdp = dataclasses.replace(params, sources=("curated", "ucdp_candidate"))
    ingest(published, with_ucdp, "ucdp_candidate")
    decide(published, site["incident_id"], "1", "ucdp_candidate")
    link(published, with_ucdp)
    resolve(published, with_ucdp)

    told = [row for row in rows(published.resolved, "claims") if row["record_id"] == "ucdp_candidate:1"]
    assert {(row["subject_type"], row["subject_id"]) for row in told} == {("operation", operation)}
    [record] = [row for row in rows(published.resolved, "records") if row["record_id"] == "ucdp_candidate:1"]
    assert record["incident_id"] == site["incident_id"], "it stays linked to where it lies"
    before, now = (
        {
            row["unit_id"]: (row["low"], row["best"], row["high"])
            for row in rows(folder, "tolls")
            if row["is_additive"]
            and row["metric"] == "killed"
            and row["population_group"] == "all"
            and row["unit_id"] in (operation, site["incident_id"], *others)
        }
        for folder in (published.baseline, published.resolved)
    )
    assert before.keys() == now.keys() == {operation}
    assert (before[operation][1], now[operation][1]) == (132, 140), "it alone states a total of all persons"
    used = {row["report_id"] for row in rows(published.resolved, "incident_reports") if row["subject_id"] == operation}
    assert {row["report_id"] for row in told} <= used
    asked = tolls_by(published.resolved, load_schema(published.schemas), "duckdb", "maximum", [operation])
    [highest] = [row for row in asked if row["population_group"] == "all" and row["metric"] == "killed"]
    assert [highest[name] for name in ("low", "best", "high")] == [None, None, 200], "a local official said up to 200"
