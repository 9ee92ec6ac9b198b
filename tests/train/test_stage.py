"""`python -m pipeline train`: what a test event says has no part in the model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.config import Params, Project
from pipeline.evaluate.labelled import LABELLED_FILE, is_training
from pipeline.train import stage, train
from tests.evaluate.files import rows_of, written

pytestmark = pytest.mark.shared_data


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer choices are tried."""
    monkeypatch.setattr(stage, "PULLS", (30.0,))
    monkeypatch.setattr(stage, "THRESHOLDS", (0.2, 0.3, 0.4))
    monkeypatch.setattr(stage, "REPEATS", 1)
    monkeypatch.setattr(stage, "BOUNDS", ())


@pytest.fixture
def trained(project: Project, params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """What makes a model of rows, and gives its bytes."""
    made = Project(tmp_path / "checkout")
    shutil.copytree(project.schemas, made.schemas)
    made.reference.mkdir(parents=True)

    def model(rows: list[dict[str, str]]) -> bytes:
        path = tmp_path / "data" / LABELLED_FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        written(path, rows)
        monkeypatch.setenv("SAHEL_TEST_DATA", str(tmp_path / "data"))
        train(made, params)
        return made.link_model.read_bytes()

    return model


def test_test_events_have_no_part_in_the_model(trained: object, shared_data: Path) -> None:
    assert callable(trained)
    rows = rows_of(shared_data / LABELLED_FILE)
    expected = trained(rows)
    donors = [row for row in rows if is_training(row["event_id"])]
    changed = 0
    for at, row in enumerate(rows):
        if not is_training(row["event_id"]):
            stands_in = donors[at % len(donors)] if at % 2 else dict.fromkeys(row, "garbage")
            row.update({**stands_in, "id": f"g{at}", "event_id": row["event_id"]})
            changed += 1
    assert changed == 887
    assert trained(rows) == expected
    left = [row for row in rows if is_training(row["event_id"])]
    assert trained(left) == expected


def test_training_events_make_the_model(trained: object, shared_data: Path) -> None:
    assert callable(trained)
    rows = rows_of(shared_data / LABELLED_FILE)
    expected = trained(rows)
    seen = next(row for row in rows if is_training(row["event_id"]))
    seen["date_start"] = seen["date_end"] = "1999-01-01"
    assert trained(rows) != expected
