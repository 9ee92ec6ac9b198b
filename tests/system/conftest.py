"""A checkout with few entries that has published 1.0.0 and has a correction committed: what 1.0.1 is made from."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.checkout import fresh_clone, git, run
from tests.conftest import ROOT
from tests.copied import swap
from tests.reduced import leave_few
from tests.system.explorer import address, browser, built_page, explorer_folder, hostile_address, tables, visit

__all__ = ["address", "browser", "built_page", "explorer_folder", "hostile_address", "tables", "visit"]

KEPT = "BEN/2021.yaml"
"""One operation and its three incidents: a build of them takes seconds."""


@dataclass(frozen=True)
class Site:
    """A checkout beside the store that it publishes into."""

    folder: Path

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def release(self) -> Path:
        return self.checkout / "data" / "release"

    def copy(self, folder: Path) -> Site:
        shutil.copytree(self.folder, folder, symlinks=True)
        return Site(folder)

    def publishing(self, store: Path | None = None) -> list[str]:
        """The command that publishes, with the code of the checkout."""
        return [".venv/bin/python", "-m", "pipeline.cli", "publish", "--store", str(store or self.store)]

    def publish(self, store: Path | None = None) -> subprocess.CompletedProcess[str]:
        return run(self.checkout, *self.publishing(store))


def correct(site: Site, old: str = "confidence: high", new: str = "confidence: medium") -> None:
    """Change a value of the first entry and commit it."""
    swap(site.checkout / "data" / "raw" / "curated" / KEPT, old, new)
    git(site.checkout, "commit", "--quiet", "--all", "--message", "A correction")


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A checkout with few entries, not built yet, and no store."""
    site = Site(tmp_path_factory.mktemp("few"))
    fresh_clone(ROOT, site.checkout)
    leave_few(site.checkout, [KEPT])
    for path in (site.checkout / "data" / "baseline").iterdir():
        if path.name != "README.md":
            path.unlink()
    checked = run(site.checkout, ".venv/bin/python", "-m", "pipeline.cli", "check")
    assert checked.returncode == 0, checked.stdout
    for name, value in (("user.name", "test"), ("user.email", "test@example.org"), ("commit.gpgsign", "false")):
        git(site.checkout, "config", name, value)
    for tag in git(site.checkout, "tag").split():
        git(site.checkout, "tag", "--delete", tag)
    git(site.checkout, "add", "--all")
    git(site.checkout, "commit", "--quiet", "--message", "Few entries")
    return site


@pytest.fixture(scope="session")
def first(few: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Version 1.0.0 is published."""
    site = few.copy(tmp_path_factory.mktemp("first") / "site")
    done = site.publish()
    assert (done.returncode, done.stdout) == (0, "1.0.0\n"), done.stderr
    return site


@pytest.fixture(scope="session")
def corrected(first: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """And a correction is committed, from which 1.0.1 is to be built."""
    site = first.copy(tmp_path_factory.mktemp("corrected") / "site")
    correct(site)
    return site
