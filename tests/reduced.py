"""A checkout with a few curated files only, so that building and publishing it takes seconds."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection
from pathlib import Path

from tests.checkout import fresh_clone, git, run


def reduced_clone(root: Path, target: Path, files: tuple[str, ...]) -> Path:
    """Clone the project, leave only some curated files, and commit that.

    Args:
        root: the repository.
        target: the folder to be made.
        files: what stays, as ``<ISO3>/<year>.yaml``.
    """
    fresh_clone(root, target)
    leave_few(target, files)
    git(target, "config", "user.name", "test")
    git(target, "config", "user.email", "test@example.org")
    commit(target, "A few incidents")
    return target


def leave_few(checkout: Path, files: Collection[str]) -> None:
    """Leave only some curated files, no known issue and no decision about the others; so few rows are enough then."""
    curated = checkout / "data" / "raw" / "curated"
    for path in curated.rglob("*.yaml"):
        if path.relative_to(curated).as_posix() not in files:
            path.unlink()
    for name in ("known_issues.csv", "link_decisions.csv"):
        told = checkout / "data" / "reference" / name
        told.write_text(told.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    params = checkout / "params.yaml"
    lowered = re.sub(r"minimum: \d+", "minimum: 1", params.read_text(encoding="utf-8"))
    params.write_text(lowered, encoding="utf-8")


def commit(folder: Path, message: str) -> None:
    """Commit everything that differs."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def sahel(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command of the checkout's own code."""
    return run(folder, ".venv/bin/python", "-m", "pipeline.cli", *map(str, arguments))
