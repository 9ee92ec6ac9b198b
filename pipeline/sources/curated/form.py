"""The form of a curated file, as ``schemas/sources/curated.yaml`` declares it, and entries read by it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipeline.problems import Problem, did_you_mean
from pipeline.schema import Field, Rule, Schema, Value
from pipeline.schema.cells import broken, parse, unsafe_text, violations
from pipeline.sources.curated.nodes import line, read_nodes, scalar

Report = Callable[[Problem], None]
MISSING = "curated.missing_field"


@dataclass(frozen=True)
class Key:
    """A key of an entry: how it must be present, and the field (or the part) that its values are."""

    key: str
    presence: str
    field: Field
    table: str
    part: Part | None = None
    is_list: bool = False


@dataclass(frozen=True)
class Part:
    """An entry or a part of one (a claim, a report): its keys and the rules over several of them.

    Attributes:
        by_id: the keys by which a part is named that is written out in another entry; none where every
            part is written out where it stands.
    """

    name: str
    table: str
    keys: Mapping[str, Key]
    rules: tuple[Rule, ...]
    by_id: frozenset[str]


@dataclass(frozen=True)
class Form:
    """The form of a file: its top-level keys, and the part that each lists."""

    lists: Mapping[str, Part]


@dataclass
class Entry:
    """An incident, an operation, or a part of one, as it was read.

    Attributes:
        part: name of the part (``incident``, ``claim`` ...).
        file: path as shown in messages.
        line: line it begins on.
        path: where it stands in its entry, ``claims[2].``; empty for an entry itself.
        values: parsed values by key; a key that is absent, null or not well is not there.
        lines: the line of each key that is written.
        texts: plain lists of values by key (``repeated_by``).
        parts: lists of parts by key (``claims``).
        faulty: keys whose value was written but is not well; that has been reported.
        is_written_out: false for a part that is named by its id, being written out elsewhere.
    """

    part: str
    file: str
    line: int
    path: str
    values: dict[str, Value] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)
    parts: dict[str, list[Entry]] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    is_written_out: bool = True

    def text(self, key: str) -> str | None:
        """The value of a key as text, or None."""
        value = self.values.get(key)
        return None if value is None else str(value)

    def problem(self, key: str, message: str, rule: str, severity: str = "error") -> Problem:
        """A problem at a key of this entry (at its first line when the key is absent)."""
        return Problem(self.file, self.lines.get(key, self.line), self.path + key, message, rule, severity)


def load_form(declared: Mapping[str, Any], schema: Schema) -> Form:
    """Compile the declared form.

    Args:
        declared: the key ``form`` of ``schemas/sources/curated.yaml``.
        schema: where the fields of its keys are declared.
    """
    parts = {name: _part(name, raw, schema, {}) for name, raw in declared["parts"].items()}
    return Form(
        {top: _part(declared[top]["entry"], declared[top], schema, parts) for top in ("operations", "incidents")}
    )


def _part(name: str, raw: Mapping[str, Any], schema: Schema, parts: Mapping[str, Part]) -> Part:
    table = schema.tables[raw["table"]]
    keys = {}
    for item in raw["keys"]:
        listed = item.get("list_of")
        if listed in parts:
            home, stands_for = table, table.fields[0]  # a list of parts has no value of its own
        else:
            home = schema.tables[item.get("table", table.name)]
            stands_for = home[item.get("field", listed or item["key"])]
        keys[item["key"]] = Key(item["key"], item["presence"], stands_for, home.name, parts.get(listed), bool(listed))
    rules = tuple(rule for rule in table.rules if set(rule.fields) <= keys.keys())
    return Part(name, table.name, keys, rules, frozenset(raw.get("by_id", ())))


def read_file(path: Path, shown: str, form: Form, schema: Schema) -> tuple[list[Entry], list[Problem]]:
    """Read the entries of one file and check each by itself.

    Args:
        path: the file.
        shown: its name in messages.
        form: the form of a file.
        schema: the declaration of its fields.

    Returns:
        The entries, operations and incidents in the order of the file, and the problems found. An entry
        is returned with what is well in it, so that one slip does not hide the next.
    """
    node, problems = read_nodes(path, shown)
    entries: list[Entry] = []
    if node is None:
        return entries, problems
    reader = _Reader(schema, problems.append)
    top = Entry("file", shown, 1, "")
    for key, value in reader.pairs(node, top, form.lists):
        if _is_empty(value):
            continue
        entries += reader.entries(form.lists[key], value, top, key, is_top=True)
    return entries, problems


class _Reader:
    """Turns nodes into entries; what is wrong is reported and left out."""

    def __init__(self, schema: Schema, report: Report) -> None:
        self.schema = schema
        self.report = report

    def pairs(self, node: yaml.MappingNode, entry: Entry, known: Mapping[str, Any]) -> Iterator[tuple[str, yaml.Node]]:
        """The known keys of a mapping; unknown and repeated ones are reported."""
        for key_node, value in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "(not a name)"
            at = dataclasses.replace(entry, lines={key: line(key_node)})
            if key not in known:
                near = did_you_mean(key, known) or f" (known: {', '.join(known)})"
                self.report(at.problem(key, f"unknown field '{key[:60]}'{near}", "curated.unknown_field"))
            elif key in entry.lines:
                message = f"stands twice; it was first given in line {entry.lines[key]}"
                self.report(at.problem(key, message, "curated.key_twice"))
            else:
                entry.lines[key] = line(key_node)
                yield key, value

    def entries(self, part: Part, node: yaml.Node, parent: Entry, key: str, *, is_top: bool = False) -> list[Entry]:
        """The parts that a list holds."""
        if not isinstance(node, yaml.SequenceNode):
            parent.faulty.add(key)
            self.report(parent.problem(key, f"is a list: each {part.name} begins with '- '", "curated.not_a_list"))
            return []
        found = []
        for index, item in enumerate(node.value):
            path = "" if is_top else f"{key}[{index}]."
            entry = Entry(part.name, parent.file, line(item), path)
            if isinstance(item, yaml.MappingNode):
                found.append(self.entry(part, item, entry))
            else:
                message = f"each {part.name} is written as keys and values"
                self.report(entry.problem("", message, "curated.not_a_mapping"))
        return found

    def entry(self, part: Part, node: yaml.MappingNode, entry: Entry) -> Entry:
        """One part with its keys, checked by itself."""
        for name, value in self.pairs(node, entry, part.keys):
            key = part.keys[name]
            if key.part is not None:
                if not _is_empty(value):
                    entry.parts[name] = self.entries(key.part, value, entry, name)
            elif key.is_list:
                entry.texts[name] = self.texts(key, value, entry)
            elif isinstance(value, yaml.ScalarNode):
                self.value(key, value, entry)
            else:
                entry.faulty.add(name)
                self.report(entry.problem(name, "is one value, not a list or mapping", "curated.not_a_value"))
        entry.is_written_out = not part.by_id or bool(entry.lines.keys() - part.by_id)
        for key in part.keys.values():
            if entry.is_written_out or key.key in part.by_id:
                self.presence(key, entry)
        for rule in part.rules:
            found = None if entry.faulty & set(rule.fields) else broken(rule, entry.values)
            if found:
                self.report(entry.problem(*found, rule.id))
        return entry

    def value(self, key: Key, node: yaml.ScalarNode, entry: Entry) -> None:
        text = scalar(node)
        if text is None or text == "":
            return
        try:
            value = parse(text, key.field)
        except ValueError as error:
            entry.faulty.add(key.key)
            self.report(entry.problem(key.key, str(error), f"{key.table}.{key.field.name}.type"))
            return
        wrong = list(violations(value, key.field, self.schema))
        for kind, message in wrong:
            self.report(entry.problem(key.key, message, f"{key.table}.{key.field.name}.{kind}"))
        unsafe = unsafe_text(text) if key.field.type == "string" and not wrong else None
        if unsafe:
            self.report(entry.problem(key.key, unsafe, "curated.unsafe_text"))
        if wrong:
            entry.faulty.add(key.key)
        else:
            entry.values[key.key] = value

    def texts(self, key: Key, node: yaml.Node, entry: Entry) -> list[str]:
        """A plain list of values."""
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        texts = [scalar(item) if isinstance(item, yaml.ScalarNode) else None for item in items]
        if not isinstance(node, yaml.SequenceNode) or None in texts:
            entry.faulty.add(key.key)
            self.report(entry.problem(key.key, "is a list of values, each after '- '", "curated.not_a_list"))
        return [text for text in texts if text is not None]

    def presence(self, key: Key, entry: Entry) -> None:
        has_value = key.key in entry.values or entry.parts.get(key.key) or entry.texts.get(key.key)
        written = key.key in entry.lines
        if has_value or key.presence == "optional":
            return
        if key.presence == "nullable" and written:
            return
        if written and key.key in entry.faulty:
            return  # what is written there has been reported
        like = "" if key.part else f", like {key.field.example}"
        ways = {"nullable": f": write a number{like}, or null where nobody stated it"}
        state = "is empty" if written else "is missing"
        self.report(entry.problem(key.key, state + ways.get(key.presence, f": {_wanted(key)}"), MISSING))


def _wanted(key: Key) -> str:
    if key.part:
        return f"at least one {key.part.name} is needed"
    return f"{key.field.title.en.lower()}, like {key.field.example}"


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and scalar(node) in (None, "")
