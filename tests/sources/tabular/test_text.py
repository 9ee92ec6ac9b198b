"""Dates and numbers as people in the Sahel write them, in English and in French."""

from __future__ import annotations

import unicodedata

import ibis
import pytest

from pipeline.sources.tabular.declaration import DATE_FORMS
from pipeline.sources.tabular.text import day, number

FRENCH = {
    1: ("janvier", "janv."),
    2: ("février", "févr.", "fevrier"),
    3: ("mars",),
    4: ("avril", "avr."),
    5: ("mai",),
    6: ("juin",),
    7: ("juillet", "juil."),
    8: ("août", "aout"),
    9: ("septembre", "sept."),
    10: ("octobre", "oct."),
    11: ("novembre", "nov."),
    12: ("décembre", "déc.", "decembre"),
}
ENGLISH = ("January", "Feb", "March", "Apr", "May", "June", "July", "Aug", "Sept", "October", "Nov", "December")


def days(texts: list[str]) -> list[str]:
    table = ibis.memtable({"at": list(range(len(texts))), "text": texts})
    found = table.select("at", day=day(table.text, DATE_FORMS)).order_by("at").to_pyarrow()["day"].to_pylist()
    return [str(one) for one in found]


def test_months_are_read_in_french_and_english() -> None:
    written = [(month, name) for month, names in FRENCH.items() for name in names]
    written += [(month, name.upper()) for month, name in written]
    written += [(month, name.capitalize()) for month, name in written]
    written += [(month, unicodedata.normalize("NFD", name)) for month, name in written]
    written += list(enumerate(ENGLISH, 1))
    assert days([f"10 {name} 2026" for _, name in written]) == [f"2026-{month:02d}-10" for month, _ in written]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1er mars 2026", "2026-03-01"),
        ("10-févr.-26", "2026-02-10"),
        ("31 juin 2026", "None"),
        ("31 juillet 2026", "2026-07-31"),
        ("10 jui 2026", "None"),
        ("10 brumaire 2026", "None"),
    ],
)
def test_a_day_is_one_of_the_calendar(text: str, wanted: str) -> None:
    assert days([text]) == [wanted]


@pytest.mark.parametrize(("decimal", "wanted"), [("point", [None, 16.27]), ("comma", [16.27, 16.27])])
def test_a_decimal_comma_is_read_where_it_is_declared(decimal: str, wanted: list[float | None]) -> None:
    table = ibis.memtable({"at": [0, 1], "text": ["16,27", "16.27"]})
    found = table.select("at", value=number(table.text, decimal)).order_by("at").to_pyarrow()["value"].to_pylist()
    assert found == wanted
