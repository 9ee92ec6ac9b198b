"""The frozen model, ``data/reference/link_model.json``: made by `python -m pipeline train`, read by every build."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from ibis.backends import BaseBackend

from pipeline.link.clusters import Member, cluster
from pipeline.link.decisions import Decision
from pipeline.link.declaration import Comparisons, Level
from pipeline.link.pairs import block, blocking, score
from pipeline.link.prepare import FUNCTIONS, prepare, statements
from pipeline.problems import CannotDo

RETRAIN = "train it anew with `python -m pipeline train`"


@dataclass(frozen=True)
class Model:
    """What training decided.

    Attributes:
        settings: of Splink, with the probabilities of each level.
        threshold: the least average probability at which clusters are merged.
        training: on what it was trained, and how well it did there.
    """

    settings: Mapping[str, Any]
    threshold: float
    training: Mapping[str, Any]


def load_model(path: Path, declared: Comparisons) -> Model:
    """Read the frozen model.

    Raises:
        CannotDo: there is none, or what it weighs was changed since it was trained: the comparisons and their numbers,
            or how records are prepared.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        model = Model(raw["splink_settings"], raw["threshold"], raw["training"])
    except (OSError, ValueError, KeyError) as error:
        raise CannotDo(f"data/reference/{path.name}: is no trained model ({error}); {RETRAIN}") from error
    if raw.get("trained_for") != digest(declared):
        raise CannotDo(
            "schemas/link/comparisons.yaml, or how pipeline/link prepares records, was changed after the model was "
            f"trained: its weights are those of other comparisons; {RETRAIN}"
        )
    return model


def digest(declared: Comparisons) -> str:
    """SHA-256 of all that the weights and the threshold of a model depend on beside the records.

    Those are the queries that prepare records and find pairs, with the declared numbers and words in them, the
    conditions of the levels, and what decides which pairs count in clusters. Labels and blanks do not matter.
    """
    queries = [*statements(declared).values(), blocking(declared), *(body for _, body in FUNCTIONS.values())]
    levels = [
        (
            each.name,
            each.missing,
            each.is_evidence,
            [(level.level_id, level.when, *_imposed(level)) for level in each.levels],
        )
        for each in declared.comparisons
    ]
    radii = list(declared.radius_km.items())
    numbers = [declared.keep_probability, declared.least_evidence, declared.least_pair, radii]
    text = json.dumps([[" ".join(query.split()) for query in queries], levels, numbers], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _imposed(level: Level) -> tuple[bool, bool, bool, float | None]:
    return level.is_absence, level.is_neutral, level.never_against, level.at_most


def score_records(
    backend: BaseBackend,
    tables: Mapping[str, pa.Table],
    declared: Comparisons,
    settings: Mapping[str, Any],
    least: float | None,
) -> None:
    """Make the tables ``link_input`` and ``scored`` from records: prepare, block, score.

    Args:
        backend: the engine that computes, and where the tables are made.
        tables: as `prepare` wants them.
        declared: the comparisons.
        settings: of Splink, trained or not.
        least: pairs with a lower probability are left out; None keeps all.
    """
    prepare(backend, tables, declared)
    block(backend, declared)
    score(backend, declared, settings, least)


def cluster_scored(
    backend: BaseBackend,
    declared: Comparisons,
    decisions: list[Decision],
    threshold: float,
    largest: int | None = None,
) -> list[list[str]]:
    """Clusters of the records in ``link_input`` by the pairs in ``scored``; those without evidence start none."""
    columns = ("record_id_left", "record_id_right", "match_probability", "has_evidence")
    found = rows_of(backend, "scored", columns, 2)
    weak = {(left, right) for left, right, _, has_evidence in found if not has_evidence}
    pairs = [pair[:3] for pair in found]
    return cluster(load_members(backend), pairs, decisions, threshold, declared.least_pair, largest, weak)


def load_members(backend: BaseBackend) -> dict[str, Member]:
    """The records in ``link_input`` as clustering wants them, in the order of their ids."""
    found = rows_of(backend, "link_input", ("record_id", "origin", "part_of"), 1)
    return {record: Member(origin, part_of) for record, origin, part_of in found}


def rows_of(backend: BaseBackend, table: str, columns: Sequence[str], sorted_by: int) -> list[tuple[Any, ...]]:
    """Some columns of a table of the engine, row by row, in the order of the first few of them."""
    chosen = backend.table(table).select(*columns).order_by(list(columns[:sorted_by])).to_pyarrow()
    return list(zip(*(chosen[name].to_pylist() for name in columns), strict=True))
