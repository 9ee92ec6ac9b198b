"""The published schema as it is declared in ``schemas/``: tables, fields, keys, rules and code lists.

Everything that needs a column list, a type, a code or a text reads it from here: the Arrow schema, the
DuckDB tables, the pandera checks, the Data Package descriptor and the checks of curated entries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from pipeline.problems import CannotDo
from pipeline.schema.texts import LANGUAGES, Text, rows_with_texts, shown

TYPES = ("string", "integer", "number", "boolean", "date")
RELATIONS = ("narrower", "broader", "related", "recoded")
Value = str | int | float | bool | dt.date
"""A value of a cell; a cell nobody filled is None."""


@dataclass(frozen=True)
class Codelist:
    """A closed list of codes, ``schemas/codelists/<name>.csv``; the order of its rows may carry meaning.

    Attributes:
        rows: one mapping a code, with ``code``, ``label_en``, ``label_fr``, ``definition_en``,
            ``definition_fr`` and further columns of its own (a population's group, a default radius).
    """

    name: str
    rows: tuple[Mapping[str, str], ...]

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes, in order."""
        return tuple(row["code"] for row in self.rows)

    def column(self, name: str) -> dict[str, str]:
        """A column of the list by code; codes with an empty cell are left out."""
        return {row["code"]: row[name] for row in self.rows if row.get(name)}


@dataclass(frozen=True)
class Field:
    """A column: its type, texts, unit, constraints, an example and what other data sets call it.

    Attributes:
        equivalents: the columns of other data sets that say the same.
        relations: by data set, how its columns differ where they do not say quite the same: `narrower` (they tell
            less), `broader` (they tell more), `related` (what they tell is the field's value only at times) or
            `recoded` (they tell the same in other codes).
        set_at_release: its value follows from the release alone (a version, a checksum); a difference is no change.
    """

    name: str
    type: str
    title: Text
    description: Text
    example: Value
    unit: str | None = None
    required: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    codelist: str | None = None
    equivalents: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[str, str] = field(default_factory=dict)
    set_at_release: bool = False


@dataclass(frozen=True)
class ForeignKey:
    """Fields whose values must stand in the reference fields of another (or the same) table."""

    fields: tuple[str, ...]
    reference: str
    reference_fields: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A rule over several fields of one row.

    Attributes:
        kind: ``ordered`` (values do not decrease from field to field, absent ones are passed over) or
            ``together`` (all fields have a value, or none has).
    """

    id: str
    kind: str
    fields: tuple[str, ...]
    description: Text


@dataclass(frozen=True)
class Table:
    """A published table.

    Attributes:
        listed_in_changes: the table `changes` lists what differs in it; it is not derived from other tables.
    """

    name: str
    title: Text
    description: Text
    row: Text
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    sort_by: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    rules: tuple[Rule, ...]
    listed_in_changes: bool = False

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the fields, in published order."""
        return tuple(field.name for field in self.fields)

    def __getitem__(self, name: str) -> Field:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}


@dataclass(frozen=True)
class Schema:
    """All tables and code lists, with the version of the schema itself."""

    version: str
    tables: Mapping[str, Table]
    codelists: Mapping[str, Codelist]

    def codes(self, field: Field) -> tuple[str, ...]:
        """The codes a field may take; empty when it has no code list."""
        return self.codelists[field.codelist].codes if field.codelist else ()

    def in_dependency_order(self) -> Iterator[Table]:
        """The tables so that each comes after those its foreign keys refer to."""
        done: set[str] = set()
        waiting = dict(self.tables)
        while waiting:
            ready = [
                table
                for table in waiting.values()
                if all(key.reference in done or key.reference == table.name for key in table.foreign_keys)
            ]
            if not ready:
                raise CannotDo(f"schemas/tables: the foreign keys of {', '.join(waiting)} form a circle")
            for table in ready:
                yield table
                done.add(table.name)
                del waiting[table.name]


def load_schema(folder: Path) -> Schema:
    """Read the declaration.

    Args:
        folder: the project's ``schemas/``.

    Returns:
        The schema, with the tables in the order of ``schema.yaml``.

    Raises:
        CannotDo: a file is missing, does not have the declared form or lacks a text in a language; the message names
            file and key, or file and line.
    """
    head = _Reader.of(folder / "schema.yaml")
    version, names = head.take("version", str), head.take("tables", list)
    head.finish()
    codelists = {path.stem: load_codelist(path) for path in sorted((folder / "codelists").glob("*.csv"))}
    tables = {name: _table(folder / "tables" / f"{name}.yaml", codelists) for name in names}
    undeclared = {path.stem for path in (folder / "tables").glob("*.yaml")} - tables.keys()
    if undeclared:
        raise CannotDo(f"schemas/schema.yaml: lists no {', '.join(sorted(undeclared))}, which schemas/tables has")
    for table in tables.values():
        _check_references(table, tables)
    _check_rules(folder)
    return Schema(version, tables, codelists)


def load_codelist(path: Path) -> Codelist:
    """Read one code list.

    Raises:
        CannotDo: a row without a code, a code twice, a row with too many or too few cells, or a text that is blank.
    """
    rows = rows_with_texts(path, "code")
    codes = [row["code"] for row in rows]
    twice = {code for code in codes if codes.count(code) > 1}
    if twice:
        raise CannotDo(f"{shown(path)}: the code {', '.join(sorted(twice))} stands twice")
    return Codelist(path.stem, tuple(rows))


def _check_rules(folder: Path) -> None:
    """The texts of the rules that stand in files of their own."""
    for name, key in (("rules.csv", "code"), ("version_rules.csv", "change")):
        if (folder / name).is_file():
            rows_with_texts(folder / name, key)
    path = folder / "package_rules.yaml"
    for raw in _yaml(path) if path.is_file() else ():
        rule = _Reader(f"{shown(path)}: {raw.get('id') if isinstance(raw, dict) else raw}", raw)
        rule.text("description")


def _yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        raise CannotDo(f"{shown(path)}: does not exist") from None
    except yaml.YAMLError as error:
        raise CannotDo(f"{shown(path)}: {error}") from error


class _Reader:
    """Takes keys out of a YAML mapping one by one and complains about what is missing or left over."""

    def __init__(self, place: str, mapping: Any) -> None:
        if not isinstance(mapping, dict):
            raise CannotDo(f"{place}: is not a mapping of keys to values")
        self.place = place
        self.left = dict(mapping)

    @classmethod
    def of(cls, path: Path) -> _Reader:
        return cls(shown(path), _yaml(path))

    def take(self, key: str, kind: Any, default: Any = ...) -> Any:
        value = self.left.pop(key, default)
        if value is ...:
            raise CannotDo(f"{self.place}: has no {key!r}")
        if value is not default and not isinstance(value, kind):
            raise CannotDo(f"{self.place}: {key} is {value!r}, not {kind}")
        return value

    def text(self, key: str) -> Text:
        inner = _Reader(f"{self.place}: {key}", self.take(key, dict))
        text = Text(*(inner.take(language, str) for language in LANGUAGES))
        inner.finish()
        for language in LANGUAGES:
            if not getattr(text, language).strip():
                raise CannotDo(f"{inner.place}: {language} is blank: a text is needed in each language")
        return text

    def finish(self) -> None:
        if self.left:
            raise CannotDo(f"{self.place}: does not know the key {', '.join(map(repr, self.left))}")


def _table(path: Path, codelists: Mapping[str, Codelist]) -> Table:
    reader = _Reader.of(path)
    table = Table(
        name=reader.take("name", str),
        title=reader.text("title"),
        description=reader.text("description"),
        row=reader.text("row"),
        listed_in_changes=reader.take("listed_in_changes", bool, False),
        primary_key=tuple(reader.take("primary_key", list, [])),
        sort_by=tuple(reader.take("sort_by", list)),
        foreign_keys=tuple(
            _foreign_key(f"{path.name}: foreign_keys", raw) for raw in reader.take("foreign_keys", list, [])
        ),
        rules=tuple(_rule(f"{path.name}: rules", raw) for raw in reader.take("rules", list, [])),
        fields=tuple(_field(path.name, raw, codelists) for raw in reader.take("fields", list)),
    )
    reader.finish()
    named = {*table.primary_key, *table.sort_by, *(name for rule in table.rules for name in rule.fields)}
    unknown = named - set(table.columns)
    twice = {name for name in table.columns if table.columns.count(name) > 1}
    if table.name != path.stem:
        raise CannotDo(f"{path.name}: name is {table.name!r}, not that of the file")
    if twice:
        raise CannotDo(f"{path.name}: fields: {', '.join(sorted(twice))} stands twice")
    if unknown:
        raise CannotDo(f"{path.name}: has no field {', '.join(sorted(unknown))}")
    return table


def _field(file: str, raw: Any, codelists: Mapping[str, Codelist]) -> Field:
    name = raw.get("name") if isinstance(raw, dict) else None
    reader = _Reader(f"{file}: {name}", raw)
    constraints = _Reader(f"{file}: {name}: constraints", reader.take("constraints", dict, {}))
    made = Field(
        name=reader.take("name", str),
        type=reader.take("type", str),
        title=reader.text("title"),
        description=reader.text("description"),
        example=reader.take("example", object),
        unit=reader.take("unit", str, None),
        equivalents=reader.take("equivalents", dict, {}),
        relations=reader.take("relations", dict, {}),
        set_at_release=reader.take("set_at_release", bool, False),
        required=constraints.take("required", bool, False),
        unique=constraints.take("unique", bool, False),
        minimum=constraints.take("minimum", (int, float), None),
        maximum=constraints.take("maximum", (int, float), None),
        pattern=constraints.take("pattern", str, None),
        codelist=constraints.take("codelist", str, None),
    )
    reader.finish()
    constraints.finish()
    if set(made.relations) - set(made.equivalents) or set(made.relations.values()) - set(RELATIONS):
        raise CannotDo(f"{file}: {name}: relations name an equivalent each, as one of {', '.join(RELATIONS)}")
    if made.type not in TYPES:
        raise CannotDo(f"{file}: {name}: the type is one of {', '.join(TYPES)}, not {made.type!r}")
    if made.codelist is not None and made.codelist not in codelists:
        raise CannotDo(f"{file}: {name}: there is no schemas/codelists/{made.codelist}.csv")
    return made


def _foreign_key(place: str, raw: Any) -> ForeignKey:
    reader = _Reader(place, raw)
    key = ForeignKey(
        tuple(reader.take("fields", list)),
        reader.take("reference", str),
        tuple(reader.take("reference_fields", list)),
    )
    reader.finish()
    return key


def _rule(place: str, raw: Any) -> Rule:
    reader = _Reader(place, raw)
    kind = next((kind for kind in ("ordered", "together") if kind in reader.left), None)
    if kind is None:
        raise CannotDo(f"{place}: a rule is 'ordered' or 'together'")
    rule = Rule(reader.take("id", str), kind, tuple(reader.take(kind, list)), reader.text("description"))
    reader.finish()
    return rule


def _check_references(table: Table, tables: Mapping[str, Table]) -> None:
    for key in table.foreign_keys:
        target = tables.get(key.reference)
        if target is None or not set(key.reference_fields) <= set(target.columns):
            raise CannotDo(f"{table.name}.yaml: foreign_keys: there is no {key.reference} {key.reference_fields}")
        if len(key.fields) != len(key.reference_fields):
            raise CannotDo(f"{table.name}.yaml: foreign_keys: {key.fields} and {key.reference_fields} do not pair up")
        if not set(key.fields) <= set(table.columns):
            raise CannotDo(f"{table.name}.yaml: foreign_keys: has no field {key.fields}")
