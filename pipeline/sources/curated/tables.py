"""Curated entries as rows of the published tables; every entry is a record, an incident of its own at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.config import THIS_RELEASE
from pipeline.reference import Reference
from pipeline.schema import Value
from pipeline.sources.curated.form import Entry
from pipeline.sources.curated.known import ENTRY_IDS

Row = dict[str, Value | None]
SOURCE = "curated"


def record_tables(entries: Sequence[Entry], reference: Reference) -> dict[str, list[Row]]:
    """Bring entries that were checked to the published shape.

    Args:
        entries: operations and incidents without a problem.
        reference: for the source types of publishers.

    Returns:
        Rows by table: operations, records, incident_actors, reports, incident_reports, claims, claim_reports,
        revisions.
    """
    tables: dict[str, list[Row]] = {
        "operations": [],
        "records": [],
        "incident_actors": [],
        "reports": [],
        "incident_reports": [],
        "claims": [],
        "claim_reports": [],
        "revisions": [],
    }
    for entry in entries:
        subject = str(entry.values[ENTRY_IDS[entry.part]])
        if entry.part == "operation":
            tables["operations"].append({**entry.values})
        else:
            tables["records"].append(_record(entry))
            tables["incident_actors"] += _actors(entry, subject)
        tables["reports"] += _reports(entry, reference)
        tables["incident_reports"] += _used_reports(entry, subject)
        tables["claims"] += _claims(entry, subject)
        tables["claim_reports"] += _claim_reports(entry)
        tables["revisions"] += _revisions(entry, subject)
    return tables


def _record_id(incident_id: str) -> str:
    return f"{SOURCE}:{incident_id}"


def _record(entry: Entry) -> Row:
    actors = " ; ".join(str(actor.values["actor_id"]) for actor in entry.parts.get("actors", []))
    return {
        **entry.values,
        "record_id": _record_id(str(entry.values["incident_id"])),
        "source": SOURCE,
        "source_version": THIS_RELEASE,
        "source_file": entry.file,
        "actors_text": actors,
        "link_method": "none",
    }


def _actors(entry: Entry, subject: str) -> Iterator[Row]:
    for actor in entry.parts.get("actors", []):
        yield {"incident_id": subject, "record_id": _record_id(subject), **actor.values}


def _reports(entry: Entry, reference: Reference) -> Iterator[Row]:
    for report in entry.parts.get("reports", []):
        if report.is_written_out:
            publisher = reference.publishers[str(report.values["publisher"])]
            yield {"source_type": publisher["source_type"], **report.values}


def _used_reports(entry: Entry, subject: str) -> Iterator[Row]:
    claims = entry.parts.get("claims", [])
    carriers = {claim.text("report_id") for claim in claims}
    repeaters = {identifier for claim in claims for identifier in claim.texts.get("repeated_by", [])}
    for report in entry.parts.get("reports", []):
        identifier = report.text("report_id")
        role = (
            "carries_claim"
            if identifier in carriers
            else "repeats_claim"
            if identifier in repeaters
            else report.text("role") or "describes"
        )
        yield {"subject_type": entry.part, "subject_id": subject, "report_id": identifier, "role": role}


def _claims(entry: Entry, subject: str) -> Iterator[Row]:
    record = _record_id(subject) if entry.part == "incident" else None
    for sequence, claim in enumerate(entry.parts.get("claims", []), 1):
        yield {
            **claim.values,
            "subject_type": entry.part,
            "subject_id": subject,
            "record_id": record,
            "sequence": sequence,
        }


def _claim_reports(entry: Entry) -> Iterator[Row]:
    for claim in entry.parts.get("claims", []):
        claim_id = claim.text("claim_id")
        yield {"claim_id": claim_id, "report_id": claim.text("report_id"), "role": "carries_claim"}
        for identifier in claim.texts.get("repeated_by", []):
            yield {"claim_id": claim_id, "report_id": identifier, "role": "repeats_claim"}


def _revisions(entry: Entry, subject: str) -> Iterator[Row]:
    for position, revision in enumerate(entry.parts.get("revisions", []), 1):
        yield {
            "subject_type": entry.part,
            "subject_id": subject,
            "position": position,
            "revised_date": revision.values["date"],
            "field": revision.values["field"],
            "claim_id": revision.values.get("claim_id"),
            "reason": revision.values["why"],
        }
