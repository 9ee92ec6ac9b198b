"""Rules over entries beside each other: operations that hold together, totals said once, likely doubles."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from pipeline.problems import Problem
from pipeline.sources.curated.form import Entry
from pipeline.sources.curated.known import Known

OPERATION_DAYS = 3


def operation_problems(entries: Sequence[Entry], known: Known) -> Iterator[Problem]:
    """An operation has two incidents, a campaign one; those of an operation lie within 72 hours as far as is known."""
    days: dict[str, list[dt.date]] = defaultdict(list)
    for entry in entries:
        start = entry.values.get("date_start")
        if isinstance(start, dt.date) and entry.text("date_precision") == "day":
            days[entry.text("operation_id") or ""].append(start)
    members = Counter(entry.text("operation_id") for entry in entries if entry.part == "incident")
    for identifier, operation in known.operations.items():
        found = days[identifier]
        kind = operation.text("kind")
        if members[identifier] < (2 if kind == "operation" else 1):
            message = (
                f"{members[identifier]} incident(s) name it as operation_id: an operation has two or more, a campaign "
                "one; enter the others, or put its claims on the one incident"
            )
            yield operation.problem("operation_id", message, "curated.operation_too_small")
        if kind == "operation" and found and (max(found) - min(found)).days > OPERATION_DAYS:
            message = (
                f"its incidents span {min(found)} to {max(found)}, an operation lasts at most "
                f"{OPERATION_DAYS * 24} hours; a longer series is a campaign"
            )
            yield operation.problem("date_end", message, "curated.operation_too_long")


def joint_total_problems(entries: Sequence[Entry], known: Known) -> Iterator[Problem]:
    """A claim about an operation is never counted on each of its incidents (design rule 1)."""
    stated: dict[tuple[str | None, ...], list[tuple[Entry, Entry]]] = defaultdict(list)
    for entry in entries:
        operation = entry.text("operation_id")
        if operation not in known.operations:
            continue
        for claim in entry.parts.get("claims", []):
            says = ("claimant_name", "metric", "population", "value_low", "value_high")
            key = (operation, *(claim.text(name) for name in says))
            if claim.values.get("value_low") or claim.values.get("value_high"):
                stated[key].append((entry, claim))
    for places in stated.values():
        for entry, claim in places:
            others = [other for other, _ in places if other is not entry]
            if any(other.part == "operation" for other in others) and entry.part == "incident":
                if claim.text("included_in_claim_id"):
                    continue
                message = (
                    "the same claim stands on the operation: a joint total is said once, there; if one site "
                    "accounts for all of it, say so with included_in_claim_id"
                )
                yield claim.problem("claim_id", message, "curated.claim_on_both")
            elif entry.part == "incident" and others and others[0].part == "incident":
                page = claim.text("report_id")
                same_page = [o for o, c in places if o is not entry and c.text("report_id") == page]
                if any(not _told_apart(entry, other) for other in same_page):
                    message = (
                        f"the same page gives this figure to {others[0].text('incident_id')} too: "
                        "a joint total belongs on the operation"
                    )
                    yield claim.problem("claim_id", message, "curated.joint_total", "warning")


def double_problems(entries: Sequence[Entry]) -> Iterator[Problem]:
    """Two entries of one place whose days touch are probably one incident, unless they say otherwise."""
    by_place: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.part == "incident" and entry.text("place_id") and isinstance(entry.values.get("date_start"), dt.date):
            by_place[entry.text("place_id") or ""].append(entry)
    for at_place in by_place.values():
        for index, entry in enumerate(at_place):
            for other in at_place[:index]:
                apart = _told_apart(entry, other) or _of_one_operation(entry, other)
                if not apart and _days_apart(entry, other) <= 1:
                    message = (
                        f"looks like a double of {other.text('incident_id')} in {other.file}:{other.line} "
                        "(same place, days that touch); if not, name it under distinct_from"
                    )
                    yield entry.problem("incident_id", message, "curated.likely_double", "warning")


def _days_apart(entry: Entry, other: Entry) -> int:
    spans = []
    for part in (entry, other):
        start = part.values["date_start"]
        end = part.values.get("date_end", start)
        assert isinstance(start, dt.date)
        assert isinstance(end, dt.date)
        spans.append((start, end))
    (start, end), (other_start, other_end) = spans
    return max((start - other_end).days, (other_start - end).days, 0)


def _told_apart(entry: Entry, other: Entry) -> bool:
    """Incidents that name each other under ``distinct_from``."""
    return any(
        two.text("incident_id") in one.texts.get("distinct_from", []) for one, two in ((entry, other), (other, entry))
    )


def _of_one_operation(entry: Entry, other: Entry) -> bool:
    """Whoever put two entries into one operation has seen both."""
    return entry.text("operation_id") is not None and entry.text("operation_id") == other.text("operation_id")
