"""Reads the key ``table`` of a source's declaration, and holds it against the fields and codes of `records`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.problems import CannotDo, did_you_mean
from pipeline.schema import Schema
from pipeline.sources.declaration import Source, load_source
from pipeline.sources.tabular.declared import (
    ActorColumn,
    Case,
    Codes,
    Count,
    Layout,
    Part,
    ReportLists,
    TableSource,
    Value,
    Version,
    Whole,
    folded,
)

DATE_FORMS = ("iso", "day_month_year", "month_day_year", "excel")
"""Forms in which a date can be read in one way only: a month is a name, or the year stands first."""
NUMERIC_DATE_FORMS = ("day_first", "month_first")
"""10/02/2026 in February or in October: never guessed, so a source declares one of the two."""
DECIMALS = ("point", "comma")
EVERY = ("month", "year")
MADE_FROM = ("column", "columns", "join", "value", "date", "last_date", "cases")
KEYS: Mapping[str, tuple[str, ...]] = {
    "table": (
        *(
            "like",
            "layouts",
            "versions",
            "census",
            "revised_in",
            "claimant",
            "id",
            "keeps_ids",
            "part_of",
            "record",
            "excluded",
        ),
        *(
            "date_forms",
            "decimal",
            "actors",
            "actors_by",
            "actor_names",
            "actor_forms",
            "actor_alternatives",
            "unnamed_actors",
        ),
        *("counts", "reports"),
    ),
    "layout": ("layout", "columns", "more", "without", "without_header"),
    "version": ("form", "from", "to", "years_back", "every"),
    "census": ("countries", "of_the_region", "all_of"),
    "value": (*MADE_FROM, "codes", "otherwise", "form", "also"),
    "case": ("where", "is"),
    "actor": ("side", "column", "name", "role", "type"),
    "count": ("metric", "qualifier", "total", "parts", "unknown"),
    "total": ("low", "best", "high"),
    "part": ("column", "side", "population", "zero_is_said"),
    "zero_is_said": ("unless",),
    "reports": ("separator", "publisher", "date", "headline", "no_date", "names", "citations", "form"),
}
"""The keys of a declaration, by what they are keys of; docs/own_source.md explains each."""


def load_table_source(schemas: Path, name: str) -> TableSource:
    """Read what is declared of a source that comes as a table.

    Args:
        schemas: the project's ``schemas/``.
        name: the source.

    Raises:
        CannotDo: it is not declared as a table, or a key is missing, unknown or refers to a column of no layout.
    """
    source = load_source(schemas, name)
    raw = dict(source.table or {})
    place = f"schemas/sources/{name}.yaml: table"
    if not raw:
        raise CannotDo(f"{place}: is not declared, so its files cannot be read")
    if "like" in raw:
        other = load_source(schemas, str(raw.pop("like"))).table
        raw = {**(other or {}), **raw}
    try:
        made = _table_source(source, raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CannotDo(f"{place}: a key is missing or of the wrong kind: {error!r}") from error
    if raw:
        raise CannotDo(f"{place}: unknown key {', '.join(raw)}{did_you_mean(next(iter(raw)), KEYS['table'])}")
    _check(made, place)
    return made


FOLLOWING = (
    "record_id",
    "incident_id",
    "source",
    "source_version",
    "date_end",
    "link_method",
)
"""Fields of `records` that follow from what is declared."""


def check_fields(declared: TableSource, schema: Schema) -> None:
    """Hold a declaration against the fields and codes of `records`.

    Raises:
        CannotDo: a field is not one of `records`, one that every record needs is not filled, or a code is unknown.
    """
    place = f"schemas/sources/{declared.source.source}.yaml: table: record"
    table = schema.tables["records"]
    for name, value in declared.record.items():
        if name not in table.columns:
            raise CannotDo(f"{place}: records have no field '{name}'{did_you_mean(name, table.columns)}")
        _check_codes(f"{place}: {name}", value, schema.codes(table[name]))
    needed = [field.name for field in table.fields if field.required and field.name not in FOLLOWING]
    missing = [name for name in needed if name not in declared.record]
    if missing:
        raise CannotDo(f"{place}: says nothing of {', '.join(missing)}, which every record has")
    place = place.removesuffix(": record")
    for actor in declared.actors:
        _check_codes(f"{place}: actors: role", actor.role, schema.codelists["actor_role"].codes)
        if actor.type:
            _check_codes(f"{place}: actors: type", actor.type, schema.codelists["actor_type"].codes)
    for count in declared.counts:
        codes = schema.codelists["metric"].codes
        if count.metric not in codes:
            raise CannotDo(f"{place}: counts: unknown metric '{count.metric}'{did_you_mean(count.metric, codes)}")


def _check_codes(place: str, value: Value, codes: Sequence[str]) -> None:
    wrong = sorted(code for code in value.meant if codes and code not in codes)
    if wrong:
        near = did_you_mean(wrong[0], codes)
        raise CannotDo(f"{place}: unknown code '{wrong[0]}'{near} (codes: {', '.join(codes)})")


def _table_source(source: Source, raw: dict[str, Any]) -> TableSource:
    reports = raw.pop("reports", None)
    part_of = raw.pop("part_of", None)
    whole = raw.pop("census", None)
    return TableSource(
        source=source,
        layouts=tuple(_layout(layout) for layout in raw.pop("layouts")),
        versions=tuple(_version(found) for found in raw.pop("versions", [])),
        whole=_whole(whole) if whole else None,
        revised_in=raw.pop("revised_in", None),
        claimant=raw.pop("claimant"),
        id=folded(raw.pop("id")),
        part_of=_value(part_of) if part_of else None,
        record={field: _value(value) for field, value in raw.pop("record").items()},
        excluded=tuple(_value(value) for value in raw.pop("excluded", [])),
        date_forms=tuple(raw.pop("date_forms", DATE_FORMS)),
        actors=tuple(_actor(actor) for actor in raw.pop("actors", [])),
        actors_by=raw.pop("actors_by", "name"),
        actor_names=raw.pop("actor_names", {}),
        actor_forms=tuple(raw.pop("actor_forms", [])),
        actor_alternatives=raw.pop("actor_alternatives", None),
        unnamed_actors=raw.pop("unnamed_actors", None),
        counts=tuple(_count(count) for count in raw.pop("counts", [])),
        reports=_report_lists(reports) if reports else None,
        keeps_ids=raw.pop("keeps_ids", False),
        decimal=raw.pop("decimal", "point"),
    )


def _check_keys(raw: Mapping[str, Any], kind: str) -> None:
    unknown = [str(key) for key in raw if key not in KEYS[kind]]
    if unknown:
        near = did_you_mean(unknown[0], KEYS[kind])
        raise ValueError(f"unknown key {', '.join(unknown)} of a {kind}{near} (keys: {', '.join(KEYS[kind])})")


def _version(raw: Mapping[str, Any]) -> Version:
    _check_keys(raw, "version")
    every = raw.get("every", "month")
    if every not in EVERY:
        raise ValueError(f"every: {every} is neither {' nor '.join(EVERY)}")
    return Version(raw["form"], str(raw["from"]), str(raw["to"]), raw.get("years_back", 0), every)


def _whole(raw: Mapping[str, Any]) -> Whole:
    _check_keys(raw, "census")
    of_the_region = raw["of_the_region"]
    if not isinstance(of_the_region, list):
        raise TypeError("of_the_region is a list of countries: [MLI, NER]")
    all_of = {folded(column): tuple(map(str, texts)) for column, texts in raw.get("all_of", {}).items()}
    return Whole(int(raw["countries"]), frozenset(of_the_region), all_of)


def _actor(raw: Mapping[str, Any]) -> ActorColumn:
    _check_keys(raw, "actor")
    kind = _value(raw["type"]) if "type" in raw else None
    return ActorColumn(raw["side"], folded(raw["column"]), folded(raw["name"]), _value(raw["role"]), kind)


def _layout(raw: Mapping[str, Any]) -> Layout:
    _check_keys(raw, "layout")
    columns = tuple(folded(name) for name in raw["columns"])
    return Layout(
        raw["layout"],
        columns,
        frozenset(folded(name) for name in raw.get("more", [])),
        raw.get("without_header", {}),
        frozenset(folded(name) for name in raw.get("without", [])),
    )


def _value(raw: Any) -> Value:
    if isinstance(raw, str):
        return Value((folded(raw),))
    _check_keys(raw, "value")
    if len(set(MADE_FROM) & set(raw)) != 1:
        more = [key for key in KEYS["value"] if key not in MADE_FROM]
        raise ValueError(f"{raw} needs one of {', '.join(MADE_FROM)}, and may have {', '.join(more)}")
    if "cases" in raw:
        return _cases(raw)
    date = "first" if "date" in raw else "last" if "last_date" in raw else None
    listed = next((raw[key] for key in ("columns", "join", "date", "last_date") if key in raw), None)
    columns = listed or ([raw["column"]] if "column" in raw else [])
    codes = raw.get("codes")
    return Value(
        columns=tuple(folded(column) for column in columns),
        is_joined="join" in raw,
        codes=_with_fractions({str(text): code for text, code in codes.items()}) if codes is not None else None,
        otherwise=raw.get("otherwise"),
        has_otherwise="otherwise" in raw,
        constant=raw.get("value"),
        date=date,
        form=raw.get("form"),
        also=frozenset(raw.get("also", {})),
    )


def _cases(raw: Mapping[str, Any]) -> Value:
    if "otherwise" not in raw or "codes" in raw or "form" in raw:
        raise ValueError("cases have an otherwise, which may be null, and no codes and no form")
    made = []
    for case in raw["cases"]:
        _check_keys(case, "case")
        listed = {column: texts if isinstance(texts, list) else [texts] for column, texts in case["where"].items()}
        where = {folded(c): tuple(_with_fractions(dict.fromkeys(map(str, texts)))) for c, texts in listed.items()}
        made.append(Case(where, case["is"]))
    columns = tuple(dict.fromkeys(column for case in made for column in case.where))
    return Value(
        columns=columns,
        cases=tuple(made),
        otherwise=raw["otherwise"],
        has_otherwise=True,
        also=frozenset(raw.get("also", {})),
    )


def _with_fractions(codes: Codes) -> Codes:
    """Codes that are whole numbers, also as a spreadsheet keeps them: 1 and 1.0."""
    return {**codes, **{f"{text}.0": code for text, code in codes.items() if text.isdecimal()}}


def _count(raw: Mapping[str, Any]) -> Count:
    _check_keys(raw, "count")
    parts = tuple(_part(part) for part in raw.get("parts", []))
    total = {bound: folded(column) for bound, column in raw["total"].items()}
    if set(total) - {"low", "best", "high"} or "best" not in total:
        raise ValueError("the total of a count has best, and may have low and high")
    if any((part.side is None) == (part.population is None) for part in parts):
        raise ValueError("a part of a count has either a side or a population")
    return Count(raw["metric"], raw.get("qualifier", "about"), total, parts, tuple(map(str, raw.get("unknown", []))))


def _part(raw: Mapping[str, Any]) -> Part:
    _check_keys(raw, "part")
    zero = raw.get("zero_is_said", False)
    is_bound = isinstance(zero, dict)
    if is_bound:
        _check_keys(zero, "zero_is_said")
    return Part(
        folded(raw["column"]),
        raw.get("side"),
        raw.get("population"),
        is_bound or bool(zero),
        folded(zero["unless"]) if is_bound else None,
    )


def _report_lists(raw: Mapping[str, Any]) -> ReportLists:
    cited = "citations" in raw
    _check_keys(raw, "reports")
    if cited is ("publisher" in raw) or cited is not ("form" in raw):
        raise ValueError("reports have either a publisher and a separator, or citations and their form")
    if cited and "publisher" not in re.compile(raw["form"]).groupindex:
        raise ValueError("the form of citations has a group (?P<publisher>…)")
    return ReportLists(
        separator=raw.get("separator", "") if cited else raw["separator"],
        publisher=None if cited else folded(raw["publisher"]),
        date=folded(raw["date"]) if "date" in raw else None,
        headline=folded(raw["headline"]) if "headline" in raw else None,
        no_date=raw.get("no_date"),
        names=raw.get("names", {}),
        citations=tuple(folded(column) for column in raw.get("citations", [])),
        form=raw.get("form", ""),
    )


def _check(made: TableSource, place: str) -> None:
    """Every column that is read stands in every layout, and every side of a count is one of an actor."""
    for layout in made.layouts:
        missing = [column for column in made.columns if column not in {*layout.columns, *layout.without}]
        if missing:
            raise CannotDo(f"{place}: the layout '{layout.name}' has no column {', '.join(missing)}")
    lost = [column for column in (made.whole.all_of if made.whole else ()) if column not in made.columns]
    if lost:
        raise CannotDo(f"{place}: census: all_of: {', '.join(lost)} is not read, so its texts cannot be looked for")
    sides = {actor.side for actor in made.actors}
    lost = [str(part.side) for count in made.counts for part in count.parts if part.side and part.side not in sides]
    if lost:
        raise CannotDo(f"{place}: counts: there is no actor of side {', '.join(lost)}")
    if made.decimal not in DECIMALS:
        raise CannotDo(f"{place}: decimal is {' or '.join(DECIMALS)}, not {made.decimal!r}")
    known = (*DATE_FORMS, *NUMERIC_DATE_FORMS)
    if set(made.date_forms) - set(known) or set(NUMERIC_DATE_FORMS) <= set(made.date_forms):
        raise CannotDo(
            f"{place}: date_forms are among {', '.join(known)}, and of {' and '.join(NUMERIC_DATE_FORMS)} one at most"
        )
