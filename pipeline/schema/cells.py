"""Cells of text against the declaration: parse first, check after, say what would be right."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import pairwise

from pipeline.problems import did_you_mean
from pipeline.schema.declaration import Field, Rule, Schema, Value

INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t")


def parse(text: str, field: Field) -> Value:
    """Turn a cell into a value of the field's type.

    Args:
        text: the cell, not empty.
        field: the field it stands in.

    Returns:
        A str, int, float, bool or date.

    Raises:
        ValueError: the cell is not of that type; its message says what would be right.
    """
    match field.type:
        case "integer":
            if not INTEGER.fullmatch(text):
                raise ValueError(f"'{_short(text)}' is not a whole number")
            return int(text)
        case "number":
            if not NUMBER.fullmatch(text) or math.isinf(float(text)):
                raise ValueError(f"'{_short(text)}' is not a number with a decimal point")
            return float(text)
        case "boolean":
            if text not in ("true", "false"):
                raise ValueError(f"'{_short(text)}' is neither true nor false")
            return text == "true"
        case "date":
            if not DATE.fullmatch(text):
                raise ValueError(f"'{_short(text)}' is not a date as YYYY-MM-DD")
            try:
                return dt.date.fromisoformat(text)
            except ValueError:
                raise ValueError(f"there is no day {text} in the calendar") from None
    return text


def violations(value: Value, field: Field, schema: Schema) -> Iterator[tuple[str, str]]:
    """The constraints of a field that one value breaks.

    Returns:
        Pairs of the constraint's name (``codelist``, ``pattern``, ``minimum``, ``maximum``) and a message.
    """
    codes = schema.codes(field)
    if codes and value not in codes:
        shown = f"unknown code '{_short(str(value))}'{did_you_mean(str(value), codes)}"
        yield "codelist", f"{shown} (codes: {', '.join(codes)})"
    if field.pattern and not re.search(field.pattern.replace("$", r"\Z"), str(value)):
        yield (
            "pattern",
            f"'{_short(str(value))}' does not have the form of {field.title.en.lower()}, like {field.example}",
        )
    if isinstance(value, int | float):
        if field.minimum is not None and value < field.minimum:
            yield "minimum", f"{value} is below {field.minimum:g}, the lowest that is possible"
        if field.maximum is not None and value > field.maximum:
            yield "maximum", f"{value} is above {field.maximum:g}, the highest that is possible"


def broken(rule: Rule, row: Mapping[str, Value | None]) -> tuple[str, str] | None:
    """Whether a row breaks a rule.

    Returns:
        None when it holds, else the field to point at and a message with the values concerned.
    """
    filled = [(name, row[name]) for name in rule.fields if row.get(name) is not None]
    if rule.kind == "together":
        if 0 < len(filled) < len(rule.fields):
            missing = ", ".join(name for name in rule.fields if row.get(name) is None)
            return filled[0][0], f"{filled[0][0]} is given without {missing}: give all of them or none"
        return None
    for (before, low), (after, high) in pairwise(filled):
        if high < low:  # type: ignore[operator]  # fields of one rule are of one type
            return after, f"{after} {high} is below {before} {low}"
    return None


def unsafe_text(text: str) -> str | None:
    """What makes a text unfit for a released CSV or a page, or None.

    A spreadsheet runs a cell that begins with = + - @ or a tab; control and bidirectional marks
    make a text look like another.
    """
    if text.startswith(STARTS_A_FORMULA):
        return f"begins with {text[0]!r}, which a spreadsheet would run as a formula: reword it"
    for character in text:
        if unicodedata.category(character) in INVISIBLE:
            return f"holds the invisible character U+{ord(character):04X}: take it out"
    if text != text.strip():
        return "begins or ends with a space: take it out"
    return None


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
