"""Stage ``figures``: writes ``data/interim/figures/``, each figure in both languages as SVG and PNG."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import duckdb

from pipeline.config import Params, Project, built_version
from pipeline.figures import rendering
from pipeline.figures.charts import CHARTS, Drawing
from pipeline.problems import CannotDo
from pipeline.schema import Schema, load_schema
from pipeline.schema.claimants import load_claimants
from pipeline.schema.duckdb import literal
from pipeline.schema.figures import Figure, load_figures
from pipeline.schema.texts import LANGUAGES

LOCALES = {"en": "en-US", "fr": "fr-FR"}
CONFIG = {
    "background": "white",
    "padding": 12,
    "font": rendering.FONTS,
    "view": {"stroke": None},
    "axis": {"labelFontSize": 11, "titleFontSize": 11, "gridColor": "#e5e5e5", "titleFontWeight": "normal"},
    "legend": {"labelFontSize": 12, "titleFontSize": 12, "symbolOpacity": 1, "labelLimit": 0, "titleLimit": 0},
    "header": {"labelFontSize": 12},
    "title": {"fontSize": 16, "subtitleFontSize": 12, "anchor": "start", "subtitlePadding": 5, "offset": 12},
}


def figures(project: Project, _: Params) -> str:
    """Draw what ``schemas/figures.yaml`` declares.

    Returns:
        What was drawn, in one line.

    Raises:
        CannotDo: a figure names a chart that there is not, or its query fails; the message says which.
    """
    schema, declared = load_schema(project.schemas), load_figures(project.schemas)
    outlines = json.loads((project.reference / "countries.geojson").read_text(encoding="utf-8"))
    shutil.rmtree(project.figures, ignore_errors=True)
    version, claimants = built_version(project), load_claimants(project.schemas)
    with _tables(project, schema) as connection:
        selection = is_selection(connection)
        for figure in declared.figures:
            rows = rows_of(connection, figure)
            for language in LANGUAGES:
                words = {key: getattr(text, language) for key, text in figure.words.items()}
                drawing = Drawing(rows, words, language, _named(schema, outlines, language), claimants)
                notes = [getattr(declared.note, language)] if selection else []
                _write(project, figure, drawing, [*notes, f"Sahel Attacks {version}, CC BY 4.0"])
    return f"{len(declared.figures)} figures in {' and '.join(LANGUAGES)}"


def _tables(project: Project, schema: Schema) -> duckdb.DuckDBPyConnection:
    """The tables of the package to be, by their names."""
    connection = duckdb.connect(config={"threads": 1})
    for name in schema.tables:
        compared = project.compared / f"{name}.parquet"
        found = compared if compared.is_file() else project.resolved / f"{name}.parquet"
        connection.execute(f'CREATE VIEW "{name}" AS FROM {literal(str(found))}')
    return connection


def is_selection(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a source of the release covers a selection: what is drawn then is no count of all there was."""
    [(found,)] = connection.execute("SELECT count(*) FROM coverage WHERE kind = 'sample'").fetchall()
    return bool(found)


def rows_of(connection: duckdb.DuckDBPyConnection, figure: Figure) -> list[dict[str, Any]]:
    """What the query of a figure finds.

    Raises:
        CannotDo: there is no such chart, or the query fails.
    """
    if figure.chart not in CHARTS:
        raise CannotDo(
            f"schemas/figures.yaml: {figure.id}: the chart is one of {', '.join(CHARTS)}, not {figure.chart!r}"
        )
    try:
        cursor = connection.execute(figure.query)
    except duckdb.Error as error:
        raise CannotDo(f"schemas/figures.yaml: {figure.id}: query: {str(error).splitlines()[0]}") from error
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _named(schema: Schema, outlines: Mapping[str, Any], language: str) -> dict[str, Any]:
    names = schema.codelists["country"].column(f"label_{language}")
    features = [
        {**feature, "properties": {"name": names[feature["properties"]["iso3"]]}} for feature in outlines["features"]
    ]
    return {"type": "FeatureCollection", "features": features}


def _write(project: Project, figure: Figure, drawing: Drawing, notes: list[str]) -> None:
    language = drawing.language
    title, caption = getattr(figure.title, language), getattr(figure.caption, language)
    spec = CHARTS[figure.chart](drawing).to_dict(validate=False)
    spec |= {"title": {"text": title, "subtitle": notes}, "config": CONFIG}
    head, tag, rest = rendering.svg(spec, LOCALES[language]).partition(">")
    words = f"<title>{escape(title)}</title><desc>{escape(caption)} {escape(' '.join(notes))}</desc>"
    drawn = f'{head} role="img" lang="{language}"{tag}{words}{rest}\n'
    target = project.figures / Path(figure.path(language, "svg")).name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(drawn, encoding="utf-8")
    target.with_suffix(".png").write_bytes(rendering.png(drawn))
