"""Records for tests of linking: two that agree in everything, changed field by field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_table

ACTORS = [
    {"actor_id": "group", "actor_type": "jihadist_group"},
    {"actor_id": "branch", "actor_type": "jihadist_group", "parent_actor_id": "group"},
    {"actor_id": "other_branch", "actor_type": "jihadist_group", "parent_actor_id": "group"},
    {"actor_id": "rival", "actor_type": "jihadist_group"},
    {"actor_id": "army", "actor_type": "state_forces"},
    {"actor_id": "blue_helmets", "actor_type": "un_mission"},
    {"actor_id": "nobody_knows", "actor_type": "unidentified"},
    {"actor_id": "villagers", "actor_type": "civilians"},
]
BASE: Mapping[str, Any] = {
    "date_start": dt.date(2025, 7, 1),
    "date_end": dt.date(2025, 7, 1),
    "date_precision": "day",
    "country_iso3": "MLI",
    "place_text": "Kayes",
    "latitude": 14.0,
    "longitude": -11.0,
    "geo_precision": "exact",
    "event_type": "ambush",
    "target_type": "military",
    "killed_low": 7,
    "killed_high": 7,
}


def record(record_id: str, **changed: Any) -> dict[str, Any]:
    """A record like the base record; ``actors`` lists (actor id, alternative group), ``injured`` is low and high."""
    source = record_id.split(":", maxsplit=1)[0]
    return {
        **BASE,
        "record_id": record_id,
        "source": source,
        "origin": source,
        "actors": [("group", None), ("army", None)],
        **changed,
    }


def day(number: int) -> dt.date:
    """A day of July 2025."""
    return dt.date(2025, 7, number)


def tables(schema: Schema, rows: Iterable[Mapping[str, Any]], names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The input of `prepare` from records as `record` makes them.

    Args:
        schema: for the layouts.
        rows: the records.
        names: further names of places, by name; the place is given as its id.
    """
    listed = list(rows)
    acts = [(row["record_id"], *actor) for row in listed for actor in row["actors"]]
    claims = [
        {
            "record_id": row["record_id"],
            "metric": "injured",
            "population": "unspecified",
            "value_low": row["injured"][0],
            "value_high": row["injured"][1],
        }
        for row in listed
        if "injured" in row
    ]
    claims += [
        {
            "record_id": row["record_id"],
            "metric": "killed",
            "population": population,
            "value_low": low,
            "value_high": high,
        }
        for row in listed
        for population, low, high in row.get("killed_claims", ())
    ]
    records = arrow_table(schema.tables["records"], listed)
    places = {row["place_id"] for row in listed if row.get("place_id")}
    return {
        "records": records.append_column("origin", pa.array([row["origin"] for row in listed], pa.string())),
        "record_actors": pa.table(
            {
                name: pa.array([act[at] for act in acts], pa.string())
                for at, name in enumerate(("record_id", "actor_id", "alternative_group"))
            }
        ),
        "actors": arrow_table(schema.tables["actors"], ACTORS),
        "places": arrow_table(
            schema.tables["places"],
            [{"place_id": p, "latitude": 14.0, "longitude": -11.0, "geo_radius_km": 40.0} for p in sorted(places)],
        ),
        "place_names": pa.table(
            {
                "place_id": pa.array(list((names or {}).values()), pa.string()),
                "name": pa.array(list(names or {}), pa.string()),
            }
        ),
        "claims": arrow_table(schema.tables["claims"], claims),
    }
