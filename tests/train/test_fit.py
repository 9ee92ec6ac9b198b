"""The fit: what it recovers, what it leaves at nothing, and that Splink computes the same probabilities from it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from pipeline.config import Project
from pipeline.engine import connect
from pipeline.link.declaration import Comparison, Comparisons, Level, load_comparisons
from pipeline.link.model import load_model, score_records
from pipeline.link.pairs import splink_settings
from pipeline.schema import Schema
from pipeline.train.fit import Fitted, evidence, fit, probabilities
from tests.link.records import day, record, tables


def two_comparisons(project: Project) -> Comparisons:
    declared = load_comparisons(project.schemas)
    levels = (Level("yes", "", "x", False), Level("between", "", "y", False), Level("no", "", None, False))
    made = tuple(Comparison(name, "false", levels) for name in ("one", "twin"))
    return Comparisons(**{**vars(declared), "comparisons": made})


PATTERNS = [{"one": left, "twin": right} for left in ("yes", "no") for right in ("yes", "no", "missing")]
SAME = np.array([900.0, 0, 30, 0, 60, 10])
OTHER = np.array([100.0, 0, 30, 0, 840, 30])


def weight(fitted: Fitted, comparison: str, level: str) -> float:
    chances = fitted.levels[comparison][level]
    return math.log2(chances["m_probability"] / chances["u_probability"])


def test_held_back_strongly_the_fit_is_the_share_of_each_level(project: Project) -> None:
    fitted = fit(two_comparisons(project), PATTERNS, SAME, OTHER, 1e9)
    assert fitted.levels["one"]["yes"]["m_probability"] == pytest.approx(931 / 1003, abs=1e-3)
    assert fitted.levels["one"]["yes"]["u_probability"] == pytest.approx(131 / 1003, abs=1e-3)


def test_what_two_comparisons_both_tell_is_not_counted_twice(project: Project) -> None:
    declared = two_comparisons(project)
    naive = fit(declared, PATTERNS, SAME, OTHER, 1e9)
    fitted = fit(declared, PATTERNS, SAME, OTHER, 1.0)
    both = [{"one": "yes", "twin": "yes"}]
    assert probabilities(naive, both)[0] > 0.95
    assert probabilities(fitted, both)[0] == pytest.approx(0.9, abs=0.02)  # 900 of the 1,000 pairs that show both


def test_shares_add_up_to_one_so_that_silence_weighs_nothing(project: Project) -> None:
    fitted = fit(two_comparisons(project), PATTERNS, SAME, OTHER, 1.0)
    assert sum(each["u_probability"] for each in fitted.levels["twin"].values()) == pytest.approx(1, abs=1e-5)
    seen = [fitted.levels["twin"][level]["m_probability"] for level in ("yes", "no")]
    assert sum(seen) == pytest.approx(1, abs=0.01)


def test_a_level_that_no_pair_shows_weighs_as_much_as_its_neighbours_on_average(project: Project) -> None:
    fitted = fit(two_comparisons(project), PATTERNS, SAME, OTHER, 1.0)
    middle = (weight(fitted, "one", "yes") + weight(fitted, "one", "no")) / 2
    assert weight(fitted, "one", "between") == pytest.approx(middle, abs=0.01)


def test_splink_computes_the_same_probability_from_the_frozen_model(project: Project, schema: Schema) -> None:
    declared = load_comparisons(project.schemas)
    model = load_model(project.link_model, declared)
    levels = {
        comparison["output_column_name"]: {
            level["label_for_charts"]: level
            for level in comparison["comparison_levels"]
            if not level.get("is_null_level")
        }
        for comparison in model.settings["comparisons"]
    }
    fitted = Fitted(model.settings["probability_two_random_records_match"], levels)
    rows = [record("a:1"), record("b:1", date_start=day(2), date_end=day(3), killed_low=None, killed_high=None)]
    backend = connect("duckdb")
    score_records(backend, tables(schema, rows), declared, model.settings, None)
    (pair,) = backend.table("scored").to_pyarrow().to_pylist()
    pattern = {comparison.name: pair[f"{comparison.name}_level"] for comparison in declared.comparisons}
    assert pattern["killed"] == "missing"
    assert pair["killed_weight"] == 0
    assert pair["match_probability"] == pytest.approx(probabilities(fitted, [pattern])[0], rel=1e-9)
    assert pair["has_evidence"] == (evidence(declared, fitted, [pattern])[0] >= declared.least_evidence)


def test_a_neutral_level_weighs_nothing_whatever_the_pairs_show(project: Project) -> None:
    declared = two_comparisons(project)
    neutral = (Level("yes", "", "x", True), *declared.comparisons[0].levels[1:])
    declared = dataclasses.replace(declared, comparisons=(Comparison("one", "false", neutral), declared.comparisons[1]))
    assert weight(fit(declared, PATTERNS, SAME, OTHER, 1.0), "one", "yes") == 0


def test_settings_without_a_model_say_nothing(project: Project) -> None:
    settings = splink_settings(load_comparisons(project.schemas))
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"][1:]:
            assert level["m_probability"] == level["u_probability"]
