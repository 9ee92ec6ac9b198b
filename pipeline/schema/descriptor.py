"""The declaration as Table Schemas of a Data Package (v2), and back, as a stranger reads them.

What Table Schema cannot say goes into properties of our own beside it: French texts, units, what other
data sets call a field, rules over several fields, and what a comparison of releases needs to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.schema.declaration import Codelist, Field, ForeignKey, Rule, Schema, Table, Text

CSV_SUFFIX = "-csv"
"""Parquet resources are named as their tables; the CSV of a table adds this to the name."""
CSV_MISSING = [""]
PARQUET_MISSING = ["", "NaN", "nan"]
"""Readers that go through pandas show a null integer of a Parquet file as NaN."""


def table_schema(schema: Schema, table: Table, *, suffix: str = "", missing: list[str] = CSV_MISSING) -> dict[str, Any]:
    """The Table Schema of a table.

    Args:
        schema: the declaration, for the code lists.
        table: the table.
        suffix: what the names of the resources end with that its foreign keys refer to.
        missing: the texts that stand for null.

    Returns:
        A descriptor fit for ``resource.schema``.
    """
    made: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [_field(schema, field) for field in table.fields],
        "missingValues": missing,
    }
    if table.listed_in_changes:
        made["listed_in_changes"] = True
    if table.primary_key:
        made["primaryKey"] = list(table.primary_key)
    if table.foreign_keys:
        made["foreignKeys"] = [
            {
                "fields": list(key.fields),
                "reference": {
                    "resource": "" if key.reference == table.name else key.reference + suffix,
                    "fields": list(key.reference_fields),
                },
            }
            for key in table.foreign_keys
        ]
    if table.rules:
        made["rules"] = [
            {"id": rule.id, rule.kind: list(rule.fields), "description": rule.description.en} for rule in table.rules
        ]
    return made


def read_schema(descriptor: Mapping[str, Any], suffix: str) -> Schema:
    """The tables that a package declares of itself, for checking it without our own declaration.

    Args:
        descriptor: the parsed ``datapackage.json``.
        suffix: the ending of the names of the resources to be read; it is taken off.

    Returns:
        A schema with the tables of those resources; code lists have codes and labels only.

    Raises:
        KeyError, TypeError, AttributeError: the descriptor does not have the form that `table_schema` writes.
    """
    codelists: dict[str, Codelist] = {}
    tables = {}
    for resource in descriptor["resources"]:
        if resource["name"].endswith(suffix) and resource.get("schema"):
            name = resource["name"].removesuffix(suffix)
            tables[name] = _read_table(name, resource["schema"], codelists, suffix)
    return Schema(str(descriptor.get("schema_version", "")), tables, codelists)


def _field(schema: Schema, field: Field) -> dict[str, Any]:
    example = str(field.example).lower() if field.type == "boolean" else str(field.example)
    made: dict[str, Any] = {
        "name": field.name,
        "type": field.type,
        "title": field.title.en,
        "title_fr": field.title.fr,
        "description": field.description.en,
        "description_fr": field.description.fr,
        "example": example,
    }
    constraints: dict[str, Any] = {}
    if field.required:
        constraints["required"] = True
    if field.unique:
        constraints["unique"] = True
    for bound in ("minimum", "maximum"):
        value = getattr(field, bound)
        if value is not None:
            constraints[bound] = int(value) if field.type == "integer" else value
    if field.pattern:
        constraints["pattern"] = field.pattern
    if field.codelist:
        constraints["enum"] = list(schema.codes(field))
        made["codelist"] = field.codelist
        labels = schema.codelists[field.codelist].column("label_en")
        made["categories"] = [{"value": code, "label": labels[code]} for code in schema.codes(field)]
    if constraints:
        made["constraints"] = constraints
    if field.unit:
        made["unit"] = field.unit
    if field.equivalents:
        made["equivalents"] = dict(field.equivalents)
    if field.set_at_release:
        made["set_at_release"] = True
    return made


def _read_table(name: str, raw: Mapping[str, Any], codelists: dict[str, Codelist], suffix: str) -> Table:
    key = raw.get("primaryKey", [])
    fields = tuple(_read_field(field, codelists) for field in raw["fields"])
    rules = []
    for rule in raw.get("rules", []):
        kind = "ordered" if "ordered" in rule else "together"
        rules.append(Rule(rule["id"], kind, tuple(rule[kind]), Text(rule.get("description", ""), "")))
    return Table(
        name=name,
        title=Text("", ""),
        description=Text("", ""),
        row=Text("", ""),
        fields=fields,
        primary_key=(key,) if isinstance(key, str) else tuple(key),
        sort_by=(),
        foreign_keys=tuple(_read_key(name, raw_key, suffix) for raw_key in raw.get("foreignKeys", [])),
        rules=tuple(rules),
        listed_in_changes=raw.get("listed_in_changes", False),
    )


def _read_field(raw: Mapping[str, Any], codelists: dict[str, Codelist]) -> Field:
    constraints = raw.get("constraints", {})
    codelist = None
    if "enum" in constraints:
        codelist = raw.get("codelist", raw["name"])
        codelists[codelist] = Codelist(codelist, tuple({"code": code} for code in constraints["enum"]))
    return Field(
        name=raw["name"],
        type=raw["type"],
        title=Text(raw.get("title", ""), ""),
        description=Text(raw.get("description", ""), ""),
        example=raw.get("example", ""),
        required=constraints.get("required", False),
        unique=constraints.get("unique", False),
        minimum=constraints.get("minimum"),
        maximum=constraints.get("maximum"),
        pattern=constraints.get("pattern"),
        codelist=codelist,
        set_at_release=raw.get("set_at_release", False),
    )


def _read_key(name: str, raw: Mapping[str, Any], suffix: str) -> ForeignKey:
    fields, reference = raw["fields"], raw["reference"]
    there = reference["fields"]
    return ForeignKey(
        (fields,) if isinstance(fields, str) else tuple(fields),
        reference.get("resource", "").removesuffix(suffix) or name,
        (there,) if isinstance(there, str) else tuple(there),
    )
