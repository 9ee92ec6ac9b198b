"""The functions of the explorer, tested where they are (``npm test`` in ``site/``), and what is said without Node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.system


def test_the_functions_of_the_page_do_what_their_tests_say() -> None:
    done = subprocess.run(
        ["npm", "test", "--silent"], cwd=ROOT / "site", capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"pass (\d+)", done.stdout)
    assert passed
    assert int(passed[1]) > 30


def test_make_site_says_that_node_is_missing_and_ends_with_2(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "make", "python3", "sh"):
        program = shutil.which(name)
        assert program
        (tools / name).symlink_to(program)
    done = subprocess.run(
        ["make", "site", "-o", ".venv/release.stamp"],
        cwd=ROOT, env={**os.environ, "PATH": str(tools)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "make: node is missing; on Debian: apt-get install nodejs npm" in done.stderr


def test_the_lock_names_no_registry() -> None:
    lock = (ROOT / "site" / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
    assert ".tgz" not in lock
