"""Linking and resolving 100,000 records of one source with 100,000 of another: how long, and how much memory.

Run as a process of its own, `python -m benchmarks.link FOLDER`, so that its memory is nobody else's. The stages `link`
and `resolve` run as in a build. Their input is the curated records of a built checkout, with their claims, reports and
actors, drawn again and again: each gets another day of the same years and more dead. In the second source every other
record is a copy of one of the first; a quarter of the copies are a day later, and two thirds count a few dead more. So
it is known which pairs are of one event, and a run that misses them, or links others, ends with an error.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipeline.config import Params, Project, load_params
from pipeline.link import link
from pipeline.resolve import resolve
from pipeline.schema import load_schema
from pipeline.schema.arrow import arrow_schema
from pipeline.writers import write_parquet

SOURCES = ("curated", "ucdp_candidate")
"""Both are declared; the second stands for any."""
EMPTIED = ("known_issues.csv", "id_changes.csv", "link_decisions.csv")
FOUND, RIGHT = 0.95, 0.9
"""At least so many of the copies of one day are linked, and so many of the links are copies."""
DRAWN = """
CREATE TABLE drawn AS
WITH standing AS (
  SELECT *, row_number() OVER (ORDER BY record_id) - 1 AS place_in_line FROM given_records WHERE status <> 'withdrawn'
),
rolled AS (
  SELECT n, side, hash(kind || n) AS roll, hash(side || n || 'aside') AS aside,
    (hash('record' || kind || n) % (SELECT count(*) FROM standing))::BIGINT AS place_in_line
  FROM (SELECT n, side, CASE WHEN side = 'b' AND n % 2 = 1 THEN 'b' ELSE 'a' END AS kind
        FROM range({count}) numbers(n), (VALUES ('a'), ('b')) sides(side))
)
SELECT side, n, standing.record_id AS from_record, standing.incident_id AS from_incident,
  CASE side WHEN 'a' THEN 'curated' ELSE 'ucdp_candidate' END AS of_source, of_source || ':n' || n AS record_id,
  'i-' || side || lpad(n::VARCHAR, 7, '0') AS incident_id,
  DATE '2011-01-01' + (roll % 5600)::INTEGER + (side = 'b' AND aside % 4 = 0)::INTEGER AS day,
  (roll // 5600 % 30)::BIGINT + CASE side WHEN 'b' THEN (aside % 3)::BIGINT ELSE 0 END AS more,
  side = 'b' AND n % 2 = 0 AS is_copy
FROM rolled JOIN standing USING (place_in_line)
"""
ID = "'{kind}-' || substr(md5({side} || '|' || {named}), 1, 14)"
REPORT = ID.format(kind="r", side="side", named="report_id")
CLAIM = ID.format(kind="c", side="drawn.record_id", named="{name}")
OF_SOURCE = {
    "records": """
        SELECT given.* REPLACE (drawn.record_id AS record_id, drawn.incident_id AS incident_id,
          drawn.of_source AS source, day AS date_start, day AS date_end, 'day' AS date_precision, NULL AS operation_id)
        FROM drawn JOIN given_records given ON given.record_id = from_record WHERE drawn.of_source = '{source}'""",
    "claims": f"""
        SELECT given.* REPLACE ({CLAIM.format(name="claim_id")} AS claim_id, drawn.incident_id AS subject_id,
          drawn.record_id AS record_id, {REPORT} AS report_id, value_low + more AS value_low,
          value_best + more AS value_best, value_high + more AS value_high,
          CASE WHEN included_in_claim_id IN (SELECT claim_id FROM given_claims WHERE subject_type = 'incident')
               THEN {CLAIM.format(name="included_in_claim_id")} END AS included_in_claim_id)
        FROM drawn JOIN given_claims given ON subject_id = from_incident WHERE drawn.of_source = '{{source}}'""",
    "claim_reports": f"""
        SELECT {CLAIM.format(name="claim_id")} AS claim_id, {ID.format(kind="r", side="side", named="r.report_id")}
          AS report_id, r.role
        FROM drawn JOIN given_claims c ON subject_id = from_incident JOIN given_claim_reports r USING (claim_id)
        WHERE drawn.of_source = '{{source}}'""",
    "reports": f"""
        SELECT given.* REPLACE ({REPORT} AS report_id)
        FROM given_reports given, (SELECT DISTINCT side FROM drawn WHERE of_source = '{{source}}')""",
    "incident_reports": f"""
        SELECT given.* REPLACE (drawn.incident_id AS subject_id, {REPORT} AS report_id)
        FROM drawn JOIN given_incident_reports given ON subject_id = from_incident
        WHERE drawn.of_source = '{{source}}'""",
    "incident_actors": f"""
        SELECT given.* REPLACE (drawn.incident_id AS incident_id, drawn.record_id AS record_id,
          CASE WHEN report_id IS NOT NULL THEN {REPORT} END AS report_id)
        FROM drawn JOIN given_incident_actors given ON given.incident_id = from_incident
        WHERE drawn.of_source = '{{source}}'""",
    "sources": "SELECT * REPLACE ('{source}' AS source, {count} AS row_count) FROM given_sources",
    "ledger": """
        SELECT * REPLACE ('{source}' AS source, {count} AS row_count) FROM given_ledger WHERE outcome = 'released'""",
    "coverage": "SELECT * REPLACE ('{source}' AS source) FROM given_coverage",
}
COUNTED = """
WITH clusters AS (
  SELECT cluster_id, split_part(record_id, ':', 1) AS source, record_id FROM read_parquet('{clusters}')
),
linked AS (
  SELECT a.record_id AS ours, b.record_id AS theirs FROM clusters a JOIN clusters b USING (cluster_id)
  WHERE a.source = 'curated' AND b.source <> 'curated'
),
copies AS (
  SELECT ours.record_id AS ours, copy.record_id AS theirs, ours.day = copy.day AS is_of_one_day
  FROM drawn ours JOIN drawn copy ON copy.n = ours.n AND ours.side = 'a' AND copy.is_copy
)
SELECT (SELECT count(*) FROM copies), (SELECT count(*) FROM copies WHERE is_of_one_day),
  (SELECT count(*) FROM copies JOIN linked USING (ours, theirs) WHERE is_of_one_day),
  (SELECT count(*) FROM linked), (SELECT count(*) FROM linked JOIN copies USING (ours, theirs)),
  (SELECT count(DISTINCT cluster_id) FROM clusters), (SELECT count(*) FROM clusters)
"""


def main(checkout: Path, count: int) -> None:
    """Measure once, hold the counts against the construction, and print the figures as JSON."""
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as connection:
        project = Project(Path(scratch))
        draw(connection, Project(checkout), project, count)
        params = replace(load_params(Project(checkout)), sources=SOURCES)
        figures: dict[str, float] = {"records": 2 * count}
        for name, stage in (("link", link), ("resolve", resolve)):
            figures |= {f"{name}, {what}": value for what, value in timed(stage, project, params).items()}
        figures["peak memory (GB)"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
        print(json.dumps(figures, indent=1), flush=True)
        print(json.dumps(held(connection, project, count), indent=1))


def draw(connection: duckdb.DuckDBPyConnection, built: Project, made: Project, count: int) -> None:
    """Write what `ingest` would of two sources of `count` records each, and the reference data beside it."""
    shutil.copytree(built.schemas, made.schemas)
    shutil.copytree(built.reference, made.reference)
    for name in EMPTIED:
        path = made.reference / name
        if path.is_file():
            path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    given = built.ingested / "curated"
    for name in (*OF_SOURCE, "claims"):
        of_incidents = " WHERE subject_type = 'incident'" if name in ("claims", "incident_reports") else ""
        connection.execute(
            f"CREATE OR REPLACE TABLE given_{name} AS FROM read_parquet('{given / name}.parquet'){of_incidents}"
        )
    connection.execute(DRAWN.format(count=count))
    schema = load_schema(made.schemas)
    for source in SOURCES:
        for name, query in OF_SOURCE.items():
            rows = connection.execute(query.format(source=source, count=count)).to_arrow_table()
            layout = arrow_schema(schema.tables[name])
            write_parquet(rows.select(layout.names).cast(layout), made.ingested / source / f"{name}.parquet")


def timed(stage: Callable[[Project, Params], str], project: Project, params: Params) -> dict[str, float]:
    """Seconds by the clock and of the processor."""
    wall, processor = time.monotonic(), time.process_time()
    stage(project, params)
    return {
        "seconds": round(time.monotonic() - wall, 1),
        "processor seconds": round(time.process_time() - processor, 1),
    }


def held(connection: duckdb.DuckDBPyConnection, project: Project, count: int) -> dict[str, float]:
    """What came out, once it is what the construction asks for.

    Raises:
        SystemExit: it is not.
    """
    row = connection.execute(COUNTED.format(clusters=project.linked / "clusters.parquet")).fetchone()
    assert row is not None
    copies, of_one_day, found, links, right, clusters, records = row
    incidents = pq.read_metadata(project.resolved / "incidents.parquet").num_rows
    claims = pq.read_metadata(project.resolved / "claims.parquet").num_rows
    given = sum(pq.read_metadata(project.ingested / source / "claims.parquet").num_rows for source in SOURCES)
    wrong = {
        "copies": copies != (count + 1) // 2,
        "records": records != 2 * count,
        "an incident for each cluster": incidents != clusters,
        "clusters of two sources": records - clusters != links,
        "no claim lost": claims != given,
        "copies of one day linked": found < FOUND * of_one_day,
        "links that are copies": right < RIGHT * links,
    }
    figures = {"copies": copies, "of one day": of_one_day, "of these linked": found, "links": links, "right": right}
    figures |= {"clusters": clusters, "incidents": incidents, "claims": claims}
    if any(wrong.values()):
        sys.exit(f"not as it must be: {', '.join(name for name, is_wrong in wrong.items() if is_wrong)}: {figures}")
    return figures


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
