"""The figures of the package: what is drawn is what the tables say, in both languages, and the captions say how."""

from __future__ import annotations

import json
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.config import Project
from pipeline.schema import Schema
from pipeline.schema.figures import load_figures

SVG = "{http://www.w3.org/2000/svg}"
NOTES = {"en": "A selection of attacks, not a census.", "fr": "Une sélection d'attaques, non un recensement."}


@pytest.fixture
def tables(built: Project, schema: Schema) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name in schema.tables:
            connection.execute(f"CREATE VIEW {name} AS FROM '{built.release / name}.parquet'")
        yield connection


@pytest.fixture(scope="module")
def resources(built: Project) -> list[dict[str, Any]]:
    described = json.loads((built.release / "datapackage.json").read_text(encoding="utf-8"))
    return [one for one in described["resources"] if one["path"].startswith("figures/")]


def drawn(path: Path) -> ET.Element:
    return ET.fromstring(path.read_bytes())


def texts(path: Path) -> list[str]:
    """What is written in an image, line by line."""
    return [line for text in drawn(path).iter(f"{SVG}text") for line in text.itertext()]


def test_each_figure_is_there_in_both_languages_as_svg_and_png(built: Project, resources: list[dict[str, Any]]) -> None:
    declared = load_figures(built.schemas).figures
    names = {
        f"{figure.id}.{language}.{form}" for figure in declared for language in ("en", "fr") for form in ("svg", "png")
    }
    assert len(declared) >= 5
    assert {path.name for path in (built.release / "figures").iterdir()} == names
    assert {resource["name"] for resource in resources} == names


def test_a_figure_carries_its_caption_and_that_it_is_a_selection(
    built: Project, resources: list[dict[str, Any]]
) -> None:
    for resource in resources:
        if resource["format"] == "svg":
            language = resource["name"].split(".")[1]
            ending = "" if language == "en" else "_fr"
            image = drawn(built.release / resource["path"])
            assert image.attrib["lang"] == language
            assert image.findtext(f"{SVG}title") == resource[f"title{ending}"]
            assert (image.findtext(f"{SVG}desc") or "").startswith(resource[f"description{ending}"])
            written = texts(built.release / resource["path"])
            assert NOTES[language] in written
            assert "Sahel Attacks 1.0.0, CC BY 4.0" in written


def test_no_text_is_cut_off(built: Project) -> None:
    """Vega ends a text that is longer than its limit in an ellipsis; no text of the project does."""
    for path in (built.release / "figures").glob("*.svg"):
        assert [text for text in texts(path) if text.rstrip().endswith("…")] == [], path.name


def test_a_png_shows_the_svg_larger(built: Project) -> None:
    for path in (built.release / "figures").glob("*.png"):
        width, height = struct.unpack(">II", path.read_bytes()[16:24])
        image = drawn(path.with_suffix(".svg"))
        assert (width, height) == (
            pytest.approx(1.5 * float(image.attrib["width"]), abs=1),
            pytest.approx(1.5 * float(image.attrib["height"]), abs=1),
        )
        assert 1_000 < width <= 1_250, "800 pixels wide, give or take"


def test_the_queries_of_the_descriptor_answer_in_the_package(
    tables: duckdb.DuckDBPyConnection, resources: list[dict[str, Any]]
) -> None:
    for query in {resource["query"] for resource in resources}:
        assert tables.execute(query).fetchall() != []


def test_deaths_are_sums_of_additive_tolls_alone(built: Project, tables: duckdb.DuckDBPyConnection) -> None:
    written = texts(built.release / "figures" / "deaths_by_month.en.svg")
    query = """
        SELECT label_en, sum(best) FROM tolls JOIN codes ON codelist = 'country' AND code = country_iso3
        WHERE metric = 'killed' AND population_group = 'all' AND is_additive
        GROUP BY label_en HAVING count(*) >= 10
    """
    sums = tables.execute(query).fetchall()
    assert len(sums) >= 5
    for country, persons in sums:
        assert f"{country}: {persons:,}" in written
    shown = sum(int(text.split(": ")[1].replace(",", "")) for text in written if ": " in text)
    [(everywhere,)] = tables.execute(
        "SELECT sum(best) FROM tolls WHERE metric = 'killed' AND population_group = 'all' AND is_additive"
    ).fetchall()
    assert shown == everywhere


def test_no_query_of_persons_takes_tolls_that_are_not_additive(resources: list[dict[str, Any]]) -> None:
    asked = [resource["query"] for resource in resources if "FROM tolls" in resource["query"]]
    assert asked
    for query in asked:
        assert "is_additive" in query


def test_contested_tolls_are_chosen_by_the_rule_and_shown_whole(
    built: Project, tables: duckdb.DuckDBPyConnection
) -> None:
    contested = tables.execute("""
        SELECT unit_id FROM tolls
        WHERE metric = 'killed' AND population_group = 'all' AND toll_status = 'contested' AND is_additive
    """).fetchall()
    differences = []
    for (unit,) in contested:
        by_population: dict[str, list[tuple[str, int]]] = {}
        for claimant, population, low, high in tables.execute(
            "SELECT claimant_name, population, value_low, value_high FROM claims "
            "WHERE metric = 'killed' AND subject_id = ?",
            [unit],
        ).fetchall():
            if low is not None or high is not None:
                by_population.setdefault(population, []).append((claimant, high if low is None else low))
        largest = max(
            (
                max(value for _, value in said) - min(value for _, value in said)
                for said in by_population.values()
                if len({claimant for claimant, _ in said}) > 1
            ),
            default=-1,
        )
        differences.append((-largest, unit))
    chosen = [unit for _, unit in sorted(differences)[:6]]
    written = texts(built.release / "figures" / "contested_tolls.en.svg")
    for unit in chosen:
        [(label,)] = tables.execute(
            "SELECT label_en FROM incidents WHERE incident_id = $1 "
            "UNION ALL SELECT operation_name_en FROM operations WHERE operation_id = $1",
            [unit],
        ).fetchall()
        assert label in written
        for (claimant,) in tables.execute(
            "SELECT claimant_name FROM claims WHERE metric = 'killed' AND subject_id = ?", [unit]
        ).fetchall():
            assert any(text.startswith(f"{claimant} (") for text in written), claimant
    [(without,)] = tables.execute(
        "SELECT count(*) FROM claims WHERE metric = 'killed' AND qualifier = 'dozens' AND list_contains(?, subject_id)",
        [chosen],
    ).fetchall()
    assert without, "the case that this test is about"
    assert written.count("dozens") == 2 * without, "each label stands on a copy of itself in white"


def test_claimants_are_named_in_the_language_of_the_figure(built: Project) -> None:
    english, french = (texts(built.release / "figures" / f"contested_tolls.{name}.svg") for name in ("en", "fr"))
    assert "witnesses (soldiers)" in english
    assert "témoins (soldats)" in french
    assert "Wikipédia, source non précisée (civils)" in french
    assert [text for text in french if re.search("source not stated|ministry|army|official", text)] == []


def test_a_decided_figure_that_nobody_stated_is_called_a_sum(built: Project) -> None:
    """Djibo: 72 is 22 soldiers and 50 fighters of one newspaper; no claim says 72."""
    for language, said in (
        ("en", "decided figure: 72 (a sum of groups that one claimant named)"),
        ("fr", "chiffre retenu\u00a0: 72 (somme de groupes nommés par un même déclarant)"),
    ):
        assert said in texts(built.release / "figures" / f"contested_tolls.{language}.svg")
    caption = {figure.id: figure.caption for figure in load_figures(built.schemas).figures}["contested_tolls"]
    assert "sum of the groups" in caption.en
    assert "somme des groupes" in caption.fr


def test_the_map_names_every_country_of_an_incident(built: Project, tables: duckdb.DuckDBPyConnection) -> None:
    for language in ("en", "fr"):
        written = texts(built.release / "figures" / f"map_of_incidents.{language}.svg")
        names = tables.execute(
            f"SELECT label_{language} FROM codes "
            "WHERE codelist = 'country' AND code IN (SELECT country_iso3 FROM incidents)"
        ).fetchall()
        assert {name for (name,) in names} <= set(written)
