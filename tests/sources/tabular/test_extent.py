"""What a file covers: said, or of one country, or so many that it is the whole; never more than that."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.config import Project
from pipeline.problems import CannotDo
from pipeline.schema import Schema
from pipeline.sources.tabular.countries import load_countries
from pipeline.sources.tabular.declaration import load_table_source
from pipeline.sources.tabular.extent import Extent, Said, Survey, check_said, check_time, extent_of, notes, survey
from pipeline.sources.tabular.files import open_table
from tests.sources.tabular.rows import REGION, Reader, as_csv, columns, ged
from tests.sources.tabular.test_ucdp_layouts import HDX_NAMES

NAME = "ucdp_ged"
ELSEWHERE = tuple(f"Country {number}" for number in range(17))


ALWAYS = ("MLI", "BFA", "NER", "NGA")
YEARS = tuple(f"{year}-06" for year in range(1989, 2025))
TYPES = ("1", "2", "3")
CANDIDATE = "ucdp_candidate"


def found(*countries: str, months: Sequence[str] = YEARS, types: Sequence[str] = TYPES) -> Survey:
    """A file with a row of every country in every one of some months, and with some types of violence."""
    begins = frozenset((country, month) for country in countries for month in months)
    return Survey("any", len(countries), frozenset(countries), begins, {"type_of_violence": frozenset(types)})


def extent(
    project: Project, schema: Schema, file: Survey, *said: str, version: str = "25.1", source: str = NAME
) -> Extent:
    return extent_of(file, said, version, load_table_source(project.schemas, source), schema, "given.csv")


@pytest.mark.parametrize(
    ("countries", "said", "wanted"),
    [
        (["MLI"], [], Extent(("MLI",), "one_country")),
        (["Mexico"], [], Extent((), "one_country")),
        ([*ALWAYS, *ELSEWHERE], [], Extent(REGION, "whole")),
        (["MLI", "Mexico"], ["MLI"], Extent(("MLI",), "said")),
        (["MLI", "NER"], ["NER", "MLI", "NER"], Extent(("MLI", "NER"), "said")),
        ([*ALWAYS, *ELSEWHERE], ["MLI"], Extent(("MLI",), "said")),
        (["MLI"], ["none"], Extent((), "said")),
    ],
)
def test_what_a_file_is_taken_to_cover(
    project: Project, schema: Schema, countries: list[str], said: list[str], wanted: Extent
) -> None:
    assert extent(project, schema, found(*countries), *said) == wanted


@pytest.mark.parametrize(
    ("countries", "said", "told"),
    [
        (["MLI", "NER"], [], "holds rows of 2 countries (MLI, NER)"),
        (["MLI", "NER", *ELSEWHERE], [], "neither of one, nor of 20 with BFA, MLI, NER, NGA among them"),
        (["MLI", "BFA", "NGA", *ELSEWHERE, "Mexico"], [], "nor of 20 with BFA, MLI, NER, NGA among them"),
        (["MLI"], ["NER"], "has no row of NER; it holds MLI"),
        (["MLI"], ["MLY"], "no country of the region; did you mean 'MLI'?"),
        (["MLI"], ["MLI", "none"], "'none' stands alone"),
    ],
)
def test_what_is_not_known_is_asked_for(
    project: Project, schema: Schema, countries: list[str], said: list[str], told: str
) -> None:
    with pytest.raises(CannotDo) as refused:
        extent(project, schema, found(*countries), *said)
    assert told in str(refused.value)


@pytest.mark.parametrize("countries", [("MLI",), (*ALWAYS, *ELSEWHERE)])
@pytest.mark.parametrize(
    ("source", "version", "months", "types", "lacking"),
    [
        (NAME, "27.1", ["2026-02"], TYPES, "no row of the region in 1989 to 2025."),
        (NAME, "25.1", [*YEARS[:3], *YEARS[4:-1]], TYPES, "no row of the region in 1992, 2024."),
        (NAME, "25.1", YEARS, ["3"], "no row of the region with type_of_violence 1, 2."),
        (CANDIDATE, "26.01.26.03", ["2026-02"], TYPES, "no row of the region in 2026-01, 2026-03."),
        (CANDIDATE, "26.01.26.04", ["2026-01"], ["1"], "in 2026-02 to 2026-04, and none with type_of_violence 2, 3."),
    ],
)
def test_a_file_that_looks_cut_is_not_taken_for_the_whole(
    project: Project,
    schema: Schema,
    countries: Sequence[str],
    source: str,
    version: str,
    months: Sequence[str],
    types: Sequence[str],
    lacking: str,
) -> None:
    file = found(*countries, months=months, types=types)
    with pytest.raises(CannotDo) as refused:
        extent(project, schema, file, version=version, source=source)
    assert lacking in str(refused.value)
    assert "--area none for a selection" in str(refused.value)
    assert extent(project, schema, file, "MLI", version=version, source=source) == Extent(("MLI",), "said")


def test_where_a_file_that_is_said_to_be_whole_is_empty_is_told(project: Project) -> None:
    declared = load_table_source(project.schemas, CANDIDATE)
    file = Survey("any", 2, frozenset({"MLI", "NER"}), frozenset({("MLI", "2026-02"), ("NER", "2026-01")}))
    [told] = notes(file, Extent(("MLI",), "said"), "26.01.26.03", declared, "given.csv")
    assert "has no row of MLI in 2026-01, 2026-03" in told
    assert notes(file, Extent((), "said"), "26.01.26.03", declared, "given.csv") == []


@pytest.mark.shared_data
@pytest.mark.parametrize(("first", "last"), [(0, 1298), (0, 649), (649, 1298)])
def test_the_real_file_is_the_whole_and_half_of_it_is_not(
    project: Project, schema: Schema, shared_data: Path, tmp_path: Path, first: int, last: int
) -> None:
    with (shared_data / "ucdp" / "GEDEvent_v26_0_2.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    path = tmp_path / "given.csv"
    path.write_bytes(as_csv(list(rows[0]), rows[first:last]))
    declared = load_table_source(project.schemas, CANDIDATE)
    countries = load_countries(project.schemas, schema, declared)
    stands = survey(open_table(path, path.name, tmp_path), declared, countries, tmp_path)
    if last - first == len(rows):
        assert extent(project, schema, stands, version="26.0.2", source=CANDIDATE) == Extent(REGION, "whole")
    else:
        with pytest.raises(CannotDo, match="neither of one"):
            extent(project, schema, stands, version="26.0.2", source=CANDIDATE)


def test_a_source_that_is_no_census_is_not_asked(project: Project, schema: Schema) -> None:
    assert extent(project, schema, found("MLI", "NER"), source="acled") == Extent((), "not_known")
    assert extent(project, schema, found("MLI", "NER"), "MLI", source="acled") == Extent(("MLI",), "said")


FIRST, LAST = dt.date(2025, 1, 1), dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("source", "said", "told"),
    [
        ("acled", Said(("MLI",), FIRST, LAST), None),
        ("acled", Said(), None),
        ("acled", Said(("none",)), None),
        (NAME, Said(("MLI",)), None),
        ("acled", Said(("MLI",)), "does not tell which time it covers: --from"),
        ("acled", Said(("MLI",), FIRST), "--from and --to go together"),
        ("acled", Said((), FIRST, LAST), "with --area"),
        ("acled", Said(("MLI",), LAST, FIRST), "is after --to"),
        (NAME, Said(("MLI",), FIRST, LAST), "covers 1989-01-01 to 2024-12-31 by its name"),
    ],
)
def test_the_time_is_said_where_no_version_tells_it(
    project: Project, source: str, said: Said, told: str | None
) -> None:
    declared = load_table_source(project.schemas, source)
    if told is None:
        check_said(said, "25.1", declared)
    else:
        with pytest.raises(CannotDo) as refused:
            check_said(said, "25.1", declared)
        assert told in str(refused.value)


def test_what_nobody_said_is_told(project: Project) -> None:
    declared = load_table_source(project.schemas, NAME)

    def told(areas: Sequence[str], how: str, version: str = "25.1") -> str:
        return "".join(notes(found("MLI"), Extent(tuple(areas), how), version, declared, "given.csv"))

    assert "taken to cover MLI, from 1989-01-01 to 2024-12-31" in told(["MLI"], "one_country")
    assert "the whole region" in told(REGION, "whole")
    assert told(["MLI"], "said") == ""
    assert "no coverage" in told(["MLI"], "said", "spring")


def test_rows_that_will_wait_are_told_when_the_file_is_added(project: Project) -> None:
    file = replace(found("MLI"), row_count=7, broken={"tabular.row_encoding": 3})
    [told] = notes(file, Extent(("MLI",), "said"), "25.1", load_table_source(project.schemas, NAME), "given.csv")
    assert "3 of 7 rows cannot be read" in told
    assert "Windows-1252" in told


def test_a_version_that_none_of_the_rows_is_of_is_asked_back(project: Project) -> None:
    declared = load_table_source(project.schemas, "ucdp_candidate")
    check_time(found("MLI", months=["2026-01", "2026-02"]), "26.0.2", declared, "given.csv")
    check_time(found("Mexico", months=[]), "26.0.3", declared, "given.csv")
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
