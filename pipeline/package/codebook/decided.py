"""Which claims gave a toll its figures: a second reading of the rule ``most_carried``, for people.

The figures themselves are read from `tolls`; here is only looked up who gave them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """What one report has one claimant say of one population, with the voice of the report.

    Attributes:
        group: the population group of the population, ``all`` where it is of none.
        is_included: whether another claim of the claimant contains it.
        voice: the agency whose dispatch the report carries, else its publisher.
    """

    claim_id: str
    claimant: str
    report_id: str
    voice: str
    population: str
    group: str
    low: int | None
    high: int | None
    sequence: int
    is_included: bool


@dataclass(frozen=True)
class Figure:
    """What one report has one claimant say of all persons: the total stated, or the sum of the groups."""

    claimant: str
    report_id: str
    voice: str
    is_stated: bool
    parts: tuple[Said, ...]

    @property
    def low(self) -> int | None:
        """The sum of the lower bounds that are given."""
        given = [part.low for part in self.parts if part.low is not None]
        return sum(given) if given else None

    @property
    def high(self) -> int | None:
        """The sum of the upper bounds, None where one is open."""
        given = [part.high for part in self.parts if part.high is not None]
        return sum(given) if len(given) == len(self.parts) else None


@dataclass(frozen=True)
class Decided:
    """Who gave the figures of a toll of all persons.

    Attributes:
        low: the claimants with the lowest lower bound.
        best: the claimants who state the best figure as a total; empty where nobody does.
        votes: how many agencies or publishers carry each figure that could be the best one, in the order of the rule.
        summed: the sum of one claimant's groups that is the best figure, where nobody states a total.
        high: the claimants with the highest upper bound, or those who leave it open.
    """

    low: tuple[str, ...]
    best: tuple[str, ...]
    votes: tuple[tuple[int, int], ...]
    summed: Figure | None
    high: tuple[str, ...]


def decided(said: Iterable[Said], low: int | None, best: int | None, high: int | None) -> Decided:
    """Look up who gave the figures of the toll of all persons of one unit and metric.

    Args:
        said: what the reports have the claimants say about that unit and metric, figures without a number left out.
        low: of the toll, as are the others.
        best: see there.
        high: see there.
    """
    figures = _figures(said)
    current = _current(figures)
    bound = [figure for figure in current if figure.is_stated and figure.low is not None] or current
    standing = {(figure.claimant, figure.is_stated, figure.low) for figure in bound if figure.low is not None}
    votes = _votes([figure for figure in figures if (figure.claimant, figure.is_stated, figure.low) in standing])
    is_first = bool(votes) and votes[0][0] == best  # else it is the figure of a group, below which all cannot be
    naming = [figure for figure in bound if is_first and figure.low == best]
    stated = sorted({figure.claimant for figure in naming if figure.is_stated})
    sums = sorted((figure for figure in naming if not figure.is_stated), key=lambda figure: figure.claimant)
    return Decided(
        low=tuple(sorted({figure.claimant for figure in bound if low is not None and figure.low == low})),
        best=tuple(stated),
        votes=votes,
        summed=sums[0] if sums and not stated else None,
        high=tuple(sorted({figure.claimant for figure in current if figure.high == high})),
    )


def _votes(figures: Sequence[Figure]) -> tuple[tuple[int, int], ...]:
    """How many voices carry each figure; the first is the one that the rule takes."""
    carrying: dict[int, list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.low is not None:
            carrying[figure.low].append(figure)
    counted = {low: len({figure.voice for figure in found}) for low, found in carrying.items()}

    def rank(low: int) -> tuple[int, int, int, int]:
        populations = max(len(figure.parts) for figure in carrying[low])
        latest = max(part.sequence for figure in carrying[low] for part in figure.parts)
        return (-counted[low], -populations, -latest, low)

    return tuple((low, counted[low]) for low in sorted(carrying, key=rank))


def _figures(said: Iterable[Said]) -> list[Figure]:
    """The figures for all persons: in each report a claimant's last word on each population counts."""
    last: dict[tuple[str, str, str], Said] = {}
    for one in sorted(said, key=lambda one: (one.sequence, one.claim_id)):
        last[one.claimant, one.report_id, one.population] = one
    parts: dict[tuple[str, str, bool], list[Said]] = defaultdict(list)
    for one in last.values():
        if not one.is_included:
            parts[one.claimant, one.report_id, one.group == "all"].append(one)
    return [
        Figure(claimant, report, found[0].voice, is_stated, tuple(sorted(found, key=lambda part: part.sequence)))
        for (claimant, report, is_stated), found in sorted(parts.items())
    ]


def _current(figures: Sequence[Figure]) -> list[Figure]:
    """Each claimant's figure: a total before a sum, the sum of most populations, then the latest."""
    made: dict[str, Figure] = {}
    for figure in sorted(figures, key=_rank):
        made.setdefault(figure.claimant, figure)
    return list(made.values())


def _rank(figure: Figure) -> tuple[bool, int, int, float, str]:
    latest = max(part.sequence for part in figure.parts)
    low = float("inf") if figure.low is None else -figure.low
    return (not figure.is_stated, -len(figure.parts), -latest, low, figure.report_id)
