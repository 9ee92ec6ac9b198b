"""Labelled files: how rows become records, and what is said of those that cannot."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pipeline.config import Project
from pipeline.evaluate.labelled import LABELLED_FILE, Labelled, is_training, read_labelled
from pipeline.problems import NotWell
from pipeline.schema import Schema
from tests.evaluate.files import rows_of, written


@pytest.fixture(scope="module")
def kenya(project: Project, schema: Schema, shared_data: Path) -> Labelled:
    return read_labelled(shared_data / LABELLED_FILE, schema, project.schemas, LABELLED_FILE)


@pytest.mark.shared_data
def test_every_report_becomes_a_record(kenya: Labelled) -> None:
    assert (len(kenya.events), len(set(kenya.events.values())), kenya.left_out) == (2225, 1517, [])
    records = kenya.tables["records"].to_pylist()
    assert all(row["date_start"] <= row["date_end"] for row in records)  # six rows have them the other way round


@pytest.mark.shared_data
def test_a_row_is_mapped_as_declared(kenya: Labelled, shared_data: Path) -> None:
    row = rows_of(shared_data / LABELLED_FILE)[1]
    (record,) = (each for each in kenya.tables["records"].to_pylist() if each["record_id"] == f"maverick:{row['id']}")
    assert record["origin"] == row["source"]
    assert record["date_start"].isoformat() == row["date_start"] == "2007-04-18"
    assert (record["place_text"], record["geo_precision"]) == ("Bura", "admin2")
    assert (record["killed_low"], record["killed_high"]) == (2, 4)
    assert (record["source_event_type"], record["event_type"]) == ("Arson; Shooting; Stabbing", "armed_attack")
    assert record["target_type"] == "civilians"


@pytest.mark.shared_data
def test_the_split_is_by_the_md5_of_the_event_id(kenya: Labelled) -> None:
    train, test = kenya.split("train").events, kenya.split("test").events
    assert not set(train.values()) & set(test.values())
    assert train | test == dict(kenya.events)
    for event in list(test.values())[:50]:
        assert int(hashlib.md5(event.encode()).hexdigest(), 16) % 10 >= 6
        assert not is_training(event)


@pytest.mark.shared_data
def test_rows_that_cannot_be_used_are_left_out_and_told(
    project: Project, schema: Schema, shared_data: Path, tmp_path: Path
) -> None:
    rows = rows_of(shared_data / LABELLED_FILE)[:6]
    rows[1] |= {"date_start": "spring 2007"}
    rows[2] |= {"id": rows[0]["id"]}
    rows[3] |= {"event_id": ""}
    rows[4] |= {"latitude": "", "longitude": "here"}
    read = read_labelled(written(tmp_path / "file.csv", rows), schema, project.schemas, "file.csv")
    assert [str(problem) for problem in read.left_out] == [
        "file.csv:3: date_start: warning: 'spring 2007' is no date like 2025-07-01; the row was left out",
        f"file.csv:4: id: warning: {rows[0]['id']} stands already in line 2; the row was left out",
        "file.csv:5: event_id: warning: a row needs its own id and that of its event; the row was left out",
    ]
    unplaced = read.tables["records"].to_pylist()[1]
    assert (unplaced["latitude"], unplaced["longitude"]) == (None, None)


@pytest.mark.shared_data
def test_a_file_of_another_layout_is_refused(
    project: Project, schema: Schema, shared_data: Path, tmp_path: Path
) -> None:
    rows = rows_of(shared_data / LABELLED_FILE)[:2]
    for row in rows:
        del row["event_id"]
    with pytest.raises(NotWell) as refused:
        read_labelled(written(tmp_path / "file.csv", rows), schema, project.schemas, "file.csv")
    assert [str(each) for each in refused.value.problems] == ["file.csv:1: event_id: the layout needs this column"]
