"""Events that a clause of the scope excludes: listed, checked, and counted in the ledger."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipeline.config import Project
from pipeline.schema import Schema
from pipeline.sources.curated.outside import COLUMNS, read_outside

GOOD = "2024-07-11,NER,Koutoukalé,no_organised_actor,A mutiny.,https://example.org/page"


def read(schema: Schema, folder: Path, *rows: str) -> tuple[list[str], list[tuple[int, str, str]]]:
    path = folder / "outside_scope.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows, ""]), encoding="utf-8")
    clauses, problems = read_outside(path, path.name, schema)
    return clauses, [(problem.line, problem.field, problem.message) for problem in problems]


def test_each_row_has_its_clause(schema: Schema, tmp_path: Path) -> None:
    assert read(schema, tmp_path, GOOD, GOOD) == (["no_organised_actor", "no_organised_actor"], [])


@pytest.mark.parametrize(
    ("old", "new", "column", "said"),
    [
        ("2024-07-11", "2024-07-32", "date_start", "no day 2024-07-32"),
        ("NER", "NRE", "country_iso3", "did you mean 'NER'?"),
        ("no_organised_actor", "no_organized_actor", "scope_clause", "did you mean 'no_organised_actor'?"),
        ("A mutiny.", "", "reason", "is empty"),
        ("Koutoukalé", "=Koutoukalé", "place_text", "formula"),
        ("https://example.org/page", "example", "url", "no address of a page"),
    ],
)
def test_a_slip_is_told_with_line_and_column(
    schema: Schema, tmp_path: Path, old: str, new: str, column: str, said: str
) -> None:
    _, problems = read(schema, tmp_path, GOOD, GOOD.replace(old, new))
    assert [(line, field) for line, field, _ in problems] == [(3, column)]
    assert said in problems[0][2]


@pytest.mark.parametrize("rows", [["2024-07-11,NER"], ["a,b,c,d,e,f,g"]])
def test_a_row_of_another_length_is_told(schema: Schema, tmp_path: Path, rows: list[str]) -> None:
    _, problems = read(schema, tmp_path, *rows)
    assert [line for line, _, _ in problems] == [2]


def test_no_list_is_an_empty_one(schema: Schema, tmp_path: Path) -> None:
    assert read_outside(tmp_path / "outside_scope.csv", "outside_scope.csv", schema) == ([], [])


def test_they_stand_in_the_ledger_and_it_adds_up(built: Project) -> None:
    ledger = duckdb.sql(f"FROM '{built.release}/ledger.parquet'")
    outside = ledger.filter("outcome = 'outside'").aggregate("sum(row_count)").fetchone()
    with (built.curated / "outside_scope.csv").open(encoding="utf-8") as lines:
        assert outside == (sum(1 for _ in lines) - 1,)
    read = duckdb.sql(f"SELECT row_count FROM '{built.release}/sources.parquet' WHERE source = 'curated'").fetchone()
    assert ledger.filter("source = 'curated'").aggregate("sum(row_count)").fetchone() == read
