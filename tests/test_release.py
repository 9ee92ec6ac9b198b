"""``release`` puts a verified package in place of the last one, whole or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.checksums import write_sums
from pipeline.config import Params, Project
from pipeline.problems import CannotDo, NotWell
from pipeline.release import release
from pipeline.verify import verify


@pytest.fixture
def folder(built: Project, tmp_path: Path) -> Project:
    """A project with a package that was built and not released yet."""
    project = Project(tmp_path)
    shutil.copytree(built.package, project.package)
    shutil.copytree(built.compared, project.compared)
    shutil.copytree(built.schemas, project.schemas)
    return project


def contents(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_the_first_release_is_the_package(folder: Project, params: Params) -> None:
    verify(folder, params)
    release(folder, params)
    assert contents(folder.release) == contents(folder.package)


def test_another_release_takes_its_place_and_leaves_nothing_beside_it(folder: Project, params: Params) -> None:
    folder.release.mkdir(parents=True)
    (folder.release / "old").write_text("old", encoding="utf-8")
    verify(folder, params)
    release(folder, params)
    assert contents(folder.release) == contents(folder.package)
    assert {path.name for path in folder.release.parent.iterdir()} == {"interim", "release"}


def test_a_package_that_was_not_verified_is_not_released(folder: Project, params: Params) -> None:
    with pytest.raises(CannotDo, match="was not verified"):
        release(folder, params)
    assert not folder.release.exists()


def test_nor_one_that_changed_afterwards(folder: Project, params: Params) -> None:
    verify(folder, params)
    with (folder.package / "SHA256SUMS").open("a", encoding="utf-8") as sums:
        sums.write("\n")
    with pytest.raises(CannotDo, match="about another package"):
        release(folder, params)
    assert not folder.release.exists()


def test_a_release_that_was_cut_off_is_put_right(folder: Project, params: Params) -> None:
    """Where two renames were needed, a kill between them left the last good package under another name."""
    last = folder.release.with_name("release.old")
    last.mkdir(parents=True)
    (last / "old").write_text("old", encoding="utf-8")
    half = folder.release.with_name("release.new")
    half.mkdir()
    (half / "half").write_text("half", encoding="utf-8")
    verify(folder, params)
    release(folder, params)
    assert contents(folder.release) == contents(folder.package)
    assert not last.exists()
    assert not half.exists()


def test_without_the_system_call_two_renames_do_it(
    folder: Project, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    folder.release.mkdir(parents=True)
    verify(folder, params)
    release(folder, params)
    assert contents(folder.release) == contents(folder.package)
    assert not folder.release.with_name("release.old").exists()


def test_a_package_whose_descriptor_says_less_than_the_declaration_is_not_released(
    folder: Project, params: Params
) -> None:
    path = folder.package / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    for resource in descriptor["resources"][:2]:  # Parquet and CSV of one table
        del resource["schema"]["foreignKeys"]
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    write_sums(folder.package)
    with pytest.raises(NotWell) as told:
        verify(folder, params)
    assert [problem.rule for problem in told.value.problems] == ["package.declaration"] * 2
    with pytest.raises(CannotDo, match="tells of problems"):
        release(folder, params)
