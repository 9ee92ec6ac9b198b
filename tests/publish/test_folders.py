"""A folder takes the place of another: after a kill at any step the one or the other is there, or is brought back."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import folders
from pipeline.folders import beside, put_back, put_in_place


class Killed(BaseException):
    """Stands for a kill: nothing after it runs, and nobody tidies up."""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    made = tmp_path / "release"
    made.mkdir()
    (made / "file").write_text("old", encoding="utf-8")
    return made


def held(folder: Path) -> str:
    return (folder / "file").read_text(encoding="utf-8")


def laid_out(target: Path) -> Path:
    new = beside(target)
    (new / "file").write_text("new", encoding="utf-8")
    return new


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize("step", range(6))
def test_a_kill_before_any_step(target: Path, monkeypatch: pytest.MonkeyPatch, platform: str, step: int) -> None:
    """Each call that touches the disk is a step; with the system call for exchanging folders and without it."""
    monkeypatch.setattr("sys.platform", platform)
    left = step

    def counted(real: object) -> object:
        def call(*arguments: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            assert callable(real)
            return real(*arguments, **options)

        return call

    new = laid_out(target)
    with monkeypatch.context() as patched:
        patched.setattr(folders, "sync", counted(folders.sync))
        patched.setattr(folders, "_exchange", counted(folders._exchange))
        patched.setattr(Path, "rename", counted(Path.rename))
        patched.setattr(folders.shutil, "rmtree", counted(folders.shutil.rmtree))
        try:
            put_in_place(new, target)
            done = True
        except Killed:
            done = False
    was_away = not target.exists()
    assert put_back(target) is was_away
    assert held(target) in ({"new"} if done else {"old", "new"})
    put_in_place(laid_out(target), target)
    assert held(target) == "new"
    assert [path.name for path in target.parent.iterdir()] == ["release"]


def test_between_two_renames_the_old_one_comes_back(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    new = laid_out(target)
    real = Path.rename

    def second_is_killed(path: Path, to: Path) -> Path:
        if path == new:
            raise Killed
        return real(path, to)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Path, "rename", second_is_killed)
        put_in_place(new, target)
    assert not target.exists()
    assert put_back(target)
    assert held(target) == "old"
    assert not put_back(target)


def test_what_a_kill_left_beside_is_not_taken_for_new(target: Path) -> None:
    laid_out(target)
    assert list(beside(target).iterdir()) == []
    assert held(target) == "old"


def test_the_first_one_needs_nothing_to_replace(tmp_path: Path) -> None:
    target = tmp_path / "data" / "release"
    put_in_place(laid_out(target), target)
    assert held(target) == "new"
    assert [path.name for path in target.parent.iterdir()] == ["release"]
