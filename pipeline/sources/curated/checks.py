"""Rules over curated entries that no single value can break: references, doubles, joint totals, places.

Each rule has an id in ``schemas/rules.csv``. Where an entry is not well in itself, `form` has said so;
here what is there is compared with the other entries and with the reference data.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pipeline.problems import Problem, did_you_mean
from pipeline.reference import Reference, outside
from pipeline.schema import Schema
from pipeline.sources.curated.form import Entry

OPERATION_DAYS = 3
ENTRY_IDS = {"incident": "incident_id", "operation": "operation_id"}


def check_entries(
    entries: Sequence[Entry], reference: Reference, schema: Schema, release_date: dt.date
) -> Iterator[Problem]:
    """All problems of entries beside each other.

    Args:
        entries: every entry of the project, in the order of the files.
        reference: the reference data.
        schema: the declaration, for the code lists that carry rules (qualifier, metric).
        release_date: ``release.date``; nothing happens after it.
    """
    known = _Known.of(entries)
    yield from _twice(entries)
    for entry in entries:
        yield from _where_it_stands(entry)
        yield from _reports(entry, known, reference)
        yield from _claims(entry, schema, known)
        yield from _actors(entry, reference)
        yield from _dates(entry, release_date)
        if entry.part == "incident":
            yield from _place(entry, reference)
            yield from _membership(entry, known)
    yield from _together(entries, known)
    yield from _joint_totals(entries, known)
    yield from _likely_doubles(entries)


class _Known:
    """What the entries define, by id."""

    def __init__(self) -> None:
        self.operations: dict[str, Entry] = {}
        self.incidents: dict[str, Entry] = {}
        self.reports: dict[str, Entry] = {}
        self.urls: dict[str, Entry] = {}

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> _Known:
        known = cls()
        for entry in entries:
            home = known.incidents if entry.part == "incident" else known.operations
            identifier = entry.text(ENTRY_IDS[entry.part])
            if identifier:
                home.setdefault(identifier, entry)
            for report in entry.parts.get("reports", []):
                identifier, url = report.text("report_id"), report.text("url")
                if identifier and report.is_written_out:
                    known.reports.setdefault(identifier, report)
                if url:
                    known.urls.setdefault(url, report)
        return known


def _twice(entries: Sequence[Entry]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        named = [(entry, ENTRY_IDS[entry.part])]
        named += [(claim, "claim_id") for claim in entry.parts.get("claims", [])]
        named += [(report, "report_id") for report in entry.parts.get("reports", []) if report.is_written_out]
        for part, key in named:
            identifier = part.text(key)
            if identifier is None:
                continue
            before = first.setdefault((key, identifier), part)
            if before is not part:
                where = f"{before.file}:{before.lines.get(key, before.line)}"
                way = ": elsewhere a report is named by its report_id alone" if key == "report_id" else ""
                yield part.problem(key, f"'{identifier}' stands already in {where}{way}", "curated.id_twice")
        yield from _listed_twice(entry)


def _listed_twice(entry: Entry) -> Iterator[Problem]:
    for name, keys in (("reports", ("report_id",)), ("actors", ("actor_id", "role"))):
        seen: set[tuple[str | None, ...]] = set()
        for part in entry.parts.get(name, []):
            value = tuple(part.text(key) for key in keys)
            if None not in value and value in seen:
                message = f"'{value[0]}' is listed twice in this entry"
                yield part.problem(keys[0], message, "curated.listed_twice")
            seen.add(value)


def _where_it_stands(entry: Entry) -> Iterator[Problem]:
    """A curated file is ``<ISO3>/<year>.yaml``; a file elsewhere may be called anything."""
    path = PurePosixPath(entry.file)
    start, country = entry.values.get("date_start"), entry.text("country_iso3")
    if not entry.file.startswith("data/raw/curated/") or not isinstance(start, dt.date):
        return
    if path.stem != str(start.year):
        message = f"{start} belongs in the file {start.year}.yaml, not in {path.name}"
        yield entry.problem("date_start", message, "curated.wrong_file")
    if country and path.parent.name != country:
        message = f"{country} belongs in the folder {country}, not in {path.parent.name}"
        yield entry.problem("country_iso3", message, "curated.wrong_file")


def _reports(entry: Entry, known: _Known, reference: Reference) -> Iterator[Problem]:
    named_by_claims = {
        identifier
        for claim in entry.parts.get("claims", [])
        for identifier in (claim.text("report_id"), *claim.texts.get("repeated_by", []))
    }
    for report in entry.parts.get("reports", []):
        identifier = report.text("report_id")
        if identifier and not report.is_written_out and identifier not in known.reports:
            near = did_you_mean(identifier, known.reports)
            message = f"report '{identifier}' is written out nowhere: give its url, publisher and language{near}"
            yield report.problem("report_id", message, "curated.unknown_report")
        if report.is_written_out:
            yield from _whole_report(report, known, reference)
        if report.text("role") in ("carries_claim", "repeats_claim"):
            message = "follows from the claims that name the report: leave it out"
            yield report.problem("role", message, "curated.role_given")
        elif report.text("role") == "describes" and identifier in named_by_claims:
            yield report.problem("role", "a claim names this report: leave role out", "curated.role_given")


def _whole_report(report: Entry, known: _Known, reference: Reference) -> Iterator[Problem]:
    for key in ("url", "archive_url"):
        url = report.text(key)
        wrong = malformed(url) if url else None
        if wrong:
            yield report.problem(key, f"'{url}' is no address of a page: {wrong}", "curated.malformed_url")
    url = report.text("url")
    before = known.urls.get(url) if url else None
    if before is not None and before is not report and before.text("report_id") != report.text("report_id"):
        message = f"this page is already the report {before.text('report_id')} in {before.file}:{before.line}"
        yield report.problem("url", message, "curated.page_twice")
    for key in ("publisher", "agency"):
        name = report.text(key)
        if name and name not in reference.publishers:
            near = did_you_mean(name, reference.publishers) or ": add it to schemas/codelists/publishers.csv"
            yield report.problem(key, f"unknown {key} '{name}'{near}", f"curated.unknown_{key}")


def malformed(url: str) -> str | None:
    """What makes a text no address of a page on the web, or None."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in ("http", "https"):
        return "it begins with http:// or https://"
    if "." not in host.strip(".") or ".." in host:
        return f"'{host}' is not the name of a host"
    if any(character.isspace() or character in '<>"{}|\\^`' for character in url):
        return "it holds a space or a character that an address cannot have"
    return None


def _claims(entry: Entry, schema: Schema, known: _Known) -> Iterator[Problem]:
    reports = {report.text("report_id") for report in entry.parts.get("reports", [])}
    own = entry.parts.get("claims", [])
    whole = known.operations.get(entry.text("operation_id") or "") if entry.part == "incident" else None
    broader = {claim.text("claim_id"): claim for claim in [*(whole.parts.get("claims", []) if whole else []), *own]}
    for claim in own:
        carrier = claim.text("report_id")
        if carrier and carrier not in reports:
            near = did_you_mean(carrier, filter(None, reports))
            message = f"'{carrier}' is not among the reports of this entry{near}"
            yield claim.problem("report_id", message, "curated.claim_without_report")
        for other in claim.texts.get("repeated_by", []):
            if other not in reports or other == carrier:
                message = f"'{other}' is not another report of this entry"
                yield claim.problem("repeated_by", message, "curated.claim_without_report")
        yield from _counts(claim, schema)
        yield from _included(claim, broader)


def _counts(claim: Entry, schema: Schema) -> Iterator[Problem]:
    """The bounds that a qualifier means, and what can be counted of what."""
    if claim.faulty & {"value_low", "value_high", "qualifier", "metric", "population"}:
        return
    qualifier, metric, population = claim.text("qualifier"), claim.text("metric"), claim.text("population")
    low, high = claim.values.get("value_low"), claim.values.get("value_high")
    for key, value in (("value_low", low), ("value_high", high)):
        wanted = schema.codelists["qualifier"].column(key).get(qualifier or "")
        if (wanted == "given" and value is None) or (wanted == "open" and value is not None):
            way = "is a number" if wanted == "given" else "is null"
            yield claim.problem(key, f"with the qualifier {qualifier}, {key} {way}", "curated.qualifier")
    if qualifier == "exactly" and None not in (low, high) and low != high:
        yield claim.problem("value_high", f"exactly is one number, not {low} to {high}", "curated.qualifier")
    if metric and population and (metric == "positions_seized") != (population == "positions"):
        message = (
            f"{metric} of {population} is not a count: positions_seized goes with positions, persons with the rest"
        )
        yield claim.problem("population", message, "curated.metric_population")


def _included(claim: Entry, claims: Mapping[str | None, Entry]) -> Iterator[Problem]:
    broader = claim.text("included_in_claim_id")
    if broader is None:
        return
    other = claims.get(broader)
    same = ("claimant_name", "metric")
    if other is None or other is claim or any(other.text(key) != claim.text(key) for key in same):
        message = (
            f"'{broader}' is not another claim of this entry, or of its operation, by the same claimant about "
            "the same metric"
        )
        yield claim.problem("included_in_claim_id", message, "curated.included_in")


def _actors(entry: Entry, reference: Reference) -> Iterator[Problem]:
    named = [(actor, "actor_id") for actor in entry.parts.get("actors", [])]
    if entry.part == "operation":
        named.append((entry, "perpetrator_id"))
    start = entry.values.get("date_start")
    reports = {report.text("report_id") for report in entry.parts.get("reports", [])}
    groups: dict[str, list[Entry]] = defaultdict(list)
    for part, key in named:
        identifier = part.text(key)
        if identifier is None:
            continue
        row = reference.actors.get(identifier)
        if row is None:
            near = did_you_mean(identifier, reference.actors) or ": actors stand in data/reference/actors.csv"
            yield part.problem(key, f"unknown actor '{identifier}'{near}", "curated.unknown_actor")
        elif isinstance(start, dt.date):
            since, until = row["active_from"], row["active_to"]
            if (isinstance(since, int) and start.year < since) or (isinstance(until, int) and start.year > until):
                message = f"{identifier} was active {since or '?'} to {until or 'now'}, not in {start.year}"
                yield part.problem(key, message, "curated.actor_inactive", "warning")
        source = part.text("report_id")
        if source and source not in reports:
            yield part.problem(
                "report_id", f"'{source}' is not among the reports of this entry", "curated.unknown_report"
            )
        if part.text("alternative_group"):
            groups[part.text("alternative_group") or ""].append(part)
    for letter, members in groups.items():
        if len(members) == 1:
            message = f"'{letter}' marks no alternative: another actor of the entry must share it"
            yield members[0].problem("alternative_group", message, "curated.alternative_group")


def _dates(entry: Entry, release_date: dt.date) -> Iterator[Problem]:
    for key in ("date_start", "date_end"):
        date = entry.values.get(key)
        if isinstance(date, dt.date) and date > release_date:
            message = f"{date} is after the release date {release_date} of params.yaml"
            yield entry.problem(key, message, "curated.date_in_future")


def _together(entries: Sequence[Entry], known: _Known) -> Iterator[Problem]:
    """The incidents of an operation lie within 72 hours, as far as their days are known."""
    days: dict[str, list[dt.date]] = defaultdict(list)
    for entry in entries:
        start = entry.values.get("date_start")
        if isinstance(start, dt.date) and entry.text("date_precision") == "day":
            days[entry.text("operation_id") or ""].append(start)
    for identifier, operation in known.operations.items():
        found = days[identifier]
        if operation.text("kind") == "operation" and found and (max(found) - min(found)).days > OPERATION_DAYS:
            message = (
                f"its incidents span {min(found)} to {max(found)}, an operation lasts at most "
                f"{OPERATION_DAYS * 24} hours; a longer series is a campaign"
            )
            yield operation.problem("date_end", message, "curated.operation_too_long")


def _place(entry: Entry, reference: Reference) -> Iterator[Problem]:
    country, place = entry.text("country_iso3"), entry.text("place_id")
    start = entry.values.get("date_start")
    message = outside(reference, country or "", entry.values.get("latitude"), entry.values.get("longitude"))
    if message:
        yield entry.problem("latitude", message, "curated.outside_country")
    if place is None:
        if entry.text("geo_precision") not in (None, "country"):
            message = "is missing: without a place the geo_precision is country"
            yield entry.problem("place_id", message, "curated.missing_field")
        return
    row = reference.places.get(place)
    if row is None:
        near = did_you_mean(place, reference.places) or ": places stand in data/reference/places.csv"
        yield entry.problem("place_id", f"unknown place '{place}'{near}", "curated.unknown_place")
        return
    if country and row["country_iso3"] != country:
        message = f"'{place}' lies in {row['country_iso3']}, the entry says {country}"
        yield entry.problem("place_id", message, "curated.outside_country")
        return
    vintage = reference.vintage(country or "", start) if isinstance(start, dt.date) else None
    if vintage is not None and (place, vintage) not in reference.placed:
        message = f"data/reference/place_admin.csv does not say to which unit of {vintage} '{place}' belongs"
        yield entry.problem("place_id", message, "curated.unit_unknown")


def _membership(entry: Entry, known: _Known) -> Iterator[Problem]:
    identifier = entry.text("operation_id")
    for other in entry.texts.get("distinct_from", []):
        if other not in known.incidents:
            near = did_you_mean(other, known.incidents)
            yield entry.problem("distinct_from", f"unknown incident '{other}'{near}", "curated.unknown_incident")
    if identifier is None:
        return
    operation = known.operations.get(identifier)
    if operation is None:
        near = did_you_mean(identifier, known.operations)
        yield entry.problem("operation_id", f"unknown operation '{identifier}'{near}", "curated.unknown_operation")
        return
    dates = [part.values.get(key) for part in (operation, entry) for key in ("date_start", "date_end")]
    first, last, start, end = dates
    if all(isinstance(date, dt.date) for date in dates) and not (first <= start and end <= last):  # type: ignore[operator]
        message = f"{start} to {end} lies outside the operation's days {first} to {last}"
        yield entry.problem("date_start", message, "curated.outside_operation")


def _joint_totals(entries: Sequence[Entry], known: _Known) -> Iterator[Problem]:
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


def _likely_doubles(entries: Sequence[Entry]) -> Iterator[Problem]:
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
