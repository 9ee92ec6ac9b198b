"""What can be said of the engines without Spark; tests/system/test_spark.py runs it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import ibis
import pyarrow.parquet as pq
import pytest

from pipeline.config import ENGINES, Project
from pipeline.engine import SEAMS, connect, write_table
from pipeline.engine.checked import write_checked
from pipeline.engine.sql import translated
from pipeline.link.declaration import load_comparisons
from pipeline.link.prepare import FUNCTIONS
from pipeline.problems import CannotDo, NotWell
from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_schema


def test_every_engine_that_can_be_named_has_a_seam() -> None:
    assert set(SEAMS) == set(ENGINES)


def test_without_the_extra_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("pyspark", "ibis.backends.pyspark"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.delitem(sys.modules, "pipeline.engine.spark", raising=False)
    with pytest.raises(CannotDo, match=r"engine: spark needs PySpark.*make spark"):
        connect("spark")


def test_the_first_day_of_a_month_is_a_day_and_a_sum_is_a_whole_number(schema: Schema, tmp_path: Path) -> None:
    table = schema.tables["panel_admin1_month"]
    backend = connect("duckdb")
    rows = backend.sql("SELECT 'MLI' AS country_iso3, DATE '2025-07-05' AS day, 3::BIGINT AS deaths")
    made = rows.mutate(month=rows.day.truncate("M"), killed_low=ibis.ifelse(rows.deaths > 5, ibis.null("int64"), 0))
    absent = [name for name in table.columns if name not in made.columns]
    wanted = arrow_schema(table)
    made = made.mutate(**{name: ibis.null(ibis.dtype(wanted.field(name).type)) for name in absent})
    write_table(backend, made, table, tmp_path / "panel.parquet")
    assert pq.read_schema(tmp_path / "panel.parquet").types == wanted.types


def test_tables_that_break_a_rule_leave_the_folder_as_it_was(schema: Schema, tmp_path: Path) -> None:
    backend, folder = connect("duckdb"), tmp_path / "made"
    said = "SELECT 'ours' AS source, '1' AS source_version, 'released' AS outcome, 'in_scope' AS rule, {} AS row_count"
    good, bad = (backend.sql(said.format(count)) for count in ("3::BIGINT", "-1::BIGINT"))
    write_checked(backend, schema, {"ledger": good}, folder, where="test")
    before = (folder / "ledger.parquet").read_bytes()
    with pytest.raises(NotWell) as broken:
        write_checked(backend, schema, {"ledger": bad}, folder, where="test")
    assert [problem.rule for problem in broken.value.problems] == ["ledger.row_count.minimum"]
    assert (folder / "ledger.parquet").read_bytes() == before
    assert list(tmp_path.iterdir()) == [folder]


def test_what_does_not_fit_is_never_left_in_the_folder_of_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "machine"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "machine").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    backend = connect("duckdb")
    backend.raw_sql("SET memory_limit = '30MB'; SET threads = 1")
    backend.raw_sql("CREATE TABLE many AS SELECT i, md5(i::VARCHAR) AS text FROM range(2000000) t(i)")
    assert any(path.is_file() for path in (tmp_path / "machine").rglob("*"))
    assert list((tmp_path / "here").iterdir()) == []
    backend.disconnect()
    assert not any(path.is_file() for path in (tmp_path / "machine").rglob("*"))


def test_no_condition_of_a_comparison_keeps_a_name_that_spark_does_not_know(project: Project) -> None:
    for comparison in load_comparisons(project.schemas).comparisons:
        for condition in (comparison.missing, *(level.when for level in comparison.levels if level.when)):
            written = translated(condition, "spark", FUNCTIONS)
            assert "&&" not in written, written
            assert "LIST_" not in written.upper(), written
