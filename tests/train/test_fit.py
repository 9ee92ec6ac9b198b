"""The fit: what it recovers, what it leaves at nothing, and that Splink computes the same probabilities from it."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from pipeline.config import Project
from pipeline.engine import connect
from pipeline.link.declaration import Comparison, Comparisons, Level, load_comparisons
from pipeline.link.model import load_model, score_records
from pipeline.link.pairs import splink_settings
from pipeline.schema import Schema
from pipeline.train.fit import Fitted, Floats, evidence, fit, probabilities
from tests.link.records import day, record, tables


def two_comparisons(project: Project) -> Comparisons:
    declared = load_comparisons(project.schemas)
    levels = (Level("yes", "", "x"), Level("between", "", "y"), Level("no", ""))
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
    assert fitted.levels["one"]["yes"]["m_probability"] == pytest.approx(940 / 1030, abs=1e-3)
    assert fitted.levels["one"]["yes"]["u_probability"] == pytest.approx(140 / 1030, abs=1e-3)


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
    assert sum(each["m_probability"] for each in fitted.levels["twin"].values()) == pytest.approx(1, abs=1e-5)


def test_a_level_that_no_pair_shows_weighs_next_to_nothing(project: Project) -> None:
    pairs = counted((900, 0, 100), (100, 0, 9000))
    fitted = fit(one_comparison(project, Level("between", "", "y")), *pairs, 30.0)
    assert weight(fitted, "one", "yes") > 1
    assert weight(fitted, "one", "no") < -1
    assert abs(weight(fitted, "one", "between")) < 0.1


def counted(same: tuple[int, int, int], other: tuple[int, int, int]) -> tuple[list[dict[str, str]], Floats, Floats]:
    """Pairs by the level of one comparison: yes, between, no."""
    patterns = [{"one": level} for level in ("yes", "between", "no")]
    return patterns, np.array(same, dtype=float), np.array(other, dtype=float)


def one_comparison(project: Project, between: Level) -> Comparisons:
    levels = (Level("yes", "", "x"), between, Level("no", ""))
    return dataclasses.replace(load_comparisons(project.schemas), comparisons=(Comparison("one", "false", levels),))


@pytest.mark.parametrize(
    ("same", "other"),
    [
        ((500, 100, 50), (500, 20, 5000)),  # what agrees less is found more often of one event
        ((500, 0, 300), (500, 600, 900)),
        ((0, 900, 100), (30, 900, 5000)),
        ((10, 100, 1000), (5000, 500, 50)),
    ],
)
def test_weights_fall_along_the_levels_whatever_the_pairs_show(
    project: Project, same: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    for pull in (1.0, 30.0):
        fitted = fit(one_comparison(project, Level("between", "", "y")), *counted(same, other), pull)
        found = [weight(fitted, "one", level) for level in ("yes", "between", "no")]
        assert all(after <= before + 1e-3 for before, after in itertools.pairwise(found)), found


def test_a_level_weighs_no_more_and_no_less_than_is_declared_of_it(project: Project) -> None:
    pairs = counted((500, 400, 50), (50, 60, 5000))
    at_most = one_comparison(project, Level("between", "", "y", at_most=0.5))
    assert weight(fit(at_most, *pairs, 30.0), "one", "between") == pytest.approx(0.5, abs=0.01)
    pairs = counted((500, 10, 50), (50, 600, 5000))
    never = one_comparison(project, Level("between", "", "y", never_against=True))
    assert weight(fit(never, *pairs, 30.0), "one", "between") == 0


def test_evidence_is_what_agrees_and_that_both_have_none_is_no_agreement(project: Project) -> None:
    declared = two_comparisons(project)
    said = tuple(dataclasses.replace(each, is_evidence=True) for each in declared.comparisons)
    declared = dataclasses.replace(declared, comparisons=said)
    shares = {"yes": (0.8, 0.2), "between": (0.5, 0.5), "no": (0.1, 0.8)}
    level = {name: {"m_probability": m, "u_probability": u} for name, (m, u) in shares.items()}
    fitted = Fitted(0.5, {"one": level, "twin": level})
    patterns = [{"one": "yes", "twin": other} for other in ("yes", "between", "missing", "no")]
    assert evidence(declared, fitted, patterns).tolist() == [4, 2, 2, 2]
    first, *rest = declared.comparisons[0].levels
    none = dataclasses.replace(declared.comparisons[0], levels=(dataclasses.replace(first, is_absence=True), *rest))
    declared = dataclasses.replace(declared, comparisons=(none, declared.comparisons[1]))
    assert evidence(declared, fitted, patterns).tolist() == [2, 0, 0, 0]


def test_the_bound_on_evidence_is_the_one_that_cross_validation_chose(project: Project) -> None:
    declared = load_comparisons(project.schemas)
    tried = load_model(project.link_model, declared).training["bounds"]
    best = max(row["f1"] for row in tried)
    assert declared.least_evidence == max(row["bits"] for row in tried if row["f1"] >= best - 0.005)


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
    neutral = (Level("yes", "", "x", is_neutral=True), *declared.comparisons[0].levels[1:])
    declared = dataclasses.replace(declared, comparisons=(Comparison("one", "false", neutral), declared.comparisons[1]))
    assert weight(fit(declared, PATTERNS, SAME, OTHER, 1.0), "one", "yes") == 0


def test_settings_without_a_model_say_nothing(project: Project) -> None:
    settings = splink_settings(load_comparisons(project.schemas))
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"][1:]:
            assert level["m_probability"] == level["u_probability"]
