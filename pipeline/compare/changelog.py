"""``CHANGELOG.md``: what each release changed, for people, newest first."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.compare.details import details, value_counts
from pipeline.compare.difference import Difference
from pipeline.compare.numbers import Due
from pipeline.compare.present import SELECTION, Place, cut, escaped, markdown_table, totals_grid, values_grid
from pipeline.compare.rows import NOT_ROW_BY_ROW
from pipeline.schema.duckdb import literal

HEADER = """# Changes

What each release changed, newest first. The table `changes` of a release lists every value that differs from the
release before, with the reason where a curator gave one; `id_changes` what became of ids that are no longer used.
"""
TABLES = ("incidents", "operations", "claims")
SHOWN = 30
LONGEST_SECTION = 20_000


def section(difference: Difference, number: Due, changes: pa.Table, version: str, date: dt.date) -> str:
    """What one release changed.

    Args:
        difference: from the release before.
        number: which number was due, and why.
        changes: the table `changes` of the release, for the reasons.
        version: of the release.
        date: of the release.
    """
    reasons = "\n".join(f"- {escaped(reason.said)} ({reason.level})" for reason in number.reasons)
    parts = [f"## {version} ({date.isoformat()})", f"Since {number.last}:\n\n{reasons}"]
    left_out = {name: why for name, why in difference.rows.not_compared.items() if name not in NOT_ROW_BY_ROW}
    if left_out:
        said = "\n".join(f"- {escaped(f'{name}: {why}')}" for name, why in left_out.items())
        parts.append(f"Not compared row by row, so that nothing is said of their values:\n\n{said}")
    totals = totals_grid(difference.totals or [], SHOWN)
    if totals:
        parts.append(f"Deaths ({SELECTION}):\n\n{markdown_table(totals)}")
    counts = value_counts(difference)
    listed = details(difference, SHOWN, TABLES)
    if listed:
        grid = values_grid(listed, sum(counts.get(name, 0) for name in TABLES), _reasons(changes))
        parts.append(f"Values of {', '.join(TABLES)}:\n\n{markdown_table(grid)}")
    return cut("\n\n".join(parts) + "\n", LONGEST_SECTION)


def first_section(tables: Path, version: str, date: dt.date) -> str:
    """The first release: how much it holds."""
    names = ("incidents", "operations", "claims", "reports")
    held = ", ".join(f"{_rows(tables / f'{name}.parquet'):,} {name}" for name in names)
    return f"## {version} ({date.isoformat()})\n\nThe first release: {held}.\n"


def with_section(before: str, added: str) -> str:
    """The change log of the last release with one more section on top."""
    return f"{HEADER}\n{added}" + (before.removeprefix(HEADER) if before else "")


def _reasons(changes: pa.Table) -> dict[Place, str]:
    rows = changes.filter(pc.is_valid(changes["reason"])).to_pylist()
    return {(row["table"], row["key"], row["field"]): row["reason"] for row in rows}


def _rows(path: Path) -> int:
    row = duckdb.sql(f"SELECT count(*) FROM read_parquet({literal(str(path))})").fetchone()
    assert row is not None
    return int(row[0])
