"""What a kill leaves of files that git and DVC do not write in one step, put right before they run again."""

from __future__ import annotations

import fcntl
import json
import subprocess
from pathlib import Path

import yaml


def put_right(folder: Path) -> list[str]:
    """Undo what a kill has left behind in a checkout.

    - ``dvc.lock`` cut off: the committed one comes back, and the stages that it did not know yet run again;
    - DVC's list of locks cut off: it is deleted, unless a DVC is just writing it (locks of dead processes DVC
      releases itself);
    - locks of a git that no longer runs here are deleted.

    Returns:
        What was put right, one line each.
    """
    said = []
    locks = folder / ".dvc" / "tmp" / "rwlock"
    if locks.is_file() and not _is_json(locks) and _is_nobodys(locks.with_name("rwlock.lock")):
        locks.unlink()
        said.append(f"{locks.relative_to(folder)} was cut off and is deleted")
    git_locks = list(_git_locks(folder))
    if git_locks and not _git_runs_in(folder):
        for path in git_locks:
            path.unlink(missing_ok=True)
        said.append("locks of a git that was killed are deleted")
    lock = folder / "dvc.lock"
    if lock.is_file() and not _is_yaml(lock):
        subprocess.run(["git", "checkout", "--quiet", "--", lock.name], cwd=folder, check=False)
        said.append("dvc.lock was cut off: the committed one is back")
    return said


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


def _is_yaml(path: Path) -> bool:
    """Whether ``dvc.lock`` is whole: its schema version stands first, its stages after it."""
    try:
        held = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return False
    return isinstance(held, dict) and isinstance(held.get("stages"), dict)


def _is_nobodys(guard: Path) -> bool:
    """Whether no process holds DVC's lock on the list of locks."""
    if not guard.is_file():
        return True
    with guard.open("r+b") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _git_locks(folder: Path) -> list[Path]:
    held = folder / ".git"
    return [*held.glob("*.lock"), *(held / "refs").rglob("*.lock")] if held.is_dir() else []


def _git_runs_in(folder: Path) -> bool:
    """Whether a git works in this checkout; where that cannot be seen, it is taken to."""
    processes = Path("/proc")
    if not (processes / "self").exists():
        return True
    for process in processes.glob("[0-9]*"):
        try:
            runs = (process / "comm").read_text(encoding="utf-8").startswith("git")
            if runs and (process / "cwd").resolve().is_relative_to(folder.resolve()):
                return True
        except OSError:  # it has ended since, or is somebody else's
            continue
    return False
