"""Weights of comparison levels from labelled pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.link.declaration import Comparisons

Floats = npt.NDArray[np.float64]
STEPS, ENOUGH = 50, 1e-9
SMOOTHING = 1.0
SEEN = 20
"""A level that fewer pairs show gets a weight between those of its neighbours."""


@dataclass(frozen=True)
class Fitted:
    """A prior and, for each comparison and level, its m and u probability."""

    prior: float
    levels: Mapping[str, Mapping[str, Mapping[str, float]]]

    def as_weights(self) -> dict[str, object]:
        """As `splink_settings` takes it."""
        return {"prior": self.prior, **self.levels}


def fit(
    declared: Comparisons, patterns: Sequence[Mapping[str, str]], same: Floats, other: Floats, pull: float
) -> Fitted:
    """Fit the model of Fellegi and Sunter to labelled pairs, without its assumption that comparisons are independent.

    u is the share of a level among pairs of different events that say something there. m starts as its share among
    pairs of the same event, which is how Splink estimates it from labels, and is then moved so that the summed weights
    predict the labels best (logistic loss), held back by a penalty on the squared change of log m. The shares of
    each comparison still add up to 1, so a missing value keeps the weight 0. A neutral level
    counts as missing.

    Args:
        declared: the comparisons.
        patterns: combinations of levels, by comparison.
        same: how many pairs of the same event have each combination.
        other: how many pairs of different events have it.
        pull: strength of the penalty; a large one gives Splink's own estimate.
    """
    names = [(each.name, level.level_id) for each in declared.comparisons for level in each.levels]
    neutral = {
        (each.name, level.level_id) for each in declared.comparisons for level in each.levels if level.is_neutral
    }
    at = {name: position for position, name in enumerate(names)}
    blocks = [[at[each.name, level.level_id] for level in each.levels] for each in declared.comparisons]
    shown = np.zeros((len(patterns), len(names)))
    for row, pattern in enumerate(patterns):
        for comparison, level in pattern.items():
            if (comparison, level) in at and (comparison, level) not in neutral:
                shown[row, at[comparison, level]] = 1.0
    log_u = _log_shares(other @ shown, blocks)
    start = _log_shares(same @ shown, blocks)
    theta, intercept = start.copy(), float(np.log(same.sum() / other.sum()))
    total = same + other
    for _ in range(STEPS):
        log_m = _normalised(theta, blocks)
        expected = 1 / (1 + np.exp(-(intercept + shown @ (log_m - log_u))))
        turned = (
            shown.copy()
        )  # d logit / d theta: a level's own share grows at the cost of the others of its comparison
        for block in blocks:
            turned[:, block] -= np.outer(shown[:, block].sum(axis=1), np.exp(log_m[block]))
        turned = np.hstack([turned, np.ones((len(patterns), 1))])
        slope = turned.T @ (same - total * expected)
        slope[:-1] -= pull * (theta - start)
        curve = turned.T @ (turned * (total * expected * (1 - expected))[:, None])
        curve[np.arange(len(names)), np.arange(len(names))] += pull
        step = np.linalg.solve(curve, slope)
        step *= min(1.0, 1.0 / np.abs(step).max())
        theta, intercept = theta + step[:-1], intercept + float(step[-1])
        if np.abs(step).max() < ENOUGH:
            break
    log_m = _normalised(theta, blocks)
    _fill_unseen(log_m, log_u, (same + other) @ shown, blocks)
    for name in neutral:
        log_m[at[name]] = log_u[at[name]]
    levels: dict[str, dict[str, dict[str, float]]] = {}
    for (comparison, level), position in at.items():
        pair = {
            "m_probability": round(float(np.exp(log_m[position])), 6),
            "u_probability": round(float(np.exp(log_u[position])), 6),
        }
        levels.setdefault(comparison, {})[level] = pair
    return Fitted(round(float(1 / (1 + np.exp(-intercept))), 6), levels)


def probabilities(fitted: Fitted, patterns: Sequence[Mapping[str, str]]) -> Floats:
    """The probability of each combination of levels, as Splink computes it from the same m and u."""
    weights = {
        (comparison, level): np.log(chances["m_probability"] / chances["u_probability"])
        for comparison, levels in fitted.levels.items()
        for level, chances in levels.items()
    }
    prior = np.log(fitted.prior / (1 - fitted.prior))
    logits = [prior + sum(weights.get(shown, 0.0) for shown in pattern.items()) for pattern in patterns]
    return np.asarray(1 / (1 + np.exp(-np.array(logits))), dtype=np.float64)


def evidence(declared: Comparisons, fitted: Fitted, patterns: Sequence[Mapping[str, str]]) -> Floats:
    """The bits by which each combination of levels agrees beyond time and place, as `score` adds them up."""
    weights = {
        (each.name, level): max(0.0, float(np.log2(chances["m_probability"] / chances["u_probability"])))
        for each in declared.comparisons
        if each.is_evidence
        for level, chances in fitted.levels[each.name].items()
    }
    return np.array([sum(weights.get(shown, 0.0) for shown in pattern.items()) for pattern in patterns])


def _log_shares(counts: Floats, blocks: Sequence[Sequence[int]]) -> Floats:
    shares = np.zeros_like(counts)
    for block in blocks:
        shares[block] = np.log((counts[block] + SMOOTHING) / (counts[block] + SMOOTHING).sum())
    return shares


def _normalised(theta: Floats, blocks: Sequence[Sequence[int]]) -> Floats:
    log_m = theta.copy()
    for block in blocks:
        log_m[block] -= np.log(np.exp(theta[block] - theta[block].max()).sum()) + theta[block].max()
    return log_m


def _fill_unseen(log_m: Floats, log_u: Floats, seen: Floats, blocks: Sequence[Sequence[int]]) -> None:
    """Give levels that hardly any pair shows the mean weight of the nearest seen levels before and after them."""
    for block in blocks:
        known = [position for position in block if seen[position] >= SEEN]
        for position in block:
            if position not in known:
                around = [*[at for at in known if at < position][-1:], *[at for at in known if at > position][:1]]
                log_m[position] = log_u[position] + np.mean(log_m[around] - log_u[around])
