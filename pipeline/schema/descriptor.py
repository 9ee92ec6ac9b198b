"""The declaration as Table Schemas of a Data Package (v2), and back, as a stranger reads them.

What Table Schema cannot say goes into properties of our own beside it: French texts, units, what other
data sets call a field, rules over several fields, and what a comparison of releases needs to know.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar

from pipeline.schema.declaration import Codelist, Field, ForeignKey, Rule, Schema, Table
from pipeline.schema.texts import Text

T = TypeVar("T")
RULE_KINDS = frozenset({"ordered", "together"})
"""The rules over several fields that are known; those of another kind are passed over when a descriptor is read."""
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
        A schema with the tables of those resources: names, types, constraints, keys, rules and codes, without texts.

    Raises:
        ValueError: the descriptor does not have the form that `table_schema` writes; the message says where.
    """
    codelists: dict[str, Codelist] = {}
    tables: dict[str, Table] = {}
    for resource in _typed(descriptor.get("resources"), list, "resources"):
        name = _typed(_typed(resource, dict, "a resource").get("name"), str, "the name of a resource")
        if name.endswith(suffix) and resource.get("schema"):
            name = name.removesuffix(suffix)
            if name in tables:
                raise ValueError(f"two resources are named {name}")
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
    if field.relations:
        made["equivalent_relations"] = dict(field.relations)
    if field.set_at_release:
        made["set_at_release"] = True
    return made


def _read_table(name: str, raw: Any, codelists: dict[str, Codelist], suffix: str) -> Table:
    raw = _typed(raw, dict, f"the schema of {name}")
    fields = tuple(_read_field(name, field, codelists) for field in _typed(raw.get("fields"), list, f"{name}.fields"))
    twice = {field.name for field in fields if sum(other.name == field.name for other in fields) > 1}
    if twice or not fields:
        raise ValueError(f"{name} has no fields, or one twice: {', '.join(sorted(twice))}")
    return Table(
        name=name,
        title=Text("", ""),
        description=Text("", ""),
        row=Text("", ""),
        fields=fields,
        primary_key=_names(raw.get("primaryKey", []), fields, f"{name}.primaryKey"),
        sort_by=(),
        foreign_keys=tuple(
            _read_key(name, key, fields, suffix)
            for key in _typed(raw.get("foreignKeys", []), list, f"{name}.foreignKeys")
        ),
        rules=tuple(
            _read_rule(name, rule, fields)
            for rule in _typed(raw.get("rules", []), list, f"{name}.rules")
            if not (isinstance(rule, dict) and RULE_KINDS.isdisjoint(rule))
        ),
        listed_in_changes=_typed(raw.get("listed_in_changes", False), bool, f"{name}.listed_in_changes"),
    )


def _read_field(table: str, raw: Any, codelists: dict[str, Codelist]) -> Field:
    raw = _typed(raw, dict, f"a field of {table}")
    name = _typed(raw.get("name"), str, f"the name of a field of {table}")
    place = f"{table}.{name}"
    constraints = _typed(raw.get("constraints", {}), dict, f"{place}.constraints")
    codelist = None
    if "enum" in constraints:
        codes = [_typed(code, str, f"{place}.enum") for code in _typed(constraints["enum"], list, f"{place}.enum")]
        rows = tuple({"code": code} for code in codes)
        codelist = _typed(raw.get("codelist", name), str, f"{place}.codelist")
        if codelists.setdefault(codelist, Codelist(codelist, rows)).rows != rows:
            codelist = place  # another list under the same name
            codelists[codelist] = Codelist(codelist, rows)
    return Field(
        name=name,
        type=_typed(raw.get("type", "string"), str, f"{place}.type"),
        title=Text("", ""),
        description=Text("", ""),
        example="",
        required=_typed(constraints.get("required", False), bool, f"{place}.required"),
        unique=_typed(constraints.get("unique", False), bool, f"{place}.unique"),
        minimum=_bound(constraints.get("minimum"), f"{place}.minimum"),
        maximum=_bound(constraints.get("maximum"), f"{place}.maximum"),
        pattern=_typed(constraints["pattern"], str, f"{place}.pattern") if "pattern" in constraints else None,
        codelist=codelist,
        set_at_release=_typed(raw.get("set_at_release", False), bool, f"{place}.set_at_release"),
    )


def _read_key(table: str, raw: Any, fields: tuple[Field, ...], suffix: str) -> ForeignKey:
    place = f"{table}.foreignKeys"
    raw = _typed(raw, dict, place)
    reference = _typed(raw.get("reference"), dict, f"{place}.reference")
    there = reference.get("fields")
    key = ForeignKey(
        _names(raw.get("fields"), fields, place),
        _typed(reference.get("resource", ""), str, f"{place}.resource").removesuffix(suffix) or table,
        tuple(_typed(name, str, place) for name in ([there] if isinstance(there, str) else _typed(there, list, place))),
    )
    if not key.fields or len(key.fields) != len(key.reference_fields):
        raise ValueError(f"{place} has not as many fields here as there")
    return key


def _read_rule(table: str, raw: Any, fields: tuple[Field, ...]) -> Rule:
    place = f"{table}.rules"
    raw = _typed(raw, dict, place)
    kind = "ordered" if "ordered" in raw else "together"
    names = _names(raw[kind], fields, place)
    if not names:
        raise ValueError(f"{place} has a rule about no field")
    return Rule(_typed(raw.get("id"), str, f"{place}.id"), kind, names, Text("", ""))


def _names(raw: Any, fields: tuple[Field, ...], place: str) -> tuple[str, ...]:
    """One name or a list of names, each that of a field."""
    names = [raw] if isinstance(raw, str) else _typed(raw, list, place)
    known = {field.name for field in fields}
    for name in names:
        if _typed(name, str, place) not in known:
            raise ValueError(f"{place} names {name!r}, which is no field of the table")
    return tuple(names)


def _bound(raw: Any, place: str) -> float | None:
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise ValueError(f"{place} is {raw!r}, not a number")
    return raw


def _typed(raw: Any, kind: type[T], place: str) -> T:
    if not isinstance(raw, kind):
        raise ValueError(f"{place} is {type(raw).__name__}, not {kind.__name__}")  # noqa: TRY004 (one error for all)
    return raw
