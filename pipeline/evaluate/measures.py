"""How well clusters of records match events that human coders made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """Precision and recall, with the counts behind them where there are any."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def pairs_in(sizes: Sequence[int]) -> int:
    """How many pairs there are inside groups of these sizes."""
    return sum(size * (size - 1) // 2 for size in sizes)


def pair_counts(clusters: Sequence[Sequence[str]], events: Mapping[str, str]) -> tuple[int, int, int]:
    """Pairs that are linked and of one event, pairs that are linked, pairs that are of one event.

    Args:
        clusters: groups of record ids; a record in none stands alone.
        events: the event of every record that counts; other records are passed over.
    """
    counted = [Counter(events[record] for record in group if record in events) for group in clusters]
    right = pairs_in([size for counts in counted for size in counts.values()])
    linked = pairs_in([sum(counts.values()) for counts in counted])
    return right, linked, pairs_in(list(Counter(events.values()).values()))


def pairwise(clusters: Sequence[Sequence[str]], events: Mapping[str, str]) -> Score:
    """Precision and recall over pairs of records.

    Where nothing is linked precision is 1, where nothing is to be linked recall is 1.
    """
    right, linked, true = pair_counts(clusters, events)
    return Score(right / linked if linked else 1.0, right / true if true else 1.0)


def b_cubed(clusters: Sequence[Sequence[str]], events: Mapping[str, str]) -> Score:
    """Precision and recall of the cluster of each record, averaged over records (Bagga and Baldwin 1998)."""
    sizes = Counter(events.values())
    precision = recall = 0.0
    for group in [*clusters, *_alone(clusters, events)]:
        counts = Counter(events[record] for record in group if record in events)
        total = sum(counts.values())
        for event, count in counts.items():
            precision += count * count / total
            recall += count * count / sizes[event]
    return Score(precision / len(events), recall / len(events)) if events else Score(1.0, 1.0)


def _alone(clusters: Sequence[Sequence[str]], events: Mapping[str, str]) -> list[list[str]]:
    clustered = {record for group in clusters for record in group}
    return [[record] for record in events if record not in clustered]
