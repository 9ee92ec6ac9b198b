"""What a public forge reads: the workflows and the forms for corrections and removal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

FORGE = ROOT / ".github"
FORMS = [path for path in sorted((FORGE / "ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]


def _read(path: Path) -> dict[Any, Any]:
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def test_a_change_is_tested_by_the_one_command_that_tests_everything() -> None:
    steps = _read(FORGE / "workflows" / "ci.yml")["jobs"]["all"]["steps"]
    assert any(re.search(r"\bbash \.ci/run$", step.get("run", "")) for step in steps)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_asks_in_both_languages(form: Path) -> None:
    asked = _read(form)
    assert "·" in asked["name"]
    assert "·" in asked["description"]
    for field in asked["body"]:
        said = field["attributes"]
        if field["type"] == "markdown":
            assert len(said["value"].strip().split("\n\n")) == 2
        else:
            assert "·" in said["label"]
            assert all("·" in option for option in said.get("options", []))


def test_there_is_a_form_for_a_correction_and_one_for_removal() -> None:
    assert [form.stem for form in FORMS] == ["correction", "removal"]


def test_who_asks_for_removal_need_not_say_why() -> None:
    fields = [field for field in _read(FORGE / "ISSUE_TEMPLATE" / "removal.yml")["body"] if "id" in field]
    assert [field["id"] for field in fields] == ["id"]


def test_the_form_for_removal_promises_what_the_document_says() -> None:
    """A withdrawn row stays to be read: that is no removal, and earlier versions stay."""
    [said] = [field["attributes"]["value"] for field in _read(FORGE / "ISSUE_TEMPLATE" / "removal.yml")["body"][:1]]
    assert "withdrawn" not in said
    assert "earlier versions stay as they are" in said
    assert "les versions antérieures restent telles quelles" in said
    assert all(f"](../blob/HEAD/{name})" in said for name in ("docs/removal.md",))
    assert (ROOT / "docs" / "removal.md").is_file()
