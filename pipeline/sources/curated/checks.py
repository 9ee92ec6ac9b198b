"""Rules over curated entries that no single value can break: references, doubles, joint totals, places.

Each rule has an id in ``schemas/rules.csv``. Where an entry is not well in itself, `form` has said so;
here what is there is compared with the other entries and with the reference data.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from pipeline.geography import distance_km
from pipeline.problems import Problem, did_you_mean
from pipeline.reference import Reference, outside
from pipeline.schema import Schema
from pipeline.sources.curated.claim_checks import (
    claim_problems,
    claimant_problems,
    report_problems,
    revision_problems,
)
from pipeline.sources.curated.form import Entry
from pipeline.sources.curated.known import ENTRY_IDS, Known
from pipeline.sources.curated.pair_checks import double_problems, joint_total_problems, operation_problems

FARTHEST_KM = 50


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
    known = Known.of(entries)
    yield from _twice(entries)
    for entry in entries:
        yield from _where_it_stands(entry)
        yield from report_problems(entry, known, reference)
        yield from claim_problems(entry, schema, known)
        yield from revision_problems(entry)
        yield from _actors(entry, reference)
        yield from _dates(entry, release_date)
        if entry.part == "incident":
            yield from _place(entry, reference)
            yield from _membership(entry, known)
    yield from claimant_problems(entries)
    yield from operation_problems(entries, known)
    yield from joint_total_problems(entries, known)
    yield from double_problems(entries)
    yield from _issues(known, reference)


def _issues(known: Known, reference: Reference) -> Iterator[Problem]:
    """Known issues about incidents and operations name some that there are."""
    for row in reference.known_issues:
        among = {"incident": known.incidents, "operation": known.operations}.get(str(row["subject_type"]))
        if among is not None and row["subject_id"] not in among:
            near = did_you_mean(str(row["subject_id"]), among)
            message = f"unknown {row['subject_type']} '{row['subject_id']}'{near}"
            where, at = str(row["_file"]), int(str(row["_line"]))
            yield Problem(where, at, "subject_id", message, "reference.unknown_entity")


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
        is_clash, role = entry.text("event_type") == "clash", part.text("role")
        if key == "actor_id" and entry.text("event_type") and role == ("perpetrator" if is_clash else "party"):
            message = "a clash is between parties: if one side attacked, it is no clash but another event_type"
            yield part.problem("role", message, "curated.party_of_clash")
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
    start = entry.values.get("date_start")
    for report in entry.parts.get("reports", []):
        published = report.values.get("published_date")
        if (
            isinstance(published, dt.date)
            and isinstance(start, dt.date)
            and published < start
            and report.text("role") != "locates"
        ):
            message = f"{published} is before {start}, the first day of what it reports"
            yield report.problem("published_date", message, "curated.report_before_event", "warning")


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
    points = [entry.values.get("latitude"), entry.values.get("longitude"), row["latitude"], row["longitude"]]
    if message is None and all(isinstance(degrees, float) for degrees in points):
        apart = distance_km(*points)  # type: ignore[arg-type]
        if apart > FARTHEST_KM:
            message = f"lies {apart:.0f} km from '{place}': give that point's own place, or leave the coordinates out"
            yield entry.problem("latitude", message, "curated.far_from_place", "warning")
    vintage = reference.vintage(country or "", start) if isinstance(start, dt.date) else None
    if vintage is not None and (place, vintage) not in reference.placed:
        message = f"data/reference/place_admin.csv does not say to which unit of {vintage} '{place}' belongs"
        yield entry.problem("place_id", message, "curated.unit_unknown")


def _membership(entry: Entry, known: Known) -> Iterator[Problem]:
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
