"""Copies of the real package, whole and small."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.config import Project
from tests.tampered import only


@pytest.fixture
def package(built: Project, tmp_path: Path) -> Path:
    """A copy of the released package."""
    return Path(shutil.copytree(built.release, tmp_path / "package"))


@pytest.fixture
def small_package(package: Path) -> Path:
    """Of the real package, the sources and the ledger, which refers to them."""
    only(package, "sources", "ledger")
    return package


@pytest.fixture
def rules(project: Project) -> Path:
    return project.package_rules
