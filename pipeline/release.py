"""Stage ``release``: puts the verified package in the place of the last one; nothing else touches ``data/release/``."""

from __future__ import annotations

import json
import shutil

from pipeline.checksums import sha256
from pipeline.config import SUMS, Params, Project, built_version
from pipeline.folders import beside, put_in_place
from pipeline.problems import CannotDo


def release(project: Project, _: Params) -> str:
    """Release ``data/interim/package/`` as ``data/release/``.

    The package is copied beside its place and then renamed into it, so that a kill at any moment leaves
    the last good package or the new one.

    Returns:
        What was released, in one line.

    Raises:
        CannotDo: the report of ``verify`` is missing, tells of problems, or is about other files.
    """
    _was_verified(project)
    new = beside(project.release)
    shutil.copytree(project.package, new, dirs_exist_ok=True)
    put_in_place(new, project.release)
    return f"version {built_version(project)} in {project.relative(project.release)}"


def _was_verified(project: Project) -> None:
    if not project.verification.is_file():
        raise CannotDo("the package was not verified: run dvc repro, or python -m pipeline verify")
    report = json.loads(project.verification.read_text(encoding="utf-8"))
    if report["problems"] or report["checksum"] != sha256(project.package / SUMS):
        raise CannotDo("the report of verify is about another package or tells of problems: run verify again")
