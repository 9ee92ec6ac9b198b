"""Builds a published version again from its tag, in a folder of its own, and compares the bytes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.checksums import read_sums, sha256
from pipeline.commands import dvc, git
from pipeline.config import SUMS, Project
from pipeline.problems import CannotDo
from pipeline.publish.steps import tagged_content
from pipeline.publish.store import content

LOCKED = "requirements/release.txt"


@dataclass(frozen=True)
class Rebuilt:
    """What a version built again is, beside what was published.

    Attributes:
        version: the version.
        stated: the SHA-256 of SHA256SUMS that its tag states, or None.
        found: that of the new build.
        differing: files that are not those published, where a published package was at hand.
    """

    version: str
    stated: str | None
    found: str
    differing: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether every byte is as published."""
        return self.found == self.stated and not self.differing


def rebuild(project: Project, version: str, published: Path | None, say: Callable[[str], None]) -> Rebuilt:
    """Build the tag of a version as anyone would who has cloned the repository.

    The environment of this checkout is used where the tag has the same lock file, else one of its own is laid out.

    Args:
        project: the checkout, which is left as it is.
        version: a version that was tagged.
        published: the published package as a folder, to name the files that differ; or None.
        say: told what is done.

    Raises:
        CannotDo: there is no such tag, or the build fails.
    """
    stated = tagged_content(project.root, version)
    with tempfile.TemporaryDirectory(prefix=f"sahel-{version}-", ignore_cleanup_errors=True) as scratch:
        clone = Project(Path(scratch) / "checkout")
        say(f"checking out v{version}")
        git(project.root, "clone", "--quiet", "--no-hardlinks", str(project.root), str(clone.root))
        git(clone.root, "-c", "advice.detachedHead=false", "checkout", "--quiet", f"v{version}")
        _lay_out(project, clone, say)
        _fetch_inputs(project, clone)
        say("building")
        dvc(clone.root, "repro", "--force", "--no-run-cache")
        differing = _differing(clone.release, published) if published else ()
        return Rebuilt(version, stated, content(clone.release), differing)


def _differing(built: Path, published: Path) -> tuple[str, ...]:
    """The files of a new build that are not, byte for byte, among those published."""
    names = [*read_sums(built), SUMS]
    same = {name for name in names if (published / name).is_file() and sha256(published / name) == sha256(built / name)}
    return tuple(sorted(set(names) - same))


def _lay_out(project: Project, clone: Project, say: Callable[[str], None]) -> None:
    """Give the clone an environment: this one when it has the same lock, else one of its own."""
    here, there = (folder.root / LOCKED for folder in (project, clone))
    if here.is_file() and there.read_bytes() == here.read_bytes():
        (clone.root / ".venv").symlink_to(Path(sys.prefix).resolve())
        return
    say(f"installing what {LOCKED} of that version lists")
    if shutil.which("make") is None:
        raise CannotDo("make is not installed, and an environment has to be laid out for that version")
    done = subprocess.run(
        ["make", "setup", f"PYTHON={sys.executable}"], cwd=clone.root, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise CannotDo(f"the environment of that version could not be laid out:\n{done.stderr.strip()}")


def _fetch_inputs(project: Project, clone: Project) -> None:
    """Inputs that DVC tracks come from the cache of this checkout, else from its data remote."""
    inputs = sorted(path for path in (clone.root / "data").rglob("*.dvc"))
    if inputs:
        dvc(clone.root, "config", "--local", "cache.dir", str(project.root / ".dvc" / "cache"))
        dvc(clone.root, "pull", *(str(path) for path in inputs))
