"""What the files of a source cover: the countries that their records name, from day to day, by their versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from pipeline.schema import Schema
from pipeline.sources.stored import StoredFile
from pipeline.sources.tabular.declared import TableSource
from pipeline.sources.tabular.region import countries_of_region


def coverage_rows(declared: TableSource, files: Sequence[StoredFile], schema: Schema) -> list[dict[str, Any]]:
    """Rows of `coverage`: each area of the region with every period that the files cover there without a gap.

    A file of a census covers the areas of the countries that its record names, and no other: it is silent about the
    rest. A version of no declared form covers the period that was said of its file, or none that is known, and then
    gives no row; a source whose declaration says what it covers, covers that.
    """
    source = declared.source.source
    if declared.source.coverage:
        return [{"source": source, **area} for area in declared.source.coverage]
    everywhere = countries_of_region(schema)
    periods = [
        (everywhere if declared.versions and not declared.whole else file.areas, period)
        for file in files
        if (period := declared.covered(file))
    ]
    return [
        {
            "source": source,
            "area_code": area["code"],
            "date_start": start,
            "date_end": end,
            "kind": "census" if declared.whole else "sample",
        }
        for area in schema.codelists["region"].rows
        for start, end in merged([period for areas, period in periods if area["country_iso3"] in areas])
    ]


def merged(periods: Sequence[tuple[dt.date, dt.date]]) -> list[tuple[dt.date, dt.date]]:
    """Periods joined where they overlap or follow each other without a gap."""
    made: list[tuple[dt.date, dt.date]] = []
    for start, end in sorted(periods):
        if made and start <= made[-1][1] + dt.timedelta(days=1):
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return made
