"""Records that have nothing to do with a pair move nothing of its score."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from pipeline.config import Project
from pipeline.engine import connect
from pipeline.link.declaration import Comparisons, load_comparisons
from pipeline.link.model import load_model, score_records
from pipeline.schema import Schema
from tests.link.records import record, tables

PAIRS = [
    record("a:1"),
    record("b:1", killed_low=5, killed_high=9),
    record("a:2", actors=[("group", None)], geo_precision="admin1", place_text=None),
    record("b:2", actors=[("branch", None)], latitude=14.2, date_end=dt.date(2025, 7, 3)),
    record("c:1", actors=[("rival", None), ("army", None)], place_text="Kayes ville"),
]


@pytest.fixture(scope="module")
def declared(project: Project) -> Comparisons:
    return load_comparisons(project.schemas)


def scored(project: Project, schema: Schema, declared: Comparisons, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    backend = connect("duckdb")
    score_records(backend, tables(schema, rows), declared, load_model(project.link_model, declared).settings, None)
    ours = {row["record_id"] for row in PAIRS}
    found = backend.table("scored").to_pyarrow().to_pylist()
    kept = [row for row in found if {row["record_id_left"], row["record_id_right"]} <= ours]
    return sorted(kept, key=lambda row: (row["record_id_left"], row["record_id_right"]))


def elsewhere(generator: random.Random, at: int) -> dict[str, Any]:
    """The same actors and names in another country, or here in another year."""
    source = generator.choice("abcd")
    where = {"country_iso3": "BFA", "latitude": 12.0 + generator.random(), "longitude": 1.0}
    when = {name: dt.date(2021, generator.randint(1, 12), 5) for name in ("date_start", "date_end")}
    actors = generator.sample([("group", None), ("branch", None), ("rival", None), ("army", None)], 2)
    place = generator.choice(["Kayes", "Kayes ville", None])
    return record(f"{source}:more{at}", actors=actors, place_text=place, **generator.choice([where, when]))


@pytest.mark.parametrize("seed", range(4))
def test_unrelated_records_change_no_score(project: Project, schema: Schema, declared: Comparisons, seed: int) -> None:
    before = scored(project, schema, declared, PAIRS)
    assert len(before) == 8  # all but the two of one source each
    generator = random.Random(seed)
    more = [elsewhere(generator, at) for at in range(60)]
    rows = [*PAIRS, *more]
    generator.shuffle(rows)
    assert scored(project, schema, declared, rows) == before
