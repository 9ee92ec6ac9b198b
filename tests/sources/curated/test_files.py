"""Files that cannot be read as entries at all: told with file and line, at once, and without harm."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from pipeline.config import Params, Project
from pipeline.schema import Schema
from pipeline.sources.curated.nodes import read_nodes
from pipeline.sources.curated.read import read_curated
from tests.copied import copy_project, swap
from tests.sources.curated.entries import GOOD, Check


def test_a_good_file_has_no_problem(check: Check) -> None:
    assert check(GOOD).problems == ()


def test_an_empty_file_has_no_problem(check: Check) -> None:
    for text in ("", "# nothing yet\n", "incidents:\n", "operations: []\nincidents: []\n"):
        assert check(text).problems == ()


def test_windows_line_ends_do_no_harm(check: Check) -> None:
    assert check(GOOD.replace("\n", "\r\n")).problems == ()


def test_a_giant_is_refused_at_once_and_unread(tmp_path: Path) -> None:
    path = tmp_path / "2025.yaml"
    with path.open("wb") as handle:
        handle.truncate(100_000_000)
    tracemalloc.start()
    started = time.monotonic()
    node, [problem] = read_nodes(path, "2025.yaml")
    took, (_, peak) = time.monotonic() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert node is None
    assert problem.rule == "curated.file_too_large"
    assert "100 MB" in problem.message
    assert took < 1
    assert peak < 1_000_000


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.yaml", tmp_path):
        [problem] = read_nodes(path, "2025.yaml")[1]
        assert (problem.file, problem.rule) == ("2025.yaml", "curated.file_unreadable")


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (GOOD.replace("Malian army", "Armée malienne").encode("latin-1"), 25, "UTF-8"),
        (GOOD.encode("utf-16"), 1, "UTF-8"),
        (b"\xef\xbb\xbf" + GOOD.encode(), 1, "BOM"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", 1, "UTF-8"),
    ],
    ids=["latin-1", "UTF-16", "BOM", "gzip"],
)
def test_another_encoding_is_told_with_its_line(check: Check, content: bytes, line: int, said: str) -> None:
    [problem] = check(content).problems
    assert (problem.rule, problem.line) == ("curated.encoding", line)
    assert said in problem.message


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x1b", "\ufffe"])
def test_a_control_character_is_told_with_its_line(check: Check, character: str) -> None:
    [problem] = check(GOOD.replace("Malian army", f"Malian{character} army")).problems
    assert (problem.rule, problem.line) == ("curated.yaml", 25)


@pytest.mark.parametrize(
    "note", ["!!null Army camp", "!note Army camp", "!!binary QXJteQ==", "!!python/object/apply:os.getcwd []"]
)
def test_a_tag_is_refused(check: Check, note: str) -> None:
    problems = check(GOOD.replace("    actors:", f"    note: {note}\n    actors:")).problems
    assert [problem.line for problem in problems] == [13]


@pytest.mark.parametrize(
    "nested",
    ["  " + "[" * 100_000, "  " + "{a: " * 100_000, "  " + "- " * 100_000, " [\n" * 100_000, " [ # ]\n" * 100_000],
    ids=["list", "mapping", "block", "lines", "closed in comments"],
)
def test_a_file_nested_without_end_is_refused_and_crashes_nothing(
    project: Project, tmp_path: Path, nested: str
) -> None:
    path = tmp_path / "deep.yaml"
    path.write_text(f"incidents:\n{nested}\n", encoding="utf-8")
    command = [str(Path(sys.executable).parent / "sahel"), "check", str(path)]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert f"{path}:" in done.stdout


def test_brackets_in_texts_are_no_depth(check: Check) -> None:
    note = "'" + "[" * 150 + "'"
    assert check(GOOD.replace("    actors:", f"    note: {note}\n    actors:")).problems == ()


def test_a_file_that_is_no_curated_file_is_told(
    project: Project, params: Params, schema: Schema, tmp_path: Path
) -> None:
    copied = copy_project(project, tmp_path)
    (copied.curated / "MLI" / "2025.yml").write_text("incidents: []\n", encoding="utf-8")
    [problem] = read_curated(copied, params, schema).problems
    assert (problem.file, problem.rule) == ("data/raw/curated/MLI/2025.yml", "curated.wrong_file")


def test_an_entry_in_the_file_of_another_country_is_told(
    project: Project, params: Params, schema: Schema, tmp_path: Path
) -> None:
    copied = copy_project(project, tmp_path)
    shutil.move(copied.curated / "GHA" / "2023.yaml", copied.curated / "TGO" / "2023.yaml")
    problems = read_curated(copied, params, schema).problems
    assert {(problem.file, problem.field, problem.rule) for problem in problems} == {
        ("data/raw/curated/TGO/2023.yaml", "country_iso3", "curated.wrong_file")
    }
    assert "GHA belongs in the folder GHA, not in TGO" in problems[0].message


def test_an_entry_in_the_file_of_another_year_is_told(
    project: Project, params: Params, schema: Schema, tmp_path: Path
) -> None:
    copied = copy_project(project, tmp_path)
    shutil.move(copied.curated / "MRT" / "2011.yaml", copied.curated / "MRT" / "2012.yaml")
    problems = read_curated(copied, params, schema).problems
    assert {(problem.field, problem.rule) for problem in problems} == {("date_start", "curated.wrong_file")}
    assert "belongs in the file 2011.yaml, not in 2012.yaml" in problems[0].message


def test_a_slip_in_a_real_file_is_found_where_it_stands(
    project: Project, params: Params, schema: Schema, tmp_path: Path
) -> None:
    copied = copy_project(project, tmp_path)
    line = swap(copied.curated / "MLI" / "2025.yaml", "actor_id: JNIM", "actor_id: JNMI")
    [problem] = read_curated(copied, params, schema).problems
    assert str(problem).startswith(f"data/raw/curated/MLI/2025.yaml:{line}: actors[0].actor_id: unknown actor 'JNMI'")
    assert problem.message.endswith("did you mean 'JNIM'?")
