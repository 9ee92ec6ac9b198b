"""What a kill leaves of git's and DVC's files is put right; what a living process holds is left alone."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import yaml
from dvc.schema import COMPILED_LOCKFILE_SCHEMA

from pipeline.interrupted import _is_whole, put_right
from tests.checkout import git
from tests.conftest import ROOT

LOCK = (ROOT / "dvc.lock").read_text(encoding="utf-8")
STAGES = yaml.safe_load(LOCK)["stages"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    (folder / ".dvc" / "tmp").mkdir(parents=True)
    (folder / "dvc.lock").write_text(LOCK, encoding="utf-8")
    shutil.copy(ROOT / "dvc.yaml", folder)
    git(folder, "init", "--quiet")
    git(folder, "add", "dvc.lock", "dvc.yaml")
    git(folder, "commit", "--quiet", "--message", "Lock")
    return folder


@contextmanager
def process(folder: Path, name: str = "dvc") -> Iterator[subprocess.Popen[bytes]]:
    """A living process with its current folder there, under a name of our choice; it ends with its input."""
    program = folder.parent / name
    program.unlink(missing_ok=True)
    program.symlink_to("/bin/cat")
    running = subprocess.Popen([program], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(b"!")
    running.stdin.flush()
    assert running.stdout.read(1) == b"!"  # it runs under its name now
    try:
        yield running
    finally:
        running.communicate()


def listed(checkout: Path, pid: int) -> Path:
    """DVC's list of locks, with one of a process that writes an output and reads an input."""
    info = {"pid": pid, "cmd": "dvc repro"}
    path = checkout / ".dvc" / "tmp" / "rwlock"
    path.write_text(json.dumps({"write": {"data/release": info}, "read": {"data/interim": [info]}}), encoding="utf-8")
    return path


def test_a_checkout_without_leftovers_is_left_as_it_is(checkout: Path) -> None:
    (checkout / ".dvc" / "tmp" / "rwlock").write_text('{"write": {}, "read": {}}', encoding="utf-8")
    assert put_right(checkout) == []
    assert (checkout / ".dvc" / "tmp" / "rwlock").is_file()
    assert (checkout / "dvc.lock").read_text(encoding="utf-8") == LOCK


@pytest.mark.parametrize("left", ["", '{"write": {"data/release": {"pid": 12', "[1]", '{"write": {"a": {"cmd": "b"}}}'])
def test_a_list_of_locks_that_was_cut_off_is_deleted(checkout: Path, left: str) -> None:
    path = checkout / ".dvc" / "tmp" / "rwlock"
    path.write_text(left, encoding="utf-8")
    assert put_right(checkout) == ["locks of a DVC that was killed are deleted"]
    assert not path.exists()


def test_but_not_while_a_dvc_is_writing_it(checkout: Path) -> None:
    path = checkout / ".dvc" / "tmp" / "rwlock"
    path.write_text("", encoding="utf-8")
    with path.with_name("rwlock.lock").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        assert put_right(checkout) == []
    assert path.is_file()


def test_locks_of_a_living_dvc_stay(checkout: Path) -> None:
    with process(checkout) as running:
        path = listed(checkout, running.pid)
        assert put_right(checkout) == []
        assert path.is_file()


def test_locks_of_a_dvc_that_was_killed_go_before_somebody_has_collected_it(checkout: Path) -> None:
    with process(checkout) as running:
        path = listed(checkout, running.pid)
        os.kill(running.pid, signal.SIGKILL)
        os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
        assert put_right(checkout) == ["locks of a DVC that was killed are deleted"]
    assert not path.exists()


def test_a_process_elsewhere_that_got_its_number_holds_nothing(checkout: Path) -> None:
    """After a restart of the machine numbers are given out anew; DVC itself would wait for that process."""
    path = listed(checkout, os.getpid())
    assert put_right(checkout) == ["locks of a DVC that was killed are deleted"]
    assert not path.exists()


def test_locks_of_a_git_that_was_killed_are_deleted(checkout: Path) -> None:
    left = [
        checkout / ".git" / name for name in ("index.lock", "HEAD.lock", "refs/heads/main.lock", "refs/tags/v1.lock")
    ]
    for path in left:
        path.touch()
    assert put_right(checkout) == ["locks of a git that was killed are deleted"]
    assert not any(path.exists() for path in left)
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "another")


@pytest.mark.parametrize(("name", "is_git"), [("git", True), ("git-remote-http", True), ("vim", False)])
def test_those_of_a_git_that_runs_there_stay(checkout: Path, name: str, is_git: bool) -> None:
    lock = checkout / ".git" / "index.lock"
    lock.touch()
    with process(checkout, name):
        put_right(checkout)
    assert lock.exists() is is_git


def test_a_git_elsewhere_holds_no_lock_here(checkout: Path, tmp_path: Path) -> None:
    lock = checkout / ".git" / "index.lock"
    lock.touch()
    (tmp_path / "checkout-of-others").mkdir()
    with process(tmp_path / "checkout-of-others", "git"):
        put_right(checkout)
    assert not lock.exists()


@pytest.fixture
def worktree(checkout: Path) -> Path:
    """A second checkout of the repository: its ``.git`` is a file that says where the rest lies."""
    folder = checkout.parent / "worktree"
    git(checkout, "worktree", "add", "--quiet", str(folder))
    (folder / ".dvc" / "tmp").mkdir(parents=True)
    return folder


def locks_of_worktree(worktree: Path) -> list[Path]:
    own = Path(git(worktree, "rev-parse", "--absolute-git-dir").strip())
    shared = worktree.parent / "checkout" / ".git"
    left = [own / "index.lock", own / "HEAD.lock", shared / "packed-refs.lock", shared / "refs/tags/v1.lock"]
    for path in left:
        path.touch()
    return left


def test_locks_of_a_worktree_lie_elsewhere(worktree: Path) -> None:
    left = locks_of_worktree(worktree)
    assert put_right(worktree) == ["locks of a git that was killed are deleted"]
    assert not any(path.exists() for path in left)
    git(worktree, "commit", "--quiet", "--allow-empty", "--message", "another")


@pytest.mark.parametrize("where", ["checkout", "worktree"])
@pytest.mark.parametrize("asked", ["checkout", "worktree"])
def test_a_git_in_the_one_checkout_may_hold_locks_that_both_share(worktree: Path, where: str, asked: str) -> None:
    left = locks_of_worktree(worktree)
    with process(worktree.parent / where, "git"):
        assert put_right(worktree.parent / asked) == []
    assert all(path.exists() for path in left)


@pytest.mark.skipif(os.getuid() != 0, reason="root alone can be somebody else")
def test_a_git_of_somebody_else_may_be_at_work_here(
    checkout: Path, without_rights: Callable[[Path], AbstractContextManager[None]]
) -> None:
    lock = checkout / ".git" / "index.lock"
    lock.touch()
    with process(checkout, "git"), without_rights(checkout):
        assert put_right(checkout) == []
    assert lock.exists()


@pytest.mark.parametrize("size", [0, 1, 4096, 8192, len(LOCK) - 1])
def test_a_dvc_lock_that_was_cut_off_comes_back(checkout: Path, size: int) -> None:
    (checkout / "dvc.lock").write_text(LOCK[:size], encoding="utf-8")
    assert put_right(checkout) == ["dvc.lock was cut off: the committed one is back"]
    assert (checkout / "dvc.lock").read_text(encoding="utf-8") == LOCK


def test_also_when_the_half_of_it_was_already_added_to_git(checkout: Path) -> None:
    (checkout / "dvc.lock").write_text(LOCK[:4096], encoding="utf-8")
    git(checkout, "add", "dvc.lock")
    put_right(checkout)
    assert (checkout / "dvc.lock").read_text(encoding="utf-8") == LOCK
    assert git(checkout, "status", "--porcelain") == ""


def test_one_that_was_never_committed_is_deleted(checkout: Path) -> None:
    git(checkout, "rm", "--quiet", "--cached", "dvc.lock")
    git(checkout, "commit", "--quiet", "--message", "no lock")
    (checkout / "dvc.lock").write_text(LOCK[:4096], encoding="utf-8")
    assert put_right(checkout) == ["dvc.lock was cut off: it is deleted"]
    assert not (checkout / "dvc.lock").exists()


def test_a_committed_lock_from_before_a_stage_had_another_out_stays(checkout: Path) -> None:
    declared = checkout / "dvc.yaml"
    text = declared.read_text(encoding="utf-8")
    declared.write_text(text.replace("- data/interim/resolve:", "- data/interim/more\n      - data/interim/resolve:"))
    assert declared.read_text(encoding="utf-8") != text
    assert put_right(checkout) == []


def test_wherever_it_was_cut_what_is_taken_for_whole_is_whole_stages(tmp_path: Path) -> None:
    """DVC writes the file in blocks, so that a kill can come between any two; it refuses what is no whole stage."""
    path, lines = tmp_path / "dvc.lock", LOCK.splitlines(keepends=True)
    taken = []
    for size in {*itertools.accumulate(len(line.encode()) for line in lines), *range(0, len(LOCK.encode()), 97)}:
        path.write_bytes(LOCK.encode()[:size])
        if _is_whole(path, ROOT / "dvc.yaml"):
            held = COMPILED_LOCKFILE_SCHEMA(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader))["stages"]
            for name, stage in held.items():
                whole, outs = dict(STAGES[name]), stage.pop("outs")
                assert [(out["path"], out["md5"]) for out in outs] == [
                    (out["path"], out["md5"]) for out in whole.pop("outs")
                ], size
                assert stage == whole, size
            taken.append(len(held))
    assert set(taken) == set(range(1, len(STAGES) + 1))


@pytest.mark.parametrize("name", ["release", "baseline"])
def test_a_folder_between_two_renames_goes_back(checkout: Path, name: str) -> None:
    last = checkout / "data" / f"{name}.old"
    last.mkdir(parents=True)
    (last / "SHA256SUMS").write_text("last", encoding="utf-8")
    assert put_right(checkout) == [f"data/{name} was being replaced: the last one is back"]
    assert (checkout / "data" / name / "SHA256SUMS").read_text(encoding="utf-8") == "last"
    assert not last.exists()
