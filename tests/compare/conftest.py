"""A project whose first version is published."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.config import CHANGELOGS, DESCRIPTOR, Project
from tests.compare.edited import rows


@pytest.fixture
def published(built: Project, tmp_path: Path) -> Project:
    """The project as it stands when 1.0.0 has been published and nothing was changed since."""
    made = Project(tmp_path)
    for folder in ("schemas", "reference", "resolved"):
        shutil.copytree(getattr(built, folder), getattr(made, folder))
    shutil.copy(built.root / "params.yaml", made.root)
    made.baseline.mkdir(parents=True)
    for path in built.package.iterdir():
        if path.suffix == ".parquet" or path.name in (*CHANGELOGS.values(), DESCRIPTOR):
            shutil.copy(path, made.baseline)
    return made


@pytest.fixture
def pair(published: Project) -> tuple[str, str]:
    """Two incidents with the same single perpetrator and no report in common."""
    listed = rows(published.resolved, "incidents")
    new = listed[0]
    old = next(
        row for row in listed[1:] if row["operation_id"] is None and row["perpetrator_id"] == new["perpetrator_id"]
    )
    return old["incident_id"], new["incident_id"]
