"""What ``schemas/link/comparisons.yaml`` declares: comparisons with their levels, and which pairs are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.problems import CannotDo

KM_A_DEGREE = 110.5
"""Length of a degree of latitude at the equator, where it is shortest."""
MISSING = "missing"
"""The level of a comparison in which one of the records says nothing."""


@dataclass(frozen=True)
class Level:
    """One degree of agreement.

    Attributes:
        level_id: as it stands in the scored pairs.
        label: what it means, for people.
        when: the SQL condition, or None for the last level, which holds when no other does.
        is_absence: whether what both sides say is that there was none: it weighs what the training shows, but it is no
            evidence.
        is_neutral: whether it weighs nothing, however often the pairs of the training show it.
        never_against: whether it never speaks against a pair, whatever they show.
        at_most: the most that it may weigh, in bits, or None.
    """

    level_id: str
    label: str
    when: str | None = None
    is_absence: bool = False
    is_neutral: bool = False
    never_against: bool = False
    at_most: float | None = None


@dataclass(frozen=True)
class Comparison:
    """One thing in which two records are compared; its levels go from agreement to contradiction.

    Attributes:
        name: as it stands in the scored pairs.
        missing: the SQL condition under which one of the records says nothing.
        levels: in the order in which they are tried.
        is_evidence: whether agreement in it says more than when and where.
    """

    name: str
    missing: str
    levels: tuple[Level, ...]
    is_evidence: bool = False


@dataclass(frozen=True)
class Comparisons:
    """All that is declared of comparing two records.

    Attributes:
        near_days: the longest gap between two intervals that are looked at.
        near_km: the longest distance between two points that are looked at.
        wide_radius_km: from this radius on a shared actor is a reason to look.
        cell_degrees: size of the cells through which near points are found.
        crowd_km: within this distance and a day, records of one origin are a crowd.
        keep_probability: scored pairs below it are not kept.
        least_evidence: bits; pairs whose agreement beyond time and place weighs less link nothing on their own.
        least_pair: clusters are merged only where one pair between them is at least as probable.
        largest_cluster: a cluster of more records stops the build.
        radius_km: reach of a place by ``geo_precision``.
        locality_words: words that say that a name is that of a town, at its beginning or end; it goes without them too.
        generic_words: words of place names that say nothing on their own.
        comparisons: in the order in which they are declared.
    """

    near_days: int
    near_km: float
    wide_radius_km: float
    cell_degrees: float
    crowd_km: float
    keep_probability: float
    least_evidence: float
    least_pair: float
    largest_cluster: int
    radius_km: Mapping[str, float]
    locality_words: tuple[str, ...]
    generic_words: tuple[str, ...]
    comparisons: tuple[Comparison, ...]


def load_comparisons(schemas: Path) -> Comparisons:
    """Read ``schemas/link/comparisons.yaml``.

    Raises:
        CannotDo: a key is missing or unknown, or near points do not lie in neighbouring cells.
    """
    path = schemas / "link" / "comparisons.yaml"
    raw: Any = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    try:
        declared = [_comparison(each) for each in raw.pop("comparisons")]
        words = {name: tuple(raw[name]) for name in ("locality_words", "generic_words")}
        found = Comparisons(**{**raw, **words}, comparisons=tuple(declared))
    except (KeyError, TypeError) as error:
        raise CannotDo(f"schemas/link/comparisons.yaml: has a wrong key or none where one is needed: {error}") from None
    if found.near_km > found.cell_degrees * KM_A_DEGREE:
        raise CannotDo(
            "schemas/link/comparisons.yaml: near_km is wider than a cell of cell_degrees; near pairs would be lost"
        )
    return found


def _comparison(raw: dict[str, Any]) -> Comparison:
    levels = tuple(
        Level(
            each.pop("id"),
            each.pop("label"),
            is_absence=each.pop("absence", False),
            is_neutral=each.pop("neutral", False),
            **each,
        )
        for each in raw["levels"]
    )
    if levels[-1].when is not None or any(level.when is None for level in levels[:-1]):
        raise CannotDo(f"schemas/link/comparisons.yaml: {raw['name']}: the last level alone has no condition")
    return Comparison(raw["name"], raw["missing"], levels, raw.get("evidence", False))
