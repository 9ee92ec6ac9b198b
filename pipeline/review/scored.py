"""Scored pairs to look at: those that a build kept, or all that were looked at, scored once more."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config import Params, Project
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
    with duckdb.connect() as connection:
        if which == KEPT:
            return connection.read_parquet(str(project.linked / "pairs.parquet")).to_arrow_table()
        schema = load_schema(project.schemas)
        reference, problems = load_reference(project, schema)
        if problems:
            raise NotWell(problems, "nothing was scored")
        tables = read_linkable(project, params, schema, reference)
        records = tables["records"].filter(pc.not_equal(tables["records"]["status"], "withdrawn"))
        if which == WITHIN:
            at = records.column_names.index("origin")
            records = records.set_column(at, "origin", records["record_id"])
        score_records(connection, {**tables, "records": records}, declared, model.settings, None)
        of_one = "split_part(record_id_left, ':', 1) = split_part(record_id_right, ':', 1)"
        wanted = of_one if which == WITHIN else f"NOT {of_one}"
        return connection.execute(f"FROM scored WHERE {wanted} ORDER BY ALL").to_arrow_table()
