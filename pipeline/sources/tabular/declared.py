"""The key ``table`` of a source's declaration: how its files are recognised and what its columns mean."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.sources.declaration import Source
from pipeline.sources.stored import StoredFile

Codes = Mapping[str, str | None]


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
    """A count of some of the persons: those of a side, or of one population.

    Attributes:
        zero_is_said: whether a 0 is a statement, and not an empty cell.
        zero_unless: the column of those of whom it is not known whether they belong here: where it has any, a 0 is no
            statement.
    """

    column: str
    side: str | None
    population: str | None
    zero_is_said: bool
    zero_unless: str | None = None


@dataclass(frozen=True)
class Count:
    """A metric with the columns of its total (low, best, high) and of its disjoint parts.

    Attributes:
        unknown: texts in these columns that stand for no figure.
    """

    metric: str
    qualifier: str
    total: Mapping[str, str]
    parts: tuple[Part, ...]
    unknown: tuple[str, ...] = ()

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
    """What a file must hold to be taken for all that the source has of its version, where nobody says so.

    Attributes:
        countries: how many countries, for one that is taken for the whole.
        of_the_region: the countries of the region that are then among them.
        all_of: for some columns texts of which each stands in some row of the region, if nothing was filtered out.
    """

    countries: int
    of_the_region: frozenset[str]
    all_of: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Version:
    """What a version of the source covers: from the first day of a month to the last day of another.

    Attributes:
        every: ``month`` or ``year``: in each of them a file that was not cut has rows of the region.
    """

    form: str
    first: str
    last: str
    years_back: int
    every: str = "month"

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
        decimal: ``point`` or ``comma``: what stands before the fraction of a number.
        keeps_ids: whether an id means the same event in every file of the source.
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
    keeps_ids: bool = False
    decimal: str = "point"

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
            for part in count.parts:
                yield from (part.column, *((part.zero_unless,) if part.zero_unless else ()))
        if self.reports:
            yield from self.reports.columns

    def period(self, version: str) -> tuple[dt.date, dt.date] | None:
        """First and last day that a version covers, or None where no form fits."""
        found = (declared.period(version) for declared in self.versions)
        return next((period for period in found if period), None)

    def covered(self, stored: StoredFile) -> tuple[dt.date, dt.date] | None:
        """First and last day that a file covers: by its version, else as it was said when it was added."""
        said = (stored.covers_from, stored.covers_to) if stored.covers_from and stored.covers_to else None
        return self.period(stored.source_version) or said

    def spans(self, version: str) -> tuple[str, ...]:
        """The months (``2026-02``) or years (``2026``) that a version covers, in order; none where it is not known."""
        for declared in self.versions:
            if period := declared.period(version):
                first, last = period
                if declared.every == "year":
                    return tuple(str(year) for year in range(first.year, last.year + 1))
                months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
                return tuple(f"{at // 12}-{at % 12 + 1:02d}" for at in months)
        return ()


def folded(name: str) -> str:
    """A column's name as it is compared: spaces at the ends and capitals make no difference."""
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is to be a column's name: write it in quotes")
    return name.strip().lower()


def _month(text: str) -> dt.date:
    year, month = text.split("-")
    return dt.date(int(year), int(month), 1)
