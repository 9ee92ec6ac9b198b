"""Clusters of records of one incident: made from scored pairs and decisions, always in the same way."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.link.chains import chain
from pipeline.link.decisions import Decision
from pipeline.problems import NotWell, Problem

Pair = tuple[str, str, float]
"""Left record id, right record id, probability that both are of one event."""


@dataclass(frozen=True)
class Member:
    """What a record brings into clustering.

    Attributes:
        origin: among records of one origin no two are of the same event.
        part_of: the split figure of which the record is a part, or None. Parts are never merged.
    """

    origin: str
    part_of: str | None = None


def cluster(
    members: Mapping[str, Member],
    pairs: Iterable[Pair],
    decisions: Sequence[Decision],
    threshold: float,
    least_pair: float,
    largest: int | None,
    weak: Collection[tuple[str, str]] = (),
) -> list[list[str]]:
    """Merge records into clusters, the surest first, as long as their pairs are sure enough.

    Two things are asked of two clusters: that one of the pairs between them be at least as probable as `least_pair`,
    and that the average over all of them be at least `threshold` (average linkage). The average counts a pair that was
    not scored as 0, so that one strong pair does not pull two groups together. A weak pair is never the surest: it has
    a part in the average, but two clusters with none but weak pairs between them stay apart. Records that a decision
    holds to be the same come together whatever their score; those held to be different, those of one origin and parts
    of one figure never do, unless a decision says so of two records of one origin. What a source itself holds to be the
    same comes together before any score is looked at, where no curator is against it. Ties are broken by record id.

    Args:
        members: every record by id.
        pairs: scored pairs that may be linked, each once.
        decisions: as `load_decisions` gives them.
        threshold: the least average probability at which clusters are merged.
        least_pair: the least probability of the surest pair between them.
        largest: a cluster with more records is refused; None refuses none.
        weak: the scored pairs that agree in hardly more than time and place.

    Returns:
        Clusters of two and more records, each sorted, in the order of their first record.

    Raises:
        NotWell: a cluster grew larger than `largest`; the message shows the chain that holds it together.
    """
    scored = list(pairs)
    groups = _Groups(members, decisions)
    for left, right, probability in scored:
        groups.add(left, right, probability, 0.0 if (left, right) in weak else probability)
    for decision in sorted(decisions, key=lambda decision: decision.is_by_source):
        if decision.is_same:
            left, right = sorted((groups.of[decision.left], groups.of[decision.right]))
            if not decision.is_by_source or groups.may_merge(left, right):
                groups.merge(left, right)
    waiting = [
        (-average, left, right, 0, 0)
        for left, right in groups.touching()
        if (average := groups.average(left, right)) >= threshold and groups.may_join(left, right, least_pair)
    ]
    waiting = [
        (weight, left, right, groups.changed[left], groups.changed[right]) for weight, left, right, *_ in waiting
    ]
    heapq.heapify(waiting)
    while waiting:
        _, left, right, *versions = heapq.heappop(waiting)
        if [groups.changed.get(left), groups.changed.get(right)] != versions or not groups.may_merge(left, right):
            continue
        groups.merge(left, right)
        for other in groups.sums[left]:
            average = groups.average(left, other)
            if average >= threshold and groups.may_join(left, other, least_pair):
                first, second = sorted((left, other))
                heapq.heappush(waiting, (-average, first, second, groups.changed[first], groups.changed[second]))
    found = sorted(sorted(group) for group in groups.members.values() if len(group) > 1)
    too_large = [group for group in found if largest is not None and len(group) > largest]
    if largest is not None and too_large:
        strong = [pair for pair in scored if pair[2] >= threshold and pair[:2] not in weak]

        def breaks(group: Sequence[str], left: str, right: str) -> bool:
            inside = {record: members[record] for record in group}
            within = [pair for pair in scored if pair[0] in inside and pair[1] in inside]
            known = [each for each in decisions if each.left in inside and each.right in inside]
            apart = Decision(left, right, False, "", "", 0)
            parts = cluster(inside, within, [*known, apart], threshold, least_pair, None, weak)
            return all(len(part) <= largest for part in parts)

        raise NotWell((_grew(group, strong, decisions, largest, breaks) for group in too_large), "nothing was linked")
    return found


class _Groups:
    """The groups so far, each named after one of its records, with what their pairs add up to and the surest."""

    def __init__(self, members: Mapping[str, Member], decisions: Sequence[Decision]) -> None:
        self.of = {record: record for record in members}
        self.members = {record: [record] for record in members}
        self.origins = {record: {member.origin} for record, member in members.items()}
        self.figures = {record: {member.part_of} - {None} for record, member in members.items()}
        self.sums: dict[str, dict[str, float]] = defaultdict(dict)
        self.surest: dict[str, dict[str, float]] = defaultdict(dict)
        self.changed = dict.fromkeys(members, 0)
        self.apart: dict[str, set[str]] = defaultdict(set)
        for decision in decisions:
            if not decision.is_same:
                self.apart[decision.left].add(decision.right)
                self.apart[decision.right].add(decision.left)

    def add(self, left: str, right: str, probability: float, surest: float) -> None:
        self.sums[left][right] = self.sums[right][left] = probability
        self.surest[left][right] = self.surest[right][left] = surest

    def touching(self) -> list[tuple[str, str]]:
        return [(left, right) for left, others in self.sums.items() for right in others if left < right]

    def average(self, left: str, right: str) -> float:
        return self.sums[left].get(right, 0.0) / (len(self.members[left]) * len(self.members[right]))

    def may_join(self, left: str, right: str, least_pair: float) -> bool:
        return 0.0 < self.surest[left][right] >= least_pair

    def may_merge(self, left: str, right: str) -> bool:
        return not (
            self.origins[left] & self.origins[right]
            or self.figures[left] & self.figures[right]
            or any(
                other in self.members[right] for record in self.members[left] for other in self.apart.get(record, ())
            )
        )

    def merge(self, left: str, right: str) -> None:
        """Put the group `right` into the group `left`; nothing happens where they are one already."""
        if left == right:
            return
        for record in self.members[right]:
            self.of[record] = left
        self.members[left] += self.members.pop(right)
        self.origins[left] |= self.origins.pop(right)
        self.figures[left] |= self.figures.pop(right)
        del self.changed[right]
        self.changed[left] += 1
        surest = self.surest.pop(right, {})
        for other, total in self.sums.pop(right, {}).items():
            self.sums[other].pop(right)
            best = max(self.surest[other].pop(right), surest[other], self.surest[left].get(other, 0.0))
            if other != left:
                self.sums[left][other] = self.sums[other][left] = self.sums[left].get(other, 0.0) + total
                self.surest[left][other] = self.surest[other][left] = best


def _grew(
    group: Sequence[str],
    strong: Sequence[Pair],
    decisions: Sequence[Decision],
    largest: int,
    breaks: Callable[[Sequence[str], str, str], bool],
) -> Problem:
    """What is told of a cluster that is too large: how dense it is, the longest chain, and what can be done.

    Where a score holds the chain together, that is a new decision about the least sure of its pairs, if the cluster
    falls into parts that are small enough with it, which is tried; else no one decision will do. A decision about
    records that decisions hold together would be refused, there those are named.
    """
    inside = set(group)
    near: dict[str, dict[str, float]] = defaultdict(dict)
    for left, right, probability in strong:
        if left in inside and right in inside:
            near[left][right] = near[right][left] = probability
    stands: dict[frozenset[str], Decision] = {}
    same: dict[str, dict[str, float]] = defaultdict(dict)
    for decision in decisions:
        if decision.is_same and decision.left in inside:
            stands[frozenset((decision.left, decision.right))] = decision
            for one, other in ((decision.left, decision.right), (decision.right, decision.left)):
                near[one][other] = same[one][other] = 1.0
    linked, every = sum(map(len, near.values())) // 2, len(group) * (len(group) - 1) // 2
    end = chain(near, group[0])[-1]
    links = list(pairwise(chain(near, end)))
    shown = end
    scored: list[tuple[float, str, str]] = []
    decided: list[str] = []
    for before, record in links:
        said = stands.get(frozenset((before, record)))
        shown += f" – {record} ({near[before][record]:.2f})" if said is None else f" = {record} (line {said.line})"
        if said is not None:
            decided.append(f"{said.file}:{said.line}")
        elif not chain(same, before, record):
            scored.append((near[before][record], before, record))
    if scored:
        _, one, other = min(scored)
        if breaks(group, one, other):
            way = f"a decision that {one} and {other} are different breaks it: "
            way += f"sahel review --decide {one} {other} different --why REASON"
        else:
            way = "no decision about one pair of the chain breaks it: if these records are of one incident, raise "
            way += "largest_cluster in schemas/link/comparisons.yaml; if they say too little to be told apart, mend "
            way += "them or take their source out of params.yaml"
    else:
        way = f"decisions alone hold it together: take one of them out, {', '.join(decided)}"
    return Problem(
        "data/interim/link",
        0,
        group[0],
        f"{len(group)} records were taken for one incident, more than {largest}; {linked} of the {every} pairs in it "
        f"are linked; the longest chain is {shown}; {way}",
        "link.cluster_size",
    )
