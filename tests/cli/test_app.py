"""The command `sahel` as people and programs call it: a process, its output, how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline import __version__
from pipeline.cli.app import app
from pipeline.config import Project
from tests.copied import copy_project, swap

SAHEL = Path(sys.executable).parent / "sahel"
COMMANDS = [
    str(command.name or command.callback.__name__).replace("_", "-")
    for command in app.registered_commands
    if command.callback
]


def sahel(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SAHEL, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def counterexample(project: Project, name: str) -> Path:
    return project.schemas / "counterexamples" / f"{name}.yaml"


def test_the_real_files_are_well(project: Project) -> None:
    done = sahel(project.root, "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert "0 errors, 0 warnings" in done.stderr


def test_a_bad_file_is_told_with_file_line_and_field(project: Project) -> None:
    done = sahel(project.root, "check", counterexample(project, "curated_unknown_actor"))
    assert done.returncode == 1
    assert done.stdout == (
        "schemas/counterexamples/curated_unknown_actor.yaml:15: actors[0].actor_id: "
        "unknown actor 'JNMI'; did you mean 'JNIM'?\n"
    )
    assert "1 errors" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["curated_anchor_bomb", "curated_yaml_colon", "curated_tab_indent"])
def test_a_file_that_is_no_yaml_is_told_without_a_traceback(project: Project, name: str) -> None:
    done = sahel(project.root, "check", counterexample(project, name))
    assert done.returncode == 1
    assert done.stdout.startswith(f"schemas/counterexamples/{name}.yaml:")
    assert "Traceback" not in done.stdout + done.stderr


def test_a_warning_is_shown_and_stops_nothing(project: Project) -> None:
    done = sahel(project.root, "check", counterexample(project, "curated_likely_double_same_day"))
    assert done.returncode == 0
    assert "incident_id: warning: looks like a double" in done.stdout


def test_a_draft_outside_the_project_is_checked(project: Project, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text("incidents:\n  - colour: red\n", encoding="utf-8")
    done = sahel(project.root, "check", draft)
    assert done.returncode == 1
    assert f"{draft}:2: colour: unknown field" in done.stdout


def test_a_path_is_relative_to_the_current_folder(project: Project) -> None:
    done = sahel(project.root, "check", "schemas/counterexamples/curated_unknown_place.yaml")
    assert done.returncode == 1
    assert "did you mean 'mli_bamba'?" in done.stdout


def test_with_files_only_their_problems_are_listed(project: Project, tmp_path: Path) -> None:
    copied = copy_project(project, tmp_path)
    bad = copied.curated / "MLI" / "2012.yaml"
    bad.write_text(bad.read_text(encoding="utf-8").replace("confidence: high", "confidence: sure"), encoding="utf-8")
    named = sahel(tmp_path, "check", "data/raw/curated/MLI/2025.yaml")
    assert (named.returncode, named.stdout) == (1, "")
    assert "more in other files" in named.stderr
    everything = sahel(tmp_path, "check")
    assert everything.returncode == 1
    assert everything.stdout.startswith("data/raw/curated/MLI/2012.yaml:")


@pytest.mark.parametrize(
    "arguments", [["check", "nowhere.yaml"], ["check", "data"], ["new", "XXX"], ["fetch"], ["check", "--fast"]]
)
def test_what_cannot_be_done_ends_with_2_and_a_reason(project: Project, arguments: list[str]) -> None:
    done = sahel(project.root, *arguments)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["check"], ["new", "MLI"], ["verify"]])
def test_outside_a_project_nothing_can_be_done(tmp_path: Path, arguments: list[str]) -> None:
    done = sahel(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not the project's folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_parameters_are_told(project: Project, tmp_path: Path) -> None:
    copied = copy_project(project, tmp_path)
    swap(copied.root / "params.yaml", "engine: duckdb", "engine: spork")
    done = sahel(tmp_path, "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert "params.yaml: engine is 'spork'" in done.stderr
    assert "Traceback" not in done.stderr


def test_json_says_the_same(project: Project) -> None:
    path = counterexample(project, "curated_unknown_actor")
    done = sahel(project.root, "check", "--json", path)
    assert done.returncode == 1
    assert json.loads(done.stdout) == [
        {
            "file": "schemas/counterexamples/curated_unknown_actor.yaml",
            "line": 15,
            "field": "actors[0].actor_id",
            "rule": "curated.unknown_actor",
            "severity": "error",
            "message": "unknown actor 'JNMI'; did you mean 'JNIM'?",
        }
    ]


def test_json_of_well_files_is_an_empty_list(project: Project) -> None:
    done = sahel(project.root, "check", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_new_prints_an_entry_and_nothing_else(project: Project) -> None:
    done = sahel(project.root, "new", "MLI", "2025-07-01", "--reports", "2", "--claims", "3")
    assert (done.returncode, done.stderr) == (0, "")
    [entry] = yaml.safe_load(done.stdout)
    assert (len(entry["reports"]), len(entry["claims"])) == (2, 3)


def test_new_suggests_a_country(project: Project) -> None:
    done = sahel(project.root, "new", "MIL")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'MLI'?" in done.stderr


def test_the_version_is_that_of_the_code(project: Project) -> None:
    done = sahel(project.root, "--version")
    assert (done.returncode, done.stdout.strip()) == (0, __version__)


def test_help_lists_every_command(tmp_path: Path) -> None:
    done = sahel(tmp_path, "--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert command in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_has_an_example(tmp_path: Path, command: str) -> None:
    done = sahel(tmp_path, command, "--help")
    assert done.returncode == 0
    assert f"sahel {command}" in done.stdout.partition("Example")[2]


def test_without_a_command_there_is_help(tmp_path: Path) -> None:
    done = sahel(tmp_path)
    assert done.returncode == 2
    assert "check" in done.stdout + done.stderr
