"""The command `python -m pipeline train`: labelled pairs in, the frozen model and its report out."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import duckdb
import numpy as np

from pipeline.config import Params, Project
from pipeline.evaluate.labelled import LABELLED_FILE, Labelled, labelled_path, read_labelled
from pipeline.evaluate.measures import Score, pair_counts
from pipeline.evaluate.methods import UNBOUNDED, best_windows
from pipeline.link.declaration import Comparisons, load_comparisons
from pipeline.link.model import cluster_scored, score_records
from pipeline.link.pairs import splink_settings
from pipeline.schema import load_schema
from pipeline.train.fit import Fitted, Floats, fit

PULLS = (3.0, 10.0, 30.0, 1e6)
THRESHOLDS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
AS_GOOD = 0.01
"""Choices whose F1 is at most so much below the best count as equally good; the most cautious of them is taken."""
REPEATS = 3
"""Cross-validation within training: so many times the events are halved, each half once left out."""
Choice = tuple[float, float]


@dataclass(frozen=True)
class Patterns:
    """Combinations of levels with how many pairs of the same and of different events show each."""

    levels: list[dict[str, str]]
    same: Floats
    other: Floats


def train(project: Project, _params: Params) -> str:
    """Train on the training events of the labelled file and freeze ``data/reference/link_model.json``.

    Returns:
        What was done, in one line.
    """
    schema, declared = load_schema(project.schemas), load_comparisons(project.schemas)
    whole = read_labelled(labelled_path(project), schema, project.schemas, LABELLED_FILE)
    training = whole.split("train")
    tried = _cross_validated(training, declared)
    best = max(score.f1 for score in tried.values())
    pull, threshold = max(choice for choice, score in tried.items() if score.f1 >= best - AS_GOOD)
    patterns = _patterns(training, declared)
    fitted = fit(declared, patterns.levels, patterns.same, patterns.other, pull)
    model = {
        "threshold": threshold,
        "splink_settings": splink_settings(declared, fitted.as_weights()),
        "training": {
            "file": LABELLED_FILE,
            "sha256": whole.sha256,
            "records": len(training.events),
            "events": len(set(training.events.values())),
            "pairs_same_event": int(patterns.same.sum()),
            "pairs_other_event": int(patterns.other.sum()),
            "pull": pull,
            "windows": best_windows(training),
            "cross_validation": [
                {
                    "pull": pull,
                    "threshold": threshold,
                    "precision": _short(score.precision),
                    "recall": _short(score.recall),
                    "f1": _short(score.f1),
                }
                for (pull, threshold), score in sorted(tried.items())
            ],
            "levels": _level_report(declared, fitted, patterns),
        },
    }
    project.link_model.write_text(json.dumps(model, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return f"{project.relative(project.link_model)}: cross-validated F1 {tried[pull, threshold].f1:.3f}"


def _patterns(labelled: Labelled, declared: Comparisons) -> Patterns:
    names = [comparison.name for comparison in declared.comparisons]
    counts: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    with duckdb.connect() as connection:
        score_records(connection, labelled.tables, declared, splink_settings(declared), None)
        columns = ", ".join(f"{name}_level" for name in names)
        for left, right, *levels in connection.execute(
            f"SELECT record_id_left, record_id_right, {columns} FROM scored"
        ).fetchall():
            counts[tuple(levels)][labelled.events[left] != labelled.events[right]] += 1
    keys = sorted(counts)
    table = np.array([counts[key] for key in keys], dtype=np.float64)
    return Patterns([dict(zip(names, key, strict=True)) for key in keys], table[:, 0], table[:, 1])


def _cross_validated(training: Labelled, declared: Comparisons) -> dict[Choice, Score]:
    """Pairwise scores of each choice on events that were left out of the fit, pooled over all halves."""
    totals: dict[Choice, list[int]] = defaultdict(lambda: [0, 0, 0])
    for repeat in range(REPEATS):
        halves = [_half(training, repeat, side) for side in (0, 1)]
        learnt = [_patterns(half, declared) for half in halves]
        for (side, half), pull in product(enumerate(halves), PULLS):
            other = learnt[1 - side]
            fitted = fit(declared, other.levels, other.same, other.other, pull)
            with duckdb.connect() as connection:
                settings = splink_settings(declared, fitted.as_weights())
                score_records(connection, half.tables, declared, settings, declared.keep_probability)
                for threshold in THRESHOLDS:
                    clusters = cluster_scored(connection, [], threshold, UNBOUNDED)
                    for at, count in enumerate(pair_counts(clusters, half.events)):
                        totals[pull, threshold][at] += count
    return {choice: Score(right / linked, right / true) for choice, (right, linked, true) in totals.items()}


def _half(training: Labelled, repeat: int, side: int) -> Labelled:
    """Half of the events, by the MD5 of the repeat and the event id."""
    return training.only(
        {
            record: event
            for record, event in training.events.items()
            if hashlib.md5(f"{repeat}{event}".encode(), usedforsecurity=False).digest()[0] % 2 == side
        }
    )


def _level_report(declared: Comparisons, fitted: Fitted, patterns: Patterns) -> list[dict[str, Any]]:
    rows = []
    for comparison in declared.comparisons:
        for level in comparison.levels:
            shown = np.array([pattern[comparison.name] == level.level_id for pattern in patterns.levels])
            chances: Mapping[str, float] = fitted.levels[comparison.name][level.level_id]
            rows.append(
                {
                    "comparison": comparison.name,
                    "level": level.level_id,
                    "pairs_same_event": int(patterns.same[shown].sum()),
                    "pairs_other_event": int(patterns.other[shown].sum()),
                    "weight": _short(float(np.log2(chances["m_probability"] / chances["u_probability"]))),
                }
            )
    return rows


def _short(number: float) -> float:
    return round(number, 3)
