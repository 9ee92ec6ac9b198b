"""What the files of a source cover: the region, from day to day, by their versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from pipeline.schema import Schema
from pipeline.sources.stored import StoredFile
from pipeline.sources.tabular.declared import TableSource


def coverage_rows(declared: TableSource, files: Sequence[StoredFile], schema: Schema) -> list[dict[str, Any]]:
    """Rows of `coverage`: every area of the region for every period that the files cover without a gap.

    A version of no declared form covers no period that is known, and gives no row; a source without versions covers
    what its declaration says.
    """
    source = declared.source.source
    if not declared.versions:
        return [{"source": source, **area} for area in declared.source.coverage]
    found = (declared.period(file.source_version) for file in files)
    areas = [row["code"] for row in schema.codelists["region"].rows]
    return [
        {
            "source": source,
            "area_code": area,
            "date_start": start,
            "date_end": end,
            "kind": "census" if declared.census else "sample",
        }
        for start, end in merged([period for period in found if period])
        for area in areas
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
