"""Tolls by other rules, decided from the released package: `sahel tolls`."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from pipeline.config import Project
from pipeline.problems import CannotDo
from pipeline.resolve.asked import above_their_total, tolls_by, totals
from pipeline.schema import Schema
from tests.cli.test_app import sahel


def test_the_rule_of_the_release_gives_its_tolls(built: Project, schema: Schema) -> None:
    found = tolls_by(built.release, schema, "duckdb", "most_carried")
    assert found == pq.read_table(built.release / "tolls.parquet").to_pylist()


def test_each_rule_is_named_and_the_lowest_claimant_is_never_above_the_highest(built: Project, schema: Schema) -> None:
    key = ("unit_id", "metric", "population_group")
    found = {
        rule: {tuple(row[name] for name in key): row for row in tolls_by(built.release, schema, "duckdb", rule)}
        for rule in ("minimum", "maximum")
    }
    assert {row["toll_rule"] for row in found["minimum"].values()} == {"minimum"}
    both = found["minimum"].keys() & found["maximum"].keys()
    assert len(both) > 2000
    compared = [(found["minimum"][unit]["best"], found["maximum"][unit]["best"]) for unit in both]
    assert all(low <= high for low, high in compared if low is not None and high is not None)
    assert any(low < high for low, high in compared if low is not None and high is not None)
    assert {row["metric"] for row in totals(list(found["minimum"].values()))} >= {"killed", "injured"}
    assert above_their_total(list(found["minimum"].values()))
    assert not above_their_total(list(found["maximum"].values()))
    released = {
        tuple(row[name] for name in key): row for row in pq.read_table(built.release / "tolls.parquet").to_pylist()
    }
    below = [unit for unit in both if (found["maximum"][unit]["best"] or 0) < (released[unit]["best"] or 0)]
    assert [unit for unit in below if found["maximum"][unit]["best"] is not None] == []


def test_a_sum_says_how_many_figures_have_no_best_and_how_many_no_upper_bound() -> None:
    toll = {"unit_id": "i-1", "population_group": "all", "is_additive": True, "country_iso3": "MLI", "metric": "killed"}
    given = [(5, 6, 7), (1, 2, None), (None, None, 20)]
    rows = [toll | dict(zip(("low", "best", "high"), figures, strict=True)) for figures in given]
    [total] = totals(rows)
    assert [total[name] for name in ("low", "best", "high")] == [6, 8, None]
    assert [total[name] for name in ("toll_count", "no_best_count", "open_count")] == [3, 1, 1]


def test_a_group_above_its_total_is_told() -> None:
    toll = {"unit_id": "i-1", "metric": "killed"}
    rows = [toll | {"population_group": "all", "best": 11}, toll | {"population_group": "militants", "best": 50}]
    assert above_their_total(rows) == [
        "i-1: 50 killed of militants, but 11 in all: each figure is decided from its own claims"
    ]
    assert above_their_total(rows[:1]) == []


def test_what_is_not_there_is_told(built: Project, schema: Schema) -> None:
    with pytest.raises(CannotDo, match="there is no rule 'minimal'"):
        tolls_by(built.release, schema, "duckdb", "minimal")
    with pytest.raises(CannotDo, match="there is no incident or operation 'i-none00'"):
        tolls_by(built.release, schema, "duckdb", "minimum", ["i-none00"])
    with pytest.raises(CannotDo, match=r"has no claims\.parquet: run make release first"):
        tolls_by(built.root, schema, "duckdb", "minimum")


def test_the_command_prints_a_table_or_json(built: Project) -> None:
    incidents = pq.read_table(built.release / "incidents.parquet", columns=["incident_id", "place_name", "killed_high"])
    barsalogho = next(row for row in incidents.to_pylist() if row["place_name"] == "Barsalogho")["incident_id"]
    told = sahel(built.root, "tolls", "--rule", "maximum", barsalogho, "--json")
    assert told.returncode == 0, told.stderr
    assert {row["unit_id"] for row in json.loads(told.stdout)} == {barsalogho}
    sums = sahel(built.root, "tolls", "--rule", "minimum")
    header = ["country_iso3", "metric", "low", "best", "high", "toll_count", "no_best_count", "open_count"]
    assert sums.stdout.splitlines()[0].split("\t") == header
    assert any(line.startswith("MLI\tkilled\t") for line in sums.stdout.splitlines())
    assert sahel(built.root, "tolls", "--rule", "median").returncode == 2
