"""What linking is measured against: two methods that need no training."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.evaluate.labelled import Labelled
from pipeline.geography import distance_km

STATE_SIDE = ("state_forces", "foreign_forces", "auxiliary", "un_mission")
"""Actor types of the broadest category `state`; other identified actors are `non_state`."""
Clusters = list[list[str]]


@dataclass(frozen=True)
class Report:
    """What the baselines see of a record; `actor` and `tactic` go from the finest to the broadest category."""

    record_id: str
    origin: str
    first_day: dt.date
    last_day: dt.date
    place: str
    point: tuple[float, float] | None
    actor: tuple[str | None, ...]
    tactic: tuple[str | None, ...]


def reports(labelled: Labelled) -> list[Report]:
    """The records of a labelled file in the order of their ids."""
    types = {row["actor_id"]: row["actor_type"] for row in labelled.tables["actors"].to_pylist()}
    first_actor: dict[str, str] = {}
    for row in labelled.tables["record_actors"].to_pylist():
        first_actor.setdefault(row["record_id"], row["actor_id"])
    return sorted(
        (_report(row, first_actor.get(row["record_id"]), types) for row in labelled.tables["records"].to_pylist()),
        key=lambda report: report.record_id,
    )


def _report(row: Mapping[str, object], actor: str | None, types: Mapping[str, str]) -> Report:
    latitude, longitude = row["latitude"], row["longitude"]
    point = (latitude, longitude) if isinstance(latitude, float) and isinstance(longitude, float) else None
    first, last = row["date_start"], row["date_end"]
    kind = types.get(actor or "")
    assert isinstance(first, dt.date), row
    assert isinstance(last, dt.date), row
    return Report(
        record_id=str(row["record_id"]),
        origin=str(row["origin"]),
        first_day=first,
        last_day=last,
        place=_folded(str(row["place_text"] or "")),
        point=point,
        actor=(actor, kind, None if kind in (None, "unidentified") else "state" if kind in STATE_SIDE else "non_state"),
        tactic=(_text(row["source_event_type"]), _text(row["event_type"]), "use of force"),
    )


def same_day_same_place(found: Sequence[Report]) -> Clusters:
    """Records with the same first day and the same place name, whatever else they say."""
    groups: dict[tuple[dt.date, str], list[str]] = defaultdict(list)
    for report in found:
        if report.place:
            groups[report.first_day, report.place].append(report.record_id)
    return [group for group in groups.values() if len(group) > 1]


def windows(found: Sequence[Report], days: int, km: float) -> Clusters:
    """The window method of MELTT (Donnay, Dunford, McGrath, Backer and Cunningham 2018), from its description.

    Data sets, here the documents, are taken in one after the other. Events at most `days` and `km` apart are possible
    matches. They must agree in every taxonomy at some level; agreement at a broader level counts less. Each event
    matches at most one entry, the best fit first; what matches nothing becomes an entry. Events of several days match
    only each other; the method leaves the mixed case to its user.

    Args:
        found: the records.
        days: width of the window in time.
        km: width of the window in space.
    """
    by_origin: dict[str, list[Report]] = defaultdict(list)
    for report in found:
        by_origin[report.origin].append(report)
    entries: dict[str, list[str]] = {}
    near: dict[dt.date, list[Report]] = defaultdict(list)
    for origin in sorted(by_origin):
        candidates = sorted(
            (*fit, entry.record_id, report.record_id)
            for report in by_origin[origin]
            for entry in _around(near, report.first_day, days)
            if (fit := _fit(entry, report, days, km)) is not None
        )
        taken: set[str] = set()
        for *_, entry_id, report_id in candidates:
            if not {entry_id, report_id} & taken:
                entries[entry_id].append(report_id)
                taken |= {entry_id, report_id}
        for report in by_origin[origin]:
            if report.record_id not in taken:
                entries[report.record_id] = [report.record_id]
                near[report.first_day].append(report)
    return [group for group in entries.values() if len(group) > 1]


def _around(near: Mapping[dt.date, list[Report]], day: dt.date, days: int) -> Iterator[Report]:
    for step in range(-days, days + 1):
        yield from near.get(day + dt.timedelta(days=step), ())


def _fit(entry: Report, report: Report, days: int, km: float) -> tuple[float, float] | None:
    """How well two records fit, less is better: mean taxonomy level, then distance. None where they do not match."""
    if entry.point is None or report.point is None:
        return None
    if (entry.first_day == entry.last_day) != (report.first_day == report.last_day):
        return None
    if abs((entry.last_day - report.last_day).days) > days:
        return None
    levels = [_level(entry.actor, report.actor), _level(entry.tactic, report.tactic)]
    if any(level is None for level in levels):
        return None
    apart = distance_km(*entry.point, *report.point)
    return (sum(level or 0 for level in levels) / len(levels), apart) if apart <= km else None


def _level(categories: Sequence[str | None], others: Sequence[str | None]) -> int | None:
    pairs: Iterable[tuple[str | None, str | None]] = zip(categories, others, strict=True)
    return next((level for level, (one, other) in enumerate(pairs) if one is not None and one == other), None)


def _folded(text: str) -> str:
    spelled = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in spelled if letter.isascii() or letter.isalnum())
    return " ".join(plain.casefold().split())


def _text(value: object) -> str | None:
    return None if value is None else str(value)
