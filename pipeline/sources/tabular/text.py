"""Cells of text as values, in Ibis: parsed one by one, null where a cell is not of the type."""

from __future__ import annotations

import string
from collections.abc import Iterable
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from pipeline.schema.cells import NUMBER
from pipeline.sources.tabular.declared import Value

WHOLE = r"^[0-9]{1,9}$"
ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+Z?)?$"
LETTERS = "[A-Za-zéûÉÛ\u0301\u0302.]{3,11}"
"""Of the name of a month, in English or French; an accent may be a character of its own."""
DAY_MONTH_YEAR = rf"^([0-9]{{1,2}})(?:er)?[ -]({LETTERS})[ -]([0-9]{{2}}|[0-9]{{4}})$"
MONTH_DAY_YEAR = rf"^({LETTERS}) ([0-9]{{1,2}}), ([0-9]{{4}})$"
NUMERIC = r"^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})$"
EXCEL_DAY = r"^[0-9]{5}(\.0+)?$"
"""Days since 30 December 1899, as a spreadsheet keeps a date: 1927 to 2173."""
MONTHS = (
    *(("jan",), ("feb", "fev"), ("mar",), ("apr", "avr"), ("may", "mai"), ("jun", "juin")),
    *(("jul", "juil"), ("aug", "aou"), ("sep",), ("oct",), ("nov",), ("dec",)),
)
"""How the names of the months begin, in English and French, in small letters without accents."""
FIRST_SIGN = "!"
"""The first character that is no blank and none that controls a terminal."""
THIS_CENTURY = 70
"""Years of two digits below it are of this century, the others of the last."""


def cell(data: ir.Table, name: str) -> ir.StringValue:
    """A cell without blanks at its ends; null where nothing is left.

    Blanks are taken away only where there are some: to look for them takes a quarter of the time.
    """
    text = data[name]
    is_bare = (text >= FIRST_SIGN) & ~reduce(or_, (text.endswith(blank) for blank in string.whitespace))
    return ibis.ifelse(is_bare, text, text.strip().nullif(""))


def made(data: ir.Table, value: Value) -> ir.StringValue:
    """The text that a declared value has in each row, before its codes are looked up; of cases the code itself."""
    if value.constant is not None:
        return ibis.literal(value.constant)
    if value.cases:
        return _of_cases(data, value)
    cells = [cell(data, column) for column in value.columns]
    if value.date:
        return _composed(cells, value.date)
    if value.is_joined:
        return joined(cells, " ; ")
    found = ibis.coalesce(*cells) if len(cells) > 1 else cells[0]
    if value.form:
        whole = f"^(?:{value.form})$"
        return ibis.ifelse(found.re_search(whole), found.re_extract(whole, 1), ibis.null("string"))
    return found


def joined(parts: list[ir.StringValue], separator: str) -> ir.StringValue:
    """The texts that are there, with a separator between them; null where none is."""
    return ibis.array(parts).filter(lambda part: part.notnull()).join(separator).nullif("")


def _of_cases(data: ir.Table, value: Value) -> ir.StringValue:
    """The code of the first case that holds."""
    branches = []
    for case in value.cases:
        holds = [cell(data, column).isin(texts).fill_null(False) for column, texts in case.where.items()]
        branches.append((reduce(and_, holds), _code(case.code)))
    return ibis.cases(*branches, else_=_code(value.otherwise))


def _code(code: str | None) -> ir.StringValue:
    return ibis.null("string") if code is None else ibis.literal(code)


def decoded(text: ir.StringValue, value: Value) -> ir.StringValue:
    """What the codes of a declared value make of a text; null for a text that they do not know."""
    if value.codes is None:
        return text
    branches = [(text == known, _code(code)) for known, code in value.codes.items()]
    return ibis.cases(*branches, else_=_code(value.otherwise)) if branches else _code(value.otherwise)


def is_unknown_code(text: ir.StringValue, value: Value) -> ir.BooleanValue:
    """Whether a text stands there that the codes do not know."""
    if value.codes is None or value.has_otherwise:
        return ibis.literal(False)
    return text.notnull() & ~is_one_of(text, value.codes)


def is_one_of(text: ir.StringValue, known: Iterable[str]) -> ir.BooleanValue:
    """Whether a text, which is not null, is in a list; not by IN, of which DuckDB makes a join over all rows."""
    return ibis.literal(list(known), type="array<string>").contains(text)


def whole_number(text: ir.StringValue) -> ir.IntegerValue:
    """A count; a spreadsheet's "12.0" is 12. Null for anything else, NaN, a sign or a fraction included."""
    plain = _without_fraction(text)
    return ibis.ifelse(plain.re_search(WHOLE), plain.try_cast("int64"), ibis.null("int64"))


def number(text: ir.StringValue, decimal: str = "point") -> ir.FloatingValue:
    """A number with a decimal point, or comma; null for anything else, NaN and infinity included."""
    if decimal == "comma":
        text = text.replace(",", ".")
    is_number = text.re_search(f"^(?:{NUMBER.pattern})$")
    return ibis.ifelse(is_number, text.try_cast("float64"), ibis.null("float64"))


def day(text: ir.StringValue, forms: tuple[str, ...]) -> ir.DateValue:
    """A day of the calendar in one of the declared forms; null where there is no such day."""
    branches = []
    if "iso" in forms:
        branches.append((text.re_search(ISO), text.substr(0, 10).try_cast("date")))
    if "day_month_year" in forms:
        branches.append((text.re_search(DAY_MONTH_YEAR), _day_month_year(text).try_cast("date")))
    if "month_day_year" in forms:
        branches.append((text.re_search(MONTH_DAY_YEAR), _composed_day(text, MONTH_DAY_YEAR, 3, 1, 2).try_cast("date")))
    if "day_first" in forms:
        branches.append((text.re_search(NUMERIC), _composed_day(text, NUMERIC, 3, 2, 1).try_cast("date")))
    if "month_first" in forms:
        branches.append((text.re_search(NUMERIC), _composed_day(text, NUMERIC, 3, 1, 2).try_cast("date")))
    if "excel" in forms:
        since = _without_fraction(text).try_cast("int64")
        serial = ibis.date(1899, 12, 30) + since.as_interval("D")
        branches.append((text.re_search(EXCEL_DAY), serial.cast("date")))
    return ibis.cases(*branches, else_=ibis.null("date"))


def _day_month_year(text: ir.StringValue) -> ir.StringValue:
    composed = _composed_day(text, DAY_MONTH_YEAR, 3, 2, 1)
    year = text.re_extract(DAY_MONTH_YEAR, 3)
    century = ibis.ifelse(year.try_cast("int64") < THIS_CENTURY, ibis.literal("20"), ibis.literal("19"))
    return ibis.ifelse(year.length() == 2, century + composed, composed)


def _composed_day(text: ir.StringValue, form: str, year: int, month: int, day_of_month: int) -> ir.StringValue:
    """Year, month and day, by the groups of a pattern that hold them; a month may be a name."""
    written = text.re_extract(form, month)
    name = written.lower().translate("éû", "eu").re_replace("[\u0301\u0302]", "")
    number = ibis.cases(
        *((_begins(name, known), f"{at:02d}") for at, known in enumerate(MONTHS, 1)), else_=written.lpad(2, "0")
    )
    return text.re_extract(form, year) + "-" + number + "-" + text.re_extract(form, day_of_month).lpad(2, "0")


def _begins(name: ir.StringValue, known: tuple[str, ...]) -> ir.BooleanValue:
    return reduce(or_, (name.startswith(beginning) for beginning in known))


def _composed(cells: list[ir.StringValue], which: str) -> ir.StringValue:
    """Year, month and day as one text; for a day 0 the first or last of the month, for a month 0 of the year."""
    year, month, day_of_month = (_without_fraction(part).lpad(2, "0") for part in cells)
    of_year = year + ibis.literal("-01-01" if which == "first" else "-12-31")
    of_month = first = year + "-" + month + "-01"
    if which == "last":
        begun = first.try_cast("date")
        of_month = ((begun + ibis.interval(months=1)).cast("date") - ibis.interval(days=1)).cast("date").cast("string")
    known = ibis.ifelse(day_of_month == "00", of_month, year + "-" + month + "-" + day_of_month)
    return ibis.ifelse((month == "00") & day_of_month.notnull(), of_year, known)


def _without_fraction(text: ir.StringValue) -> ir.StringValue:
    """The text 12.0 as 12, as a spreadsheet may keep a whole number; looked for only where there is a point."""
    return ibis.ifelse(text.contains("."), text.re_replace(r"\.0+$", ""), text)
