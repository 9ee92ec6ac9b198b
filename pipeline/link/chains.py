"""Chains of linked records, shown where a cluster or decisions cannot stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def chain(near: Mapping[str, Iterable[str]], start: str, end: str | None = None) -> list[str]:
    """The shortest way from one record to another over linked records.

    Args:
        near: for each record those to which it is linked.
        start: the first record.
        end: the last; None means the one that is farthest away.

    Returns:
        The records on the way, both ends included; empty where there is no way.
    """
    before: dict[str, str | None] = {start: None}
    waiting = [start]
    for reached in waiting:
        for other in sorted(near.get(reached, ())):
            if other not in before:
                before[other] = reached
                waiting.append(other)
    step: str | None = waiting[-1] if end is None else end
    if step not in before:
        return []
    way: list[str] = []
    while step is not None:
        way.append(step)
        step = before[step]
    return way[::-1]
