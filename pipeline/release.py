"""Stage ``release``: puts the verified package in the place of the last one; nothing else touches ``data/release/``."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
from pathlib import Path

from pipeline.checksums import sha256
from pipeline.config import SUMS, Params, Project, built_version
from pipeline.problems import CannotDo

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


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
    target = project.release
    beside = target.with_name(target.name + ".new")
    replaced = target.with_name(target.name + ".old")
    _finish_interrupted(target, replaced)
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(project.package, beside)
    _sync(beside)
    if not target.exists():
        beside.rename(target)
    else:
        _exchange(beside, target, replaced)
        shutil.rmtree(replaced if replaced.exists() else beside)
    return f"version {built_version(project)} in {project.relative(target)}"


def _was_verified(project: Project) -> None:
    if not project.verification.is_file():
        raise CannotDo("the package was not verified: run dvc repro, or python -m pipeline verify")
    report = json.loads(project.verification.read_text(encoding="utf-8"))
    found = sha256(project.package / SUMS)
    if report["problems"] or report["checksum"] != found:
        raise CannotDo("the report of verify is about another package or tells of problems: run verify again")


def _finish_interrupted(target: Path, replaced: Path) -> None:
    """Where two renames were needed and a kill came between them, the last good package goes back."""
    if replaced.exists():
        if target.exists():
            shutil.rmtree(replaced)
        else:
            replaced.rename(target)


def _exchange(new: Path, target: Path, replaced: Path) -> None:
    """Swap two folders in one step where the system can, else in two renames."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        swap = getattr(libc, "renameat2", None)
        arguments = (AT_FDCWD, os.fsencode(new), AT_FDCWD, os.fsencode(target), RENAME_EXCHANGE)
        if swap is not None and swap(*arguments) == 0:
            return
    target.rename(replaced)
    new.rename(target)


def _sync(folder: Path) -> None:
    """Have the files on disk before the folder is renamed into place."""
    for path in [*folder.iterdir(), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
