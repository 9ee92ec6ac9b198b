"""What a reading of the data measured is what the package says today."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from pipeline.config import Project
from tests.conftest import ROOT
from tests.end_to_end.test_documents import fenced

TOTALS = ROOT / "docs" / "readings" / "2026-11-totals.md"


def printed(path: Path, first_column: str) -> list[list[str]]:
    """The table of a document whose first column is called so: its head and its rows."""
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    table = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        if not re.fullmatch(r"[|:-]+", line):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


def test_the_sums_by_year_are_those_of_the_package(built: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built.root)
    with duckdb.connect() as connection:
        answer = connection.execute(fenced(TOTALS, "sql")[0]).fetchall()
    head, *rows = printed(TOTALS, "year")
    said = {
        (int(row[0]), country): int(cell)
        for row in rows
        for country, cell in zip(head[1:-1], row[1:-1], strict=True)
        if cell
    }
    assert said == {(year, country): killed for year, country, killed in answer}
    assert [int(row[-1]) for row in rows] == [
        sum(killed for (year, _), killed in said.items() if year == int(row[0])) for row in rows
    ]
    stated = re.search(r"In all (\d+), with `low` (\d+)\.", TOTALS.read_text(encoding="utf-8"))
    with duckdb.connect() as connection:
        query = """
            SELECT sum(best), sum(low) FROM 'data/release/tolls.parquet'
            WHERE metric = 'killed' AND population_group = 'all' AND is_additive
        """
        assert stated and connection.execute(query).fetchall() == [(int(stated[1]), int(stated[2]))]


def test_the_shares_located_are_those_of_the_package(built: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built.root)
    with duckdb.connect() as connection:
        answer = connection.execute(fenced(TOTALS, "sql")[1]).fetchall()
    _, *rows = printed(TOTALS, "country")
    said = [(row[0], int(row[1]), float(row[2]), *(int(cell) for cell in row[3:])) for row in rows]
    assert said == answer
    assert f"with {answer[0][1]} incidents" in TOTALS.read_text(encoding="utf-8")


def test_the_largest_figures_are_those_of_the_package(built: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built.root)
    _, *rows = printed(TOTALS, "what")
    with duckdb.connect() as connection:
        answer = connection.execute(
            """
            SELECT coalesce(label_en, operation_name_en), t.low, t.best, t.high, t.toll_status
            FROM 'data/release/tolls.parquet' t
            LEFT JOIN 'data/release/incidents.parquet' ON incident_id = unit_id
            LEFT JOIN 'data/release/operations.parquet' o ON o.operation_id = unit_id
            WHERE metric = 'killed' AND population_group = 'all' AND is_additive
            ORDER BY t.best DESC NULLS LAST, t.high DESC, 1 LIMIT ?
            """,
            [len(rows)],
        ).fetchall()
    assert {tuple(row) for row in rows} == {
        tuple("" if value is None else str(value) for value in figure) for figure in answer
    }
