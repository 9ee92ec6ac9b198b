"""``make evaluate``: what must hold on the test split, and what the documents say."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Params, Project
from pipeline.engine import connect
from pipeline.evaluate import evaluate
from pipeline.evaluate.labelled import LABELLED_FILE, Labelled, is_training, read_labelled
from pipeline.evaluate.methods import Row, compare
from pipeline.link.declaration import Comparisons, load_comparisons
from pipeline.link.model import cluster_scored, load_model, score_records
from pipeline.link.stage import scored_pairs
from pipeline.schema import Schema
from tests.evaluate.files import rows_of, written

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def declared(project: Project) -> Comparisons:
    return load_comparisons(project.schemas)


@pytest.fixture(scope="module")
def held_out(project: Project, schema: Schema, shared_data: Path) -> Labelled:
    return read_labelled(shared_data / LABELLED_FILE, schema, project.schemas, LABELLED_FILE).split("test")


@pytest.fixture(scope="module")
def rows(project: Project, declared: Comparisons, held_out: Labelled) -> list[Row]:
    return compare(held_out, declared, load_model(project.link_model, declared))


def test_the_model_beats_both_baselines_on_events_it_never_saw(rows: list[Row]) -> None:
    model, *baselines = (row.pairs.f1 for row in rows)
    assert len(baselines) == 2
    assert model >= 0.75
    assert model >= max(baselines) + 0.10


def test_what_training_saw_is_recognised_by_what_the_reports_say(
    project: Project, declared: Comparisons, schema: Schema, shared_data: Path, held_out: Labelled, tmp_path: Path
) -> None:
    seen = load_model(project.link_model, declared).training["prints"].split()
    whole = read_labelled(shared_data / LABELLED_FILE, schema, project.schemas, LABELLED_FILE)
    assert whole.without(seen).events == held_out.events
    rows = [{"extra": "x", **row} for row in reversed(rows_of(shared_data / LABELLED_FILE))]
    for at, row in enumerate(rows):
        row.update({"extra": str(at), "event_id": f"renamed {row['event_id']}", "deaths_low": ""})
    renamed = read_labelled(written(tmp_path / "renamed.csv", rows), schema, project.schemas, "renamed.csv")
    assert len(renamed.without(seen).events) == len(held_out.events)


@pytest.mark.parametrize("threads", [1, 2])
def test_one_or_two_threads_find_the_same(
    project: Project, declared: Comparisons, held_out: Labelled, threads: int, found: dict[int, object]
) -> None:
    model = load_model(project.link_model, declared)
    backend = connect("duckdb")
    backend.raw_sql(f"SET threads = {threads}")
    score_records(backend, held_out.tables, declared, model.settings, declared.keep_probability)
    pairs = scored_pairs(backend, declared)
    found[threads] = (pairs, cluster_scored(backend, declared, [], model.threshold))
    assert pairs.num_rows > 500
    assert found[threads] == found[1]


@pytest.fixture(scope="module")
def found() -> dict[int, object]:
    return {}


def test_the_documents_are_those_that_the_command_makes(
    project: Project, params: Params, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in project.evaluation.iterdir()}
    said = evaluate(project, params)
    assert said == "wrote docs/evaluation"
    assert {path.name: path.read_bytes() for path in project.evaluation.iterdir()} == before
    lines = capsys.readouterr().out.splitlines()
    (f1,) = (line for line in lines if line.startswith("F1 "))
    document = before["README.md"].decode()
    assert f1.split()[1] in document
    methods = [line.split("|")[1].strip() for line in document.splitlines() if line.startswith("| ")]
    assert methods[4:] == [
        "model, cross-validated in training",
        "model, whole file",
        "same day and place name, whole file",
    ]


def test_another_file_with_events_of_the_training_is_evaluated_without_them_and_changes_no_document(
    project: Project, params: Params, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of(shared_data / LABELLED_FILE)[:299]
    tested = sum(not is_training(row["event_id"]) for row in rows)
    assert 0 < tested < 299
    other = written(tmp_path / "other.csv", rows)
    before = (project.evaluation / "README.md").read_bytes()
    told = f"{tested} reports, 0 left out, {299 - tested} of events that the training saw"
    assert evaluate(project, params, str(other)) == told
    printed = capsys.readouterr().out
    assert f"events that the training did not see: {tested} reports" in printed
    assert sum(line.startswith("F1 ") for line in printed.splitlines()) == 1
    assert (project.evaluation / "README.md").read_bytes() == before
