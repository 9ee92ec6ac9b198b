"""``dvc repro`` in a fresh clone: what it leaves behind, what it does again, what a bad input does to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.checksums import package_files
from pipeline.config import Project
from tests.checkout import fresh_clone, git, repro, run


def sums(project: Project) -> str:
    return (project.release / "SHA256SUMS").read_text(encoding="utf-8")


def test_the_checkout_is_clean_afterwards(built: Project) -> None:
    changed = git(built.root, "status", "--porcelain")
    assert changed == "", "dvc.lock is not that of the data: run dvc repro and commit it"


def test_nothing_is_done_twice(built: Project) -> None:
    again = repro(built.root)
    assert "Data and pipelines are up to date" in again.stdout
    assert "Running stage" not in again.stdout


def test_another_folder_time_zone_and_language_give_the_same_bytes(built: Project, tmp_path: Path) -> None:
    elsewhere = Project(fresh_clone(built.root, tmp_path / "a folder with blanks"))
    (elsewhere.root / ".venv").unlink(missing_ok=True)
    (elsewhere.root / ".venv").symlink_to((built.root / ".venv").resolve())
    done = repro(elsewhere.root, TZ="America/St_Johns", LC_ALL="fr_FR.UTF-8", PYTHONHASHSEED="7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sums(elsewhere) == sums(built)
    assert git(elsewhere.root, "status", "--porcelain") == ""


def test_the_checksums_are_those_that_sha256sum_reads(built: Project) -> None:
    checked = run(built.release, "sha256sum", "--check", "--strict", "SHA256SUMS")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (("date_precision: day", "date_precision: dya"), "unknown code 'dya'; did you mean 'day'?"),
        (("date_start: 2025-07-01", "date_start: 2025-06-31"), "there is no day 2025-06-31 in the calendar"),
        (("actor_id: JNIM", "actor_id: JNMI"), "unknown actor 'JNMI'; did you mean 'JNIM'?"),
    ],
)
def test_a_bad_entry_stops_the_build_and_leaves_the_last_good_package(
    built: Project, tmp_path: Path, slip: tuple[str, str], said: str
) -> None:
    clone = Project(tmp_path / "clone")
    shutil.copytree(built.root, clone.root, symlinks=True)
    path = clone.curated / "MLI" / "2025.yaml"
    text = path.read_text(encoding="utf-8")
    at = text[: text.index(slip[0])].count("\n") + 1
    path.write_text(text.replace(*slip, 1), encoding="utf-8")
    failed = repro(clone.root)
    assert failed.returncode != 0
    assert f"data/raw/curated/MLI/2025.yaml:{at}: " in failed.stderr
    assert said in failed.stderr
    assert "the last good package is untouched" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert sums(clone) == sums(built)
    for name, path in package_files(built.release).items():
        assert (clone.release / name).read_bytes() == path.read_bytes()


def test_a_changed_entry_changes_the_package(built: Project, tmp_path: Path) -> None:
    clone = Project(tmp_path / "clone")
    shutil.copytree(built.root, clone.root, symlinks=True)
    path = clone.curated / "MLI" / "2025.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("confidence: high", "confidence: medium", 1), encoding="utf-8")
    done = repro(clone.root)
    assert done.returncode == 0, done.stderr
    assert sums(clone) != sums(built)
