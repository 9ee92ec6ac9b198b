"""Linking 100,000 records of one source with 100,000 of another: how long, and how much memory at the peak.

Run as a process of its own, `python -m benchmarks.link FOLDER`, so that its memory is nobody else's. The records are
the curated ones of a built checkout, drawn again and again: each gets another day of the same years and another toll.
In the second source half are copies of the first, a quarter of them a day and two thirds a few dead apart.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.config import Project, load_params
from pipeline.engine import connect
from pipeline.link.declaration import load_comparisons
from pipeline.link.model import cluster_scored, load_model, score_records
from pipeline.link.stage import read_linkable
from pipeline.reference import load_reference
from pipeline.schema import load_schema

DRAWN = """
CREATE TABLE drawn AS
WITH numbered AS (SELECT *, row_number() OVER (ORDER BY record_id) - 1 AS place_in_line FROM records),
rolled AS (
  SELECT n, side,
    hash(CASE WHEN side = 'b' AND n % 2 = 1 THEN 'b' ELSE 'a' END || n) AS roll, hash(side || n || 'aside') AS aside,
    (hash('record' || CASE WHEN side = 'b' AND n % 2 = 1 THEN 'b' ELSE 'a' END || n)
      % (SELECT count(*) FROM records))::BIGINT AS place_in_line
  FROM range({count}) numbers(n), (VALUES ('a'), ('b')) sides(side)
)
SELECT numbered.* EXCLUDE (place_in_line) REPLACE (
    'bench_' || side || ':' || n AS record_id,
    'bench_' || side AS source,
    'bench_' || side AS origin,
    DATE '2011-01-01' + (roll % 5600)::INTEGER + (aside % 4 = 0)::INTEGER AS date_start,
    DATE '2011-01-01' + (roll % 5600)::INTEGER + (aside % 4 = 0)::INTEGER AS date_end,
    (roll // 5600 % 30)::BIGINT AS killed_low,
    (roll // 5600 % 30 + aside % 3)::BIGINT AS killed_high
  ), numbered.record_id AS drawn_from
FROM rolled JOIN numbered USING (place_in_line)
"""


def main(folder: Path, count: int) -> None:
    """Measure once and print the figures as JSON."""
    project = Project(folder)
    schema, declared = load_schema(project.schemas), load_comparisons(project.schemas)
    reference, _ = load_reference(project, schema)
    tables = read_linkable(project, load_params(project), schema, reference)
    tables = drawn(tables, count)
    model = load_model(project.link_model, declared)
    started = time.monotonic()
    backend = connect("duckdb")
    backend.raw_sql("SET threads = 2")
    score_records(backend, tables, declared, model.settings, declared.keep_probability)
    scored = time.monotonic()
    clusters = cluster_scored(backend, declared, [], model.threshold, declared.largest_cluster)
    looked_at, kept = (backend.table(name).count().to_pyarrow().as_py() for name in ("blocked", "scored"))
    done = time.monotonic()
    figures = {
        "records": 2 * count,
        "pairs looked at": looked_at,
        "pairs kept": kept,
        "clusters": len(clusters),
        "scoring (s)": round(scored - started, 1),
        "clustering (s)": round(done - scored, 1),
        "seconds": round(done - started, 1),
        "peak memory (GB)": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }
    print(json.dumps(figures, indent=1))


def drawn(tables: dict[str, pa.Table], count: int) -> dict[str, pa.Table]:
    """Two sources of `count` records each, with the actors of the records from which they were drawn."""
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        connection.execute(DRAWN.format(count=count))
        actors = connection.execute(
            "SELECT drawn.record_id, actor_id, alternative_group FROM drawn "
            "JOIN record_actors ON record_actors.record_id = drawn_from"
        ).to_arrow_table()
        records = connection.execute("SELECT * EXCLUDE (drawn_from) FROM drawn").to_arrow_table()
    return {**tables, "records": records, "record_actors": actors, "claims": tables["claims"].slice(0, 0)}


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
