"""The declaration as Table Schemas, and back as a stranger reads them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import frictionless
import pytest

from pipeline.schema import Schema, Table
from pipeline.schema.descriptor import CSV_MISSING, PARQUET_MISSING, read_schema, table_schema


@pytest.mark.parametrize(
    ("table", "suffix", "missing"), [("sites", "-csv", CSV_MISSING), ("visits", "", PARQUET_MISSING)]
)
def test_the_descriptor_is_that_of_the_golden_file(
    small: Schema, golden: Path, table: str, suffix: str, missing: list[str]
) -> None:
    made = table_schema(small, small.tables[table], suffix=suffix, missing=missing)
    wanted = json.loads((golden / f"{table}.json").read_text(encoding="utf-8"))
    assert made == wanted


def of_package(schema: Schema, suffix: str) -> dict[str, object]:
    resources = [
        {"name": name + suffix, "schema": table_schema(schema, table, suffix=suffix)}
        for name, table in schema.tables.items()
    ]
    text = json.dumps({"resources": [*resources, {"name": "readme", "path": "README.md"}]})
    return dict(json.loads(text))


def constraints(table: Table, schema: Schema) -> list[tuple[object, ...]]:
    return [
        (
            field.name,
            field.type,
            field.required,
            field.unique,
            field.minimum,
            field.maximum,
            field.pattern,
            schema.codes(field),
        )
        for field in table.fields
    ]


@pytest.mark.parametrize("suffix", ["", "-csv"])
@pytest.mark.parametrize("which", ["small", "schema"])
def test_reading_it_back_keeps_types_constraints_keys_and_rules(
    request: pytest.FixtureRequest, which: str, suffix: str
) -> None:
    declared: Schema = request.getfixturevalue(which)
    read = read_schema(of_package(declared, suffix), suffix)
    assert list(read.tables) == list(declared.tables)
    for name, table in declared.tables.items():
        back = read.tables[name]
        assert constraints(back, read) == constraints(table, declared)
        assert back.primary_key == table.primary_key
        assert back.foreign_keys == table.foreign_keys
        assert [(rule.id, rule.kind, rule.fields) for rule in back.rules] == [
            (rule.id, rule.kind, rule.fields) for rule in table.rules
        ]


def test_only_resources_with_the_ending_and_a_schema_are_read(small: Schema) -> None:
    both = of_package(small, "-csv")
    both["resources"] = [*list(of_package(small, "")["resources"]), *list(both["resources"])]  # type: ignore[call-overload]
    assert list(read_schema(both, "-csv").tables) == list(small.tables)


def test_keys_written_as_plain_names_are_read(small: Schema) -> None:
    descriptor = table_schema(small, small.tables["sites"])
    descriptor["primaryKey"] = "site_id"
    descriptor["foreignKeys"] = [{"fields": "parent_id", "reference": {"fields": "site_id"}}]
    [table] = read_schema({"resources": [{"name": "sites", "schema": descriptor}]}, "").tables.values()
    assert table.primary_key == ("site_id",)
    assert [(key.fields, key.reference, key.reference_fields) for key in table.foreign_keys] == [
        (("parent_id",), "sites", ("site_id",))
    ]


@pytest.mark.parametrize(
    "broken", [{"resources": [{"name": "a", "schema": {"title": "A"}}]}, {"resources": [{}]}, {"resources": [[]]}, {}]
)
def test_a_descriptor_of_another_form_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r" is (NoneType|list), not "):
        read_schema(broken, "")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("minimum", "0 OR true", "minimum is '0 OR true', not a number"),
        ("maximum", float("nan"), "maximum is nan, not a number"),
        ("minimum", True, "minimum is True, not a number"),
        ("pattern", ["a"], "pattern is list, not str"),
        ("enum", [1], "enum is int, not str"),
        ("enum", "abc", "enum is str, not list"),
        ("required", "no", "required is str, not bool"),
    ],
)
def test_a_constraint_that_would_be_read_into_a_query_has_its_type(key: str, value: object, said: str) -> None:
    field = {"name": "a", "type": "integer", "constraints": {key: value}}
    with pytest.raises(ValueError, match="^" + re.escape(f"t.a.{said}")):
        read_schema({"resources": [{"name": "t", "schema": {"fields": [field]}}]}, "")


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("primaryKey", ["b"]),
        ("primaryKey", 3),
        ("foreignKeys", [{"fields": ["b"], "reference": {"resource": "", "fields": ["a"]}}]),
        ("foreignKeys", [{"fields": ["a"], "reference": {"resource": "", "fields": ["a", "a"]}}]),
        ("foreignKeys", [{"fields": ["a"]}]),
        ("foreignKeys", {"fields": ["a"]}),
        ("rules", [{"id": "x", "ordered": ["b"]}]),
        ("rules", [{"ordered": ["a"]}]),
        ("fields", [{"name": "a"}, {"name": "a"}]),
    ],
)
def test_keys_and_rules_are_about_fields_that_are_there(part: str, value: object) -> None:
    schema = {"fields": [{"name": "a", "type": "string"}], part: value}
    with pytest.raises(ValueError, match=r"^t"):
        read_schema({"resources": [{"name": "t", "schema": schema}]}, "")


def test_two_lists_of_codes_under_one_name_stay_apart() -> None:
    fields = [
        {"name": name, "type": "string", "codelist": "same", "constraints": {"enum": [name]}} for name in ("a", "b")
    ]
    read = read_schema({"resources": [{"name": "t", "schema": {"fields": fields}}]}, "")
    assert [read.codes(field) for field in read.tables["t"].fields] == [("a",), ("b",)]


def test_frictionless_finds_the_table_schemas_valid(schema: Schema, small: Schema) -> None:
    for declared in (schema, small):
        for table in declared.tables.values():
            frictionless.Schema.from_descriptor(table_schema(declared, table))
