"""The scored pairs that are worth a look, each with its score taken apart."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.config import Params, Project
from pipeline.link.decisions import Decision, Known, decided_chain, load_decisions
from pipeline.link.declaration import MISSING, Comparisons, load_comparisons
from pipeline.link.model import load_model
from pipeline.link.stage import INPUTS, decision_files, inputs, known_records
from pipeline.problems import CannotDo, did_you_mean
from pipeline.review.scored import KEPT, scored_pairs
from pipeline.review.sides import Side, read_sides

RUN = {False: "run `.venv/bin/dvc repro`", True: "run `.venv/bin/sahel local build`"}
"""What scores pairs, here and in a local build."""
SILENT = "one of the records says nothing"


@dataclass(frozen=True)
class Part:
    """What one comparison gives to a score: its level in words, and its weight in bits."""

    comparison: str
    level: str
    label: str
    weight: float


@dataclass(frozen=True)
class UncertainPair:
    """Two records and how likely it is that they are of one incident.

    Attributes:
        prior: weight before anything is compared; with the weights of the parts it adds up to `weight`.
        weight: logarithm to base 2 of the odds.
        is_linked: whether both are in one cluster now.
        has_evidence: whether enough agrees beyond time and place; without it no score links them.
    """

    left: Side
    right: Side
    probability: float
    weight: float
    prior: float
    parts: tuple[Part, ...]
    is_linked: bool
    has_evidence: bool


@dataclass(frozen=True)
class Review:
    """What is shown.

    Attributes:
        pairs: the most uncertain first.
        others: how many more there are without a decision, within the same bounds.
        links_from: the probability from which two records are linked, where no third one has a say.
        known: what decisions are checked against.
        decisions: those that there are.
    """

    pairs: tuple[UncertainPair, ...]
    others: int
    links_from: float
    known: Known
    decisions: tuple[Decision, ...]


def uncertain_pairs(
    project: Project,
    params: Params,
    limit: int,
    between: tuple[float, float] = (0.0, 1.0),
    record: str | None = None,
    which: str = KEPT,
) -> Review:
    """The pairs without a decision, those nearest to the probability from which records are linked first.

    Args:
        project: the checkout, in which the stage ``link`` has run.
        params: for the sources that are turned on.
        limit: how many are shown at most.
        between: the least and the highest probability.
        record: only pairs of this record.
        which: the pairs that the build kept, or others that are scored now: see `scored`. Of these the decided ones
            are shown too.

    Raises:
        CannotDo: there are no scored pairs, they are older than what they were made from, or there is no such record.
        NotWell: the decisions are not well.
    """
    check_fresh(project, params)
    declared = load_comparisons(project.schemas)
    model = load_model(project.link_model, declared)
    known = known_records(project, params)
    if record is not None and record not in known.records:
        raise CannotDo(f"there is no record '{record}'{did_you_mean(record, known.records)}")
    decisions = load_decisions(decision_files(project), known)
    links_from = max(model.threshold, declared.least_pair)
    pairs = scored_pairs(project, params, declared, model, which)
    with duckdb.connect() as connection:
        rows = _asked(connection, pairs, project, links_from, between, record)
        open_rows = [row for row in rows if which != KEPT or not _is_decided(decisions, row)]
        shown = open_rows[:limit]
        wanted = {row[side] for row in shown for side in ("record_id_left", "record_id_right")}
        sides = read_sides(connection, project, params, sorted(wanted))
    prior = float(model.settings["probability_two_random_records_match"])
    asked = tuple(_pair(row, sides, declared, math.log2(prior / (1 - prior))) for row in shown)
    return Review(asked, len(open_rows) - len(shown), links_from, known, tuple(decisions))


def check_fresh(project: Project, params: Params) -> None:
    """Refuse pairs that were scored from other files than those that lie there now.

    Raises:
        CannotDo: there are none, or they are older than a file from which they were made.
    """
    try:
        made_from: dict[str, str] = json.loads((project.linked / INPUTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CannotDo(f"{project.relative(project.linked)} has no scored pairs yet: {RUN[project.is_local]}") from None
    now = inputs(project, params)
    changed = sorted(path for path in made_from.keys() | now.keys() if made_from.get(path) != now.get(path))
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise CannotDo(f"{changed[0]}{more} changed after the pairs were scored: {RUN[project.is_local]}")


def _asked(
    connection: duckdb.DuckDBPyConnection,
    pairs: pa.Table,
    project: Project,
    links_from: float,
    between: tuple[float, float],
    record: str | None,
) -> list[dict[str, Any]]:
    """The pairs within the bounds, with whether they are linked, the most uncertain first."""
    connection.register("pairs", pairs)
    found = connection.execute(
        """
        SELECT pairs.*, one.cluster_id = other.cluster_id AS is_linked
        FROM pairs
        JOIN read_parquet($clusters) one ON one.record_id = record_id_left
        JOIN read_parquet($clusters) other ON other.record_id = record_id_right
        WHERE match_probability BETWEEN $low AND $high
          AND ($record IS NULL OR $record IN (record_id_left, record_id_right))
        ORDER BY abs(match_weight - $edge), record_id_left, record_id_right
        """,
        {
            "clusters": str(project.linked / "clusters.parquet"),
            "low": between[0],
            "high": between[1],
            "record": record,
            "edge": math.log2(links_from / (1 - links_from)),
        },
    )
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _is_decided(decisions: Sequence[Decision], row: Mapping[str, Any]) -> bool:
    return decided_chain(decisions, row["record_id_left"], row["record_id_right"])


def _pair(row: Mapping[str, Any], sides: Mapping[str, Side], declared: Comparisons, prior: float) -> UncertainPair:
    parts = []
    for comparison in declared.comparisons:
        labels = {level.level_id: level.label for level in comparison.levels} | {MISSING: SILENT}
        level = row[f"{comparison.name}_level"]
        parts.append(Part(comparison.name, level, labels[level], row[f"{comparison.name}_weight"]))
    return UncertainPair(
        left=sides[row["record_id_left"]],
        right=sides[row["record_id_right"]],
        probability=row["match_probability"],
        weight=row["match_weight"],
        prior=prior,
        parts=tuple(parts),
        is_linked=row["is_linked"],
        has_evidence=row["has_evidence"],
    )
