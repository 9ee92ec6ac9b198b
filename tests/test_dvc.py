"""``dvc.yaml`` names what a stage really depends on: the modules that it imports, and nothing that is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.config import Project
from tests.conftest import ROOT

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
IMPORTED = """
import importlib, sys
importlib.import_module("pipeline.__main__")
module = importlib.import_module("pipeline." + sys.argv[1])
print("\\n".join(found.__file__ for name, found in sys.modules.items() if name.split(".")[0] == "pipeline"))
"""


def body(stage: str) -> dict[str, list[str]]:
    found = STAGES[stage].get("do", STAGES[stage])
    return {key: [str(item) for item in value] for key, value in found.items() if isinstance(value, list)}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_every_module_that_it_imports(stage: str) -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED, stage], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {Path(line).resolve().relative_to(ROOT).as_posix() for line in done.stdout.splitlines()}
    listed = body(stage)["deps"]
    covers = {path: [dep for dep in listed if path == dep or path.startswith(dep + "/")] for path in imported}
    assert {path for path, deps in covers.items() if not deps} == set(), "not among the deps of dvc.yaml"
    code = {dep for dep in listed if dep.startswith("pipeline")}
    assert {dep for dep in code if not any(dep in deps for deps in covers.values())} == set(), "imported by nobody"


@pytest.mark.parametrize("stage", STAGES)
def test_what_a_stage_depends_on_is_there_or_made(stage: str, project: Project) -> None:
    for dep in body(stage)["deps"]:
        path = project.root / dep.replace("${item}", "data/raw/curated")
        assert path.exists() or dep.startswith("data/interim"), dep


def test_the_release_alone_goes_to_the_data_remote() -> None:
    """All else that is built comes again from the repository; a reader fetches the release."""
    pushed = set()
    for stage in STAGES:
        found = STAGES[stage].get("do", STAGES[stage])
        for out in found["outs"]:
            [(path, options)] = out.items() if isinstance(out, dict) else [(out, {})]
            pushed |= {path} if options.get("push", True) else set()
    assert pushed == {"data/release"}


def test_no_stage_imports_another() -> None:
    for stage in STAGES:
        done = subprocess.run(
            [sys.executable, "-c", IMPORTED, stage], cwd=ROOT, capture_output=True, text=True, check=True
        )
        names = {Path(line).relative_to(ROOT).parts[1].removesuffix(".py") for line in done.stdout.splitlines()}
        assert names & set(STAGES) == {stage}


def test_what_must_answer_at_once_does_without_the_slow_imports() -> None:
    slow = "import sys; from pipeline.{0} import {1}; print({{'ibis', 'pandera', 'pandas'}} & set(sys.modules))"
    for module, name in (
        ("cli.app", "app"),
        ("sources.curated.read", "read_curated"),
        ("verify", "verify"),
        ("packages", "opened"),
        ("release", "release"),
        ("database", "database"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", slow.format(module, name)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "set()", module
