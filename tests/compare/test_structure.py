"""Two descriptions: every difference has the code by which `schemas/version_rules.csv` gives it a level."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from pipeline.compare.numbers import load_rules
from pipeline.compare.sides import of_package, of_tables
from pipeline.compare.structure import StructuralChange, package_changes, structural_changes
from pipeline.config import Project
from pipeline.schema import Schema

BASE: dict[str, Any] = {
    "fields": [
        {"name": "site_id", "type": "string", "title": "Site", "constraints": {"required": True}},
        {"name": "seen", "type": "integer", "constraints": {"minimum": 0, "maximum": 10}},
        {
            "name": "kind",
            "type": "string",
            "constraints": {"enum": ["a", "b"]},
            "categories": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}],
        },
        {"name": "code", "type": "string", "constraints": {"pattern": "^x"}},
    ],
    "primaryKey": ["site_id"],
    "rules": [{"id": "sites.order", "ordered": ["site_id", "code"], "description": "in order"}],
}


def found(change: Any) -> list[tuple[str, str, str]]:
    new = copy.deepcopy(BASE)
    change(new)
    sides = [
        of_package(Path(), {"resources": [{"name": "sites", "schema": schema}], "version": "1.0.0"})
        for schema in (BASE, new)
    ]
    return [(c.change, c.table, c.field) for c in structural_changes(*sides)]


def edit(at: int, **values: Any) -> Any:
    return lambda schema: schema["fields"][at].update(values)


CASES = {
    "removed": (lambda s: s["fields"].pop(1), [("field_removed", "sites", "seen")]),
    "renamed": (edit(1, name="counted"), [("field_removed", "sites", "seen"), ("field_inserted", "sites", "counted")]),
    "appended": (lambda s: s["fields"].append({"name": "z", "type": "date"}), [("field_appended", "sites", "z")]),
    "inserted": (lambda s: s["fields"].insert(1, {"name": "z", "type": "date"}), [("field_inserted", "sites", "z")]),
    "reordered": (lambda s: s["fields"].reverse(), [("fields_reordered", "sites", "*")]),
    "retyped": (edit(1, type="number"), [("field_retyped", "sites", "seen")]),
    "key": (lambda s: s.update(primaryKey=["site_id", "seen"]), [("key_changed", "sites", "*")]),
    "key as a text": (lambda s: s.update(primaryKey="site_id"), []),
    "code more": (edit(2, constraints={"enum": ["a", "b", "c"]}), [("constraint_loosened", "sites", "kind")]),
    "code less": (edit(2, constraints={"enum": ["a"]}), [("constraint_tightened", "sites", "kind")]),
    "code renamed": (
        edit(2, constraints={"enum": ["a", "z"]}),
        [("constraint_tightened", "sites", "kind"), ("constraint_loosened", "sites", "kind")],
    ),
    "wider": (edit(1, constraints={"minimum": -1, "maximum": 11}), [("constraint_loosened", "sites", "seen")] * 2),
    "narrower": (edit(1, constraints={"minimum": 1, "maximum": 9}), [("constraint_tightened", "sites", "seen")] * 2),
    "unbounded": (edit(1, constraints={"minimum": 0}), [("constraint_loosened", "sites", "seen")]),
    "required": (edit(3, constraints={"pattern": "^x", "required": True}), [("constraint_tightened", "sites", "code")]),
    "optional": (edit(0, constraints={}), [("constraint_loosened", "sites", "site_id")]),
    "pattern": (edit(3, constraints={"pattern": "^"}), [("constraint_tightened", "sites", "code")]),
    "rule gone": (lambda s: s.pop("rules"), [("constraint_loosened", "sites", "*")]),
    "rule reworded": (lambda s: s["rules"][0].update(description="sorted"), []),
    "title": (edit(0, title="Place"), [("texts_changed", "sites", "site_id")]),
    "nothing": (lambda _: None, []),
}


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_difference_is_told_as_what_it_is(name: str) -> None:
    change, wanted = CASES[name]
    assert found(change) == wanted


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (StructuralChange("table_added", "sites"), "sites table added"),
        (
            StructuralChange("constraint_loosened", "sites", "kind", None, "code c"),
            "kind constraint loosened: now code c",
        ),
        (StructuralChange("constraint_tightened", "sites", "kind", "code b", None), "tightened: no longer code b"),
        (
            StructuralChange("field_retyped", "sites", "seen", "integer", "number"),
            "seen field retyped: integer → number",
        ),
        (StructuralChange("licence_changed", "*", "licenses", "A", "B"), "licenses licence changed: A → B"),
    ],
)
def test_a_difference_is_told_in_words(change: StructuralChange, said: str) -> None:
    assert str(change).endswith(said)


ABOUT: dict[str, Any] = {
    "title": "Sites",
    "keywords": ["sites"],
    "licenses": [{"name": "CC-BY-4.0"}],
    "sources": [
        {"title": "Survey", "version": "1", "licence": "CC-BY-4.0", "path": "https://example.org/survey"},
        {"title": "Gazetteer", "version": "1", "licence": "CC0-1.0"},
    ],
}
ABOUT_CASES: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "nothing": (lambda _: None, []),
    "licence": (lambda a: a["licenses"][0].update(name="CC0-1.0"), [("licence_changed", "licenses")]),
    "licence of a source": (lambda a: a["sources"][0].update(licence="ODbL-1.0"), [("licence_changed", "sources")]),
    "title": (lambda a: a.update(title="Places"), [("texts_changed", "title")]),
    "keywords": (lambda a: a.update(keywords=["sites", "survey"]), [("texts_changed", "keywords")]),
    "source gone": (lambda a: a["sources"].pop(), [("source_removed", "sources")]),
    "source new": (lambda a: a["sources"].append({"title": "Census"}), [("source_added", "sources")]),
    "source renamed": (lambda a: a["sources"][0].update(title="The survey"), [("texts_changed", "sources")]),
    "source moved": (lambda a: a["sources"][0].update(path="https://example.org/"), [("texts_changed", "sources")]),
    "sources in another order": (lambda a: a["sources"].reverse(), []),
    "version of a source, which its rows tell": (lambda a: a["sources"][0].update(version="2"), []),
}


@pytest.mark.parametrize("name", ABOUT_CASES)
def test_what_a_package_says_of_itself_as_a_whole(name: str, project: Project) -> None:
    change, wanted = ABOUT_CASES[name]
    new = copy.deepcopy(ABOUT)
    change(new)
    told = package_changes(ABOUT, new)
    assert [(c.change, c.field) for c in told] == wanted
    assert {c.table for c in told} <= {"*"}
    assert {c.change for c in told} <= load_rules(project.schemas).keys()


def test_every_kind_has_a_level_and_every_rule_a_text_in_both_languages(project: Project) -> None:
    levels = load_rules(project.schemas)
    told = {change for _, wanted in CASES.values() for change, _, _ in wanted}
    assert told <= levels.keys()


def test_tables_come_and_go(schema: Schema, tmp_path: Path) -> None:
    whole = of_tables(tmp_path, schema, {})
    less = Schema(schema.version, {k: v for k, v in schema.tables.items() if k != "tolls"}, schema.codelists)
    part = of_tables(tmp_path, less, {})
    assert [str(change) for change in structural_changes(whole, part)] == ["tolls table removed"]
    assert [str(change) for change in structural_changes(part, whole)] == ["tolls table added"]
    assert structural_changes(whole, of_tables(tmp_path, schema, {})) == []
