"""What a file covers, when it is added: which countries of the region, and whether its rows lie in its version's time.

Nothing in the rows of a file says where it was cut: a file of one country looks like one of the world in which nothing
happened elsewhere. What it covers is said, or it is of one country, or of so many that it is taken for the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.engine import connect, reader
from pipeline.problems import CannotDo, did_you_mean
from pipeline.schema import Schema
from pipeline.sources.tabular import text
from pipeline.sources.tabular.cells import read_cells
from pipeline.sources.tabular.countries import Countries
from pipeline.sources.tabular.declared import TableSource
from pipeline.sources.tabular.files import Opened
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
        months: the months (``2026-02``) in which rows of these countries begin.
    """

    layout: str
    row_count: int
    countries: frozenset[str]
    months: tuple[str, ...]


@dataclass(frozen=True)
class Extent:
    """The countries that a file covers as a whole, and how that is known."""

    areas: tuple[str, ...]
    areas_from: str


def survey(opened: Opened, declared: TableSource, countries: Countries, scratch: Path) -> Survey:
    """Read a file once, as ``ingest`` will.

    Args:
        opened: the file.
        declared: the source.
        countries: what its texts mean.
        scratch: a folder for what does not fit in memory.

    Raises:
        NotWell: the layout is unknown, or rows cannot be told apart.
    """
    backend = connect("duckdb", scratch)
    cells = read_cells(reader(backend), opened, declared, "cells", countries.usual_in(declared))
    raw = backend.table(cells.table)
    country, start = declared.record["country_iso3"], declared.record["date_start"]
    day = text.day(text.made(raw, start), declared.date_forms)
    found = raw.select(country=text.made(raw, country), month=day.cast("string").substr(0, 7))
    rows = found.distinct().to_pyarrow().to_pylist()
    backend.disconnect()
    return Survey(
        cells.recognised.layout.name,
        cells.row_count,
        frozenset(countries.meant(row["country"]) or row["country"] for row in rows if row["country"]),
        tuple(sorted({row["month"] for row in rows if row["month"]})),
    )


def extent_of(found: Survey, said: Sequence[str], declared: TableSource, schema: Schema, shown: str) -> Extent:
    """The countries of the region that a file covers as a whole.

    Args:
        found: what stands in the file.
        said: the countries that it is said to cover, or ``none``; empty where nothing is said.
        declared: the source; only one that sets out to be a census is asked.
        schema: for the countries of the region.
        shown: the name of the file.

    Raises:
        CannotDo: nothing is said and the file is neither of one country nor of so many that it is the whole; or what is
            said names no country of the region, or none of the file's.
    """
    if declared.whole is None:
        if said:
            name = declared.source.source
            raise CannotDo(
                f"what '{name}' covers stands in schemas/sources/{name}.yaml; --area is for a census by files"
            )
        return Extent((), NOT_KNOWN)
    region = countries_of_region(schema)
    if said:
        return Extent(_said(said, found.countries, region, shown), SAID)
    within = tuple(sorted(found.countries & region))
    if len(found.countries) == 1:
        return Extent(within, ONE_COUNTRY)
    if len(found.countries) >= declared.whole.countries and len(within) >= declared.whole.of_the_region:
        return Extent(tuple(sorted(region)), WHOLE)
    enough = f"{declared.whole.countries} with {declared.whole.of_the_region} of the region"
    example = within[0] if within else "MLI"
    raise CannotDo(
        f"{shown}: holds rows of {len(found.countries)} countries ({_listed(found.countries)}): neither of one, nor of "
        f"{enough}, from which on it is taken for the whole. Say what it covers: --area {example}, once for each "
        f"country in which it leaves nothing out, or --area {NO_AREA} for a selection. Nothing was added"
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


def note(extent: Extent, version: str, declared: TableSource, shown: str) -> str:
    """What is told of a file that was added: what it is taken to cover, where nobody said it; else nothing."""
    if declared.whole is None:
        return ""
    period = declared.period(version)
    if period is None:
        return f"{shown}: what version {version} covers is not declared: it has no coverage and is in no panel"
    if extent.areas_from not in NOTES:
        return ""
    if not extent.areas:
        return f"{shown}: holds rows of one country alone, which is not of the region, and covers nothing of it"
    return f"{shown}: " + NOTES[extent.areas_from].format(
        areas=", ".join(extent.areas), first=period[0], last=period[1]
    )
