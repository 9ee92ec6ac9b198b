"""Cells against the declaration: what is read, what is refused and what is said about it."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.schema import Field, Schema, Text, Value
from pipeline.schema.cells import broken, parse, unsafe_text, violations
from tests.schema.cases import GOOD, ROWS, TYPES, VALUES, Case

checked = settings(derandomize=True, deadline=None, database=None)


def of_type(kind: str) -> Field:
    return Field("x", kind, Text("", ""), Text("", ""), "")


def found(small: Schema, case: Case) -> list[str]:
    """The rules that the row of a case breaks, each value read from its text as it stands in a file."""
    table = small.tables[case.table]
    row = {name: None if value is None else read(value, table[name]) for name, value in case.row.items()}
    rules = [
        f"{table.name}.{name}.{kind}"
        for name, value in row.items()
        if value is not None
        for kind, _ in violations(value, table[name], small)
    ]
    return rules + [rule.id for rule in table.rules if broken(rule, row)]


def read(value: Value, field: Field) -> Value:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return parse(text, field)


@pytest.mark.parametrize("case", [*VALUES, *ROWS], ids=str)
def test_a_bad_value_breaks_its_rule(small: Schema, case: Case) -> None:
    assert found(small, case) == [case.rule]


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_a_good_row_breaks_none(small: Schema, case: Case) -> None:
    assert found(small, case) == []


@pytest.mark.parametrize(("table", "column", "text"), TYPES)
def test_a_text_that_is_no_value_of_the_type_is_refused(small: Schema, table: str, column: str, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse(text, small.tables[table][column])


@checked
@given(st.integers(min_value=-(10**18) + 1, max_value=10**18 - 1))
def test_an_integer_is_read_as_it_is_written(value: int) -> None:
    assert parse(str(value), of_type("integer")) == value


@checked
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_as_it_is_written(value: float) -> None:
    back = parse(str(value), of_type("number"))
    assert back == value
    assert isinstance(back, float)
    assert math.copysign(1, back) == math.copysign(1, value)


@checked
@given(st.dates())
def test_a_date_is_read_as_it_is_written(value: dt.date) -> None:
    assert parse(str(value), of_type("date")) == value


@checked
@given(st.booleans())
def test_a_boolean_is_read_as_it_is_written(value: bool) -> None:
    assert parse(str(value).lower(), of_type("boolean")) is value


@checked
@given(st.text())
def test_a_text_is_never_altered(value: str) -> None:
    assert parse(value, of_type("string")) == value


@checked
@given(st.text(max_size=12), st.sampled_from(["integer", "number", "boolean", "date"]))
def test_any_text_is_a_value_or_refused(text: str, kind: str) -> None:
    try:
        value = parse(text, of_type(kind))
    except ValueError as error:
        assert str(error)
    else:
        assert type(value).__name__ == {"integer": "int", "number": "float", "boolean": "bool"}.get(kind, kind)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "12\n"),
        ("integer", "١٢"),
        ("integer", "1e3"),
        ("integer", "1_000"),
        ("integer", "12.0"),
        ("integer", "9" * 19),
        ("number", "1,5"),
        ("number", "1e400"),
        ("number", "nan"),
        ("number", "٣.٥"),
        ("number", "."),
        ("boolean", "True"),
        ("boolean", "yes"),
        ("date", "20250701"),
        ("date", "2025-W27-2"),
        ("date", "2023-02-29"),
        ("date", "0000-01-01"),
        ("date", "2025-07-01T00:00"),
    ],
)
def test_look_alikes_are_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text, of_type(kind))


def test_an_unknown_code_gets_a_suggestion_and_the_list(small: Schema) -> None:
    [(kind, message)] = violations("survay", small.tables["visits"]["purpose"], small)
    assert kind == "codelist"
    assert "did you mean 'survey'?" in message
    assert "survey, repair" in message


def test_a_long_value_is_cut_in_messages(small: Schema) -> None:
    for column, text in (("purpose", "x" * 100_000), ("seen_best", "9" * 100_000)):
        field = small.tables["visits"][column]
        try:
            message = next(violations(parse(text, field), field, small))[1]
        except ValueError as error:
            message = str(error)
        assert len(message) < 300


def test_a_pattern_is_explained_by_an_example(small: Schema) -> None:
    [(kind, message)] = violations("site 5", small.tables["sites"]["site_id"], small)
    assert kind == "pattern"
    assert "like s-1" in message


@pytest.mark.parametrize(
    ("row", "at", "said"),
    [
        ({"seen_low": 3, "seen_best": 2}, "seen_best", "seen_best 2 is below seen_low 3"),
        ({"seen_low": 3, "seen_high": 2}, "seen_high", "seen_high 2 is below seen_low 3"),
    ],
)
def test_a_wrong_order_points_at_the_later_field(small: Schema, row: dict[str, Value], at: str, said: str) -> None:
    [rule] = [rule for rule in small.tables["visits"].rules if rule.id == "visits.seen_order"]
    assert broken(rule, row) == (at, said)


def test_what_is_missing_beside_a_given_value_is_named(small: Schema) -> None:
    [rule] = small.tables["sites"].rules
    where, message = broken(rule, {"vintage": 2023}) or ("", "")
    assert where == "vintage"
    assert "without region_code" in message


@pytest.mark.parametrize("text", ["=1+1", "+223", "-5", "@SUM(A1)", "\tx"])
def test_what_a_spreadsheet_would_run_is_unsafe(text: str) -> None:
    assert "formula" in (unsafe_text(text) or "")


@pytest.mark.parametrize(
    "code", [0x00, 0x0A, 0x0D, 0x7F, 0x85, 0xAD, 0x200B, 0x200E, 0x2028, 0x202E, 0x2060, 0x2066, 0xFEFF, 0xE0041]
)
def test_an_invisible_character_is_unsafe_wherever_it_stands(code: int) -> None:
    assert f"U+{code:04X}" in (unsafe_text(f"Bam{chr(code)}ba") or "")
    assert unsafe_text(f"{chr(code)}Bamba")
    assert unsafe_text(f"Bamba{chr(code)}")


@pytest.mark.parametrize("text", [" Bamba", "Bamba ", "\u00a0Bamba", "Bamba\u202f"])
def test_blanks_at_the_ends_are_unsafe(text: str) -> None:
    assert "space" in (unsafe_text(text) or "")


@pytest.mark.parametrize(
    "text", ["N'Djamena", "Koro – Bankass", "« plus\u00a0de 80\u202f»", "كيدال", "a=b", "Ménè", "5-6"]
)
def test_plain_text_in_any_language_is_safe(text: str) -> None:
    assert unsafe_text(text) is None
