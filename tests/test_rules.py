"""Every rule that the code can raise by a literal id is documented in both languages, and no other."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.config import Project

RULE = re.compile(r"(curated|reference|compare|package|publish|link|labelled|tabular|region)\.[a-z_]+")
MADE = {"curated.unknown_{key}": ("curated.unknown_publisher", "curated.unknown_agency")}
"""Ids that the code puts together, with those that come out of it."""
UNFIT = "curated.{unfit.rule}"
"""An id whose end is the first argument of `_Unfit`."""


def literals(path: Path) -> Iterator[str]:
    """The rule ids that a module spells."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    in_template = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in in_template:
            if RULE.fullmatch(node.value):
                yield node.value
        elif isinstance(node, ast.JoinedStr):
            spelled = ast.unparse(node)[2:-1]
            if RULE.match(spelled) and spelled != UNFIT:
                yield from MADE[spelled]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_Unfit":
            yield f"curated.{ast.literal_eval(node.args[0])}"


@pytest.fixture(scope="module")
def raised(project: Project) -> set[str]:
    return {rule for path in (project.root / "pipeline").rglob("*.py") for rule in literals(path)}


@pytest.fixture(scope="module")
def rows(project: Project) -> list[dict[str, str]]:
    with (project.schemas / "rules.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


@pytest.fixture(scope="module")
def over_tables(project: Project) -> list[Any]:
    return list(yaml.safe_load((project.schemas / "package_rules.yaml").read_text(encoding="utf-8")))


def test_the_rules_raised_are_those_documented(
    raised: set[str], rows: list[dict[str, str]], over_tables: list[Any]
) -> None:
    documented = {row["code"] for row in rows}
    queries = {rule["id"] for rule in over_tables}
    assert raised - documented - queries == set(), "raised, and not in schemas/rules.csv"
    assert documented - raised == set(), "in schemas/rules.csv, and raised nowhere"
    assert documented & queries == set()


def test_a_rule_stands_once_and_has_a_severity(rows: list[dict[str, str]], over_tables: list[Any]) -> None:
    codes = [row["code"] for row in rows] + [rule["id"] for rule in over_tables]
    assert len(codes) == len(set(codes))
    assert all(RULE.fullmatch(code) for code in codes)
    assert {row["severity"] for row in rows} == {"error", "warning"}


def test_a_rule_is_a_warning_where_the_code_raises_one(project: Project, rows: list[dict[str, str]]) -> None:
    code = (project.root / "pipeline").rglob("*.py")
    source = "".join(path.read_text(encoding="utf-8") for path in code)
    warnings = set(re.findall(r'"((?:curated|labelled)\.[a-z_]+)", "warning"', source))
    tabular = (project.root / "pipeline" / "sources" / "tabular" / "normalise.py").read_text(encoding="utf-8")
    _, _, flagging = tabular.partition("def warnings(")
    warnings |= set(re.findall(r'"(tabular\.[a-z_]+)"', flagging))
    assert {row["code"] for row in rows if row["severity"] == "warning"} == warnings


def test_every_rule_has_a_text_in_both_languages(rows: list[dict[str, str]], over_tables: list[Any]) -> None:
    texts = [(row["code"], row["description_en"], row["description_fr"]) for row in rows]
    texts += [(rule["id"], rule["description"]["en"], rule["description"]["fr"]) for rule in over_tables]
    for code, english, french in texts:
        assert english != french, code
        for said in (english, french):
            assert said.strip() == said, code
            assert said.endswith("."), code
