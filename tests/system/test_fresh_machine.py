"""A new machine with git, make and Python: the two commands of the README, and nothing else is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checkout import fresh_clone, git, run
from tests.conftest import ROOT

pytestmark = pytest.mark.system


def test_make_release_alone_ends_with_the_package(tmp_path: Path) -> None:
    clone = fresh_clone(ROOT, tmp_path / "clone", with_venv=False)
    done = run(clone, "make", "release", PATH=_with_python())
    assert done.returncode == 0, done.stdout + done.stderr
    summary = done.stdout.splitlines()
    assert any(line.startswith("database: version 1.0.0: ") and "incidents" in line for line in summary), done.stdout
    assert any(line.strip() == "package:  data/release/" for line in summary)
    assert (clone / "data" / "release" / "datapackage.json").is_file()
    assert (clone / "data" / "database" / "sahel-attacks.duckdb").is_file()
    assert git(clone, "status", "--porcelain") == ""
    checked = run(clone, "make", "--silent", "release", PATH=_with_python())
    assert checked.returncode == 0, checked.stderr
    assert "installing" not in checked.stdout


def test_an_old_python_is_told_what_is_needed(tmp_path: Path) -> None:
    clone = fresh_clone(ROOT, tmp_path / "clone", with_venv=False)
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    refused = run(clone, "make", "release", f"PYTHON={old}", PATH=_with_python())
    assert refused.returncode == 2
    assert "Python 3.11 or newer is needed" in refused.stderr
    assert not (clone / ".venv").exists()


def _with_python() -> str:
    """A PATH with the Python that the tests run on, and the system's tools."""
    import sys

    return f"{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin"
