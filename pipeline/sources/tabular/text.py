"""Cells of text as values, in Ibis: parsed one by one, null where a cell is not of the type."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pipeline.schema.cells import NUMBER
from pipeline.sources.tabular.declared import Value

WHOLE = r"^[0-9]{1,9}$"
ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+Z?)?$"
DAY_MONTH_YEAR = r"^([0-9]{1,2})[ -]([A-Za-zéû.]{3,9})[ -]([0-9]{2}|[0-9]{4})$"
EXCEL_DAY = r"^[0-9]{5}(\.0+)?$"
"""Days since 30 December 1899, as a spreadsheet keeps a date: 1927 to 2173."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
THIS_CENTURY = 70
"""Years of two digits below it are of this century, the others of the last."""


def cell(data: ir.Table, name: str) -> ir.StringValue:
    """A cell without blanks at its ends; null where nothing is left."""
    return data[name].strip().nullif("")


def made(data: ir.Table, value: Value) -> ir.StringValue:
    """The text that a declared value has in each row, before its codes are looked up."""
    if value.constant is not None:
        return ibis.literal(value.constant)
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
    text = ibis.literal("")
    for part in parts:
        between = ibis.ifelse(text.length() > 0, ibis.literal(separator), ibis.literal(""))
        text = ibis.ifelse(part.isnull(), text, text + between + part)
    return text.nullif("")


def decoded(text: ir.StringValue, value: Value) -> ir.StringValue:
    """What the codes of a declared value make of a text; null for a text that they do not know."""
    if value.codes is None:
        return text
    branches = [
        (text == known, ibis.null("string") if code is None else ibis.literal(code))
        for known, code in value.codes.items()
    ]
    otherwise = ibis.null("string") if value.otherwise is None else ibis.literal(value.otherwise)
    return ibis.cases(*branches, else_=otherwise)


def is_unknown_code(text: ir.StringValue, value: Value) -> ir.BooleanValue:
    """Whether a text stands there that the codes do not know."""
    if value.codes is None or value.has_otherwise:
        return ibis.literal(False)
    # a list that contains it, not IN: of that DuckDB makes a join over all rows
    return text.notnull() & ~ibis.literal(list(value.codes), type="array<string>").contains(text)


def whole_number(text: ir.StringValue) -> ir.IntegerValue:
    """A count; a spreadsheet's "12.0" is 12. Null for anything else, NaN, a sign or a fraction included."""
    plain = _without_fraction(text)
    return ibis.ifelse(plain.re_search(WHOLE), plain.try_cast("int64"), ibis.null("int64"))


def number(text: ir.StringValue) -> ir.FloatingValue:
    """A number with a decimal point; null for anything else, NaN and infinity included."""
    is_number = text.re_search(f"^(?:{NUMBER.pattern})$")
    return ibis.ifelse(is_number, text.try_cast("float64"), ibis.null("float64"))


def day(text: ir.StringValue, forms: tuple[str, ...]) -> ir.DateValue:
    """A day of the calendar in one of the declared forms; null where there is no such day."""
    branches = []
    if "iso" in forms:
        branches.append((text.re_search(ISO), text.substr(0, 10).try_cast("date")))
    if "day_month_year" in forms:
        branches.append((text.re_search(DAY_MONTH_YEAR), _day_month_year(text).try_cast("date")))
    if "excel" in forms:
        since = _without_fraction(text).try_cast("int64")
        serial = ibis.date(1899, 12, 30) + since.as_interval("D")
        branches.append((text.re_search(EXCEL_DAY), serial.cast("date")))
    return ibis.cases(*branches, else_=ibis.null("date"))


def _day_month_year(text: ir.StringValue) -> ir.StringValue:
    month = text.re_extract(DAY_MONTH_YEAR, 2).substr(0, 3).lower()
    number = ibis.cases(*((month == name, f"{at:02d}") for at, name in enumerate(MONTHS, 1)), else_="00")
    year = text.re_extract(DAY_MONTH_YEAR, 3)
    century = ibis.ifelse(year.try_cast("int64") < THIS_CENTURY, ibis.literal("20"), ibis.literal("19"))
    full = ibis.ifelse(year.length() == 2, century + year, year)
    return full + "-" + number + "-" + text.re_extract(DAY_MONTH_YEAR, 1).lpad(2, "0")


def _composed(cells: list[ir.StringValue], which: str) -> ir.StringValue:
    """Year, month and day as one text; for a day 0 the first or the last of the month."""
    year, month, day_of_month = (_without_fraction(part).lpad(2, "0") for part in cells)
    first = year + "-" + month + "-01"
    if which == "first":
        return ibis.ifelse(day_of_month == "00", first, year + "-" + month + "-" + day_of_month)
    begun = first.try_cast("date")
    last = ((begun + ibis.interval(months=1)).cast("date") - ibis.interval(days=1)).cast("date").cast("string")
    return ibis.ifelse(day_of_month == "00", last, year + "-" + month + "-" + day_of_month)


def _without_fraction(text: ir.StringValue) -> ir.StringValue:
    """The text 12.0 as 12, as a spreadsheet may keep a whole number; looked for only where there is a point."""
    return ibis.ifelse(text.contains("."), text.re_replace(r"\.0+$", ""), text)
