"""Scored pairs to look at: those that a build kept, or all that were looked at, scored once more."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.config import Params, Project
from pipeline.engine import connect
from pipeline.link.declaration import Comparisons
from pipeline.link.model import Model, score_records
from pipeline.link.stage import read_linkable
from pipeline.problems import NotWell
from pipeline.reference import load_reference
from pipeline.schema import load_schema

KEPT, BETWEEN, WITHIN = "kept", "between", "within"
WHICH = (KEPT, BETWEEN, WITHIN)
"""Pairs that the build kept; every pair of two sources that is looked at; pairs of one source, which a build does not
link, scored as if its rows might be of one event."""


def scored_pairs(project: Project, params: Params, declared: Comparisons, model: Model, which: str) -> pa.Table:
    """The pairs with their score, levels and weights, in the columns of ``pairs.parquet``.

    Args:
        project: the checkout, in which the stage ``link`` has run.
        params: for the sources that are turned on.
        declared: the comparisons.
        model: the frozen model.
        which: a code of `WHICH`.

    Raises:
        NotWell: reference data are not well.
    """
    if which == KEPT:
        return pq.read_table(project.linked / "pairs.parquet")
    schema = load_schema(project.schemas)
    reference, problems = load_reference(project, schema)
    if problems:
        raise NotWell(problems, "nothing was scored")
    tables = read_linkable(project, params, schema, reference)
    records = tables["records"].filter(pc.not_equal(tables["records"]["status"], "withdrawn"))
    if which == WITHIN:
        at = records.column_names.index("origin")
        records = records.set_column(at, "origin", records["record_id"])
    backend = connect("duckdb")
    score_records(backend, {**tables, "records": records}, declared, model.settings, None)
    scored = backend.table("scored").to_pyarrow()
    backend.disconnect()
    sides = (scored["record_id_left"].to_pylist(), scored["record_id_right"].to_pylist())
    of_one = [left.partition(":")[0] == right.partition(":")[0] for left, right in zip(*sides, strict=True)]
    return scored.filter(pa.array([each == (which == WITHIN) for each in of_one], pa.bool_()))
