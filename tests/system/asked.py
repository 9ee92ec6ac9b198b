"""What the page should say: questions to the package itself."""

from __future__ import annotations

from typing import Any

import duckdb


def one(tables: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = tables.execute(query).fetchone()
    assert row is not None
    return row[0]


def expected_total(tables: duckdb.DuckDBPyConnection, condition: str) -> tuple[int, int, int]:
    """Incidents, additive figures and their sum: a joint figure counts where all of its incidents are chosen."""
    row = tables.execute(f"""
        WITH chosen AS (SELECT * FROM incidents WHERE {condition}),
        units AS (
            SELECT incident_id AS unit_id FROM chosen
            UNION ALL
            SELECT operation_id FROM incidents GROUP BY operation_id
            HAVING bool_and(incident_id IN (SELECT incident_id FROM chosen))
        )
        SELECT (SELECT count(*) FROM chosen), count(*), coalesce(sum(best), 0)::BIGINT
        FROM tolls JOIN units USING (unit_id)
        WHERE metric = 'killed' AND population_group = 'all' AND is_additive
    """).fetchone()
    assert row is not None
    return row


def ids(tables: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """A contested incident with many claims, and an operation with joint claims."""
    return {
        "incident": one(
            tables,
            "SELECT subject_id FROM claims JOIN incidents ON subject_id = incident_id WHERE toll_status = 'contested'"
            " GROUP BY ALL ORDER BY count(*) DESC, subject_id LIMIT 1",
        ),
        "operation": one(
            tables, "SELECT operation_id FROM incidents WHERE place_name = 'Kayes' AND year(date_start) = 2025"
        ),
    }
