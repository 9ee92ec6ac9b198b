"""Where and when the rows that wait in quarantine may lie: there a census is not known whole, and no zero is said."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from pipeline.sources.stored import StoredFile
from pipeline.sources.tabular.cells import Cells
from pipeline.sources.tabular.coverage import merged
from pipeline.sources.tabular.declared import TableSource
from pipeline.sources.tabular.superseded import covered
from pipeline.sources.tabular.work import QUARANTINED

Period = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class Waiting:
    """What can be read of rows that wait: their file by its place, their country and their days, as far as known."""

    file_at: int
    country: str | None = None
    days: Period | None = None


def waiting(rows: ir.Table, opened: Sequence[Cells]) -> list[Waiting]:
    """What can be read of the rows that wait, each country and days once.

    Args:
        rows: classified rows: ``file_at``, ``country_iso3``, ``date_start``, ``date_end``, ``outcome``, ``has_days``.
        opened: the files, with the rows that could not be cut into cells.
    """
    t = rows.filter(rows.outcome == QUARANTINED)
    days = {name: ibis.ifelse(t.has_days, t[name], ibis.null("date")) for name in ("date_start", "date_end")}
    found = t.select("file_at", "country_iso3", **days).distinct().to_pyarrow().to_pylist()
    read = [
        Waiting(
            row["file_at"], row["country_iso3"], (row["date_start"], row["date_end"]) if row["date_start"] else None
        )
        for row in found
    ]
    return [*read, *(Waiting(at) for at, cells in enumerate(opened) if cells.broken)]


def gap_rows(
    declared: TableSource,
    files: Sequence[StoredFile],
    found: Sequence[Waiting],
    coverage: Sequence[Mapping[str, Any]],
    countries: Mapping[str, str],
    release_date: dt.date,
) -> list[dict[str, Any]]:
    """Rows of `coverage` for what is not known whole, by country.

    A row may lie in every country that the source covers where its own cannot be read, and on every day of its file
    where its days cannot. Where a later file decides about a country and these days, the row would have given way.

    Args:
        declared: the source.
        files: its files, in order.
        found: what `waiting` returns.
        coverage: rows of `coverage` of the source.
        countries: the country of an area of the region.
        release_date: the last day of what is still being extended.
    """
    census = [row for row in coverage if row["kind"] == "census"]
    areas = {countries.get(row["area_code"], row["area_code"]) for row in census}
    whole = [(row["date_start"], row["date_end"] or release_date) for row in census]
    periods = defaultdict[str, list[Period]](list)
    for row in found:
        own = row.days or declared.period(files[row.file_at].source_version)
        for country in areas & {row.country} if row.country else areas:
            for days in [own] if own else whole:
                if not any(_decides(declared, later, country, days) for later in files[row.file_at + 1 :]):
                    periods[country].append(days)
    return list(_rows(declared.source.source, periods))


def _decides(declared: TableSource, file: StoredFile, country: str, days: Period) -> bool:
    what = covered(declared, file)
    return what is not None and country in what.areas and what.first <= days[0] and days[1] <= what.last


def _rows(source: str, periods: Mapping[str, Sequence[Period]]) -> Iterator[dict[str, Any]]:
    for country in sorted(periods):
        for start, end in merged(periods[country]):
            yield {"source": source, "area_code": country, "date_start": start, "date_end": end, "kind": "gap"}
