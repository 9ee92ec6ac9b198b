"""What a file covers: said, or of one country, or so many that it is the whole; never more than that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.config import Project
from pipeline.problems import CannotDo
from pipeline.schema import Schema
from pipeline.sources.tabular.countries import load_countries
from pipeline.sources.tabular.declaration import load_table_source
from pipeline.sources.tabular.extent import Extent, Survey, check_time, extent_of, note, survey
from pipeline.sources.tabular.files import open_table
from tests.sources.tabular.rows import REGION, Reader, as_csv, columns, ged
from tests.sources.tabular.test_ucdp_layouts import HDX_NAMES

NAME = "ucdp_ged"
ELSEWHERE = tuple(f"Country {number}" for number in range(17))


def found(*countries: str, months: Sequence[str] = ()) -> Survey:
    return Survey("any", len(countries), frozenset(countries), tuple(months))


def extent(project: Project, schema: Schema, countries: Sequence[str], *said: str, source: str = NAME) -> Extent:
    return extent_of(found(*countries), said, load_table_source(project.schemas, source), schema, "given.csv")


@pytest.mark.parametrize(
    ("countries", "said", "wanted"),
    [
        (["MLI"], [], Extent(("MLI",), "one_country")),
        (["Mexico"], [], Extent((), "one_country")),
        (["MLI", "BFA", "NER", *ELSEWHERE], [], Extent(REGION, "whole")),
        (["MLI", "Mexico"], ["MLI"], Extent(("MLI",), "said")),
        (["MLI", "NER"], ["NER", "MLI", "NER"], Extent(("MLI", "NER"), "said")),
        (["MLI", "BFA", "NER", *ELSEWHERE], ["MLI"], Extent(("MLI",), "said")),
        (["MLI"], ["none"], Extent((), "said")),
    ],
)
def test_what_a_file_is_taken_to_cover(
    project: Project, schema: Schema, countries: list[str], said: list[str], wanted: Extent
) -> None:
    assert extent(project, schema, countries, *said) == wanted


@pytest.mark.parametrize(
    ("countries", "said", "told"),
    [
        (["MLI", "NER"], [], "holds rows of 2 countries (MLI, NER)"),
        (["MLI", "NER", *ELSEWHERE], [], "neither of one, nor of 20 with 3 of the region"),
        (["MLI", "BFA", *ELSEWHERE, "Mexico"], [], "nor of 20 with 3 of the region"),
        (["MLI"], ["NER"], "has no row of NER; it holds MLI"),
        (["MLI"], ["MLY"], "no country of the region; did you mean 'MLI'?"),
        (["MLI"], ["MLI", "none"], "'none' stands alone"),
    ],
)
def test_what_is_not_known_is_asked_for(
    project: Project, schema: Schema, countries: list[str], said: list[str], told: str
) -> None:
    with pytest.raises(CannotDo) as refused:
        extent(project, schema, countries, *said)
    assert told in str(refused.value)


def test_a_source_that_is_no_census_is_not_asked(project: Project, schema: Schema) -> None:
    assert extent(project, schema, ["MLI", "NER"], source="acled") == Extent((), "not_known")
    with pytest.raises(CannotDo, match=r"schemas/sources/acled\.yaml"):
        extent(project, schema, ["MLI"], "MLI", source="acled")


def test_what_nobody_said_is_told(project: Project) -> None:
    declared = load_table_source(project.schemas, NAME)
    told = note(Extent(("MLI",), "one_country"), "25.1", declared, "given.csv")
    assert "taken to cover MLI, from 1989-01-01 to 2024-12-31" in told
    assert "the whole region" in note(Extent(REGION, "whole"), "25.1", declared, "given.csv")
    assert note(Extent(("MLI",), "said"), "25.1", declared, "given.csv") == ""
    assert "no coverage" in note(Extent(("MLI",), "said"), "spring", declared, "given.csv")


def test_a_version_that_none_of_the_rows_is_of_is_asked_back(project: Project) -> None:
    declared = load_table_source(project.schemas, "ucdp_candidate")
    check_time(found("MLI", months=["2026-01", "2026-02"]), "26.0.2", declared, "given.csv")
    check_time(found("Mexico"), "26.0.3", declared, "given.csv")
    with pytest.raises(CannotDo, match=r"version 26\.0\.3 covers 2026-03 to 2026-03, and no row .* 2026-01 to 2026-02"):
        check_time(found("MLI", months=["2026-01", "2026-02"]), "26.0.3", declared, "given.csv")
    assert declared.period("26.0.13") is None


def test_a_copy_of_one_country_covers_that_country_alone(
    project: Project, schema: Schema, read: Reader, tmp_path: Path
) -> None:
    row = {"date_start": "2019-02-10", "date_end": "2019-02-10"}
    tags = dict.fromkeys(HDX_NAMES, "") | {"id": "#event+code", "latitude": "#geo+lat"}
    content = as_csv(HDX_NAMES, [tags, *ged(row, row)])
    path = tmp_path / "ucdp_mali.csv"
    path.write_bytes(content)
    declared = load_table_source(project.schemas, NAME)
    countries = load_countries(project.schemas, schema, declared)
    stands = survey(open_table(path, path.name, tmp_path), declared, countries, tmp_path)
    assert (stands.row_count, sorted(stands.countries), stands.months) == (2, ["MLI"], ("2019-02",))
    covered = read(NAME, {path.name: content}, "25.1", areas=[sorted(stands.countries)]).rows("coverage")
    assert [(row["area_code"], str(row["date_start"]), str(row["date_end"])) for row in covered] == [
        ("MLI", "1989-01-01", "2024-12-31")
    ]


def test_each_country_is_covered_when_the_files_cover_it(project: Project, read: Reader) -> None:
    names = columns(project, NAME)
    old = {"date_start": "2019-02-10", "date_end": "2019-02-10"}
    files = {
        "world.csv": as_csv(names, ged(old, old | {"country": "Niger"})),
        "mali.csv": as_csv(names, ged(old)),
        "selection.csv": as_csv(names, ged(old | {"country": "Chad"})),
    }
    areas = [("MLI", "NGA"), ("MLI",), ()]
    result = read(NAME, files, versions=["25.1", "26.1", "27.1"], areas=areas)
    ends = {row["area_code"]: str(row["date_end"]) for row in result.rows("coverage")}
    assert ends["MLI"] == "2025-12-31"
    assert ends["NG-BO"] == "2024-12-31"
    assert "NER" not in ends
    assert "TCD" not in ends
    assert result.read.without_coverage == ["selection.csv"]


def test_a_version_given_out_country_by_country_stands_side_by_side(project: Project, read: Reader) -> None:
    names = columns(project, NAME)
    old = {"date_start": "2019-02-10", "date_end": "2019-02-10"}
    files = {
        "mali.csv": as_csv(names, ged(old)),
        "niger.csv": as_csv(names, ged(old | {"id": "7", "country": "Niger"})),
    }
    result = read(NAME, files, versions=["25.1", "25.1"], areas=[("MLI",), ("NER",)])
    assert {row["area_code"] for row in result.rows("coverage")} == {"MLI", "NER"}
    assert result.outcomes == {("released", "in_scope"): 2}
    assert [row["source_version"] for row in result.rows("sources")] == ["25.1"]
    assert len([row for row in result.rows("reports") if row["source_type"] == "dataset"]) == 1
    with pytest.raises(CannotDo, match=r"25\.1 is there twice"):
        read(NAME, files, versions=["25.1", "25.1"], areas=[("MLI",), ("MLI", "NER")])
