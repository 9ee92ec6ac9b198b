"""What can be said of the engines without Spark; tests/system/test_spark.py runs it."""

from __future__ import annotations

import sys

import pytest

from pipeline.config import ENGINES
from pipeline.engine import SEAMS, connect
from pipeline.problems import CannotDo


def test_every_engine_that_can_be_named_has_a_seam() -> None:
    assert set(SEAMS) == set(ENGINES)


def test_without_the_extra_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("pyspark", "ibis.backends.pyspark"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.delitem(sys.modules, "pipeline.engine.spark", raising=False)
    with pytest.raises(CannotDo, match=r"engine: spark needs PySpark.*make spark"):
        connect("spark")
