"""The stages from `link` on over real entries, two of which a curator holds to be one incident."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.compare import compare
from pipeline.config import CHANGELOG, DESCRIPTOR, Params, Project
from pipeline.link import link
from pipeline.problems import CannotDo, NotWell
from pipeline.resolve import resolve

Row = dict[str, Any]
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")  # of pandas, through Ibis
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


def decide(project: Project, left: str, right: str) -> None:
    row = f"curated:{left},curated:{right},same,for a test,2026-11-22\n"
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
