"""The declaration of the figures: both languages, charts and queries that there are, and plain words where not."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.config import Project
from pipeline.figures.charts import CHARTS
from pipeline.figures.stage import is_selection, rows_of
from pipeline.problems import CannotDo
from pipeline.schema.figures import Figure, load_figures
from pipeline.schema.texts import Text

FIGURE = Figure("small", "months", Text("a", "b"), Text("a", "b"), {}, "SELECT 1 AS one")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        yield made


def test_every_text_is_there_in_both_languages(project: Project) -> None:
    declared = load_figures(project.schemas)
    for figure in declared.figures:
        assert figure.chart in CHARTS
        for text in (figure.title, figure.caption, *figure.words.values(), declared.note):
            assert text.en
            assert text.fr
        assert not re.search(r" [;:?!»]", figure.title.fr + figure.caption.fr), "a plain space before a French sign"


def test_a_figure_with_an_unknown_chart_or_a_bad_query_is_named(connection: duckdb.DuckDBPyConnection) -> None:
    assert rows_of(connection, FIGURE) == [{"one": 1}]
    with pytest.raises(CannotDo, match=r"small: the chart is one of months, .*, not 'pie'"):
        rows_of(connection, dataclasses.replace(FIGURE, chart="pie"))
    with pytest.raises(CannotDo, match=r"small: query: .*nowhere"):
        rows_of(connection, dataclasses.replace(FIGURE, query="FROM nowhere"))


@pytest.mark.parametrize(
    ("old", "new"),
    [("chart: months", "charts: months"), ("    query: |", "    colour: red\n    query: |"), ("note:", "no:")],
)
def test_a_key_that_is_missing_or_not_known_is_told(project: Project, tmp_path: Path, old: str, new: str) -> None:
    text = (project.schemas / "figures.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "figures.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CannotDo, match=r"schemas/figures\.yaml"):
        load_figures(tmp_path)


def test_without_a_declaration_there_is_a_plain_message(project: Project, tmp_path: Path) -> None:
    shutil.copy(project.schemas / "about.yaml", tmp_path)
    with pytest.raises(CannotDo, match=r"schemas/figures\.yaml: is missing"):
        load_figures(tmp_path)


@pytest.mark.parametrize(("kinds", "selection"), [(["census"], False), (["census", "sample"], True), ([], False)])
def test_the_note_stands_there_while_a_source_is_a_sample(
    connection: duckdb.DuckDBPyConnection, kinds: list[str], selection: bool
) -> None:
    connection.execute("CREATE TABLE coverage (kind VARCHAR)")
    for kind in kinds:
        connection.execute("INSERT INTO coverage VALUES (?)", [kind])
    assert is_selection(connection) is selection
