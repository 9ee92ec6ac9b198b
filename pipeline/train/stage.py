"""The command `python -m pipeline train`: labelled pairs in, the frozen model and its report out."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.config import Params, Project
from pipeline.engine import connect
from pipeline.evaluate.labelled import LABELLED_FILE, Labelled, labelled_path, read_labelled
from pipeline.evaluate.measures import Score, pair_counts
from pipeline.evaluate.methods import best_windows
from pipeline.link.clusters import Member, cluster
from pipeline.link.declaration import Comparisons, load_comparisons
from pipeline.link.model import digest, load_members, rows_of, score_records
from pipeline.link.pairs import splink_settings
from pipeline.schema import load_schema
from pipeline.train.fit import Fitted, evidence, fit, probabilities

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
PULLS = (30.0,)
"""How strongly the fit is held back. From 3 to 30 cross-validation was the same: the most cautious, and no choice."""
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
BOUNDS = (0.05, 0.25, 0.5, 0.75, 1.0)
"""Bits that two records must agree in beyond time and place: what is lost with each is told in the report."""
FOLDS, REPEATS = 4, 2
Choice = tuple[float, float]
"""Threshold and pull."""


@dataclass(frozen=True)
class Pairs:
    """The pairs of the training records that are looked at.

    Attributes:
        ids: left and right record id.
        same: whether both are of one event.
        patterns: the combinations of levels that occur.
        at: which of them each pair shows.
        members: all records, for clustering.
    """

    ids: list[tuple[str, str]]
    same: Flags
    patterns: list[dict[str, str]]
    at: Numbers
    members: dict[str, Member]

    def fit(self, declared: Comparisons, used: Flags, pull: float) -> Fitted:
        """Fit the model to some of the pairs."""
        same, other = (
            np.bincount(self.at[used & flag], minlength=len(self.patterns)).astype(np.float64)
            for flag in (self.same, ~self.same)
        )
        return fit(declared, self.patterns, same, other, pull)


def train(project: Project, _params: Params) -> str:
    """Train on the training events of the labelled file and freeze ``data/reference/link_model.json``.

    Returns:
        What was done, in one line.
    """
    schema, declared = load_schema(project.schemas), load_comparisons(project.schemas)
    whole = read_labelled(labelled_path(project), schema, project.schemas, LABELLED_FILE)
    training = whole.split("train")
    pairs = _pairs(training, declared)
    tried = _cross_fitted(pairs, training.events, declared)
    threshold, pull = chosen(tried[declared.least_evidence])
    fitted = pairs.fit(declared, np.ones_like(pairs.same), pull)
    model = {
        "threshold": threshold,
        "trained_for": digest(declared),
        "splink_settings": splink_settings(declared, fitted.as_weights()),
        "training": {
            "file": LABELLED_FILE,
            "records": len(training.events),
            "events": len(set(training.events.values())),
            "pairs_same_event": int(pairs.same.sum()),
            "pairs_other_event": int((~pairs.same).sum()),
            "pull": pull,
            "windows": best_windows(training),
            "prints": " ".join(sorted(set(training.prints.values()))),
            "cross_validation": [
                {
                    "pull": pull,
                    "threshold": threshold,
                    "precision": _short(score.precision),
                    "recall": _short(score.recall),
                    "f1": _short(score.f1),
                }
                for (threshold, pull), score in sorted(tried[declared.least_evidence].items())
            ],
            "bounds": [
                {"bits": bound, "threshold": chosen(scores)[0], "f1": _short(scores[chosen(scores)].f1)}
                for bound, scores in sorted(tried.items())
            ],
            "levels": _level_report(declared, fitted, pairs),
        },
    }
    project.link_model.write_text(json.dumps(model, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    score = tried[declared.least_evidence][threshold, pull]
    return f"{project.relative(project.link_model)}: cross-validated F1 {score.f1:.3f}"


def _pairs(labelled: Labelled, declared: Comparisons) -> Pairs:
    names = [comparison.name for comparison in declared.comparisons]
    backend = connect("duckdb")
    score_records(backend, labelled.tables, declared, splink_settings(declared), None)
    columns = ["record_id_left", "record_id_right", *(f"{name}_level" for name in names)]
    rows = rows_of(backend, "scored", columns, 2)
    members = load_members(backend)
    backend.disconnect()
    patterns = {levels: at for at, levels in enumerate(sorted({row[2:] for row in rows}))}
    events = labelled.events
    return Pairs(
        ids=[(row[0], row[1]) for row in rows],
        same=np.array([events[row[0]] == events[row[1]] for row in rows]),
        patterns=[dict(zip(names, levels, strict=True)) for levels in patterns],
        at=np.array([patterns[row[2:]] for row in rows]),
        members=members,
    )


def _cross_fitted(pairs: Pairs, events: Mapping[str, str], declared: Comparisons) -> dict[float, dict[Choice, Score]]:
    """Pairwise scores of each choice at each bound on the evidence.

    Every pair is scored by a model that saw neither of its two events.
    The events are dealt into folds; for each two folds a model is fitted to the pairs within the others. So all
    training records are clustered together, as dense as they are, which halves of them would not be.
    """
    totals: dict[tuple[float, Choice], list[int]] = defaultdict(lambda: [0, 0, 0])
    bounds = {*BOUNDS, declared.least_evidence}
    for repeat, pull in product(range(REPEATS), PULLS):
        fold = {record: _fold(event, repeat) for record, event in events.items()}
        left, right = (np.array([fold[pair[side]] for pair in pairs.ids]) for side in (0, 1))
        scored, agreed = np.zeros(len(pairs.ids)), np.zeros(len(pairs.ids))
        for one, two in combinations_with_replacement(range(FOLDS), 2):
            unseen = ((left == one) & (right == two)) | ((left == two) & (right == one))
            seen = ~np.isin(left, (one, two)) & ~np.isin(right, (one, two))
            fitted = pairs.fit(declared, seen, pull)
            scored[unseen] = probabilities(fitted, pairs.patterns)[pairs.at[unseen]]
            agreed[unseen] = evidence(declared, fitted, pairs.patterns)[pairs.at[unseen]]
        kept = np.flatnonzero(scored >= declared.keep_probability)
        linkable = [(*pairs.ids[at], float(scored[at])) for at in kept]
        for bound, threshold in product(bounds, THRESHOLDS):
            weak = {pairs.ids[at] for at in kept if agreed[at] < bound}
            clusters = cluster(pairs.members, linkable, [], threshold, declared.least_pair, None, weak)
            for at, count in enumerate(pair_counts(clusters, events)):
                totals[bound, (threshold, pull)][at] += count
    scores: dict[float, dict[Choice, Score]] = {bound: {} for bound in bounds}
    for (bound, choice), (hits, linked, true) in totals.items():
        scores[bound][choice] = Score(hits / linked, hits / true)
    return scores


def chosen(tried: Mapping[Choice, Score]) -> Choice:
    """The choice with the best F1 on the average of its own and the next thresholds, as single figures are noisy."""
    around = {
        (threshold, pull): sum(tried[near, pull].f1 for near in THRESHOLDS[at : at + 3])
        for at, threshold in enumerate(THRESHOLDS[1:-1])
        for pull in PULLS
    }
    return max(around, key=lambda choice: (around[choice], choice))


def _fold(event: str, repeat: int) -> int:
    """Which fold an event is in: MD5 of the repeat and the event id, modulo the number of folds."""
    return int(hashlib.md5(f"{repeat}{event}".encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def _level_report(declared: Comparisons, fitted: Fitted, pairs: Pairs) -> list[dict[str, Any]]:
    rows = []
    for comparison in declared.comparisons:
        for level in comparison.levels:
            shown = np.array([pattern[comparison.name] == level.level_id for pattern in pairs.patterns])[pairs.at]
            chances: Mapping[str, float] = fitted.levels[comparison.name][level.level_id]
            rows.append(
                {
                    "comparison": comparison.name,
                    "level": level.level_id,
                    "pairs_same_event": int((shown & pairs.same).sum()),
                    "pairs_other_event": int((shown & ~pairs.same).sum()),
                    "weight": _short(float(np.log2(chances["m_probability"] / chances["u_probability"]))),
                }
            )
    return rows


def _short(number: float) -> float:
    return round(number, 3)
