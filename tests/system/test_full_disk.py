"""A disk that is really full: a small file system in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.config import Project
from tests.packages.test_opening import zipped

pytestmark = pytest.mark.system


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_package_that_does_not_fit_on_the_disk_leaves_nothing(
    built: Project, small_disk: Path, tmp_path: Path
) -> None:
    archive = zipped(built.release, tmp_path / "package.zip")
    done = subprocess.run(
        [Path(sys.executable).with_name("sahel"), "verify", archive],
        cwd=built.root,
        env={**os.environ, "TMPDIR": str(small_disk)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"sahel: {archive}: could not be laid out in {small_disk}/")
    assert done.stderr.endswith(": No space left on device\n")
    assert list(small_disk.iterdir()) == []
