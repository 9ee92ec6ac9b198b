"""What the documents say can be typed: every query and every command in them, run as it stands."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import duckdb
import pytest

from pipeline.config import Project
from pipeline.schema import Schema
from tests.checkout import run
from tests.conftest import ROOT
from tests.documents import fenced


@pytest.mark.parametrize("number", range(len(fenced(ROOT / "README.md", "sql"))))
def test_every_query_of_the_readme_answers(built: Project, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built.root)
    query = fenced(ROOT / "README.md", "sql")[number]
    with duckdb.connect() as connection:
        assert connection.execute(query).fetchall() != []


@pytest.mark.parametrize("name", ["README.md", "LISEZMOI.md"])
def test_every_query_of_the_package_s_readme_answers(
    built: Project, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(built.release)
    queries = fenced(built.release / name, "sql")
    assert queries
    for query in queries:
        with duckdb.connect() as connection:
            assert connection.execute(query).fetchall() != []


def test_the_package_has_its_readme_in_french_too(built: Project, schema: Schema) -> None:
    english, french = ((built.release / name).read_text(encoding="utf-8") for name in ("README.md", "LISEZMOI.md"))
    for mark in ("\n## ", "\n| `", "](figures/", "\n- ", "\n> "):
        assert english.count(mark) == french.count(mark) > 0, mark
    for table in schema.tables.values():
        assert f"| {table.row.fr} |" in french
    assert not re.search(" [:;?!»]|« ", re.sub("```.*?```", "", french, flags=re.DOTALL).split("## Attributions")[0])
    described = json.loads((built.release / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    languages = {one["path"]: one["language"] for one in described if one["path"] in ("README.md", "LISEZMOI.md")}
    assert languages == {"README.md": "en", "LISEZMOI.md": "fr"}


def test_the_readme_opens_with_two_commands_that_make_knows(built: Project) -> None:
    opening = fenced(ROOT / "README.md", "sh")[0]
    assert [line.split("#")[0].strip() for line in opening.splitlines()] == ["make release", "make test"]
    helped = run(built.root, "make", "help").stdout
    for named in re.findall(r"`make ([a-z-]+)`", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert re.search(rf"^{named}\b", helped, re.MULTILINE) or named == "help"


def test_the_commands_that_check_a_package_end_well(built: Project) -> None:
    commands = [line.split("#")[0].split() for line in fenced(ROOT / "README.md", "sh")[1].splitlines()]
    assert [command[:2] for command in commands] == [[".venv/bin/sahel", "verify"]] * 2
    for command in commands:
        done = run(built.root, *command)
        assert done.returncode == 0, done.stdout


def test_every_file_that_a_document_links_is_there() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_entry_that_the_contributing_guide_shows_has_only_keys_of_the_form(built: Project, tmp_path: Path) -> None:
    entry = next(body for body in fenced(ROOT / "docs" / "contributing.md", "yaml"))
    draft = tmp_path / "draft.yaml"
    draft.write_text(entry, encoding="utf-8")
    said = run(built.root, ".venv/bin/sahel", "check", str(draft)).stdout
    assert "unknown field" not in said
    assert "unknown code" not in said
    assert "is missing" not in said


def test_the_citation_is_the_same_everywhere(built: Project) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", ROOT / "LICENSE-DATA.md")]
    packaged = (built.release / "README.md").read_text(encoding="utf-8")
    cited = re.findall(r"^> (Sahel Attacks .*)$", packaged, re.MULTILINE)
    assert len(cited) == 1
    assert all(f"> {cited[0]}\n" in text for text in texts)


def test_the_document_shows_the_rules_of_versions_as_they_are_declared() -> None:
    with (ROOT / "schemas" / "version_rules.csv").open(encoding="utf-8") as declared:
        rows = [f"| {rule['description_en']} | {rule['level']} |" for rule in csv.DictReader(declared)]
    text = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
    table = text.split("| what changed | number |\n|---|---|\n")[1].split("\n\n")[0]
    assert table.splitlines() == rows


def test_the_figure_of_the_readme_is_that_of_the_package(built: Project) -> None:
    shown = re.findall(r"\]\((docs/figures/[^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown
    for figure in shown:
        assert (ROOT / figure).read_bytes() == (built.release / "figures" / Path(figure).name).read_bytes()
