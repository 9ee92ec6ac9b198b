"""Records in the one form in which they are compared: folded names, days, kilometres, actors with their kin."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from pipeline.geography import EARTH_RADIUS_KM
from pipeline.link.declaration import Comparisons

FOLD = r"regexp_replace(lower(strip_accents({0})), '[^\p{{L}}\p{{N}}]+', ' ', 'g')"
"""Spelling without case, accents and punctuation, in any script."""
SHORT_WORD = 3
"""Words up to this length ("de", "la", "the") say nothing on their own."""
UNTOLD_ACTORS = ("unidentified", "civilians")
"""Actor types that name nobody: two records with an unidentified attacker have no attacker in common."""
UNTOLD = "other"

LINK_INPUT = """
CREATE OR REPLACE TEMP TABLE link_input AS
WITH RECURSIVE
kin AS (
  SELECT actor_id, actor_id AS relative FROM actors
  UNION
  SELECT kin.actor_id, actors.parent_actor_id FROM kin JOIN actors ON actors.actor_id = kin.relative
  WHERE actors.parent_actor_id IS NOT NULL
),
said_actors AS (
  SELECT record_actors.record_id, record_actors.actor_id, actors.actor_type,
         record_actors.alternative_group IS NOT NULL AS is_alternative
  FROM record_actors JOIN actors USING (actor_id)
  WHERE actors.actor_type NOT IN {untold_actors}
),
actor_lists AS (
  SELECT record_id,
         list_sort(list(DISTINCT actor_id) FILTER (NOT is_alternative)) AS actor_ids,
         list_sort(list(DISTINCT actor_type) FILTER (actor_type <> '{untold}')) AS actor_types
  FROM said_actors GROUP BY record_id
),
rare_actors AS (
  SELECT record_id, list_sort(list(DISTINCT actor_id)) AS rare_actor_ids
  FROM said_actors JOIN (SELECT actor_id FROM said_actors WHERE NOT is_alternative GROUP BY actor_id
                         HAVING count(DISTINCT record_id) <= {rare} * (SELECT count(*) FROM records)) USING (actor_id)
  WHERE NOT is_alternative GROUP BY record_id
),
rare_sets AS (
  SELECT actor_ids, count(*) <= {rare} * (SELECT count(*) FROM records) AS actor_set_is_rare
  FROM actor_lists GROUP BY actor_ids
),
kin_lists AS (
  SELECT record_id, list_sort(list(DISTINCT relative)) AS actor_kin, list_sort(list(DISTINCT actor_id)) AS actors_named
  FROM said_actors JOIN kin USING (actor_id) GROUP BY record_id
),
said_texts AS (
  SELECT record_id, trim({folded_text}) AS name
  FROM (SELECT record_id, unnest(string_split(place_text, ' / ')) AS text FROM records)
),
bare_texts AS (FROM said_texts UNION SELECT record_id, trim(regexp_replace(name, '{locality}', '')) FROM said_texts),
listed_names AS (
  SELECT record_id, trim({folded_name}) AS name FROM records JOIN place_names USING (place_id)
),
own_places AS (
  SELECT record_id FROM records WHERE place_text IS NULL
  UNION
  SELECT record_id FROM bare_texts JOIN listed_names USING (record_id, name)
),
said_names AS (
  FROM bare_texts
  UNION
  SELECT record_id, name FROM listed_names JOIN own_places USING (record_id)
),
name_lists AS (
  SELECT record_id, list_sort(list(DISTINCT name)) AS place_names FROM said_names WHERE name <> '' GROUP BY record_id
),
words AS (
  SELECT DISTINCT record_id, word
  FROM (SELECT record_id, unnest(string_split(name, ' ')) AS word FROM said_names)
  WHERE length(word) > {short} AND NOT list_contains({generic}, word)
),
word_lists AS (SELECT record_id, list_sort(list(word)) AS place_words FROM words GROUP BY record_id),
by_population AS (
  SELECT record_id, metric, population, min(coalesce(value_low, value_high)) AS low,
         max(coalesce(value_high, value_low)) AS high
  FROM claims WHERE metric IN ('killed', 'injured') AND coalesce(value_low, value_high) IS NOT NULL
  GROUP BY ALL
),
claimed AS (
  SELECT record_id,
         min(low) FILTER (metric = 'killed') AS killed_low, sum(high) FILTER (metric = 'killed') AS killed_high,
         min(low) FILTER (metric = 'injured') AS injured_low, sum(high) FILTER (metric = 'injured') AS injured_high
  FROM by_population GROUP BY record_id
)
SELECT records.record_id,
       records.source,
       records.origin,
       records.part_of,
       records.country_iso3,
       records.date_start AS first_day,
       records.date_end AS last_day,
       coalesce(records.latitude, places.latitude) AS latitude,
       coalesce(records.longitude, places.longitude) AS longitude,
       coalesce(CASE WHEN records.latitude IS NULL THEN places.geo_radius_km END, radii.radius_km,
                (SELECT max(radius_km) FROM radii)) AS radius_km,
       name_lists.place_names,
       word_lists.place_words,
       nullif(actor_lists.actor_ids, []) AS actor_ids,
       rare_actors.rare_actor_ids,
       rare_sets.actor_set_is_rare,
       kin_lists.actor_kin,
       kin_lists.actors_named,
       nullif(actor_lists.actor_types, []) AS actor_types,
       nullif(records.event_type, '{untold}') AS event_type,
       list_sort(string_split(records.source_event_type, '; ')) AS tactics,
       nullif(records.target_type, '{untold}') AS target_type,
       coalesce(records.killed_low, claimed.killed_low)::BIGINT AS killed_low,
       greatest(coalesce(records.killed_high, claimed.killed_high),
                coalesce(records.killed_low, claimed.killed_low))::BIGINT AS killed_high,
       claimed.injured_low::BIGINT AS injured_low,
       greatest(claimed.injured_high, claimed.injured_low)::BIGINT AS injured_high
FROM records
LEFT JOIN places USING (place_id)
LEFT JOIN radii ON radii.geo_precision = records.geo_precision
LEFT JOIN name_lists USING (record_id)
LEFT JOIN word_lists USING (record_id)
LEFT JOIN actor_lists USING (record_id)
LEFT JOIN rare_actors USING (record_id)
LEFT JOIN rare_sets USING (actor_ids)
LEFT JOIN kin_lists USING (record_id)
LEFT JOIN claimed USING (record_id)
ORDER BY record_id
"""

FUNCTIONS = f"""
CREATE OR REPLACE TEMP MACRO gap_days(first_l, last_l, first_r, last_r) AS
  greatest(first_l, first_r) - least(last_l, last_r);
CREATE OR REPLACE TEMP MACRO distance_km(latitude_l, longitude_l, latitude_r, longitude_r) AS
  2 * {EARTH_RADIUS_KM} * asin(least(1, sqrt(
    pow(sin(radians(latitude_r - latitude_l) / 2), 2)
    + cos(radians(latitude_l)) * cos(radians(latitude_r)) * pow(sin(radians(longitude_r - longitude_l) / 2), 2))));
CREATE OR REPLACE TEMP MACRO ranges_overlap(low_l, high_l, low_r, high_r) AS
  low_l <= high_r AND low_r <= high_l;
CREATE OR REPLACE TEMP MACRO figures_agree(low_l, high_l, low_r, high_r, factor) AS
  low_l <= high_r AND low_r <= high_l AND greatest(high_l, high_r) <= factor * least(low_l, low_r);
CREATE OR REPLACE TEMP MACRO names_alike(names_l, names_r) AS
  list_max(list_transform(names_l, lambda l:
    list_max(list_transform(names_r, lambda r: jaro_winkler_similarity(l, r))))) >= 0.92;
"""

# The left side is widened by the longest gap that is looked at, the right side is not, so that a pair meets in every
# bucket of days that both touch; it is taken in the first of them, and no pair comes twice. A cell is as wide as it is
# high at its latitude, so that the cells around one hold all that is near.
SIDES = """
CREATE OR REPLACE TEMP TABLE side_l AS
SELECT *, unnest(range(first_bucket, (last_day - DATE '1900-01-01' + {days}) // {width} + 1)) AS bucket
FROM (SELECT *, (first_day - DATE '1900-01-01' - {days}) // {width} AS first_bucket FROM link_input);

CREATE OR REPLACE TEMP TABLE side_r AS
SELECT *, unnest(range(first_bucket, (last_day - DATE '1900-01-01') // {width} + 1)) AS bucket,
  floor((longitude + 180) * cos(radians(row_cell * {cell} - 90)) / {cell})::INTEGER AS column_cell
FROM (SELECT *, (first_day - DATE '1900-01-01') // {width} AS first_bucket,
        floor((latitude + 90) / {cell})::INTEGER AS row_cell FROM link_input);

CREATE OR REPLACE TEMP TABLE around_l AS
SELECT side_l.record_id, side_l.origin, first_day, last_day, latitude, longitude, first_bucket, bucket, row_cell,
  floor((longitude + 180) * cos(radians(row_cell * {cell} - 90)) / {cell})::INTEGER + aside.step AS column_cell
FROM (SELECT *, floor((latitude + 90) / {cell})::INTEGER + up.step AS row_cell
      FROM side_l, (VALUES (-1), (0), (1)) up(step) WHERE latitude IS NOT NULL) AS side_l,
     (VALUES (-1), (0), (1)) aside(step);
"""

CROWD = """
CREATE OR REPLACE TEMP TABLE link_input AS
WITH crowds AS (
  SELECT l.record_id, count(*) AS crowd
  FROM around_l l JOIN side_r r USING (bucket, row_cell, column_cell)
  WHERE l.origin = r.origin AND bucket = greatest(l.first_bucket, r.first_bucket)
    AND gap_days(l.first_day, l.last_day, r.first_day, r.last_day) <= 1
    AND distance_km(l.latitude, l.longitude, r.latitude, r.longitude) <= {km}
  GROUP BY ALL
)
SELECT link_input.*, crowds.crowd FROM link_input LEFT JOIN crowds USING (record_id) ORDER BY record_id
"""


def prepare(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table], declared: Comparisons) -> None:
    """Make the table ``link_input``, one row a record, and the tables through which near records meet.

    Args:
        connection: where the table is made.
        tables: ``records`` (with ``origin``: among records of one origin no two are of the same event),
            ``record_actors`` (record_id, actor_id, alternative_group), ``actors``, ``places``,
            ``place_names`` (place_id, name) and ``claims``, each with the published columns.
        declared: for the radius of each precision and the generic words.
    """
    for name, table in tables.items():
        connection.register(name, table)
    precisions = {"geo_precision": list(declared.radius_km), "radius_km": [*map(float, declared.radius_km.values())]}
    connection.register("radii", pa.table(precisions))
    connection.execute(FUNCTIONS)
    connection.execute(
        LINK_INPUT.format(
            untold_actors=UNTOLD_ACTORS,
            untold=UNTOLD,
            folded_text=FOLD.format("text"),
            folded_name=FOLD.format("place_names.name"),
            short=SHORT_WORD,
            locality=f"^({'|'.join(declared.locality_words)}) | ({'|'.join(declared.locality_words)})$",
            rare=declared.rare_share,
            generic=list(declared.generic_words),
        )
    )
    connection.execute(SIDES.format(days=declared.near_days, width=declared.near_days, cell=declared.cell_degrees))
    connection.execute(CROWD.format(km=declared.crowd_km))
