"""What a reading of the data measured is what the package says today."""

from __future__ import annotations

import math
import re
from pathlib import Path

import duckdb
import pytest

from pipeline.config import Project, load_params
from pipeline.engine import connect, in_dialect
from pipeline.link.declaration import load_comparisons
from pipeline.link.prepare import FUNCTIONS, prepare
from pipeline.link.stage import read_linkable
from pipeline.reference import load_reference
from pipeline.schema import load_schema
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


def test_the_caps_on_actors_are_no_more_than_the_shares_that_were_measured(built: Project) -> None:
    schema, declared = load_schema(built.schemas), load_comparisons(built.schemas)
    reference, _ = load_reference(built, schema)
    backend = connect("duckdb")
    prepare(backend, read_linkable(built, load_params(built), schema, reference), declared)
    query = f"""
        SELECT l.actor_ids = r.actor_ids AS same, list_has_any(l.actor_ids, r.actor_ids) AS shared,
          least(len(l.actor_ids), len(r.actor_ids)) >= 2 AS several,
          greatest(len(l.actor_ids), len(r.actor_ids)) = 1 AS one
        FROM link_input AS l JOIN link_input AS r ON l.source = 'curated' AND r.source = 'curated'
          AND l.record_id < r.record_id AND l.actors_named IS NOT NULL AND r.actors_named IS NOT NULL
          AND {in_dialect(backend, "gap_days(l.first_day, l.last_day, r.first_day, r.last_day) <= 7", FUNCTIONS)}
          AND {in_dialect(backend, "distance_km(l.latitude, l.longitude, r.latitude, r.longitude) <= 50", FUNCTIONS)}
    """
    table = backend.raw_sql(query).to_arrow_table().to_pylist()
    (actor,) = (each for each in declared.comparisons if each.name == "actor")
    caps = {level.level_id: level.at_most for level in actor.levels}
    shares = {
        "enemies": [row["same"] for row in table if row["several"]],
        "same": [row["same"] for row in table if row["one"]],
        "some_same": [row["shared"] for row in table],
    }
    for level, agree in shares.items():
        cap = caps[level]
        assert cap is not None
        assert cap == pytest.approx(math.log2(len(agree) / sum(map(bool, agree))), abs=0.1), level
