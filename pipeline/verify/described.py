"""The tables of a package as its descriptor describes them, and the files in which each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.config import DESCRIPTOR
from pipeline.schema import Schema, Table
from pipeline.schema.declaration import TYPES
from pipeline.schema.descriptor import CSV_SUFFIX, RULE_KINDS, read_schema
from pipeline.verify.report import Verification

CONSTRAINTS = {"required", "unique", "minimum", "maximum", "pattern", "enum"}
FORMATS = ("parquet", "csv")


@dataclass(frozen=True)
class Described:
    """A table of a package.

    Attributes:
        table: its fields, constraints, keys and rules; foreign keys name tables, not resources.
        files: the names of its files by format (parquet, csv), at least one.
        rows: the numbers of rows that the descriptor states, by file.
    """

    table: Table
    files: Mapping[str, str]
    rows: Mapping[str, object]


def described(descriptor: Mapping[str, Any], result: Verification) -> tuple[Schema, list[Described]]:
    """Read what a package says of its tables.

    Args:
        descriptor: the parsed ``datapackage.json``.
        result: takes what is wrong with it, and what of it is not known here.

    Returns:
        The schema by resource, for its code lists, and the tables that can be checked.
    """
    try:
        schema = read_schema(descriptor, "")
    except ValueError as error:
        result.expect(False, DESCRIPTOR, "package.descriptor", f"does not describe its tables as Table Schema: {error}")
        return Schema("", {}, {}), []
    resources = {str(resource["name"]): resource for resource in descriptor["resources"] if resource.get("schema")}
    formats = {name: _format(resource) for name, resource in resources.items()}
    table_of = {
        name: name.removesuffix(CSV_SUFFIX) if formats[name] == "csv" else name
        for name in resources
        if formats[name] in FORMATS
    }
    for name in sorted(resources.keys() - table_of.keys()):
        result.leave_out(name, f"is of a format other than {' and '.join(FORMATS)}")
    tables: dict[str, Described] = {}
    for name in sorted(table_of, key=lambda name: FORMATS.index(formats[name])):
        unknown = [field for field in schema.tables[name].fields if field.type not in TYPES]
        if unknown:
            result.leave_out(name, f"the type {unknown[0].type!r} of its field {unknown[0].name} is not known here")
            continue
        _name_unknown(name, resources[name]["schema"], result)
        table = _of_package(schema.tables[name], table_of)
        file = resources[name]["path"]
        rows = {file: resources[name]["rows"]} if "rows" in resources[name] else {}
        first = tables.setdefault(table.name, Described(table, {formats[name]: file}, rows))
        if first.files[next(iter(first.files))] != file:
            message = f"describes {name} otherwise than {next(iter(first.files.values()))}, which holds the same table"
            same = _shape(schema, first.table) == _shape(schema, table) and formats[name] not in first.files
            result.expect(same, DESCRIPTOR, "package.twins", message)
            tables[table.name] = Described(first.table, {**first.files, formats[name]: file}, {**first.rows, **rows})
    return schema, list(tables.values())


def _format(resource: Mapping[str, Any]) -> str:
    return str(resource.get("format") or str(resource.get("path")).rpartition(".")[2]).lower()


def _of_package(table: Table, table_of: Mapping[str, str]) -> Table:
    """A resource's table under the name that all of its files share; so are the tables that it refers to."""
    name = table_of[table.name]
    suffix = table.name.removeprefix(name)
    keys = tuple(
        replace(key, reference=table_of.get(key.reference, key.reference.removesuffix(suffix)))
        for key in table.foreign_keys
    )
    return replace(table, name=name, foreign_keys=keys)


def _shape(schema: Schema, table: Table) -> Table:
    """What two descriptions of one table must agree in: all but under which name a list of codes is known."""
    fields = tuple(replace(field, codelist="|".join(schema.codes(field))) for field in table.fields)
    return replace(table, fields=fields)


def _name_unknown(name: str, raw: Mapping[str, Any], result: Verification) -> None:
    """A package of another version of the schema may demand what is not known here; that is said."""
    for field in raw["fields"]:
        for constraint in sorted(field.get("constraints", {}).keys() - CONSTRAINTS):
            result.leave_out(f"{name}.{field['name']}.{constraint}", "the constraint is not known here")
    for rule in raw.get("rules", []):
        if RULE_KINDS.isdisjoint(rule):
            result.leave_out(f"{name}: {rule.get('id')}", "a rule of this kind is not known here")
    if raw.get("uniqueKeys"):
        result.leave_out(f"{name}.uniqueKeys", "the constraint is not known here")
