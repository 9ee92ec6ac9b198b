from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Params, Project
from pipeline.schema import Schema
from tests.copied import copy_project
from tests.sources.curated.entries import Check, checker


@pytest.fixture(scope="session")
def mali(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project with the curated file of Mali of 2024 alone, beside which the entries of these tests would stand."""
    copied = copy_project(project, tmp_path_factory.mktemp("project"), leave_out=())
    for path in copied.curated.rglob("*.yaml"):
        if path.parent.name != "MLI" or path.stem != "2024":
            path.unlink()
    issues = copied.reference / "known_issues.csv"  # they are about entries that are not there now
    issues.write_text(issues.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")
    return copied


@pytest.fixture
def check(mali: Project, params: Params, schema: Schema, tmp_path: Path) -> Check:
    """Check a text as a file beside real ones."""
    return checker(mali, params, schema, tmp_path)
