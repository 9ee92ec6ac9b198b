"""The examples of the helps do what the helps say."""

from __future__ import annotations

import re
import shlex

import pytest

from pipeline.config import Project
from tests.checkout import run
from tests.conftest import ROOT

EXAMPLES = sorted(
    example
    for path in (ROOT / "pipeline" / "cli").glob("*.py")
    for example in re.findall(r"Example: (sahel .+)", path.read_text(encoding="utf-8"))
)
ASKS_FOR_MORE = {
    "sahel diff": "a published version",
    "sahel local": "licensed files",
    "sahel new": "writes an entry",
    "sahel publish": "a store",
    "sahel rebuild": "a store",
    "sahel source add": "a file of a source",
    "sahel source remove": "a file of a source",
    "sahel take-down": "a store",
    "sahel verify": "a published version",
    "sahel version": "builds",
}
"""Examples that cannot be run in any checkout, and what they need."""


@pytest.mark.parametrize("example", [each for each in EXAMPLES if not each.startswith(tuple(ASKS_FOR_MORE))])
def test_an_example_that_can_be_run_is_well(built: Project, example: str) -> None:
    command, *arguments = shlex.split(example)
    done = run(built.root, f".venv/bin/{command}", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_others_are_known() -> None:
    assert {name for name in ASKS_FOR_MORE if not any(each.startswith(name) for each in EXAMPLES)} == set()
