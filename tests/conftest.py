"""What every test can ask for: the project, its parameters, its schema, and real files where there are any."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from pipeline.config import Params, Project, load_params
from pipeline.schema import Schema, load_schema
from tests.checkout import fresh_clone, repro, run

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("SAHEL_TEST_DATA", ROOT.parent / "shared" / "data"))
SHARED = {"shared_data": SHARED_DATA, "shared_evidence": SHARED_DATA.parent / "evidence"}
"""Folders of real files that are not in the repository, by the marker of the tests that read them."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of real files are deselected where the files are absent; a skip would look like a failure to run."""
    absent = [marker for marker, folder in SHARED.items() if not folder.is_dir()]
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in absent)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """What was imported stays to the end; left out of every garbage collection, it saves a quarter of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def project() -> Project:
    return Project(ROOT)


@pytest.fixture(scope="session")
def params(project: Project) -> Params:
    return load_params(project)


@pytest.fixture(scope="session")
def schema(project: Project) -> Schema:
    return load_schema(project.schemas)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A fresh clone in which the whole pipeline was run; tests read it and leave it as it is."""
    folder = fresh_clone(ROOT, tmp_path_factory.mktemp("built") / "clone")
    done = repro(folder, TZ="Pacific/Kiritimati", LC_ALL="C")
    assert done.returncode == 0, done.stdout + done.stderr
    made = run(folder, ".venv/bin/python", "-m", "pipeline", "database")
    assert made.returncode == 0, made.stderr
    return Project(folder)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    return SHARED_DATA


@pytest.fixture(scope="session")
def shared_evidence() -> Path:
    return SHARED["shared_evidence"]
