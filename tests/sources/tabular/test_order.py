"""A row's place in its file is its address for whoever checks it: it does not hang on threads."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.resampled import FIRST_ID, resampled
from pipeline.config import Project
from pipeline.engine import connect
from pipeline.sources.tabular.cells import ROW, read_cells
from pipeline.sources.tabular.declaration import load_table_source
from pipeline.sources.tabular.files import open_table

pytestmark = pytest.mark.shared_data


def test_rows_keep_their_place_however_many_cores_read_them(
    project: Project, shared_data: Path, tmp_path: Path
) -> None:
    file = resampled(shared_data / "ucdp" / "GEDEvent_v26_0_2.csv", tmp_path / "drawn.csv", 60_000)
    opened = open_table(file, file.name, tmp_path)
    backend = connect("duckdb")
    backend.raw_sql("SET threads = 4")
    countries = ("Mali", "Burkina Faso", "Niger", "Nigeria", "Chad", "Benin", "Cameroon")
    declared = load_table_source(project.schemas, "ucdp_candidate")
    cells = read_cells(backend, opened, declared, "cells", countries)
    wrong = f"SELECT count(*) FROM {cells.table} WHERE id IS NOT NULL AND id::BIGINT <> {FIRST_ID} + {ROW} - 1"
    assert backend.raw_sql(wrong).fetchone() == (0,)
    assert backend.raw_sql(f"SELECT count(id) > 5000 FROM {cells.table}").fetchone() == (True,)
