"""What the explorer loads first: all incidents column by column, additive tolls, labels of codes, actors."""

from __future__ import annotations

from typing import Any

import duckdb

from pipeline.schema.duckdb import literal

CODED = {
    "date_precision": "date_precision",
    "country_iso3": "country",
    "geo_precision": "geo_precision",
    "event_type": "event_type",
    "target_type": "target_type",
    "toll_status": "toll_status",
    "confidence": "confidence",
    "status": "incident_status",
}
"""Columns of incidents that are sent as positions in a code list."""
PLAIN = (
    "incident_id", "date_start", "date_end", "admin1_name", "admin2_name", "place_name", "latitude", "longitude",
    "geo_radius_km", "operation_id", "place_id", "report_count", "publisher_count",
)  # fmt: skip
MEASURES = (
    "killed", "killed_civilians", "killed_security_forces", "killed_militia", "killed_militants",
    "killed_peacekeepers", "injured", "abducted",
)  # fmt: skip
"""Counts of an incident, each with low, best and high; the first part is the metric, the rest the group."""


def summary(package: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The first thing that the explorer loads.

    Args:
        package: a connection in which every table of the package is a view.

    Returns:
        ``codes`` (list by name: codes, labels and definitions in both languages), ``incidents`` (columns, in order of
        date and id), ``places`` (those with a name beside ``place_name``: the one of each language, and all names, a
        line each; ``place`` of incidents is the row), ``actors``, ``parts`` (an actor's part: row of the incident, of
        the actor, role, basis), ``operations`` and ``tolls`` (the additive ones of MEASURES; ``unit`` is the row of
        the incident, or -1 minus the row of the operation).
    """
    codes = _codes(package)
    incidents = columns(
        package, f"SELECT {', '.join(incident_columns())} FROM incidents ORDER BY date_start, incident_id"
    )
    for column, codelist in CODED.items():
        at = {code: number for number, code in enumerate(codes[codelist]["code"])}
        incidents[column] = [None if code is None else at[code] for code in incidents[column]]
    row = {key: number for number, key in enumerate(incidents["incident_id"])}
    operations = columns(
        package,
        "SELECT operation_id, kind, operation_name_en, operation_name_fr, date_start, date_end FROM operations"
        " ORDER BY date_start, operation_id",
    )
    operation_row = {key: number for number, key in enumerate(operations["operation_id"])}
    incidents["operation"] = [operation_row.get(key) for key in incidents.pop("operation_id")]
    places = _places(package)
    place_row = {key: number for number, key in enumerate(places.pop("place_id"))}
    incidents["place"] = [place_row.get(key) for key in incidents.pop("place_id")]
    actors = columns(package, "SELECT actor_id, actor_name_en, actor_name_fr, actor_type FROM actors ORDER BY actor_id")
    actor_row = {key: number for number, key in enumerate(actors["actor_id"])}
    parts = columns(
        package,
        "SELECT DISTINCT incident_id, actor_id, role, basis, alternative_group FROM incident_actors"
        " ORDER BY ALL NULLS FIRST",
    )
    return {
        "codes": codes,
        "measures": list(MEASURES),
        "incidents": incidents,
        "operations": operations,
        "places": places,
        "actors": actors,
        "parts": {
            "incident": [row[key] for key in parts["incident_id"]],
            "actor": [actor_row[key] for key in parts["actor_id"]],
            "role": parts["role"],
            "basis": parts["basis"],
        },
        "tolls": _tolls(package, row, operation_row),
    }


def incident_columns() -> list[str]:
    """The columns of incidents that the summary holds."""
    counts = [f"{measure}_{bound}" for measure in MEASURES for bound in ("low", "best", "high")]
    return [*PLAIN, *CODED, *counts]


def columns(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, list[Any]]:
    """The answer to a query by column; days as ISO 8601."""
    found = connection.execute(query)
    names = [str(column[0]) for column in found.description or ()]
    rows = found.fetchall()
    by_column = zip(*rows, strict=True) if rows else ([] for _ in names)
    return {name: [_plain(value) for value in values] for name, values in zip(names, by_column, strict=True)}


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The answer to a query by row; cells that nobody filled are left out, days are ISO 8601."""
    found = connection.execute(query)
    names = [str(column[0]) for column in found.description or ()]
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True) if value is not None}
        for row in found.fetchall()
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _codes(package: duckdb.DuckDBPyConnection) -> dict[str, dict[str, list[str | None]]]:
    lists: dict[str, dict[str, list[str | None]]] = {}
    for entry in package.execute(
        "SELECT codelist, code, label_en, label_fr, definition_en, definition_fr FROM codes ORDER BY codelist, position"
    ).fetchall():
        of_list = lists.setdefault(
            entry[0], {"code": [], "label_en": [], "label_fr": [], "definition_en": [], "definition_fr": []}
        )
        for values, cell in zip(of_list.values(), entry[1:], strict=True):
            values.append(cell)
    return lists


def _places(package: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    """Places of incidents that have further names: who looks for Timbuktu finds Tombouctou."""
    return columns(
        package,
        """
        SELECT entity_id AS place_id,
            min(name) FILTER (language = 'en' AND kind = 'preferred') AS place_name_en,
            min(name) FILTER (language = 'fr' AND kind = 'preferred') AS place_name_fr,
            string_agg(DISTINCT name, chr(10) ORDER BY name) AS names
        FROM names
        WHERE entity_type = 'place' AND entity_id IN (SELECT place_id FROM incidents)
        GROUP BY entity_id HAVING count(DISTINCT name) > 1 ORDER BY entity_id
        """,
    )


def _tolls(package: duckdb.DuckDBPyConnection, row: dict[str, int], operation_row: dict[str, int]) -> dict[str, Any]:
    measure = "CASE population_group WHEN 'all' THEN metric ELSE metric || '_' || population_group END"
    found = columns(
        package,
        f"SELECT unit_type, unit_id, {measure} AS measure, low, best, high, date_start FROM tolls"
        f" WHERE is_additive AND {measure} IN ({', '.join(literal(name) for name in MEASURES)})"
        " ORDER BY date_start, unit_type, unit_id, measure",
    )
    units = zip(found.pop("unit_type"), found.pop("unit_id"), strict=True)
    return {
        "unit": [row[key] if kind == "incident" else -1 - operation_row[key] for kind, key in units],
        **found,
        "measure": [MEASURES.index(name) for name in found["measure"]],
    }
