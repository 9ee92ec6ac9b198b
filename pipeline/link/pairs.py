"""Pairs of records that may be of one event: which are looked at, and how Splink scores them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from ibis.backends import BaseBackend

from pipeline.engine import in_dialect, keep, scoring
from pipeline.link.declaration import MISSING, Comparison, Comparisons
from pipeline.link.prepare import FUNCTIONS

DIGITS = 12
"""Of scores, behind the point: engines round the last ones each in its own way."""
BLOCKED = """
WITH near AS (
  SELECT l.record_id AS join_key_l, r.record_id AS join_key_r
  FROM around_l AS l
  JOIN side_r AS r ON l.bucket = r.bucket AND l.row_cell = r.row_cell AND l.column_cell = r.column_cell
  WHERE l.record_id < r.record_id AND l.origin <> r.origin
    AND l.bucket = greatest(l.first_bucket, r.first_bucket)
    AND gap_days(l.first_day, l.last_day, r.first_day, r.last_day) <= {days}
    AND distance_km(l.latitude, l.longitude, r.latitude, r.longitude) <= {km}
),
named AS (
  SELECT l.record_id AS join_key_l, r.record_id AS join_key_r
  FROM (SELECT *, unnest(place_names) AS name FROM side_l) AS l
  JOIN (SELECT *, unnest(place_names) AS name FROM side_r) AS r
    ON l.bucket = r.bucket AND l.country_iso3 = r.country_iso3 AND l.name = r.name
  WHERE l.record_id < r.record_id AND l.origin <> r.origin
    AND l.bucket = greatest(l.first_bucket, r.first_bucket)
    AND gap_days(l.first_day, l.last_day, r.first_day, r.last_day) <= {days}
),
wide AS (
  SELECT l.record_id AS join_key_l, r.record_id AS join_key_r
  FROM (SELECT *, unnest(actor_kin) AS actor FROM side_l) AS l
  JOIN (SELECT *, unnest(actor_kin) AS actor FROM side_r) AS r
    ON l.bucket = r.bucket AND l.country_iso3 = r.country_iso3 AND l.actor = r.actor
  WHERE l.record_id < r.record_id AND l.origin <> r.origin
    AND l.bucket = greatest(l.first_bucket, r.first_bucket)
    AND gap_days(l.first_day, l.last_day, r.first_day, r.last_day) <= {days}
    AND (l.latitude IS NULL OR r.latitude IS NULL
         OR (greatest(l.radius_km, r.radius_km) >= {wide_km}
             AND distance_km(l.latitude, l.longitude, r.latitude, r.longitude) <= l.radius_km + r.radius_km))
    AND ranges_overlap(l.killed_low, l.killed_high, r.killed_low, r.killed_high)
    AND least(l.killed_high, r.killed_high) >= 1
)
SELECT '0' AS match_key, join_key_l, join_key_r FROM near
UNION
SELECT '0' AS match_key, join_key_l, join_key_r FROM named
UNION
SELECT '0' AS match_key, join_key_l, join_key_r FROM wide
"""


def blocking(declared: Comparisons) -> str:
    """The query of the pairs that are looked at, with the declared numbers."""
    return BLOCKED.format(days=declared.near_days, km=declared.near_km, wide_km=declared.wide_radius_km)


def block(backend: BaseBackend, declared: Comparisons) -> None:
    """Make the table ``blocked``: the pairs of ``link_input`` that are looked at, each once, left id before right.

    No pair is of one origin. Beyond the declared gap in days nothing is looked at; within it, what is near, what
    shares a place name in the same country, and what shares an actor and a toll where a place is wide or unknown.
    """
    keep(backend, "blocked", blocking(declared), FUNCTIONS)


def splink_settings(declared: Comparisons, model: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The declared comparisons as settings of Splink, with the probabilities of a model or without any.

    The conditions are as they are declared; `score` writes them for the engine.
    """
    weights = model or {}
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_id",
        "probability_two_random_records_match": weights.get("prior", 0.5),
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": [_comparison(each, weights.get(each.name, {})) for each in declared.comparisons],
    }


def _comparison(comparison: Comparison, weights: Mapping[str, Any]) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": comparison.missing, "label_for_charts": MISSING, "is_null_level": True}
    ]
    levels += [
        {
            "sql_condition": level.when or "ELSE",
            "label_for_charts": level.level_id,
            **weights.get(level.level_id, {"m_probability": 0.5, "u_probability": 0.5}),
        }
        for level in comparison.levels
    ]
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def score(backend: BaseBackend, declared: Comparisons, settings: Mapping[str, Any], least: float | None) -> None:
    """Make the table ``scored``: every blocked pair of at least a probability, with its levels and weights.

    Columns: record_id_left, record_id_right, match_weight (log2 of the odds), match_probability, has_evidence, and for
    each comparison its ``_level`` and ``_weight``. A pair has evidence where, among the comparisons that say more
    than when and where, the weights for it add up to the declared bits; what neither side has adds nothing.
    """
    from splink import Linker  # a second to import: only where there is something to score

    api = scoring(backend)
    linker = Linker(api.register("link_input"), _written_out(backend, settings), log_level=None)
    linker.table_management.register_blocked_pairs_for_predict(api.register("blocked"))
    predicted = linker.inference.predict(threshold_match_probability=least, warning_mode="never").physical_name
    columns = []
    for comparison in declared.comparisons:
        last = len(comparison.levels) - 1
        names = {-1: MISSING} | {last - at: level.level_id for at, level in enumerate(comparison.levels)}
        cases = " ".join(f"WHEN {value} THEN '{name}'" for value, name in names.items())
        columns.append(f"CASE gamma_{comparison.name} {cases} END AS {comparison.name}_level")
        columns.append(f"round(mw_{comparison.name}, 3) AS {comparison.name}_weight")
    beyond = [_said_beyond(each) for each in declared.comparisons if each.is_evidence]
    agreement = " + ".join(f"greatest({weight}, 0)" for weight in beyond)
    has_evidence = f"round({agreement}, {DIGITS}) >= {declared.least_evidence}"
    query = (
        f"SELECT record_id_l AS record_id_left, record_id_r AS record_id_right, "
        f"round(match_weight, {DIGITS}) AS match_weight, round(match_probability, {DIGITS}) AS match_probability, "
        f"{has_evidence} AS has_evidence, {', '.join(columns)} "
        f"FROM {predicted} ORDER BY record_id_l, record_id_r"
    )
    keep(backend, "scored", query, FUNCTIONS)


def _said_beyond(comparison: Comparison) -> str:
    """The weight of a comparison as evidence: that neither side has any of something is none."""
    last, weight = len(comparison.levels) - 1, f"mw_{comparison.name}"
    absent = ", ".join(str(last - at) for at, level in enumerate(comparison.levels) if level.is_absence)
    return f"CASE WHEN gamma_{comparison.name} IN ({absent}) THEN 0 ELSE {weight} END" if absent else weight


def _written_out(backend: BaseBackend, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with every condition in the SQL of the engine."""

    def level(given: Mapping[str, Any]) -> dict[str, Any]:
        condition = given["sql_condition"]
        return {
            **given,
            "sql_condition": condition if condition == "ELSE" else in_dialect(backend, condition, FUNCTIONS),
        }

    comparisons = [
        {**each, "comparison_levels": [level(given) for given in each["comparison_levels"]]}
        for each in settings["comparisons"]
    ]
    return {**settings, "comparisons": comparisons}


def no_pairs(declared: Comparisons) -> pa.Table:
    """The table ``scored`` where nothing had to be compared."""
    fields = [
        ("record_id_left", pa.string()),
        ("record_id_right", pa.string()),
        ("match_weight", pa.float64()),
        ("match_probability", pa.float64()),
        ("has_evidence", pa.bool_()),
    ]
    for comparison in declared.comparisons:
        fields += [(f"{comparison.name}_level", pa.string()), (f"{comparison.name}_weight", pa.float64())]
    return pa.schema(fields).empty_table()
