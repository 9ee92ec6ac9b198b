"""Puts the files of sources into their folders and takes them out again, with DVC: as a whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.config import Project
from pipeline.problems import CannotDo
from pipeline.sources.declaration import Source
from pipeline.sources.stored import SUFFIX, StoredFile, folder_of, stored_files
from pipeline.sources.switch import turn


def keep(project: Project, source: Source, stored: StoredFile, got: Path, scratch: Path) -> None:
    """Put a file and its record into place and turn the source on; when a step fails, all is as it was.

    Args:
        project: the checkout.
        source: the source.
        stored: the record; a file of that name is replaced.
        got: the file.
        scratch: a folder for what is replaced, until all is done.
    """
    folder = folder_of(project, source)
    is_new = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / stored.file
    beside = folder / f".{target.name}.part"
    params = project.root / "params.yaml"
    touched = (*_with_record(target), params)
    before = {path: scratch / f"before.{at}" for at, path in enumerate(touched) if path.is_file()}
    for path, copy in before.items():
        shutil.copyfile(path, copy)
    try:
        shutil.copyfile(got, beside)
        beside.replace(target)
        stored.write(folder)
        if source.redistributable:
            _dvc(project, "add", "--quiet", project.relative(target))
        turn(project, source, stored_files(folder))
    except BaseException:
        for path in (beside, *touched):
            if path in before:
                shutil.copyfile(before[path], path)
            else:
                path.unlink(missing_ok=True)
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def discard(project: Project, folder: Path, stored: StoredFile) -> None:
    """Take a file and its record out of their folder."""
    path, record, tracked = _with_record(folder / stored.file)
    if tracked.is_file():
        _dvc(project, "remove", "--quiet", project.relative(tracked))
    path.unlink(missing_ok=True)
    record.unlink()


def _with_record(path: Path) -> tuple[Path, Path, Path]:
    return path, path.with_name(path.name + SUFFIX), path.with_name(path.name + ".dvc")


def _dvc(project: Project, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], cwd=project.root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CannotDo(f"dvc {' '.join(arguments)}: {said[0] if said else 'failed'}")
