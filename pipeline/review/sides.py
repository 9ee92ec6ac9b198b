"""What a record says, in the words of its source, to be laid beside another one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipeline.config import THIS_RELEASE, Params, Project

ACTORS = """
SELECT record_id, role || ': ' || string_agg(actor_id, ', ' ORDER BY actor_id)
FROM wanted JOIN (SELECT DISTINCT incident_id, actor_id, role FROM incident_actors) USING (incident_id)
GROUP BY record_id, role ORDER BY record_id, role
"""
CLAIMS = """
SELECT record_id, claimant_name || ': ' || metric || ' ' || population || ' ' || concat_ws('–',
    coalesce(value_low::VARCHAR, '?'), CASE WHEN value_high IS DISTINCT FROM value_low
                                            THEN coalesce(value_high::VARCHAR, '?') END)
  || CASE WHEN qualifier IS NOT NULL THEN ' (' || qualifier || ')' ELSE '' END
FROM claims JOIN wanted USING (record_id) ORDER BY record_id, sequence, claim_id
"""
REPORTS = """
SELECT record_id, concat_ws(', ', publisher, published_date::VARCHAR, headline, url)
FROM wanted JOIN incident_reports ON subject_id = incident_id JOIN reports USING (report_id)
WHERE subject_type = 'incident' ORDER BY record_id, published_date, reports.report_id
"""
LISTS = {"actors": ACTORS, "claims": CLAIMS, "reports": REPORTS}
WANTED = """
SELECT wanted.*, places.place_name, places.latitude AS place_latitude, places.longitude AS place_longitude
FROM wanted LEFT JOIN places USING (place_id) ORDER BY record_id
"""


@dataclass(frozen=True)
class Side:
    """One record.

    Attributes:
        record_id: source and its own id.
        said: lines under each heading, in the order in which they are shown; none where it says nothing.
    """

    record_id: str
    said: Mapping[str, Sequence[str]]


def read_sides(
    connection: duckdb.DuckDBPyConnection, project: Project, params: Params, ids: Sequence[str]
) -> dict[str, Side]:
    """What the sources ingested of some records, by record id."""
    for table in ("records", "incident_actors", "claims", "incident_reports", "reports"):
        paths = [project.ingested / source / f"{table}.parquet" for source in params.sources]
        files = [str(path) for path in paths if path.is_file()]
        connection.read_parquet(files, union_by_name=True).create_view(table)
    connection.read_csv(str(project.reference / "places.csv"), all_varchar=True).create_view("places")
    connection.execute("CREATE TEMP TABLE wanted AS SELECT * FROM records WHERE record_id IN (FROM unnest(?))", [ids])
    found = connection.execute(WANTED)
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    lists = {heading: _by_record(connection, query) for heading, query in LISTS.items()}
    return {
        row["record_id"]: Side(
            row["record_id"],
            _own(row) | {heading: _counted(lines[row["record_id"]]) for heading, lines in lists.items()},
        )
        for row in rows
    }


def _by_record(connection: duckdb.DuckDBPyConnection, query: str) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for record, line in connection.execute(query).fetchall():
        found[record].append(line)
    return found


def _counted(lines: Sequence[str]) -> list[str]:
    """Each line once, with how often it stands there."""
    return [line if count == 1 else f"{line} (×{count})" for line, count in Counter(lines).items()]


def _own(row: Mapping[str, Any]) -> dict[str, list[str]]:
    """The lines that stand in the record itself."""
    version = "" if row["source_version"] == THIS_RELEASE else row["source_version"]
    days = [str(row["date_start"])] + ([str(row["date_end"])] if row["date_end"] != row["date_start"] else [])
    units = ", ".join(row[name] for name in ("admin2_text", "admin1_text", "country_iso3") if row[name])
    killed = [row[f"killed_{name}"] for name in ("low", "best", "high")]
    toll = " / ".join("?" if number is None else str(number) for number in killed)
    said = {
        "source": " ".join(text for text in (row["source"], version) if text),
        "row": ":".join(str(part) for part in (row["source_file"], row["source_row"]) if part is not None),
        "date": f"{' to '.join(days)} ({row['date_precision']})",
        "place": " · ".join(text for text in (row["place_text"], units) if text),
        "point": _point(row),
        "type": " on ".join(text for text in (row["event_type"], row["target_type"]) if text),
        "killed": "" if killed == [None] * 3 else f"{toll} (low / best / high)",
        "part of": ", ".join(row[name] for name in ("operation_id", "part_of") if row[name]),
        "note": row["note"],
    }
    return {heading: [line] if line else [] for heading, line in said.items()}


def _point(row: Mapping[str, Any]) -> str:
    if row["latitude"] is not None:
        return f"{row['latitude']:.4f}, {row['longitude']:.4f} ({row['geo_precision']})"
    if row["place_latitude"] is not None:
        return f"{row['place_latitude']}, {row['place_longitude']} of {row['place_name']} ({row['geo_precision']})"
    return f"unknown ({row['geo_precision']})"
