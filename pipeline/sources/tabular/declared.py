"""The key ``table`` of a source's declaration: how its files are recognised and what its columns mean."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.problems import CannotDo, did_you_mean
from pipeline.schema import Schema
from pipeline.sources.declaration import Source, load_source

DATE_FORMS = ("iso", "day_month_year", "month_day_year", "excel")
"""Forms in which a date can be read in one way only: a month is a name, or the year stands first."""
NUMERIC_DATE_FORMS = ("day_first", "month_first")
"""10/02/2026 in February or in October: never guessed, so a source declares one of the two."""
Codes = Mapping[str, str | None]
MADE_FROM = ("column", "columns", "join", "value", "date", "last_date", "cases")
KEYS: Mapping[str, tuple[str, ...]] = {
    "table": (
        *("like", "layouts", "versions", "census", "claimant", "id", "part_of", "record", "excluded", "date_forms"),
        *("actors", "actors_by", "actor_names", "actor_forms", "actor_alternatives", "unnamed_actors"),
        *("counts", "reports"),
    ),
    "layout": ("layout", "columns", "more", "without", "without_header"),
    "version": ("form", "from", "to", "years_back"),
    "value": (*MADE_FROM, "codes", "otherwise", "form", "also"),
    "case": ("where", "is"),
    "actor": ("side", "column", "name", "role", "type"),
    "count": ("metric", "qualifier", "total", "parts"),
    "total": ("low", "best", "high"),
    "part": ("column", "side", "population", "zero_is_said"),
    "reports": ("separator", "publisher", "date", "headline", "no_date", "names", "citations", "form"),
}
"""The keys of a declaration, by what they are keys of; docs/own_source.md explains each."""


@dataclass(frozen=True)
class Layout:
    """The columns of a file.

    Attributes:
        name: what people call it.
        columns: the names that must be there; their order only matters where there is no header line.
        more: further names that may be there and are not read.
        without: columns that other layouts have and this one lacks: read as empty.
        without_header: forms that the first row's cells must have for a file without a header line to be taken
            for this layout; empty where a header line is needed.
    """

    name: str
    columns: tuple[str, ...]
    more: frozenset[str]
    without_header: Mapping[str, str]
    without: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """A value that holds where each of some columns has one of the texts listed for it."""

    where: Mapping[str, tuple[str, ...]]
    code: str | None


@dataclass(frozen=True)
class Value:
    """How a value is made from the cells of a row: exactly one of column(s), joined columns, cases, a date, a constant.

    Attributes:
        columns: the first that is filled gives the text; all of them where ``is_joined``.
        codes: what each text stands for; a text that is not among them breaks a rule, unless ``otherwise`` is set.
        date: ``first`` or ``last`` where the columns are year, month and day, and a day 0 stands for one that is not
            known (a month 0 likewise): the first or the last of the month, or of the year.
        cases: tried in order; the first that holds gives the value, else it is ``otherwise``.
        also: codes of ours that the source has under codes of its own which hold other things too; they are not read.
        form: a pattern that the text must match as a whole; its first group is the value, else there is none.
    """

    columns: tuple[str, ...] = ()
    is_joined: bool = False
    codes: Codes | None = None
    otherwise: str | None = None
    has_otherwise: bool = False
    constant: str | None = None
    date: str | None = None
    form: str | None = None
    cases: tuple[Case, ...] = ()
    also: frozenset[str] = frozenset()

    @property
    def meant(self) -> frozenset[str]:
        """The codes of ours that it may give."""
        codes = {*(self.codes or {}).values(), self.otherwise, self.constant, *(case.code for case in self.cases)}
        codes |= self.also
        return frozenset(code for code in codes if code is not None)


@dataclass(frozen=True)
class ActorColumn:
    """A column that names one side: by what it is found in ``actors.csv``, and the part it had.

    Attributes:
        type: the type of the actor, for one that is not found; None where the source does not give it.
    """

    side: str
    column: str
    name: str
    role: Value
    type: Value | None = None


@dataclass(frozen=True)
class Part:
    """A count of some of the persons: those of a side, or of one population."""

    column: str
    side: str | None
    population: str | None
    zero_is_said: bool


@dataclass(frozen=True)
class Count:
    """A metric with the columns of its total (low, best, high) and of its disjoint parts."""

    metric: str
    qualifier: str
    total: Mapping[str, str]
    parts: tuple[Part, ...]

    @property
    def parts_are_all(self) -> bool:
        """Whether the parts make up the total, because one of them holds what is of no known group."""
        return any(part.population == "unspecified" for part in self.parts)


@dataclass(frozen=True)
class ReportLists:
    """The reports behind a row: columns that list publishers, dates and headlines in the same order, or citations.

    Attributes:
        citations: columns with one report each, as text of the form ``form``.
        form: a pattern with the groups ``publisher``, ``date`` and ``headline``, of which only the first must be there.
    """

    separator: str
    publisher: str | None
    date: str | None
    headline: str | None
    no_date: str | None
    names: Mapping[str, str]
    citations: tuple[str, ...] = ()
    form: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        return tuple(column for column in (self.publisher, self.date, self.headline, *self.citations) if column)


@dataclass(frozen=True)
class Whole:
    """From how many countries on, and how many of them of the region, a file is taken for the whole."""

    countries: int
    of_the_region: int


@dataclass(frozen=True)
class Version:
    """What a version of the source covers: from the first day of a month to the last day of another."""

    form: str
    first: str
    last: str
    years_back: int

    def period(self, version: str) -> tuple[dt.date, dt.date] | None:
        """First and last day, or None for a version of another form, or one that names no month of the year."""
        found = re.fullmatch(self.form, version)
        if not found:
            return None
        try:
            start, end = (_month(text.format(**found.groupdict())) for text in (self.first, self.last))
        except ValueError:
            return None
        end = end.replace(year=end.year - self.years_back)
        return start, (end.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


@dataclass(frozen=True)
class TableSource:
    """All that is declared of a source that comes as a table.

    Attributes:
        whole: what a file of a census must hold to be taken for all of it; None for a source that is no census.
        revised_in: the source whose later release takes the place of this one's files of its time, if there is one.
        record: a value for each field of `records` that the source fills.
        claimant: whose figures the counts are.
        excluded: what leaves a row out of the scope: a clause of the list `scope_clause`, or nothing.
        actor_names: what the source calls an actor, with the actor's id, beside the names that are known.
        actor_forms: patterns whose first group is looked up where a name as a whole is not known: without the years of
            a government behind it, without an acronym before it, the acronym alone.
        actor_alternatives: what stands between two names of which only one was meant ("JNIM and/or ISSP").
        id: the column of the source's own id.
        part_of: the id of the figure that several rows share, where a source splits one.
    """

    source: Source
    layouts: tuple[Layout, ...]
    versions: tuple[Version, ...]
    whole: Whole | None
    revised_in: str | None
    claimant: str
    id: str
    part_of: Value | None
    record: Mapping[str, Value]
    excluded: tuple[Value, ...]
    date_forms: tuple[str, ...]
    actors: tuple[ActorColumn, ...]
    actors_by: str
    actor_names: Mapping[str, str]
    actor_forms: tuple[str, ...]
    actor_alternatives: str | None
    unnamed_actors: str | None
    counts: tuple[Count, ...]
    reports: ReportLists | None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file that are read, each once."""
        return tuple(dict.fromkeys(self._columns()))

    def _columns(self) -> Iterator[str]:
        yield self.id
        for value in (*self.record.values(), *self.excluded, *((self.part_of,) if self.part_of else ())):
            yield from value.columns
        for actor in self.actors:
            yield from (actor.column, actor.name, *actor.role.columns, *(actor.type.columns if actor.type else ()))
        for count in self.counts:
            yield from count.total.values()
            yield from (part.column for part in count.parts)
        if self.reports:
            yield from self.reports.columns

    def period(self, version: str) -> tuple[dt.date, dt.date] | None:
        """First and last day that a version covers, or None where no form fits."""
        found = (declared.period(version) for declared in self.versions)
        return next((period for period in found if period), None)


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
        whole=Whole(**whole) if whole else None,
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
    )


def _check_keys(raw: Mapping[str, Any], kind: str) -> None:
    unknown = [str(key) for key in raw if key not in KEYS[kind]]
    if unknown:
        near = did_you_mean(unknown[0], KEYS[kind])
        raise ValueError(f"unknown key {', '.join(unknown)} of a {kind}{near} (keys: {', '.join(KEYS[kind])})")


def _version(raw: Mapping[str, Any]) -> Version:
    _check_keys(raw, "version")
    return Version(raw["form"], str(raw["from"]), str(raw["to"]), raw.get("years_back", 0))


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


def folded(name: str) -> str:
    """A column's name as it is compared: spaces at the ends and capitals make no difference."""
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is to be a column's name: write it in quotes")
    return name.strip().lower()


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
    for part in raw.get("parts", []):
        _check_keys(part, "part")
    parts = tuple(
        Part(folded(part["column"]), part.get("side"), part.get("population"), part.get("zero_is_said", False))
        for part in raw.get("parts", [])
    )
    total = {bound: folded(column) for bound, column in raw["total"].items()}
    if set(total) - {"low", "best", "high"} or "best" not in total:
        raise ValueError("the total of a count has best, and may have low and high")
    if any((part.side is None) == (part.population is None) for part in parts):
        raise ValueError("a part of a count has either a side or a population")
    return Count(raw["metric"], raw.get("qualifier", "about"), total, parts)


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
    sides = {actor.side for actor in made.actors}
    lost = [str(part.side) for count in made.counts for part in count.parts if part.side and part.side not in sides]
    if lost:
        raise CannotDo(f"{place}: counts: there is no actor of side {', '.join(lost)}")
    known = (*DATE_FORMS, *NUMERIC_DATE_FORMS)
    if set(made.date_forms) - set(known) or set(NUMERIC_DATE_FORMS) <= set(made.date_forms):
        raise CannotDo(
            f"{place}: date_forms are among {', '.join(known)}, and of {' and '.join(NUMERIC_DATE_FORMS)} one at most"
        )


def _month(text: str) -> dt.date:
    year, month = text.split("-")
    return dt.date(int(year), int(month), 1)
