"""A folder takes the place of another, whole or not at all."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


def beside(target: Path) -> Path:
    """An empty folder beside another in which its successor is laid out; what a kill left of it is deleted.

    Where a kill came between two renames, the folder itself goes back to its place first.
    """
    put_back(target)
    shutil.rmtree(_replaced(target), ignore_errors=True)
    new = target.with_name(target.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    return new


def put_back(target: Path) -> bool:
    """Where a kill came between two renames, the folder goes back to its place.

    Returns:
        Whether that was so.
    """
    if target.exists() or not _replaced(target).exists():
        return False
    _replaced(target).rename(target)
    return True


def put_in_place(new: Path, target: Path) -> None:
    """Have a folder take the place of another, so that a kill at any moment leaves the one or the other."""
    sync(new)
    if not target.exists():
        new.rename(target)
        return
    replaced = _replaced(target)
    _exchange(new, target, replaced)
    shutil.rmtree(replaced if replaced.exists() else new)


def sync(folder: Path) -> None:
    """Have the files of a folder and of those in it on disk before it is renamed."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _replaced(target: Path) -> Path:
    return target.with_name(target.name + ".old")


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
