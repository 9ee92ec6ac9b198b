"""Rows of text as typed rows, each with the rules that it breaks and the warnings that it carries.

A row that breaks a rule is not mended: it waits in quarantine. Warnings stay in the data as flags.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from pipeline.schema import Schema
from pipeline.sources.tabular.cells import ROW
from pipeline.sources.tabular.countries import Named
from pipeline.sources.tabular.declared import Count, TableSource, Value
from pipeline.sources.tabular.text import cell, day, decoded, is_one_of, is_unknown_code, made, number, whole_number

FIRST_DAY = dt.date(1900, 1, 1)
COARSEST = {"date_precision": "year", "geo_precision": "country"}
"""What a precision is taken for where the source gives none, or one that is not known: a warning, no error."""
COORDINATES = ("latitude", "longitude")
DATE_RULES = ("tabular.date", "tabular.date_range", "tabular.date_order")
SHOWN_TEXTS = ("place_text", "admin1_text", "admin2_text", "actors_text")
FORMULA = r"^[=+\-@\t]"
Rule = tuple[str, ir.BooleanValue, ir.StringValue]
"""Id, whether a row breaks it, and what is wrong with the row."""


def typed(cells: ir.Table, declared: TableSource, schema: Schema) -> ir.Table:
    """Parse every cell that is used, one by one.

    Args:
        cells: ``_row`` and the columns of the file as text.
        declared: what the columns mean.
        schema: for the types of the fields of `records`.

    Returns:
        ``_row``, ``own_id``, ``country_text`` (as it is written), ``part``, ``clause`` (of the scope, that leaves the
        row out), the declared fields of `records` with their types, ``bad_<field>`` (a cell that is not of the type
        or a code that is not known), ``text_latitude`` and ``text_longitude`` (as they are written),
        ``actor_<side>``, ``actor_name_<side>``, ``role_<side>``, ``actor_type_<side>``,
        ``count_<column>`` and ``bad_count_<column>``.
    """
    texts = _texts(cells, declared)
    columns: dict[str, ir.Value] = {name: texts[name] for name in (ROW, "own_id", "country_text", "part")}
    clauses = [decoded(texts[f"clause_{at}"], value) for at, value in enumerate(declared.excluded)]
    columns["clause"] = ibis.coalesce(*clauses) if clauses else ibis.null("string")
    for name, value in declared.record.items():
        text = texts[f"text_{name}"]
        parsed = _parsed(text, value, schema.tables["records"][name].type, declared)
        columns[name] = parsed
        if name in COORDINATES:
            columns[f"text_{name}"] = text
        columns[f"bad_{name}"] = is_unknown_code(text, value) if value.codes else text.notnull() & parsed.isnull()
    for actor in declared.actors:
        columns |= {name: texts[name] for name in (f"actor_{actor.side}", f"actor_name_{actor.side}")}
        columns[f"role_{actor.side}"] = decoded(texts[f"text_role_{actor.side}"], actor.role)
        kind = decoded(texts[f"text_type_{actor.side}"], actor.type) if actor.type else ibis.null("string")
        columns[f"actor_type_{actor.side}"] = kind
    for column in count_columns(declared):
        text = texts[f"text_count_{column}"]
        columns[f"count_{column}"] = whole_number(text)
        columns[f"bad_count_{column}"] = text.notnull() & columns[f"count_{column}"].isnull()
    found = texts.select(**columns)
    last = found.date_end if "date_end" in declared.record else found.date_start
    return found.mutate(date_end=ibis.coalesce(last, found.date_start))


def _texts(cells: ir.Table, declared: TableSource) -> ir.Table:
    """The text of every declared value, made once: parsing looks at each several times."""
    texts: dict[str, ir.Value] = {ROW: cells[ROW], "own_id": cell(cells, declared.id)}
    texts["country_text"] = made(cells, declared.record["country_iso3"])
    texts["part"] = made(cells, declared.part_of) if declared.part_of else ibis.null("string")
    texts |= {f"clause_{at}": made(cells, value) for at, value in enumerate(declared.excluded)}
    texts |= {f"text_{name}": made(cells, value) for name, value in declared.record.items()}
    for actor in declared.actors:
        texts[f"actor_{actor.side}"] = cell(cells, actor.column)
        texts[f"actor_name_{actor.side}"] = cell(cells, actor.name)
        texts[f"text_role_{actor.side}"] = made(cells, actor.role)
        texts[f"text_type_{actor.side}"] = made(cells, actor.type) if actor.type else ibis.null("string")
    unknown = {column: count.unknown for count in declared.counts for column in count_columns(declared, [count])}
    for column, none in unknown.items():
        text = cell(cells, column)
        texts[f"text_count_{column}"] = ibis.ifelse(text.isin(none), ibis.null("string"), text) if none else text
    return cells.select(**texts)


def is_elsewhere(cells: ir.Table, declared: TableSource, named: Named) -> ir.BooleanValue:
    """Whether a row is about a country outside the region, so that nothing else of it is looked at.

    Args:
        cells: ``_row`` and the columns of a file as text.
        declared: what the columns mean.
        named: the texts of this file that name a country of the region, or none.
    """
    text = made(cells, declared.record["country_iso3"])
    return text.notnull() & ~is_one_of(text, named.looked_at)


def count_columns(declared: TableSource, counts: Sequence[Count] | None = None) -> tuple[str, ...]:
    """The columns that hold counts, or some counts, each once."""
    counts = declared.counts if counts is None else counts
    totals = [column for count in counts for column in count.total.values()]
    parts = [part for count in counts for part in count.parts]
    columns = [column for part in parts for column in (part.column, part.zero_unless) if column]
    return tuple(dict.fromkeys((*totals, *columns)))


def errors(rows: ir.Table, declared: TableSource, schema: Schema, release_date: dt.date) -> Iterator[Rule]:
    """The rules that send a row to quarantine; the first that is broken stands in the ledger.

    Args:
        rows: what `typed` returns, with ``is_exchanged`` (latitude and longitude lie in the country only when
            exchanged) and ``is_repeated`` (an earlier row of the file has the same id).
        declared: the source.
        schema: for the fields that must have a value.
        release_date: nothing happens after it.
    """
    t = rows
    required = [
        name
        for name in ("date_start", "country_iso3", *declared.record)
        if schema.tables["records"][name].required and name not in COARSEST
    ]
    missing = [("own_id", t.own_id.isnull())]
    missing += [(name, t[name].isnull() & ~t[f"bad_{name}"]) for name in dict.fromkeys(required) if name != "date_end"]
    yield "tabular.missing", _any(missing), _named("has no ", missing)
    no_country = ibis.literal("is about no country that schemas/country_names.csv knows: ") + _text(t.country_text)
    yield "tabular.country", t.bad_country_iso3, no_country
    bad_dates = [(name, t[f"bad_{name}"]) for name in ("date_start", "date_end") if f"bad_{name}" in t.columns]
    yield "tabular.date", _any(bad_dates), _named("is no day of the calendar as it is written in ", bad_dates)
    is_far = (t.date_start < FIRST_DAY) | (t.date_end > release_date)
    between = ibis.literal(f"happens before {FIRST_DAY} or after the release of {release_date}: ")
    yield "tabular.date_range", is_far, between + _text(t.date_start) + " to " + _text(t.date_end)
    order = ibis.literal("ends on ") + _text(t.date_end) + ", before it begins on " + _text(t.date_start)
    yield "tabular.date_order", t.date_end < t.date_start, order
    codes = [
        (name, t[f"bad_{name}"])
        for name, value in declared.record.items()
        if value.codes and name not in COARSEST and name != "country_iso3"
    ]
    yield "tabular.unknown_code", _any(codes), _named("has a code that the declaration does not know in ", codes)
    if "latitude" in declared.record:
        is_off = (
            t.bad_latitude
            | t.bad_longitude
            | (t.latitude.isnull() != t.longitude.isnull())
            | (t.latitude.abs() > 90)
            | (t.longitude.abs() > 180)
        )
        where = ibis.literal("has no point of the globe: latitude ") + _text(t.text_latitude) + ", longitude "
        has_comma = t.bad_latitude & t.text_latitude.contains(",") | t.bad_longitude & t.text_longitude.contains(",")
        expected = "; a decimal point is expected, or 'decimal: comma' in the declaration"
        hint = ibis.ifelse(has_comma.fill_null(False), ibis.literal(expected), ibis.literal(""))
        yield "tabular.coordinates", is_off, where + _text(t.text_longitude) + hint
        swapped = ibis.literal("lies in ") + t.country_iso3 + " only with latitude and longitude exchanged: "
        yield "tabular.exchanged", t.is_exchanged, swapped + _text(t.latitude) + ", " + _text(t.longitude)
    largest = schema.tables["claims"]["value_low"].maximum or 0
    counts = [
        (column, t[f"bad_count_{column}"] | (t[f"count_{column}"] > int(largest))) for column in count_columns(declared)
    ]
    yield "tabular.count", _any(counts), _named("has no whole number from 0 to 100,000 in ", counts)
    yield "tabular.id_twice", t.is_repeated, ibis.literal("has the id of an earlier row of the file: ") + t.own_id


def warnings(rows: ir.Table, declared: TableSource, precisions: ir.Table) -> ir.Table:
    """Add ``flags``: the ids of the warnings that a row carries, with "; " between them, null where there is none.

    Args:
        rows: what `typed` returns, with ``is_abroad`` (outside the outline of its country), ``is_unknown_unit``,
            ``is_unknown_actor`` and ``is_uneven`` (lists of reports of different lengths).
        declared: the source.
        precisions: the code list `date_precision`, with ``max_days``.
    """
    known = precisions.select(said_precision="code", max_days="max_days")
    t = rows.left_join(known, [rows.date_precision == known.said_precision])
    span = t.date_end.delta(t.date_start, unit="day") + 1
    found = [
        ("tabular.precision_unknown", _any([("", t[f"bad_{name}"] | t[name].isnull()) for name in COARSEST])),
        ("tabular.date_span", span > t.max_days.cast("int64")),
        ("tabular.outside_country", t.is_abroad),
        ("tabular.unknown_unit", t.is_unknown_unit),
        ("tabular.unknown_actor", t.is_unknown_actor),
        ("tabular.uneven_lists", t.is_uneven),
    ]
    shown = [t[name].re_search(FORMULA) for name in SHOWN_TEXTS if name in declared.record]
    found += [("tabular.formula", _any([("", condition) for condition in shown]))] if shown else []
    for count in declared.counts:
        total = {bound: t[f"count_{column}"] for bound, column in count.total.items()}
        pairs = [(low, high) for low, high in (("low", "best"), ("best", "high")) if {low, high} <= set(total)]
        if pairs:
            wrong = [("", total[low] > total[high]) for low, high in pairs]
            found.append(("tabular.toll_order", _any(wrong)))
        if count.parts:
            summed = reduce(lambda a, b: a + b, (t[f"count_{part.column}"].fill_null(0) for part in count.parts))
            wrong_sum = summed != total["best"] if count.parts_are_all else summed > total["best"]
            found.append(("tabular.toll_sum", wrong_sum.fill_null(False)))
    flags = reduce(
        lambda text, flag: text + ibis.ifelse(flag[1].fill_null(False), ibis.literal(flag[0] + "; "), ibis.literal("")),
        found,
        ibis.literal(""),
    )
    filled = {name: t[name].fill_null(code) for name, code in COARSEST.items()}
    return t.mutate(flags=flags.re_replace("; $", "").nullif(""), **filled).drop("said_precision", "max_days")


def has_days(rows: ir.Table, rules: Sequence[Rule]) -> ir.BooleanValue:
    """Whether the first and the last day of a row can be read, and can be right."""
    broken = _any([(rule, condition) for rule, condition, _ in rules if rule in DATE_RULES])
    return rows.date_start.notnull() & ~broken


def first_broken(rules: Sequence[Rule]) -> ir.StringValue:
    """The id of the first rule that a row breaks, or null."""
    return ibis.cases(*((condition.fill_null(False), rule) for rule, condition, _ in rules), else_=ibis.null("string"))


def messages(rules: Sequence[Rule]) -> ir.StringValue:
    """What is wrong with a row, all of it."""
    said = reduce(
        lambda text, rule: (
            text + ibis.ifelse(rule[1].fill_null(False), rule[2].fill_null(rule[0]) + "; ", ibis.literal(""))
        ),
        rules,
        ibis.literal(""),
    )
    return said.re_replace("; $", "")


def _parsed(text: ir.StringValue, value: Value, kind: str, declared: TableSource) -> ir.Value:
    match kind:
        case "date":
            return day(text, declared.date_forms)
        case "integer":
            return whole_number(text)
        case "number":
            return number(text, declared.decimal)
    return decoded(text, value)


def _any(conditions: Sequence[tuple[str, ir.BooleanValue]]) -> ir.BooleanValue:
    found = [condition.fill_null(False) for _, condition in conditions]
    return reduce(or_, found) if found else ibis.literal(False)


def _named(before: str, conditions: Sequence[tuple[str, ir.BooleanValue]]) -> ir.StringValue:
    names = reduce(
        lambda text, found: (
            text + ibis.ifelse(found[1].fill_null(False), ibis.literal(found[0] + ", "), ibis.literal(""))
        ),
        conditions,
        ibis.literal(""),
    )
    return ibis.literal(before) + names.re_replace(", $", "")


def _text(value: ir.Value) -> ir.StringValue:
    return value.cast("string").fill_null("nothing")
