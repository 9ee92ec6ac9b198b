"""The single values that differ, worst first: the largest differences of tolls before everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.compare.difference import Difference
from pipeline.schema.duckdb import literal


@dataclass(frozen=True)
class Detail:
    """A row of ``changed_values``, with the label of the incident it is about, where there is one."""

    table: str
    key: str
    change_type: str
    field: str
    old: str | None
    new: str | None
    label: str | None


def details(difference: Difference, limit: int, tables: Sequence[str] = ()) -> list[Detail]:
    """The changed values of some or all tables.

    Args:
        difference: of two sides.
        limit: how many at most.
        tables: those to be listed; all when empty.

    Returns:
        Changed tolls of incidents by the size of the difference, then the tables in the order of the schema.
    """
    order = {name: at for at, name in enumerate(difference.new.schema.tables)}
    ranks = " ".join(f"WHEN {literal(name)} THEN {at}" for name, at in order.items())
    only = f'WHERE "table" IN ({", ".join(map(literal, tables))})' if tables else ""
    size = "abs(coalesce(TRY_CAST(new AS BIGINT), 0) - coalesce(TRY_CAST(old AS BIGINT), 0))"
    rows = difference.connection.execute(
        f"""
        SELECT "table", key, change_type, field, old, new, label
        FROM changed_values LEFT JOIN ({_labels(difference)}) labels USING (subject) {only}
        ORDER BY CASE WHEN "table" = 'incidents' AND field LIKE 'killed%' THEN {size} ELSE -1 END DESC,
                 CASE "table" {ranks} END, key, field <> 'killed_best', field
        LIMIT {limit}
        """
    ).fetchall()
    return [Detail(*row) for row in rows]


def value_counts(difference: Difference) -> Mapping[str, int]:
    """How many rows of ``changed_values`` each table has."""
    found = difference.connection.execute('SELECT "table", count(*) FROM changed_values GROUP BY ALL ORDER BY ALL')
    return dict(found.fetchall())


def _labels(difference: Difference) -> str:
    """The label of each incident, from the new side, else from the old one."""
    queries: list[str] = []
    for place, side in enumerate((difference.new, difference.old)):
        table, path = side.schema.tables.get("incidents"), side.path("incidents")
        if table is not None and path is not None and {"incident_id", "label_en"} <= set(table.columns):
            source = f"read_parquet({literal(str(path))})"
            queries.append(f"SELECT incident_id AS subject, label_en AS label, {place} AS place FROM {source}")
    if not queries:
        return "SELECT NULL::VARCHAR AS subject, NULL::VARCHAR AS label"
    both = " UNION ALL ".join(queries)
    return f"SELECT subject, arg_min(label, place) AS label FROM ({both}) GROUP BY subject"
