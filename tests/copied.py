"""A project of its own for a test that spoils something: what `sahel check` reads, copied."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.config import Project


def copy_project(project: Project, target: Path, leave_out: tuple[str, ...] = ("counterexamples",)) -> Project:
    """Copy params.yaml, the declarations, the curated files and the reference data into a folder."""
    made = Project(target)
    shutil.copytree(project.schemas, made.schemas, ignore=shutil.ignore_patterns(*leave_out))
    shutil.copytree(project.curated, made.curated)
    shutil.copytree(project.reference, made.reference)
    shutil.copy(project.root / "params.yaml", target)
    return made


def swap(path: Path, old: str, new: str) -> int:
    """Replace the first place where a text stands in a file.

    Returns:
        The line in which it stood.
    """
    text = path.read_text(encoding="utf-8")
    before, found, after = text.partition(old)
    assert found, f"{path.name} has no {old!r}"
    path.write_text(before + new + after, encoding="utf-8")
    return before.count("\n") + 1
