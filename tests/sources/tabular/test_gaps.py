"""Where rows of a census wait in quarantine the coverage has a gap: there no zero is said."""

from __future__ import annotations

import pytest

from pipeline.config import Project
from tests.sources.tabular.rows import REGION, Reader, Result, as_csv, columns, ged

NAME = "ucdp_candidate"
MONTH = ("2026-02-01", "2026-02-28")


@pytest.fixture(scope="module")
def names(project: Project) -> tuple[str, ...]:
    return columns(project, NAME)


def gaps(found: Result) -> set[tuple[str, str, str]]:
    rows = [row for row in found.rows("coverage") if row["kind"] == "gap"]
    made = {(row["area_code"], str(row["date_start"]), str(row["date_end"])) for row in rows}
    assert len(made) == len(rows)
    return made


def test_a_file_all_of_whose_rows_are_sound_has_no_gap(read: Reader, names: tuple[str, ...]) -> None:
    outside = {"country": "Mexico", "date_start": "x"}
    assert gaps(read(NAME, as_csv(names, ged({}, outside)))) == set()


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"latitude": "NaN"}, {("MLI", "2026-02-10", "2026-02-10")}),
        ({"best": "x", "date_end": "2026-03-02"}, {("MLI", "2026-02-10", "2026-03-02")}),
        ({"date_start": "x"}, {("MLI", *MONTH)}),
        ({"date_end": "soon"}, {("MLI", *MONTH)}),
        ({"date_end": "2026-02-09"}, {("MLI", *MONTH)}),
        ({"date_start": "0000-01-01"}, {("MLI", *MONTH)}),
        ({"country": "Atlantis"}, {(country, "2026-02-10", "2026-02-10") for country in REGION}),
        ({"country": "", "date_start": ""}, {(country, *MONTH) for country in REGION}),
        ({"country": "Nigeria", "adm_1": "Borno state", "best": "x"}, {("NGA", "2026-02-10", "2026-02-10")}),
    ],
)
def test_a_row_that_waits_leaves_a_gap_where_and_when_it_may_lie(
    read: Reader, names: tuple[str, ...], changes: dict[str, str], wanted: set[tuple[str, str, str]]
) -> None:
    assert gaps(read(NAME, as_csv(names, ged({}, changes)))) == wanted


def test_a_row_that_cannot_be_cut_into_cells_may_lie_anywhere(read: Reader, names: tuple[str, ...]) -> None:
    content = as_csv(names, ged({})) + b"9,too,short\n"
    assert gaps(read(NAME, content)) == {(country, *MONTH) for country in REGION}
    assert gaps(read(NAME, content, areas=[["MLI"]])) == {("MLI", *MONTH)}


def test_days_that_meet_are_one_gap(read: Reader, names: tuple[str, ...]) -> None:
    days = ("2026-02-10", "2026-02-11", "2026-02-11", "2026-02-14")
    rows = ged(*({"best": "x", "date_start": day, "date_end": day} for day in days))
    assert gaps(read(NAME, as_csv(names, rows))) == {
        ("MLI", "2026-02-10", "2026-02-11"),
        ("MLI", "2026-02-14", "2026-02-14"),
    }


def test_a_later_version_closes_the_gap_of_an_earlier_one_in_the_countries_that_it_covers(
    read: Reader, names: tuple[str, ...]
) -> None:
    january = {"date_start": "2026-01-10", "date_end": "2026-01-10", "country": "Atlantis"}
    files = {
        "first.csv": as_csv(names, ged(january)) + b"9,too,short\n",
        "second.csv": as_csv(names, ged({"id": "5"})),
    }
    found = read(NAME, files, versions=["26.0.1", "26.01.26.02"], areas=[["BFA", "MLI"], ["MLI"]])
    assert sorted(found.rules) == ["tabular.cell_count", "tabular.country"]
    assert gaps(found) == {("BFA", "2026-01-01", "2026-01-31")}


def test_a_selection_has_no_gap_of_its_own(read: Reader, names: tuple[str, ...]) -> None:
    found = read(NAME, as_csv(names, ged({}, {"best": "x"})), areas=[[]])
    assert found.rows("coverage") == []
