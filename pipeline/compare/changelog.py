"""``CHANGELOG.md`` and ``CHANGELOG.fr.md``: what each release changed, for people, newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.compare.details import details, value_counts
from pipeline.compare.difference import Difference
from pipeline.compare.languages import Language
from pipeline.compare.numbers import due
from pipeline.compare.present import SELECTION, Place, cut, escaped, markdown_table, totals_grid, values_grid
from pipeline.compare.rows import NOT_ROW_BY_ROW
from pipeline.schema.duckdb import literal

HEADER = """# Changes

What each release changed, newest first. The table `changes` of a release lists every value that differs from the
release before, with the reason where a curator gave one; `id_changes` what became of ids that are no longer used.
[En français](CHANGELOG.fr.md)
"""
TABLES = ("incidents", "operations", "claims")
SHOWN = 30
LONGEST_SECTION = 20_000


def section(
    difference: Difference, levels: Mapping[str, str], changes: pa.Table, version: str, date: dt.date, say: Language
) -> str:
    """What one release changed.

    Args:
        difference: from the release before.
        levels: of each kind of change, as the rules of versions have it.
        changes: the table `changes` of the release, for the reasons.
        version: of the release.
        date: of the release.
        say: in which language; reasons of curators are as they wrote them.
    """
    last = difference.old.version
    number = due(last, difference.changes(say), levels)
    reasons = "\n".join(f"- {escaped(reason.said)} ({say(reason.level)})" for reason in number.reasons)
    parts = [_heading(version, date), f"{say('Since {last}:', last=last)}\n\n{reasons}"]
    left_out = {name: why for name, why in difference.rows.not_compared.items() if name not in NOT_ROW_BY_ROW}
    if left_out:
        lines = (say("{table}: {why}", table=name, why=say(why)) for name, why in left_out.items())
        said = "\n".join(f"- {escaped(line)}" for line in lines)
        parts.append(f"{say('Not compared row by row, so that nothing is said of their values:')}\n\n{said}")
    totals = totals_grid(difference.totals or [], SHOWN, say)
    if totals:
        parts.append(f"{say(f'Deaths ({SELECTION}):')}\n\n{markdown_table(totals)}")
    counts = value_counts(difference)
    listed = details(difference, SHOWN, TABLES, say.code)
    if listed:
        grid = values_grid(listed, sum(counts.get(name, 0) for name in TABLES), _reasons(changes), say)
        parts.append(f"{say('Values of {tables}:', tables=', '.join(TABLES))}\n\n{markdown_table(grid)}")
    return cut("\n\n".join(parts) + "\n", LONGEST_SECTION, say)


def first_section(tables: Path, version: str, date: dt.date, say: Language) -> str:
    """The first release: how much it holds."""
    nouns = ("incident", "operation", "claim", "report")
    held = ", ".join(say.counted(_rows(tables / f"{noun}s.parquet"), noun) for noun in nouns)
    return f"{_heading(version, date)}\n\n{say('The first release: {held}.', held=held)}\n"


def with_section(before: str, added: str, say: Language) -> str:
    """The change log of the last release with one more section on top."""
    header = say.texts.get("title", HEADER)
    return f"{header}\n{added}" + (before.removeprefix(header) if before else "")


def _heading(version: str, date: dt.date) -> str:
    return f"## {version} ({date.isoformat()})"


def _reasons(changes: pa.Table) -> dict[Place, str]:
    rows = changes.filter(pc.is_valid(changes["reason"])).to_pylist()
    return {(row["table"], row["key"], row["field"]): row["reason"] for row in rows}


def _rows(path: Path) -> int:
    row = duckdb.sql(f"SELECT count(*) FROM read_parquet({literal(str(path))})").fetchone()
    assert row is not None
    return int(row[0])
