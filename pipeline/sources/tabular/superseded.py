"""Which rows of earlier versions of a source give way to later ones.

The latest version that covers a day in a country decides about it: a row that it moved elsewhere, left out or that
breaks a rule there does not come back from an earlier version. A version all of whose time and countries a later one
covers gives way as a whole; of any other the rows do whose day and country a later one covers, or whose id it has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis.expr.types as ir

from pipeline.sources.stored import StoredFile, version_order
from pipeline.sources.tabular.declared import TableSource

SUPERSEDED = "tabular.superseded"


@dataclass(frozen=True)
class Covered:
    """The countries that a file covers from a day to a day."""

    areas: frozenset[str]
    first: dt.date
    last: dt.date

    def holds(self, other: Covered) -> bool:
        """Whether all that another covers is covered here too."""
        return other.areas <= self.areas and self.first <= other.first and other.last <= self.last


def in_order(declared: TableSource, files: Sequence[StoredFile]) -> list[StoredFile]:
    """The files from the earliest to the latest: by the end of the time they cover, then by their version.

    A cumulative file comes after the last of its months and before the month that follows. A version of which it is not
    declared what it covers comes first: of such a source a later export decides, whatever time it is said to cover.
    """

    def at(file: StoredFile) -> tuple[dt.date, list[tuple[int, int, str]], str]:
        period = declared.period(file.source_version)
        return period[1] if period else dt.date.min, version_order(file.source_version), file.file

    return sorted(files, key=at)


def gave_way(declared: TableSource, files: Sequence[StoredFile]) -> list[bool]:
    """Which of some files, in order, give way as a whole to a later one."""
    each = [covered(declared, file) for file in files]
    return [
        mine is not None and any(later is not None and later.holds(mine) for later in each[at + 1 :])
        for at, mine in enumerate(each)
    ]


def is_superseded(rows: ir.Table, declared: TableSource, files: Sequence[StoredFile], ids: ir.Table) -> ir.Table:
    """Add ``is_superseded`` to the rows of several files.

    Args:
        rows: ``file_at`` (the place of its file), ``own_id``, ``country_iso3``, ``date_start``.
        declared: the source.
        files: in order.
        ids: ``own_id`` and ``file_at`` of every row of these files, those of other countries included.
    """
    latest = ids.filter(ids.own_id.notnull()).group_by(latest_id="own_id").agg(latest_at=ids.file_at.max())
    t = rows.left_join(latest, rows.own_id == latest.latest_id)
    conditions = [(t.latest_at > t.file_at).fill_null(False)]
    for at, file in enumerate(files):
        if at and (by := covered(declared, file)):
            is_within = t.country_iso3.isin(sorted(by.areas)) & t.date_start.between(by.first, by.last)
            conditions.append((t.file_at < at) & is_within.fill_null(False))
    return t.mutate(is_superseded=reduce(or_, conditions)).drop("latest_id", "latest_at")


def overlap(
    one: TableSource, files: Sequence[StoredFile], other: TableSource, others: Sequence[StoredFile]
) -> list[tuple[StoredFile, StoredFile]]:
    """Files of two sources that cover some days of a country both."""
    return [
        (file, beside)
        for file in files
        for beside in others
        if (a := covered(one, file))
        and (b := covered(other, beside))
        and a.areas & b.areas
        and a.first <= b.last
        and b.first <= a.last
    ]


def covered(declared: TableSource, file: StoredFile) -> Covered | None:
    """What a file covers as a whole; None where that is nothing, or not known."""
    period = declared.covered(file)
    return Covered(frozenset(file.areas), *period) if file.areas and period else None
