"""Weights of comparison levels from labelled pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.link.declaration import Comparisons, Level

Floats = npt.NDArray[np.float64]
Pools = dict[str, list[list[str]]]
"""For each comparison, its levels in order; those that share a weight stand together."""
STEPS, ENOUGH = 50, 1e-9
PRIOR_PAIRS = 20.0
"""Pairs that every level has before any is counted, which speak neither for it nor against it."""
NEUTRAL_SHARE = 0.5


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
    each comparison still add up to 1, so a missing value keeps the weight 0. A neutral level counts as missing.

    Every level starts with `PRIOR_PAIRS` pairs that speak neither for it nor against it, so that a level which hardly
    any pair shows weighs next to nothing. Levels go from agreement to contradiction, and so do their weights: of
    neighbours in the wrong order those that differ most are made one level, and the fit begins anew (pool adjacent
    violators; Ayer et al. 1955). What is declared of a level (never against, at most so much) is imposed last.

    Args:
        declared: the comparisons.
        patterns: combinations of levels, by comparison.
        same: how many pairs of the same event have each combination.
        other: how many pairs of different events have it.
        pull: strength of the penalty; a large one gives Splink's own estimate.
    """
    pools = {
        each.name: [[level.level_id] for level in each.levels if not level.is_neutral] for each in declared.comparisons
    }
    while True:
        intercept, shares = _fit_pools(pools, patterns, same, other, pull)
        weights = {name: [float(log_m - log_u) for log_m, log_u in levels] for name, levels in shares.items()}
        if not _pool(pools, weights):
            break
    pooled = {
        (name, level): (float(np.exp(log_u)), weight)
        for name, pool in pools.items()
        for levels, (_, log_u), weight in zip(pool, shares[name], weights[name], strict=True)
        for level in levels
    }
    found: dict[str, dict[str, dict[str, float]]] = {}
    for each in declared.comparisons:
        found[each.name] = {}
        for level in each.levels:
            u, weight = pooled.get((each.name, level.level_id), (NEUTRAL_SHARE, 0.0))
            found[each.name][level.level_id] = _chances(u, _imposed(level, weight))
    return Fitted(round(float(1 / (1 + np.exp(-intercept))), 6), found)


def _pool(pools: Pools, weights: Mapping[str, Sequence[float]]) -> bool:
    """Make one level of the two neighbours most in the wrong order, in each comparison; whether there were any."""
    found = False
    for name, levels in weights.items():
        rises = [(after - before, at) for at, (before, after) in enumerate(pairwise(levels))]
        rise, at = max(rises, default=(0.0, 0))
        if rise > ENOUGH:
            pools[name][at : at + 2] = [pools[name][at] + pools[name][at + 1]]
            found = True
    return found


def _imposed(level: Level, weight: float) -> float:
    """The weight as far as the declaration lets it go."""
    least = 0.0 if level.never_against else weight
    most = math.inf if level.at_most is None else level.at_most * math.log(2)
    return min(max(weight, least), most)


def _chances(u: float, weight: float) -> dict[str, float]:
    return {"m_probability": round(u * float(np.exp(weight)), 6), "u_probability": round(u, 6)}


def _fit_pools(
    pools: Pools, patterns: Sequence[Mapping[str, str]], same: Floats, other: Floats, pull: float
) -> tuple[float, dict[str, list[tuple[float, float]]]]:
    """The logarithm of the prior odds, and of m and u of each pool of levels."""
    at = {
        (name, level): n
        for n, (name, level) in enumerate((name, tuple(level)) for name, pool in pools.items() for level in pool)
    }
    column = {(name, level): n for (name, levels), n in at.items() for level in levels}
    blocks = [[at[name, tuple(levels)] for levels in pool] for name, pool in pools.items()]
    shown = np.zeros((len(patterns), len(at)))
    for row, pattern in enumerate(patterns):
        for said in pattern.items():
            if said in column:
                shown[row, column[said]] = 1.0
    log_m_start, log_u = _starts(blocks, [len(levels) for _, levels in at], same @ shown, other @ shown)
    theta, intercept = log_m_start.copy(), float(np.log(same.sum() / other.sum()))
    total = same + other
    for _ in range(STEPS):
        log_m = _normalised(theta, blocks)
        expected = 1 / (1 + np.exp(-(intercept + shown @ (log_m - log_u))))
        # d logit / d theta: a level's own share grows at the cost of the others of its comparison
        turned = shown.copy()
        for block in blocks:
            turned[:, block] -= np.outer(shown[:, block].sum(axis=1), np.exp(log_m[block]))
        turned = np.hstack([turned, np.ones((len(patterns), 1))])
        slope = turned.T @ (same - total * expected)
        slope[:-1] -= pull * (theta - log_m_start)
        curve = turned.T @ (turned * (total * expected * (1 - expected))[:, None])
        curve[np.arange(len(at)), np.arange(len(at))] += pull
        step = np.linalg.solve(curve, slope)
        step *= min(1.0, 1.0 / np.abs(step).max())
        theta, intercept = theta + step[:-1], intercept + float(step[-1])
        if np.abs(step).max() < ENOUGH:
            break
    log_m = _normalised(theta, blocks)
    return intercept, {name: [(log_m[n], log_u[n]) for n in block] for name, block in zip(pools, blocks, strict=True)}


def _starts(
    blocks: Sequence[Sequence[int]], sizes: Sequence[int], same: Floats, other: Floats
) -> tuple[Floats, Floats]:
    """The logarithms of the shares of each pool, with the pairs that every level has before any is counted.

    Those are of the same event as often as the pairs that say something there, and so speak for neither.
    """
    log_m, log_u = np.zeros_like(same), np.zeros_like(other)
    for block in blocks:
        said = same[block].sum() + other[block].sum()
        of_same = same[block].sum() / said if said else 0.5
        prior = PRIOR_PAIRS * np.array([sizes[n] for n in block])
        for log, counts, share in ((log_m, same, of_same), (log_u, other, 1 - of_same)):
            filled = counts[block] + prior * share
            log[block] = np.log(filled / filled.sum())
    return log_m, log_u


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
    """The bits by which each combination of levels agrees beyond time and place, absences left out.

    `score` says the same of a pair.
    """
    shares = {
        (each.name, level.level_id): fitted.levels[each.name][level.level_id]
        for each in declared.comparisons
        if each.is_evidence
        for level in each.levels
        if not level.is_absence
    }
    agreement = {
        shown: max(0.0, float(np.log2(chances["m_probability"] / chances["u_probability"])))
        for shown, chances in shares.items()
    }
    bits = [sum(agreement.get(shown, 0.0) for shown in pattern.items()) for pattern in patterns]
    return np.array(bits, dtype=np.float64)


def _normalised(theta: Floats, blocks: Sequence[Sequence[int]]) -> Floats:
    log_m = theta.copy()
    for block in blocks:
        log_m[block] -= np.log(np.exp(theta[block] - theta[block].max()).sum()) + theta[block].max()
    return log_m
