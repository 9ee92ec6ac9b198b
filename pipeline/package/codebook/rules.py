"""The rules as sections: those over the fields of a row, over tables, those that checks raise, those of versions."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.package.codebook.document import (
    Code,
    Entries,
    Entry,
    Folded,
    Grid,
    Inlines,
    Paragraph,
    Row,
    Section,
    inlines,
    joined,
    words,
)
from pipeline.package.codebook.frame import Frame
from pipeline.schema import Schema

TRIPS = re.compile(r"^# trips (\S+) at line (\d+)$", re.MULTILINE)
KEY = re.compile(r"( *)(?:- )?(\w+):")
BEGINS = re.compile(r" *- \w+_id: \w-example\d$")
LONGEST = 40
"""Characters of a line that is shown."""


def rule_sections(schemas: Path, schema: Schema, frame: Frame) -> tuple[Section, ...]:
    """All rules, each with its meaning, and with an entry that breaks it where ``counterexamples/`` has one.

    Args:
        schemas: the project's ``schemas/``.
        schema: the declaration that was read from it.
        frame: the texts of a language.
    """
    rule, meaning, broken = (words(frame(f"rules.{name}")) for name in ("rule", "meaning", "broken"))
    kind, fields, severity = (words(frame(f"rules.{name}")) for name in ("kind", "fields", "severity"))
    shown = breaking(schemas, {rule.id: rule.fields for table in schema.tables.values() for rule in table.rules})
    of_rows = tuple(
        _rule(
            rule.id,
            inlines(frame.of(rule.description)),
            words(frame(f"rules.{rule.kind}")),
            joined(Code(name) for name in rule.fields),
            _lines(shown.get(rule.id, ())),
        )
        for table in schema.tables.values()
        for rule in table.rules
    )
    checks = tuple(
        _rule(
            row["code"],
            inlines(row[f"description_{frame.language}"]),
            words(frame(f"rules.{row['severity']}")),
            _lines(shown.get(row["code"], ())),
        )
        for row in _rows(schemas / "rules.csv")
    )
    numbers = tuple(
        _rule(
            row["change"],
            inlines(row[f"description_{frame.language}"]),
            words(frame(f"rules.{row['level']}")),
            of="version.",
        )
        for row in _rows(schemas / "version_rules.csv")
    )
    change, level = words(frame("rules.change")), words(frame("rules.level"))
    return (
        _rules("rules-rows", "rows", frame, (rule, meaning, kind, fields, broken), of_rows),
        _over_tables(schemas, frame, (rule, meaning, words(frame("rules.query")))),
        _rules("rules-checks", "checks", frame, (rule, meaning, severity, broken), checks),
        _rules("rules-versions", "versions", frame, (change, meaning, level), numbers),
    )


def breaking(schemas: Path, fields: Mapping[str, Collection[str]]) -> dict[str, tuple[str, ...]]:
    """What breaks a rule, by its id: the line that the first counterexample of the rule is about.

    A line that begins an entry or a part of it, or stands in many counterexamples, shows nothing and is passed over.

    Args:
        schemas: the project's ``schemas/``.
        fields: of a rule over several fields, which they are; their lines are shown together.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted((schemas / "counterexamples").glob("*.yaml"))]
    often = Counter(line.strip() for text in texts for line in set(text.splitlines()))
    shown: dict[str, tuple[str, ...]] = {}
    for text in texts:
        lines = text.splitlines()
        for rule, number in TRIPS.findall(text):
            at = int(number) - 1
            if rule in shown or not 0 <= at < len(lines) or BEGINS.match(lines[at]):
                continue
            if often[lines[at].strip()] <= 2 + len(texts) // 10:
                shown[rule] = _broken(lines, at, fields.get(rule, ()))
    return shown


def _broken(lines: list[str], at: int, fields: Collection[str]) -> tuple[str, ...]:
    """A line, or those of some fields in the mapping that it belongs to."""
    first = KEY.match(lines[at])
    if first is None or first[2] not in fields:
        return (_short(lines[at]),)
    start, end = at, at + 1
    while start > 0 and _is_of(lines[start - 1], first[1]):
        start -= 1
    while end < len(lines) and _is_of(lines[end], first[1]):
        end += 1
    return tuple(_short(line) for line in lines[start:end] if (key := KEY.match(line)) and key[2] in fields)


def _is_of(line: str, indent: str) -> bool:
    key = KEY.match(line)
    return key is not None and key[1] == indent


def _short(line: str) -> str:
    said = line.strip().removeprefix("- ").replace("\t", "⇥")
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"


def _lines(shown: tuple[str, ...]) -> Inlines:
    return joined((Code(line) for line in shown), " ") or words("–")


def _over_tables(schemas: Path, frame: Frame, head: tuple[Inlines, Inlines, Inlines]) -> Section:
    """The rules over several tables, each with its query, folded."""
    rules: list[dict[str, Any]] = yaml.load((schemas / "package_rules.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    title = words(frame("sections.rules_tables"))
    entries = tuple(
        Entry(
            anchor=f"rule.{rule['id']}",
            name=rule["id"],
            title="",
            body=inlines(rule["description"][frame.language]),
            folded=Folded(frame("rules.query"), rule["finds"].rstrip("\n"), "sql"),
        )
        for rule in rules
    )
    lead = Paragraph(inlines(frame("rules.tables")))
    return Section("rules-tables", title, (lead, Entries(title, head, words(frame("warnings.label")), entries)))


def _rules(anchor: str, key: str, frame: Frame, head: tuple[Inlines, ...], rows: tuple[Row, ...]) -> Section:
    title = words(frame(f"sections.rules_{key}"))
    return Section(anchor, title, (Paragraph(inlines(frame(f"rules.{key}"))), Grid(title, head, rows)))


def _rule(name: str, *cells: Inlines, of: str = "") -> Row:
    return Row(((Code(name),), *cells), f"rule.{of}{name}")


def _rows(path: Path) -> list[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))
