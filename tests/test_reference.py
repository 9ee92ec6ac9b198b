"""The reference data: what is there is well, and one slip in a copy is found with file and line."""

from __future__ import annotations

import datetime as dt
import gzip
import re
import shutil
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from pipeline.config import Project
from pipeline.geography import distance_km
from pipeline.problems import CannotDo
from pipeline.reference import Reference, load_reference, outside
from pipeline.schema import Schema, load_schema
from tests.copied import copy_project, swap

KAYES = "mli_kayes,Kayes,MLI,14.44776,-11.44393,geonames,2455518,,matched"

TWICE = ("reference.preferred_twice", "name")


@pytest.fixture(scope="module")
def reference(project: Project, schema: Schema) -> Reference:
    return load_reference(project, schema)[0]


@pytest.fixture
def copied(project: Project, tmp_path: Path) -> Project:
    shutil.copytree(project.reference, Project(tmp_path).reference)
    return Project(tmp_path)


def test_the_real_data_are_well(project: Project, schema: Schema) -> None:
    assert load_reference(project, schema)[1] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "rule", "column", "said"),
    [
        ("actors.csv", "\nJNIM,", "\nISSP,", "reference.key_twice", "actor_id", "ISSP stands already in line 6"),
        (
            "actors.csv",
            "separatist_group,CMA,",
            "separatist_group,CAM,",
            "reference.unknown_actor",
            "parent_actor_id",
            "'CMA'",
        ),
        (
            "actors.csv",
            "AQIM,Al-Qaeda in the",
            "AQIM,=Al-Qaeda in the",
            "actors.actor_name_en.unsafe_text",
            "actor_name_en",
            "formula",
        ),
        ("actors.csv", "jihadist_group", "jihadist", "actors.actor_type.codelist", "actor_type", "'jihadist_group'"),
        (
            "actors.csv",
            ",2011,2024,",
            ",2025,2024,",
            "actors.active_order",
            "active_to",
            "2024 is below active_from 2025",
        ),
        ("actors.csv", "\nJNIM,", "\n,", "actors.actor_id.required", "actor_id", "is empty"),
        ("names.csv", "actor,AQIM,", "actor,AQMI,", "reference.unknown_entity", "entity_id", "'AQIM'"),
        ("names.csv", "actor,AQIM,", "place,AQIM,", "reference.unknown_entity", "entity_id", "unknown place"),
        ("names.csv", "\nactor,AQIM,", "\nactors,AQIM,", "names.entity_type.codelist", "entity_type", "'actor'"),
        ("names.csv", "\nactor,AQIM,AQIM,en,alias", "\nactor,AQIM,Aqim,en,preferred", *TWICE, "actors.csv line 2"),
        (
            "names.csv",
            "\nactor,AQIM,AQIM,",
            "\nactor,AQIM,Al-Qaeda in the Islamic Maghreb,",
            *TWICE,
            "actors.csv line 2",
        ),
        ("names.csv", "\nplace,mli_sandare,Sandere,", "\nplace,mli_sandare,Sandaré,", *TWICE, "'Sandaré'"),
        (
            "names.csv",
            "\nplace,mli_tombouctou_region,Timbuktu region,",
            "\nplace,mli_tombouctou,Tumbuctoo,",
            *TWICE,
            "'Timbuktu'",
        ),
        ("places.csv", KAYES, KAYES.replace("14.44776", "14.44776N"), "places.latitude.type", "latitude", "number"),
        (
            "places.csv",
            KAYES,
            KAYES.replace("14.44776,-11.44393", "-11.44393,14.44776"),
            "reference.outside_country",
            "latitude",
            "exchanged",
        ),
        (
            "places.csv",
            KAYES,
            KAYES.replace(",MLI,", ",SEN,"),
            "reference.outside_country",
            "latitude",
            "they lie in MLI",
        ),
        (
            "places.csv",
            KAYES,
            KAYES.replace(",matched", ",unmatched"),
            "reference.match_state",
            "match_state",
            "has no coordinates",
        ),
        ("places.csv", KAYES, KAYES.replace(",2455518,", ",,"), "reference.geonames_id", "geonames_id", "geonames_id"),
        (
            "places.csv",
            KAYES,
            KAYES.replace(",-11.44393,", ",,"),
            "places.coordinates_together",
            "latitude",
            "without longitude",
        ),
        (
            "place_admin.csv",
            "mli_kayes,2023,ML-1",
            "mli_kayes,2023,ML-11",
            "reference.unknown_unit",
            "admin1_code",
            "no ML-11 of vintage 2023",
        ),
        (
            "place_admin.csv",
            "mli_kayes,2023,ML-1",
            "mli_kayez,2023,ML-1",
            "reference.unknown_place",
            "place_id",
            "'mli_kayes'",
        ),
        ("place_admin.csv", "mli_kayes,2023,ML-1", "mli_kayes,2023,ML-1,x,y,z", "reference.columns", "", "cells"),
        (
            "admin_units.csv",
            "2023,ML-1,",
            "MMXXIII,ML-1,",
            "admin_units.admin_vintage.type",
            "admin_vintage",
            "whole number",
        ),
        ("admin_units.csv", "-1.0855,geonames,", "-11.0855,geonames,", "reference.outside_country", "latitude", "BFA"),
        (
            "admin2_units.csv",
            "2001,BF-12,Soum,",
            "2001,BF-22,Soum,",
            "reference.unknown_unit",
            "admin1_code",
            "no BF-22 of vintage 2001",
        ),
        (
            "admin2_units.csv",
            "2001,BF-12,Soum,14.33333,",
            "2001,BF-12,Soum,4.33333,",
            "reference.outside_country",
            "latitude",
            "outside BFA",
        ),
        (
            "admin2_units.csv",
            ",geonames,2355248,",
            ",geonames,,",
            "reference.geonames_id",
            "geonames_id",
            "geonames_id",
        ),
    ],
)
def test_a_slip_is_found_with_file_and_line(
    copied: Project, schema: Schema, file: str, old: str, new: str, rule: str, column: str, said: str
) -> None:
    line = swap(copied.reference / file, old, new) + old.startswith("\n")
    found = [problem for problem in load_reference(copied, schema)[1] if problem.rule == rule]
    assert [(problem.file, problem.line, problem.field) for problem in found] == [
        (f"data/reference/{file}", line, column)
    ]
    assert said in found[0].message


@pytest.mark.parametrize(
    "file", ["actors.csv", "admin2_units.csv", "admin_units.csv", "names.csv", "place_admin.csv", "places.csv"]
)
def test_an_unknown_column_is_found(copied: Project, schema: Schema, file: str) -> None:
    path = copied.reference / file
    header, _, rest = path.read_text(encoding="utf-8").partition("\n")
    path.write_text(f"{header},colour\n{rest}", encoding="utf-8")
    [problem] = [found for found in load_reference(copied, schema)[1] if found.rule == "reference.columns"]
    assert (problem.file, problem.line) == (f"data/reference/{file}", 1)
    assert "colour" in problem.message


def test_an_unknown_type_of_a_publisher_is_found(project: Project, tmp_path: Path) -> None:
    copied = copy_project(project, tmp_path)
    line = swap(copied.schemas / "codelists" / "publishers.csv", "\nAFP,agency", "\nAFP,agence") + 1
    [problem] = load_reference(copied, load_schema(copied.schemas))[1]
    assert (problem.file, problem.line) == ("schemas/codelists/publishers.csv", line)
    assert problem.rule == "reference.source_type"
    assert "did you mean 'agency'?" in problem.message


@pytest.mark.parametrize(
    ("spoilt", "line"),
    [(b'JNIM,"Group', 0), (b"JNIM,\xe9", 0), (b"JNIM,a\x00b", 0)],
    ids=["quote not closed", "latin-1", "NUL"],
)
def test_a_file_that_is_no_csv_is_a_problem_and_no_crash(
    copied: Project, schema: Schema, spoilt: bytes, line: int
) -> None:
    path = copied.reference / "actors.csv"
    path.write_bytes(path.read_bytes() + spoilt)
    problems = load_reference(copied, schema)[1]
    assert any(problem.file == "data/reference/actors.csv" and problem.line >= line for problem in problems)


@pytest.mark.parametrize("file", ["places.csv", "countries.geojson"])
def test_a_missing_file_is_told_and_no_crash(copied: Project, schema: Schema, file: str) -> None:
    (copied.reference / file).unlink()
    try:
        said = " ".join(problem.file for problem in load_reference(copied, schema)[1])
    except CannotDo as error:
        said = str(error)
    assert file in said


@pytest.mark.parametrize(
    ("country", "day", "vintage"),
    [
        ("BFA", dt.date(2025, 7, 1), 2001),
        ("BFA", dt.date(2025, 7, 2), 2025),
        ("MLI", dt.date(2023, 3, 12), 2016),
        ("MLI", dt.date(2023, 3, 13), 2023),
        ("MLI", dt.date(1960, 1, 1), None),
        ("SEN", dt.date(2025, 7, 1), 2008),
        ("GIN", dt.date(2025, 7, 1), None),
    ],
)
def test_the_admin_units_in_force_are_those_of_the_day(
    reference: Reference, country: str, day: dt.date, vintage: int | None
) -> None:
    assert reference.vintage(country, day) == vintage


def test_the_vintages_of_a_country_do_not_overlap(reference: Reference) -> None:
    spans: dict[str, set[tuple[dt.date, dt.date]]] = {}
    for row in reference.admin_units:
        start, end = row["valid_from"], row["valid_to"] or dt.date.max
        assert isinstance(start, dt.date)
        assert isinstance(end, dt.date)
        spans.setdefault(str(row["country_iso3"]), set()).add((start, end))
    for country, found in spans.items():
        ordered = sorted(found)
        for (_, end), (start, _) in pairwise(ordered):
            assert (start - end).days == 1, country


def test_outside_says_nothing_of_what_it_cannot_judge(reference: Reference) -> None:
    assert outside(reference, "FRA", 48.85, 2.35) is None
    assert outside(reference, "MLI", None, 2.35) is None
    assert outside(reference, "MLI", 12.65, -8.0) is None


def test_what_a_place_name_says_in_english_has_a_french_name(reference: Reference) -> None:
    words = r"\b(road|border|zone|falls|park|northern|north-western|of|from|province|department|region|state|islands)\b"
    english = {
        str(place) for place, row in reference.places.items() if re.search(words, str(row["place_name"]), re.IGNORECASE)
    }
    french = {row["entity_id"] for row in reference.names if (row["language"], row["kind"]) == ("fr", "preferred")}
    assert len(english) > 30
    assert english <= french


def test_a_name_of_an_actor_is_no_label_of_a_list(reference: Reference) -> None:
    """An abbreviation and the name it stands for are two names; what an actor is stands in its type."""
    assert [row["name"] for row in reference.names if "(" in str(row["name"])] == []


@pytest.mark.shared_data
def test_places_of_geonames_lie_where_geonames_has_them(reference: Reference, shared_data: Path) -> None:
    known: dict[str, tuple[float, float]] = {}
    for country in ("BF", "ML", "MR", "NE"):
        with gzip.open(shared_data / "geonames" / f"{country}.tsv.gz", "rt", encoding="utf-8") as handle:
            columns = next(handle).rstrip("\n").split("\t")
            at = [columns.index(name) for name in ("geonameid", "latitude", "longitude")]
            for line in handle:
                cells = line.rstrip("\n").split("\t")
                known[cells[at[0]]] = (float(cells[at[1]]), float(cells[at[2]]))
    for rows, least in (
        (list(reference.places.values()), 40),
        (reference.admin_units, 40),
        (reference.admin2_units, 20),
    ):
        checked = 0
        for row in rows:
            there = known.get(str(row["geonames_id"]))
            if there is not None:
                here = float(str(row["latitude"])), float(str(row["longitude"]))
                # Newer GeoNames data, which some points come from, moved towns a little (Bamako by 5.3 km).
                assert distance_km(*here, *there) < 10, row
                checked += 1
        assert checked > least


@pytest.mark.shared_data
def test_places_of_ucdp_lie_where_ucdp_has_them(reference: Reference, shared_data: Path) -> None:
    path = shared_data / "ucdp" / "GEDEvent_v26_0_2.csv"
    rows = duckdb.sql(f"SELECT DISTINCT latitude, longitude FROM read_csv('{path}')").fetchall()
    points = {(float(latitude), float(longitude)) for latitude, longitude in rows}
    ours = [*reference.places.values(), *reference.admin_units]
    taken = [row for row in ours if row["coordinates_source"] == "ucdp_candidate"]
    assert [row for row in taken if (row["latitude"], row["longitude"]) not in points] == []
    assert len(taken) > 10


def test_a_second_level_unit_is_one_in_which_a_place_lies(reference: Reference) -> None:
    key = ("admin1_code", "admin2_name", "admin_vintage")
    lived_in = {tuple(row[name] for name in key) for row in reference.place_admin}
    assert [row for row in reference.admin2_units if tuple(row[name] for name in key) not in lived_in] == []
