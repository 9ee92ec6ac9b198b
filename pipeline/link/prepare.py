"""Records in the one form in which they are compared: folded names, days, kilometres, actors with their kin.

Everything is written in DuckDB's SQL as far as `pipeline.engine` can say it on other engines too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import pyarrow as pa
from ibis.backends import BaseBackend

from pipeline.engine import keep
from pipeline.engine.sql import Functions
from pipeline.geography import EARTH_RADIUS_KM
from pipeline.link.declaration import Comparisons
from pipeline.schema.arrow import loose

MARKS = "".join(map(chr, range(0x300, 0x370)))
"""Accents that stand beside their letter."""
ACCENTED = {
    chr(code): base
    for codes in (range(0xC0, 0x250), range(0x1E00, 0x1F00))
    for code in codes
    if (base := unicodedata.normalize("NFD", chr(code)).rstrip(MARKS)) != chr(code)
    and len(base) == 1
    and base.islower()
}
"""Latin letters with accents, in lower case, and the letter below."""
FOLD = rf"""trim(regexp_replace(translate(lower({{0}}), '{"".join(ACCENTED)}{MARKS}', '{"".join(ACCENTED.values())}'),
  '[^\p{{{{L}}}}\p{{{{N}}}}]+', ' ', 'g'))"""
"""Spelling without case, accents and punctuation, in any script."""
SHORT_WORD = 3
"""Words up to this length ("de", "la", "the") say nothing on their own."""
UNTOLD_ACTORS = ("unidentified", "civilians")
"""Actor types that name nobody: two records with an unidentified attacker have no attacker in common."""
UNTOLD = "other"
ARMED_GROUPS = ("jihadist_group", "separatist_group", "rebel_group")
"""Actor types of those who fight an army: near one another, different events have the same two enemies."""

FUNCTIONS: Functions = {
    "gap_days": (("first_l", "last_l", "first_r", "last_r"), "greatest(first_l, first_r) - least(last_l, last_r)"),
    "distance_km": (
        ("latitude_l", "longitude_l", "latitude_r", "longitude_r"),
        f"""2 * {EARTH_RADIUS_KM} * asin(least(1, sqrt(
          pow(sin(radians(latitude_r - latitude_l) / 2), 2)
          + cos(radians(latitude_l)) * cos(radians(latitude_r))
          * pow(sin(radians(longitude_r - longitude_l) / 2), 2))))""",
    ),
    "ranges_overlap": (("low_l", "high_l", "low_r", "high_r"), "low_l <= high_r AND low_r <= high_l"),
    "figures_agree": (
        ("low_l", "high_l", "low_r", "high_r", "factor"),
        "low_l <= high_r AND low_r <= high_l AND greatest(high_l, high_r) <= factor * least(low_l, low_r)",
    ),
    "armed_group": (
        ("actor_types",),
        f"coalesce(list_has_any(actor_types, {list(ARMED_GROUPS)}), false)",
    ),
    "names_alike": (
        ("names_l", "names_r"),
        """list_max(list_transform(names_l, lambda one: list_max(list_transform(names_r, lambda other:
          jaro_winkler_similarity(one, other))))) >= 0.92""",
    ),
}
"""What the conditions of the comparisons and the queries here may use, beside SQL's own functions."""

RECORD = """
WITH
said_actors AS (
  SELECT record_actors.record_id, record_actors.actor_id, actors.actor_type,
         record_actors.alternative_group IS NOT NULL AS is_alternative
  FROM record_actors JOIN actors USING (actor_id)
  WHERE actors.actor_type NOT IN {untold_actors}
),
sure_actors AS (
  SELECT record_id, list_sort(array_agg(DISTINCT actor_id)) AS actor_ids
  FROM said_actors WHERE NOT is_alternative GROUP BY record_id
),
types AS (
  SELECT record_id, list_sort(array_agg(DISTINCT actor_type)) AS actor_types
  FROM said_actors WHERE actor_type <> '{untold}' GROUP BY record_id
),
kin_lists AS (
  SELECT record_id, list_sort(array_agg(DISTINCT relative)) AS actor_kin,
         list_sort(array_agg(DISTINCT actor_id)) AS actors_named
  FROM said_actors JOIN kin USING (actor_id) GROUP BY record_id
),
said_texts AS (
  SELECT record_id, {folded_text} AS name
  FROM (SELECT record_id, unnest(string_split(place_text, ' / ')) AS text FROM records) AS texts
),
bare_texts AS (
  SELECT record_id, name FROM said_texts
  UNION
  SELECT record_id, trim(regexp_replace(name, '{locality}', '', 'g')) AS name FROM said_texts
),
listed_names AS (
  SELECT record_id, {folded_name} AS name FROM records JOIN place_names USING (place_id)
),
own_places AS (
  SELECT record_id FROM records WHERE place_text IS NULL
  UNION
  SELECT record_id FROM bare_texts JOIN listed_names USING (record_id, name)
),
said_names AS (
  SELECT record_id, name FROM bare_texts
  UNION
  SELECT record_id, name FROM listed_names JOIN own_places USING (record_id)
),
name_lists AS (
  SELECT record_id, list_sort(array_agg(DISTINCT name)) AS place_names
  FROM said_names WHERE name <> '' GROUP BY record_id
),
words AS (
  SELECT DISTINCT record_id, word
  FROM (SELECT record_id, unnest(string_split(name, ' ')) AS word FROM said_names) AS split_names
  WHERE length(word) > {short} AND word NOT IN {generic}
),
word_lists AS (SELECT record_id, list_sort(array_agg(word)) AS place_words FROM words GROUP BY record_id),
by_population AS (
  SELECT record_id, metric, population, min(coalesce(value_low, value_high)) AS low,
         max(coalesce(value_high, value_low)) AS high
  FROM claims WHERE metric IN ('killed', 'injured') AND coalesce(value_low, value_high) IS NOT NULL
  GROUP BY record_id, metric, population
),
claimed AS (
  SELECT record_id,
         min(low) FILTER (WHERE metric = 'killed') AS killed_low,
         sum(high) FILTER (WHERE metric = 'killed') AS killed_high,
         min(low) FILTER (WHERE metric = 'injured') AS injured_low,
         sum(high) FILTER (WHERE metric = 'injured') AS injured_high
  FROM by_population GROUP BY record_id
)
SELECT records.record_id,
       records.source,
       records.origin,
       records.part_of,
       records.country_iso3,
       date_diff('day', DATE '1900-01-01', records.date_start) AS first_day,
       date_diff('day', DATE '1900-01-01', records.date_end) AS last_day,
       coalesce(records.latitude, places.latitude) AS latitude,
       coalesce(records.longitude, places.longitude) AS longitude,
       coalesce(CASE WHEN records.latitude IS NULL THEN places.geo_radius_km END, radii.radius_km, {farthest})
         AS radius_km,
       name_lists.place_names,
       word_lists.place_words,
       sure_actors.actor_ids,
       kin_lists.actor_kin,
       kin_lists.actors_named,
       types.actor_types,
       nullif(records.event_type, '{untold}') AS event_type,
       list_sort(string_split(records.source_event_type, '; ')) AS tactics,
       nullif(records.target_type, '{untold}') AS target_type,
       CAST(coalesce(records.killed_low, claimed.killed_low) AS BIGINT) AS killed_low,
       CAST(greatest(coalesce(records.killed_high, claimed.killed_high),
                     coalesce(records.killed_low, claimed.killed_low)) AS BIGINT) AS killed_high,
       CAST(claimed.injured_low AS BIGINT) AS injured_low,
       CAST(greatest(claimed.injured_high, claimed.injured_low) AS BIGINT) AS injured_high
FROM records
LEFT JOIN places USING (place_id)
LEFT JOIN radii ON radii.geo_precision = records.geo_precision
LEFT JOIN name_lists ON name_lists.record_id = records.record_id
LEFT JOIN word_lists ON word_lists.record_id = records.record_id
LEFT JOIN sure_actors ON sure_actors.record_id = records.record_id
LEFT JOIN types ON types.record_id = records.record_id
LEFT JOIN kin_lists ON kin_lists.record_id = records.record_id
LEFT JOIN claimed ON claimed.record_id = records.record_id
"""

# The left side is widened by the longest gap that is looked at, the right side is not, so that a pair meets in every
# bucket of days that both touch; it is taken in the first of them, and no pair comes twice. A cell is as wide as it is
# high at its latitude, so that the cells around one hold all that is near.
SIDE_L = """
SELECT *, unnest(generate_series(first_bucket, CAST(floor((last_day + {days}) / {width}) AS INTEGER))) AS bucket
FROM (SELECT *, CAST(floor((first_day - {days}) / {width}) AS INTEGER) AS first_bucket FROM record) AS record
"""
SIDE_R = """
SELECT *, unnest(generate_series(first_bucket, CAST(floor(last_day / {width}) AS INTEGER))) AS bucket,
  CAST(floor((longitude + 180) * cos(radians(row_cell * {cell} - 90)) / {cell}) AS INTEGER) AS column_cell
FROM (SELECT *, CAST(floor(first_day / {width}) AS INTEGER) AS first_bucket,
        CAST(floor((latitude + 90) / {cell}) AS INTEGER) AS row_cell FROM record) AS record
"""
AROUND_L = """
SELECT record_id, origin, first_day, last_day, latitude, longitude, first_bucket, bucket, row_cell,
  CAST(floor((longitude + 180) * cos(radians(row_cell * {cell} - 90)) / {cell}) AS INTEGER) + aside.step AS column_cell
FROM (SELECT side_l.*, CAST(floor((latitude + 90) / {cell}) AS INTEGER) + up.step AS row_cell
      FROM side_l CROSS JOIN (VALUES (-1), (0), (1)) AS up(step) WHERE latitude IS NOT NULL) AS rows_l
CROSS JOIN (VALUES (-1), (0), (1)) AS aside(step)
"""
LINK_INPUT = """
WITH crowds AS (
  SELECT l.record_id, count(*) AS crowd
  FROM around_l AS l
  JOIN side_r AS r ON l.bucket = r.bucket AND l.row_cell = r.row_cell AND l.column_cell = r.column_cell
  WHERE l.origin = r.origin AND l.bucket = greatest(l.first_bucket, r.first_bucket)
    AND gap_days(l.first_day, l.last_day, r.first_day, r.last_day) <= 1
    AND distance_km(l.latitude, l.longitude, r.latitude, r.longitude) <= {crowd_km}
  GROUP BY l.record_id
)
SELECT record.*, crowds.crowd
FROM record LEFT JOIN crowds ON crowds.record_id = record.record_id
ORDER BY record.record_id
"""


def statements(declared: Comparisons) -> dict[str, str]:
    """The queries that prepare records, by the table that each makes, in their order, with the declared numbers."""
    locality = "|".join(declared.locality_words)
    numbers = {"days": declared.near_days, "width": declared.near_days, "cell": declared.cell_degrees}
    record = RECORD.format(
        untold_actors=UNTOLD_ACTORS,
        untold=UNTOLD,
        folded_text=FOLD.format("text"),
        folded_name=FOLD.format("place_names.name"),
        short=SHORT_WORD,
        locality=f"^({locality}) | ({locality})$",
        generic=declared.generic_words,
        farthest=float(max(declared.radius_km.values())),
    )
    return {
        "record": record,
        "side_l": SIDE_L.format(**numbers),
        "side_r": SIDE_R.format(**numbers),
        "around_l": AROUND_L.format(**numbers),
        "link_input": LINK_INPUT.format(crowd_km=declared.crowd_km),
    }


def prepare(backend: BaseBackend, tables: Mapping[str, pa.Table], declared: Comparisons) -> None:
    """Make the table ``link_input``, one row a record, and the tables through which near records meet.

    Days are numbers, counted from 1900. What stands of a record depends on no record but those of its own origin at its
    time and place (``crowd``).

    Args:
        backend: the engine that computes.
        tables: ``records`` (with ``origin``: among records of one origin no two are of the same event),
            ``record_actors`` (record_id, actor_id, alternative_group), ``actors``, ``places``,
            ``place_names`` (place_id, name) and ``claims``, each with the published columns.
        declared: for the radius of each precision and the generic words.
    """
    radii = {"geo_precision": list(declared.radius_km), "radius_km": [*map(float, declared.radius_km.values())]}
    for name, table in {**tables, "radii": pa.table(radii), "kin": _kin(tables["actors"])}.items():
        backend.create_table(name, loose(table), overwrite=True)
    for name, query in statements(declared).items():
        keep(backend, name, query, FUNCTIONS)


def _kin(actors: pa.Table) -> pa.Table:
    """Each actor with itself and everything above it, one row each."""
    parents = dict(zip(actors["actor_id"].to_pylist(), actors["parent_actor_id"].to_pylist(), strict=True))
    rows: set[tuple[str, str]] = set()
    for actor in parents:
        above: str | None = actor
        while above is not None and (actor, above) not in rows:
            rows.add((actor, above))
            above = parents.get(above)
    listed = sorted(rows)
    return pa.table(
        {
            "actor_id": pa.array([actor for actor, _ in listed], pa.string()),
            "relative": pa.array([above for _, above in listed], pa.string()),
        }
    )
