"""The frozen model, ``data/reference/link_model.json``: made by `python -m pipeline train`, read by every build."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.link.clusters import Member, cluster
from pipeline.link.decisions import Decision
from pipeline.link.declaration import Comparisons
from pipeline.link.pairs import block, score, splink_settings
from pipeline.link.prepare import prepare
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
        CannotDo: there is none, or the comparisons were changed since it was trained.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        model = Model(raw["splink_settings"], raw["threshold"], raw["training"])
    except (OSError, ValueError, KeyError) as error:
        raise CannotDo(f"data/reference/{path.name}: is no trained model ({error}); {RETRAIN}") from error
    if _conditions(model.settings) != _conditions(splink_settings(declared)):
        raise CannotDo(f"schemas/link/comparisons.yaml: was changed after the model was trained; {RETRAIN}")
    return model


def _conditions(settings: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (comparison["output_column_name"], [level["sql_condition"] for level in comparison["comparison_levels"]])
        for comparison in settings["comparisons"]
    ]


def score_records(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, pa.Table],
    declared: Comparisons,
    settings: Mapping[str, Any],
    least: float | None,
) -> None:
    """Make the tables ``link_input`` and ``scored`` from records: prepare, block, score.

    Args:
        connection: where the tables are made.
        tables: as `prepare` wants them.
        declared: the comparisons.
        settings: of Splink, trained or not.
        least: pairs with a lower probability are left out; None keeps all.
    """
    prepare(connection, tables, declared)
    block(connection, declared)
    score(connection, declared, settings, least)


def cluster_scored(
    connection: duckdb.DuckDBPyConnection,
    declared: Comparisons,
    decisions: list[Decision],
    threshold: float,
    largest: int | None = None,
) -> list[list[str]]:
    """Clusters of the records in ``link_input`` by the pairs in ``scored``; pairs without evidence do not count."""
    pairs = connection.execute(
        "SELECT record_id_left, record_id_right, match_probability FROM scored WHERE has_evidence ORDER BY 1, 2"
    ).fetchall()
    return cluster(load_members(connection), pairs, decisions, threshold, declared.least_pair, largest)


def load_members(connection: duckdb.DuckDBPyConnection) -> dict[str, Member]:
    """The records in ``link_input`` as clustering wants them, in the order of their ids."""
    found = connection.execute("SELECT record_id, origin, part_of FROM link_input ORDER BY record_id").fetchall()
    return {record: Member(origin, part_of) for record, origin, part_of in found}
