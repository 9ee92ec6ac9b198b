"""What a file covers, when it is added: which countries of the region, and whether its rows lie in its version's time.

Nothing in the rows of a file says where it was cut: a file of one country looks like one of the world in which nothing
happened elsewhere. What it covers is said, or it is of one country, or of so many that it is taken for the whole; and
one that lacks months of its version, or texts that every whole file has, is taken for nothing until it is said.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.engine import connect, reader
from pipeline.problems import CannotDo, did_you_mean
from pipeline.schema import Schema
from pipeline.sources.tabular import text
from pipeline.sources.tabular.cells import read_cells
from pipeline.sources.tabular.countries import Countries
from pipeline.sources.tabular.declared import TableSource
from pipeline.sources.tabular.files import NOT_UTF_8, Opened, refused
from pipeline.sources.tabular.region import countries_of_region

NO_AREA = "none"
"""Said of a file that covers no country as a whole, because it is a selection."""
SAID, ONE_COUNTRY, WHOLE, NOT_KNOWN = "said", "one_country", "whole", "not_known"
SHOWN = 6


@dataclass(frozen=True)
class Survey:
    """What stands in a file, the rows outside the region included.

    Attributes:
        layout: the layout that it was recognised by.
        row_count: all rows, those that cannot be cut into cells included.
        countries: the countries of its rows: ISO 3166-1 alpha-3, or a text that is no country as it stands.
        begins: the countries of the region with the months (``2026-02``) in which rows of them begin.
        broken: how many rows cannot be cut into cells, by the rule that they break.
        texts: of the columns of which a whole file has certain texts, all that stand in rows of the region.
    """

    layout: str
    row_count: int
    countries: frozenset[str]
    begins: frozenset[tuple[str, str]]
    texts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    broken: Mapping[str, int] = field(default_factory=dict)

    @property
    def months(self) -> tuple[str, ...]:
        """The months in which rows of the region begin."""
        return tuple(sorted({month for _, month in self.begins}))


@dataclass(frozen=True)
class Extent:
    """The countries that a file covers as a whole, and how that is known."""

    areas: tuple[str, ...]
    areas_from: str


@dataclass(frozen=True)
class Said:
    """What is said of a file that is added: the countries that it covers as a whole, from a day to a day."""

    areas: Sequence[str] = ()
    first: dt.date | None = None
    last: dt.date | None = None


def survey(opened: Opened, declared: TableSource, countries: Countries, scratch: Path) -> Survey:
    """Read a file once, as ``ingest`` will.

    Args:
        opened: the file.
        declared: the source.
        countries: what its texts mean.
        scratch: a folder for what does not fit in memory.

    Raises:
        NotWell: the layout is unknown, rows cannot be told apart, or the last of them is cut.
    """
    backend = connect("duckdb", scratch)
    cells = read_cells(reader(backend), opened, declared, "cells", countries.usual_in(declared))
    for broken in cells.broken:
        if broken.row == cells.row_count and broken.rule in ("tabular.cell_count", "tabular.row_quote"):
            said = f"its last row is broken ({broken.message}): the file seems to be cut, get it again or mend the row"
            raise refused(opened.shown, said, "tabular.cut", broken.line)
    raw = backend.table(cells.table)
    country, start = declared.record["country_iso3"], declared.record["date_start"]
    day = text.day(text.made(raw, start), declared.date_forms)
    found = raw.select(country=text.made(raw, country), month=day.cast("string").substr(0, 7))
    rows = found.distinct().to_pyarrow().to_pylist()
    texts = {
        column: frozenset(raw.select(text=text.cell(raw, column)).distinct().to_pyarrow()["text"].to_pylist())
        for column in (declared.whole.all_of if declared.whole else ())
    }
    backend.disconnect()
    meant = [(countries.meant(row["country"]) or row["country"], row["month"]) for row in rows if row["country"]]
    return Survey(
        cells.recognised.layout.name,
        cells.row_count,
        frozenset(name for name, _ in meant),
        frozenset((name, month) for name, month in meant if month),
        texts,
        Counter(broken.rule for broken in cells.broken),
    )


def extent_of(
    found: Survey, said: Sequence[str], version: str, declared: TableSource, schema: Schema, shown: str
) -> Extent:
    """The countries of the region that a file covers as a whole.

    Args:
        found: what stands in the file.
        said: the countries that it is said to cover, or ``none``; empty where nothing is said.
        version: its version, which tells the time that it covers.
        declared: the source; only one that sets out to be a census is asked.
        schema: for the countries of the region.
        shown: the name of the file.

    Raises:
        CannotDo: nothing is said and the file is neither of one country nor of so many that it is the whole, or
            something that a whole file has is missing; or what is said names no country of the region, or none of the
            file's.
    """
    region = countries_of_region(schema)
    if said:
        return Extent(_said(said, found.countries, region, shown), SAID)
    if declared.whole is None:
        return Extent((), NOT_KNOWN)
    within = tuple(sorted(found.countries & region))
    if len(found.countries) == 1:
        taken = Extent(within, ONE_COUNTRY)
    elif len(found.countries) >= declared.whole.countries and found.countries >= declared.whole.of_the_region:
        taken = Extent(tuple(sorted(region)), WHOLE)
    else:
        always = ", ".join(sorted(declared.whole.of_the_region))
        raise CannotDo(
            f"{shown}: holds rows of {len(found.countries)} countries ({_listed(found.countries)}): neither of one, "
            f"nor of {declared.whole.countries} with {always} among them, from which on it is taken for the whole. "
            f"{_asked(within)}"
        )
    if taken.areas and (lacking := _lacking(found, taken, version, declared)):
        raise CannotDo(
            f"{shown}: looks cut or filtered, so it is not taken to cover {version} as a whole: it has no row of the "
            f"region {', and none '.join(lacking)}. {_asked(within)}"
        )
    return taken


def _asked(within: Sequence[str]) -> str:
    example = within[0] if within else "MLI"
    return (
        f"Say what it covers: --area {example}, once for each country in which it leaves nothing out, or "
        f"--area {NO_AREA} for a selection. Nothing was added"
    )


def _lacking(found: Survey, extent: Extent, version: str, declared: TableSource) -> list[str]:
    """What a file lacks that one that covers all of its version has."""
    empty = _empty_spans(found, extent, version, declared)
    lacking = [f"in {_runs(empty, declared.spans(version))}"] if empty else []
    for column, texts in (declared.whole.all_of if declared.whole else {}).items():
        missing = [text for text in texts if text not in found.texts.get(column, ())]
        lacking += [f"with {column} {', '.join(missing)}"] if missing else []
    return lacking


def _empty_spans(found: Survey, extent: Extent, version: str, declared: TableSource) -> list[str]:
    """The months or years of a version in which not one row of the countries that it covers begins."""
    months = {month for country, month in found.begins if country in extent.areas}
    return [span for span in declared.spans(version) if not any(month.startswith(span) for month in months)]


def _runs(some: Sequence[str], of: Sequence[str]) -> str:
    """Some spans of a row of them, those that follow each other as one.

    >>> _runs(["1989", "1990", "1992"], ["1989", "1990", "1991", "1992"])
    '1989 to 1990, 1992'
    """
    runs: list[list[str]] = []
    for span in some:
        if runs and of.index(span) == of.index(runs[-1][-1]) + 1:
            runs[-1].append(span)
        else:
            runs.append([span])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def check_said(said: Said, version: str, declared: TableSource) -> None:
    """Hold what is said of the time that a file covers against what its declaration and its version tell.

    Raises:
        CannotDo: it is said already, or only half of it is said.
    """
    name, areas = declared.source.source, [area for area in said.areas if area != NO_AREA]
    if declared.source.coverage and said != Said():
        raise CannotDo(
            f"what '{name}' covers stands in schemas/sources/{name}.yaml: --area, --from and --to add nothing"
        )
    period = declared.period(version)
    if period and (said.first or said.last):
        raise CannotDo(f"version {version} covers {period[0]} to {period[1]} by its name: leave --from and --to out")
    if (said.first or said.last) and not (said.first and said.last and areas):
        raise CannotDo("--from and --to go together, with --area: the countries that the file covers in that time")
    if said.first and said.last and said.first > said.last:
        raise CannotDo(f"--from {said.first} is after --to {said.last}")
    if areas and not period and not said.first and not declared.whole:
        raise CannotDo(
            f"the version {version} does not tell which time it covers: --from 2026-01-01 --to 2026-01-31 says it"
        )


def check_time(found: Survey, version: str, declared: TableSource, shown: str) -> None:
    """Hold the rows of the region against the months that a version covers.

    Raises:
        CannotDo: not one row begins in them.
    """
    period = declared.period(version)
    if period is None or not found.months:
        return
    first, last = (day.isoformat()[:7] for day in period)
    if not any(first <= month <= last for month in found.months):
        raise CannotDo(
            f"{shown}: version {version} covers {first} to {last}, and no row of the region begins then, but from "
            f"{found.months[0]} to {found.months[-1]}. Is it another version? Nothing was added"
        )


def _said(said: Sequence[str], there: Collection[str], region: Collection[str], shown: str) -> tuple[str, ...]:
    if list(said) == [NO_AREA]:
        return ()
    for code in said:
        if code not in region:
            near = did_you_mean(code, sorted(region))
            known = ", ".join(sorted(region))
            raise CannotDo(f"--area {code}: is no country of the region{near} ({known}), and '{NO_AREA}' stands alone")
    if not set(said) & set(there):
        raise CannotDo(f"{shown}: has no row of {_listed(said)}; it holds {_listed(there)}. Nothing was added")
    return tuple(sorted(set(said)))


def _listed(names: Collection[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (", ".join(sorted(names)[:SHOWN]) or "none") + more


NOTES: Mapping[str, str] = {
    ONE_COUNTRY: "holds rows of one country alone and is taken to cover {areas}, from {first} to {last}; "
    "--area says otherwise",
    WHOLE: "is taken to cover the whole region, from {first} to {last}; --area says otherwise",
}


def notes(
    found: Survey, extent: Extent, version: str, declared: TableSource, shown: str, *, is_said: bool = False
) -> list[str]:
    """What is told of a file that was added: what cannot be read, what it is taken to cover, where it is empty.

    Where the time that it covers is said (``is_said``), nothing is told of it.
    """
    return [
        *(
            f"{shown}: {count:,} of {found.row_count:,} rows cannot be read ({rule}) and will wait in quarantine"
            + (f": the file {NOT_UTF_8}" if rule == "tabular.row_encoding" else "")
            for rule, count in found.broken.items()
        ),
        *([] if is_said else _covered_notes(found, extent, version, declared, shown)),
    ]


def _covered_notes(found: Survey, extent: Extent, version: str, declared: TableSource, shown: str) -> list[str]:
    if declared.whole is None:
        return []
    period = declared.period(version)
    if period is None:
        return [f"{shown}: what version {version} covers is not declared: it has no coverage and is in no panel"]
    if extent.areas_from == ONE_COUNTRY and not extent.areas:
        return [f"{shown}: holds rows of one country alone, which is not of the region, and covers nothing of it"]
    covers = ", ".join(extent.areas)
    if extent.areas_from in NOTES:
        return [f"{shown}: " + NOTES[extent.areas_from].format(areas=covers, first=period[0], last=period[1])]
    empty = _empty_spans(found, extent, version, declared) if extent.areas else []
    if empty:
        runs = _runs(empty, declared.spans(version))
        return [f"{shown}: has no row of {covers} in {runs}: that is read as none having happened, as --area says"]
    return []
