"""What differs between two schemas: tables, fields, keys, constraints, texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.compare.languages import ENGLISH, Language
from pipeline.compare.sides import Side

WHOLE = "*"
"""Stands for every row of a table or every field of a row."""
TEXTS = (
    "title",
    "title_fr",
    "description",
    "description_fr",
    "example",
    "unit",
    "equivalents",
    "equivalent_relations",
    "categories",
)
PACKAGE_TEXTS = ("title", "title_fr", "description", "description_fr", "keywords", "homepage", "contributors")
SOURCE_TEXTS = ("licence", "title", "citation", "path")
BOUNDS = {"minimum": 1, "maximum": -1}
"""Each bound with the direction in which it is narrower."""
Raw = Mapping[str, Any]


@dataclass(frozen=True)
class StructuralChange:
    """One difference between two schemas.

    Attributes:
        change: its code in ``schemas/version_rules.csv``.
        table, field: where; field is ``*`` for a table as a whole, table is ``*`` for the package as a whole.
        old, new: what it was and is, as text.
    """

    change: str
    table: str
    field: str = WHOLE
    old: str | None = None
    new: str | None = None

    def __str__(self) -> str:
        return self.told()

    def told(self, say: Language = ENGLISH) -> str:
        """What differs, for people."""
        place = ".".join(name for name in (self.table, self.field) if name != WHOLE)
        values = {"place": place, "change": say(self.change.replace("_", " ")), "old": self.old, "new": self.new}
        if self.old is not None and self.new is not None:
            return say("{place} {change}: {old} → {new}", **values)
        if self.new is not None:
            return say("{place} {change}: now {new}", **values)
        return say("{place} {change}" if self.old is None else "{place} {change}: no longer {old}", **values)


def package_changes(old: Raw, new: Raw) -> list[StructuralChange]:
    """Compare what two packages say of themselves as a whole.

    A source is the same one when it has the same title or the same address; its version is that of its data, whose
    rows are compared.

    Args:
        old: of ``datapackage.json`` title, description, keywords, contributors, licenses and sources.
        new: the same of the later one.
    """
    found = []
    if old.get("licenses") != new.get("licenses"):
        texts = (_text(raw.get("licenses")) for raw in (old, new))
        found.append(StructuralChange("licence_changed", WHOLE, "licenses", *texts))
    for field in PACKAGE_TEXTS:
        if old.get(field) != new.get(field):
            texts = (_text(raw.get(field)) for raw in (old, new))
            found.append(StructuralChange("texts_changed", WHOLE, field, *texts))
    left = list(new.get("sources") or [])
    for source in old.get("sources") or []:
        same = next((other for other in left if _is_same_source(source, other)), None)
        if same is None:
            found.append(StructuralChange("source_removed", WHOLE, "sources", _name(source), None))
            continue
        left.remove(same)
        for field in SOURCE_TEXTS:
            if source.get(field) != same.get(field):
                change = "licence_changed" if field == "licence" else "texts_changed"
                texts = (f"{_name(raw)}: {field} {_text(raw.get(field))}" for raw in (source, same))
                found.append(StructuralChange(change, WHOLE, "sources", *texts))
    return found + [StructuralChange("source_added", WHOLE, "sources", None, _name(source)) for source in left]


def structural_changes(old: Side, new: Side) -> list[StructuralChange]:
    """Compare the descriptions of two sides, table by table and field by field."""
    found = [StructuralChange("table_removed", name) for name in old.described if name not in new.described]
    found += [StructuralChange("table_added", name) for name in new.described if name not in old.described]
    for name in new.described:
        if name in old.described:
            found += _table(name, old.described[name], new.described[name])
    return found


def _table(name: str, old: Raw, new: Raw) -> Iterator[StructuralChange]:
    before, after = _fields(old), _fields(new)
    yield from (StructuralChange("field_removed", name, field) for field in before if field not in after)
    kept = [field for field in before if field in after]
    if [field for field in after if field in before] != kept:
        yield StructuralChange("fields_reordered", name, WHOLE, ", ".join(before), ", ".join(after))
    last = max((at for at, field in enumerate(after) if field in before), default=-1)
    for at, field in enumerate(after):
        if field not in before:
            yield StructuralChange("field_appended" if at > last else "field_inserted", name, field)
    if _listed(old.get("primaryKey", [])) != _listed(new.get("primaryKey", [])):
        was, became = (", ".join(_listed(raw.get("primaryKey", []))) for raw in (old, new))
        yield StructuralChange("key_changed", name, WHOLE, was, became)
    for what in ("rules", "foreignKeys"):
        was_there, is_there = (set(map(_without_text, raw.get(what, []))) for raw in (old, new))
        for item in sorted(was_there - is_there):
            yield StructuralChange("constraint_loosened", name, WHOLE, item, None)
        for item in sorted(is_there - was_there):
            yield StructuralChange("constraint_tightened", name, WHOLE, None, item)
    for text in ("title", "title_fr", "description", "description_fr"):
        if old.get(text) != new.get(text):
            yield StructuralChange("texts_changed", name, WHOLE, _text(old.get(text)), _text(new.get(text)))
    for field in kept:
        yield from _field(name, field, before[field], after[field])


def _field(table: str, name: str, old: Raw, new: Raw) -> Iterator[StructuralChange]:
    types = old.get("type", "string"), new.get("type", "string")
    if types[0] != types[1]:
        yield StructuralChange("field_retyped", table, name, *types)
    was, became = old.get("constraints", {}), new.get("constraints", {})
    for kind in sorted(was.keys() | became.keys()):
        yield from _constraint(table, name, kind, was.get(kind), became.get(kind))
    for text in TEXTS:
        if old.get(text) != new.get(text) and not (text == "categories" and _codes(old) != _codes(new)):
            yield StructuralChange("texts_changed", table, name, _text(old.get(text)), _text(new.get(text)))


def _constraint(table: str, name: str, kind: str, old: Any, new: Any) -> Iterator[StructuralChange]:
    """One constraint of a field: which values are no longer, and which are newly allowed.

    A changed pattern counts as tightened, for what it allows cannot be told from its text.
    """
    if old == new:
        return
    if kind == "enum" and old is not None and new is not None:
        gone, more = [code for code in old if code not in new], [code for code in new if code not in old]
        if gone:
            yield StructuralChange("constraint_tightened", table, name, _labelled("code", gone), None)
        if more:
            yield StructuralChange("constraint_loosened", table, name, None, _labelled("code", more))
        if not gone and not more:
            yield StructuralChange("texts_changed", table, name, _text(old), _text(new))
        return
    is_narrower = new is not None and new is not False
    if kind in BOUNDS and old is not None and new is not None:
        is_narrower = (new - old) * BOUNDS[kind] > 0
    change = "constraint_tightened" if is_narrower else "constraint_loosened"
    yield StructuralChange(change, table, name, _labelled(kind, old), _labelled(kind, new))


def _fields(raw: Raw) -> dict[str, Raw]:
    return {field["name"]: field for field in raw["fields"]}


def _codes(field: Raw) -> set[str]:
    return {str(category["value"]) for category in field.get("categories", [])}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _is_same_source(source: Raw, other: Raw) -> bool:
    return any(source.get(field) is not None and source.get(field) == other.get(field) for field in ("title", "path"))


def _name(source: Raw) -> str:
    return str(source.get("title") or source.get("path"))


def _without_text(item: Raw) -> str:
    """A rule or foreign key as text, without the words that explain it."""
    return str(_text({key: value for key, value in item.items() if key != "description"}))


def _labelled(kind: str, value: Any) -> str | None:
    return None if value is None else f"{kind} {_text(value)}"


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {_text(item)}" for key, item in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(str(_text(item)) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
