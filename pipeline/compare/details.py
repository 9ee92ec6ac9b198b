"""The single values that differ, worst first: the largest differences of death counts before everything else."""

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


def details(difference: Difference, limit: int, tables: Sequence[str] = (), language: str = "en") -> list[Detail]:
    """The changed values of some or all tables.

    Args:
        difference: of two sides.
        limit: how many at most.
        tables: those to be listed; all when empty.
        language: of the labels.

    Returns:
        Incidents by how many deaths more or less they say, one that came or went by its own ``killed_best``; then the
        tables in the order of the schema.
    """
    order = {name: at for at, name in enumerate(difference.new.schema.tables)}
    ranks = " ".join(f"WHEN {literal(name)} THEN {at}" for name, at in order.items())
    only = f'WHERE "table" IN ({", ".join(map(literal, tables))})' if tables else ""
    size = "abs(coalesce(TRY_CAST(new AS BIGINT), 0) - coalesce(TRY_CAST(old AS BIGINT), 0))"
    rows = difference.connection.execute(
        f"""
        SELECT "table", key, change_type, field, old, new, label
        FROM changed_values LEFT JOIN ({_labels(difference, language)}) labels USING (subject) {only}
        ORDER BY CASE WHEN "table" <> 'incidents' THEN -1
                      WHEN change_type <> 'changed' THEN coalesce(killed, 0)
                      WHEN field LIKE 'killed%' THEN {size} ELSE -1 END DESC,
                 CASE "table" {ranks} END, key, field <> 'killed_best', field
        LIMIT {limit}
        """
    ).fetchall()
    return [Detail(*row) for row in rows]


def value_counts(difference: Difference) -> Mapping[str, int]:
    """How many rows of ``changed_values`` each table has."""
    found = difference.connection.execute('SELECT "table", count(*) FROM changed_values GROUP BY ALL ORDER BY ALL')
    return dict(found.fetchall())


def _labels(difference: Difference, language: str) -> str:
    """Label and death count of each incident, from the new side, else from the old one."""
    queries: list[str] = []
    for place, side in enumerate((difference.new, difference.old)):
        table, path = side.schema.tables.get("incidents"), side.path("incidents")
        if table is not None and path is not None and "incident_id" in table.columns:
            column = f"label_{language}"
            label = column if column in table.columns else "NULL::VARCHAR"
            counted = "killed_best" in table.columns and table["killed_best"].type == "integer"
            killed = "killed_best" if counted else "NULL::BIGINT"
            queries.append(
                f"SELECT incident_id::VARCHAR AS subject, {label}::VARCHAR AS label, {killed} AS killed, "
                f"{place} AS place FROM read_parquet({literal(str(path))})"
            )
    if not queries:
        return "SELECT NULL::VARCHAR AS subject, NULL::VARCHAR AS label, NULL::BIGINT AS killed"
    both = " UNION ALL ".join(queries)
    first = "arg_min(label, place) AS label, arg_min(killed, place) AS killed"
    return f"SELECT subject, {first} FROM ({both}) GROUP BY subject"
