"""``make evaluate``: what must hold on the test split, and what the documents say."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from pipeline.config import Params, Project
from pipeline.evaluate import evaluate
from pipeline.evaluate.labelled import LABELLED_FILE, Labelled, read_labelled
from pipeline.evaluate.methods import Row, compare
from pipeline.link.declaration import Comparisons, load_comparisons
from pipeline.link.model import cluster_scored, load_model, score_records
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


def test_only_training_events_were_used(project: Project, schema: Schema, shared_data: Path) -> None:
    whole = read_labelled(shared_data / LABELLED_FILE, schema, project.schemas, LABELLED_FILE)
    training = json.loads(project.link_model.read_text(encoding="utf-8"))["training"]
    used = whole.split("train").events
    assert training["sha256"] == whole.sha256
    assert (training["records"], training["events"]) == (len(used), len(set(used.values())))


@pytest.mark.parametrize("threads", [1, 2])
def test_one_or_two_threads_find_the_same(
    project: Project, declared: Comparisons, held_out: Labelled, threads: int, found: dict[int, object]
) -> None:
    model = load_model(project.link_model, declared)
    with duckdb.connect(config={"threads": threads}) as connection:
        score_records(connection, held_out.tables, declared, model.settings, declared.keep_probability)
        pairs = connection.execute("FROM scored ORDER BY ALL").to_arrow_table()
        found[threads] = (pairs, cluster_scored(connection, declared, [], model.threshold))
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
    assert f1.split()[1] in before["README.md"].decode()


def test_another_file_is_evaluated_whole_and_changes_no_document(
    project: Project, params: Params, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = written(tmp_path / "other.csv", rows_of(shared_data / LABELLED_FILE)[:299])
    before = (project.evaluation / "README.md").read_bytes()
    assert evaluate(project, params, str(other)) == "299 reports, 0 left out"
    printed = capsys.readouterr().out
    assert "all events: 299 reports" in printed
    assert sum(line.startswith("F1 ") for line in printed.splitlines()) == 1
    assert (project.evaluation / "README.md").read_bytes() == before
