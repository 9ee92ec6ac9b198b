"""Every recipe as somebody pastes it: it runs, and answers what the page says it answers."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipeline.config import Project, built_version
from tests.conftest import ROOT

RECIPES = [ROOT / "README.md", *sorted((ROOT / "docs" / "recipes").glob("*.md"))]
BLOCK = re.compile(r"```(sql|python|csv)\n(.*?)```\n(?:\n((?:\|[^\n]*\n)+|```text\n.*?```\n))?", re.DOTALL)
"""A block that is run or saved, with the table or text right below it: its answer."""
REMOTE = "https://example.org/sahel-attacks/1.0.0/"
SAVED_AS = "ged.csv"


def blocks(language: str) -> list[tuple[str, str, str]]:
    """The blocks of a language in all recipes: name of the recipe and number, what is pasted, the answer."""
    return [
        (f"{path.stem}-{number}", found[2], found[3] or "")
        for path in RECIPES
        for number, found in enumerate(BLOCK.finditer(path.read_text(encoding="utf-8")), 1)
        if found[1] == language
    ]


@pytest.fixture(scope="module")
def here(built: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the package lies as in a checkout, with the rows that a recipe has saved."""
    folder = tmp_path_factory.mktemp("recipes")
    (folder / "data").symlink_to(built.root / "data")
    [(_, rows, _)] = blocks("csv")
    (folder / SAVED_AS).write_text(rows, encoding="utf-8")
    return folder


def table(columns: list[str], rows: list[tuple[object, ...]]) -> str:
    """A table as the recipes show it."""
    lines = [columns, *([shown(value) for value in row] for row in rows)]
    head, *body = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([head, "|---" * len(columns) + "|", *body])


def shown(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def cells(answer: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in answer.strip().splitlines()
        if line.strip("|-")
    ]


@pytest.mark.parametrize(("query", "answer"), [pytest.param(*rest, id=name) for name, *rest in blocks("sql")])
def test_a_query_answers_as_the_page_says(here: Path, query: str, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    with duckdb.connect() as connection:
        result = connection.execute(query.replace(REMOTE, "data/release/"))
        columns, rows = [column[0] for column in result.description], result.fetchall()
    if answer:
        assert cells(answer) == cells(table(columns, rows)), "the answer is now:\n" + table(columns, rows)


@pytest.mark.parametrize(("code", "answer"), [pytest.param(*rest, id=name) for name, *rest in blocks("python")])
def test_a_script_prints_what_the_page_says(built: Project, here: Path, code: str, answer: str) -> None:
    pasted = code.replace('pinned = "1.0.0"', f'pinned = "{built_version(built)}"')
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", pasted], cwd=here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    printed = "\n".join(line.rstrip() for line in done.stdout.splitlines())
    assert answer == f"```text\n{printed}\n```\n", "it now prints:\n" + printed


def test_every_recipe_has_sql_and_python_with_answers_and_stands_in_the_list() -> None:
    answered = {
        name.rpartition("-")[0] for language in ("sql", "python") for name, _, answer in blocks(language) if answer
    }
    listed = re.findall(r"\]\((\w+)\.md\)", (ROOT / "docs" / "recipes" / "README.md").read_text(encoding="utf-8"))
    assert set(listed) == {path.stem for path in RECIPES} - {"README"} == answered - {"README"}
    for language in ("sql", "python"):
        assert {name.rpartition("-")[0] for name, _, _ in blocks(language)} >= set(listed)


def test_a_pinned_version_that_is_another_stops(built: Project, here: Path) -> None:
    [code] = [code for name, code, _ in blocks("python") if name.startswith("pinned_version")]
    wrong = code.replace('pinned = "1.0.0"', 'pinned = "0.9.0"')
    done = subprocess.run([sys.executable, "-c", wrong], cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"this is version {built_version(built)}, the paper used 0.9.0" in done.stderr


def test_a_file_that_is_not_the_pinned_one_stops(built: Project, tmp_path: Path) -> None:
    """One byte of difference, and the number of the version is the same."""
    [code] = [code for name, code, _ in blocks("python") if name.startswith("pinned_version")]
    folder = tmp_path / "data" / "release"
    folder.mkdir(parents=True)
    shutil.copy(built.release / "datapackage.json", folder)
    held = (built.release / "tolls.csv").read_bytes()
    (folder / "tolls.csv").write_bytes(held.replace(b"true", b"True", 1))
    pasted = code.replace('pinned = "1.0.0"', f'pinned = "{built_version(built)}"')
    done = subprocess.run([sys.executable, "-c", pasted], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"the paper used {hashlib.sha256(held).hexdigest()}" in done.stderr


@pytest.mark.shared_data
def test_the_rows_of_ucdp_are_those_of_its_file(shared_data: Path) -> None:
    [(_, rows, _)] = blocks("csv")
    with (shared_data / "ucdp" / "GEDEvent_v26_0_2.csv").open(encoding="utf-8-sig", newline="") as lines:
        real = {row["id"]: row for row in csv.DictReader(lines)}
    for row in csv.DictReader(rows.splitlines()):
        found = {name: real[row["id"]][name].removesuffix(" 00:00:00.000") for name in row}
        assert found == row
