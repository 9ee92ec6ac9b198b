"""What a kill leaves of files that git and DVC do not write in one step, put right before they run again."""

from __future__ import annotations

import fcntl
import json
import subprocess
from pathlib import Path

import yaml

from pipeline.config import Project
from pipeline.folders import put_back

PROCESSES = Path("/proc")


def put_right(folder: Path) -> list[str]:
    """Undo what a kill has left behind in a checkout.

    - a folder that was being replaced and is at neither place goes back to its own;
    - DVC's list of locks, cut off or with nothing but locks of processes that are gone: it is deleted, unless a DVC is
      just writing it (DVC itself takes any process that has got such a number since for the one that was killed);
    - locks of a git that no longer runs here are deleted;
    - ``dvc.lock`` cut off: the committed one comes back, and the stages that it did not know yet run again.

    Returns:
        What was put right, one line each.
    """
    project = Project(folder)
    said = [
        f"{project.relative(path)} was being replaced: the last one is back"
        for path in (project.release, project.baseline)
        if put_back(path)
    ]
    if _delete_dead(folder, folder / ".dvc" / "tmp" / "rwlock"):
        said.append("locks of a DVC that was killed are deleted")
    git_locks = _git_locks(folder)
    if git_locks and not any(_git_runs_in(checkout) for checkout in _checkouts(folder)):
        for path in git_locks:
            path.unlink(missing_ok=True)
        said.append("locks of a git that was killed are deleted")
    lock = folder / "dvc.lock"
    if lock.is_file() and not _is_whole(lock, folder / "dvc.yaml") and not _is_committed(lock):
        back = subprocess.run(
            ["git", "checkout", "--quiet", "HEAD", "--", lock.name], cwd=folder, capture_output=True, check=False
        )
        if back.returncode != 0:
            lock.unlink()
        said.append(f"dvc.lock was cut off: {'it is deleted' if back.returncode else 'the committed one is back'}")
    return said


def _is_whole(lock: Path, declared: Path) -> bool:
    """Whether ``dvc.lock`` is whole to its last stage: outs are written last, and each stage has those it declares."""
    written = lock.read_bytes()
    try:
        stages = yaml.load(written, Loader=yaml.CSafeLoader)["stages"]
        declares = yaml.load(declared.read_bytes(), Loader=yaml.CSafeLoader)["stages"]
        wanted = {name: len(stage.get("do", stage)["outs"]) for name, stage in declares.items()}
        return written.endswith(b"\n") and all(
            len([out["md5"] for out in stage["outs"]]) >= wanted.get(name.split("@")[0], 1)
            for name, stage in stages.items()
        )
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        return False


def _is_committed(file: Path) -> bool:
    """Whether the file is as it was committed, from a time perhaps when stages declared fewer outs."""
    shown = subprocess.run(["git", "show", f"HEAD:./{file.name}"], cwd=file.parent, capture_output=True, check=False)
    return shown.returncode == 0 and shown.stdout == file.read_bytes()


def _delete_dead(folder: Path, locks: Path) -> bool:
    """Delete DVC's list of locks where no living process in this checkout is listed; whether it was deleted."""
    guard = locks.with_name("rwlock.lock")
    if not locks.is_file():
        return False
    with guard.open("a+b") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # a DVC is just writing it
            return False
        holders = _holders(locks)
        if holders is not None and (not holders or any(_works_in(folder, number) for number in holders)):
            return False
        locks.unlink()
        return True


def _holders(locks: Path) -> set[int] | None:
    """The processes that DVC's list of locks names; None where it is cut off."""
    try:
        listed = json.loads(locks.read_text(encoding="utf-8"))
        written = [info for info in listed.get("write", {}).values() if info]
        read = [info for infos in listed.get("read", {}).values() for info in infos]
        return {int(info["pid"]) for info in [*written, *read]}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _git_folders(folder: Path) -> tuple[Path, Path] | None:
    """Where git keeps what is of this checkout alone, and what it shares with the worktrees of one repository."""
    held = folder / ".git"
    try:
        if held.is_file():  # of a worktree or a submodule
            held = folder / held.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        shared = held / "commondir"
        return held, held / shared.read_text(encoding="utf-8").strip() if shared.is_file() else held
    except (OSError, UnicodeError):
        return None


def _git_locks(folder: Path) -> list[Path]:
    folders = _git_folders(folder)
    if folders is None:
        return []
    own, shared = (path.resolve() for path in folders)
    return sorted({*own.glob("*.lock"), *shared.glob("*.lock"), *(shared / "refs").rglob("*.lock")})


def _checkouts(folder: Path) -> list[Path]:
    """Every folder in which a git may hold locks of this repository: this one, the main one, other worktrees."""
    folders = _git_folders(folder)
    if folders is None:
        return [folder]
    shared = folders[1].resolve()
    linked = [Path(path.read_text(encoding="utf-8").strip()).parent for path in shared.glob("worktrees/*/gitdir")]
    return [folder, *linked, *([shared.parent] if shared.name == ".git" else [])]


def _git_runs_in(folder: Path) -> bool:
    """Whether a git works in this checkout; where that cannot be seen, it is taken to."""
    if not (PROCESSES / "self").exists():
        return True
    return any(
        _name(process).startswith("git") and _works_in(folder, int(process.name))
        for process in PROCESSES.glob("[0-9]*")
    )


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended since
        return ""


def _works_in(folder: Path, number: int) -> bool:
    """Whether a process lives and its current folder lies in this one; where that cannot be seen, it is taken to."""
    if not (PROCESSES / "self").exists():
        return True
    try:
        return (PROCESSES / str(number) / "cwd").readlink().is_relative_to(folder.resolve())
    except PermissionError:  # it is somebody else's
        return True
    except OSError:  # it has ended
        return False


if __name__ == "__main__":
    for line in put_right(Path.cwd()):
        print(line)
