"""What the page of an incident or operation loads when it is opened: claims, reports, history, doubts."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import duckdb

from pipeline.schema.claimants import UNKNOWN, Claimants
from pipeline.site.summary import rows

CHUNK = 40
"""Incidents or operations in one file: small enough to load for one, few enough files for all."""
_OF_SUBJECT = {
    "claims": "SELECT * EXCLUDE (subject_type) FROM claims ORDER BY subject_id, sequence, claim_id",
    "reports": "SELECT subject_id, report_id, role FROM incident_reports ORDER BY subject_id, report_id",
    "tolls": "SELECT * EXCLUDE (unit_type, unit_id, date_start, country_iso3, admin1_code), unit_id AS subject_id"
    " FROM tolls ORDER BY unit_id, metric, population_group",
    "actors": "SELECT DISTINCT * EXCLUDE (incident_id, report_id), incident_id AS subject_id FROM incident_actors"
    " ORDER BY subject_id, role, alternative_group NULLS FIRST, actor_id, basis",
    "revisions": "SELECT * EXCLUDE (subject_type) FROM revisions ORDER BY subject_id, position",
    "issues": "SELECT * EXCLUDE (subject_type) FROM known_issues WHERE subject_type IN ('incident', 'operation')"
    " ORDER BY subject_id, issue_id",
    "records": "SELECT incident_id AS subject_id, record_id, source, source_version, source_file, source_row, note"
    " FROM records ORDER BY incident_id, record_id",
}
"""The tables that say something about one incident or operation, by its id in ``subject_id``."""
_CHANGES = """
    WITH subject AS (
        SELECT 'incidents' AS "table", incident_id AS key, incident_id AS subject_id FROM incidents
        UNION ALL SELECT 'operations', operation_id, operation_id FROM operations
        UNION ALL SELECT 'claims', claim_id, subject_id FROM claims
    )
    SELECT subject_id, c.* FROM changes c JOIN subject USING ("table", key)
    ORDER BY subject_id, "table", key, field NULLS FIRST
"""


def details(package: duckdb.DuckDBPyConnection, claimants: Claimants = UNKNOWN) -> dict[str, dict[str, Any]]:
    """All that pages of incidents and operations show beside the summary.

    Args:
        package: a connection in which every table of the package is a view.
        claimants: what claimants are called in French; a claim of one of them has it as ``claimant_name_fr``.

    Returns:
        File name without ending → ``subjects`` (by id) and ``reports`` (by id, those that they name). Incident number n
        of the summary stands in ``incidents-<n // CHUNK>``, operations alike.
    """
    about: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for part, query in {**_OF_SUBJECT, "changes": _CHANGES}.items():
        for row in rows(package, query):
            about[row.pop("subject_id")][part].append(row)
    carried: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(package, "SELECT claim_id, report_id, role FROM claim_reports ORDER BY claim_id, role, report_id"):
        carried[row.pop("claim_id")].append(row)
    for parts in about.values():
        for claim in parts["claims"]:
            claim["carried"] = carried[claim["claim_id"]]
            if (french := claimants.french(claim["claimant_name"])) is not None:
                claim["claimant_name_fr"] = french
    reports = {row["report_id"]: row for row in rows(package, "SELECT * FROM reports")}
    files = {}
    for name, key in (("incidents", "incident_id"), ("operations", "operation_id")):
        subjects = rows(package, f"SELECT * FROM {name} ORDER BY date_start, {key}")
        for start in range(0, len(subjects), CHUNK):
            chunk = {subject[key]: {**subject, **about[subject[key]]} for subject in subjects[start : start + CHUNK]}
            files[f"{name}-{start // CHUNK:04}"] = {"subjects": chunk, "reports": _named(chunk, reports)}
    return files


def _named(chunk: dict[str, Any], reports: dict[str, Any]) -> dict[str, Any]:
    """The reports that a chunk names, by id."""
    named = {row["report_id"] for subject in chunk.values() for row in subject.get("reports", [])}
    named |= {
        row["report_id"]
        for subject in chunk.values()
        for claim in subject.get("claims", [])
        for row in claim["carried"]
    }
    return {key: reports[key] for key in sorted(named) if key in reports}
