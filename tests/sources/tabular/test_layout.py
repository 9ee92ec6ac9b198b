"""A file's layout is recognised by its names or its forms, or refused with what is missing and what is new."""

from __future__ import annotations

import pytest

from pipeline.config import Project
from pipeline.problems import NotWell
from tests.sources.tabular.rows import Reader, as_csv, columns, ged

HDX = ("", "start_year", "end_year", "iso3")


@pytest.fixture(scope="module")
def names(project: Project) -> tuple[str, ...]:
    return columns(project, "ucdp_candidate")


def refusal(read: Reader, content: bytes, source: str = "ucdp_candidate") -> tuple[str, str]:
    with pytest.raises(NotWell) as refused:
        read(source, content)
    [problem] = refused.value.problems
    return problem.rule, str(problem)


def test_the_order_and_the_capitals_of_columns_do_not_matter(read: Reader, names: tuple[str, ...]) -> None:
    swapped = [name.upper() for name in reversed(names)]
    rows = [{name.upper(): cell for name, cell in row.items()} for row in ged({})]
    [record] = read("ucdp_candidate", as_csv(swapped, rows)).rows("records")
    assert (record["killed_low"], record["killed_best"], record["killed_high"]) == (5, 6, 8)
    assert (record["latitude"], record["longitude"]) == (17.0, -1.4)


def test_a_copy_of_hdx_has_tags_below_the_header_and_more_columns(read: Reader, names: tuple[str, ...]) -> None:
    wide = (HDX[0], *names, *HDX[1:])
    tags = dict.fromkeys(names, "#tag") | {"": ""}
    found = read("ucdp_candidate", as_csv(wide, [tags, *ged({}, {})]))
    assert [row["source_row"] for row in found.rows("records")] == [1, 2]
    assert found.read.row_count == 2


def test_a_file_without_a_header_is_known_by_its_first_row(read: Reader, names: tuple[str, ...]) -> None:
    found = read("ucdp_candidate", as_csv(names, ged({}, {}), header=False))
    assert found.read.row_count == 2
    assert [row["source_row"] for row in found.rows("records")] == [1, 2]


def test_a_file_without_a_header_in_another_order_is_refused(read: Reader, names: tuple[str, ...]) -> None:
    rule, _ = refusal(read, as_csv(tuple(reversed(names)), ged({}), header=False))
    assert rule == "tabular.layout"


def test_what_is_missing_and_what_is_new_is_told(read: Reader, names: tuple[str, ...]) -> None:
    other = [name for name in names if name not in ("best", "adm_1")] + ["estimate", "weather"]
    rule, said = refusal(read, as_csv(other, ged({})))
    assert rule == "tabular.layout"
    assert "misses adm_1, best" in said
    assert "beside it estimate, weather" in said


def test_a_misspelt_column_is_suggested(read: Reader, names: tuple[str, ...]) -> None:
    _, said = refusal(read, as_csv([{"date_start": "dates_start"}.get(n, n) for n in names], ged({})))
    assert "did you mean 'date_start'?" in said


def test_a_column_that_stands_twice_is_refused(read: Reader, names: tuple[str, ...]) -> None:
    rule, said = refusal(read, as_csv((*names, "best"), ged({})))
    assert rule == "tabular.column_twice"
    assert "best twice" in said


@pytest.mark.parametrize(
    ("content", "rule"),
    [(b"", "tabular.empty"), (b"\n", "tabular.empty"), (b"one line of prose", "tabular.layout")],
)
def test_no_table_is_told(read: Reader, content: bytes, rule: str) -> None:
    assert refusal(read, content)[0] == rule


def test_a_header_alone_is_told(read: Reader, names: tuple[str, ...]) -> None:
    assert refusal(read, as_csv(names, []))[0] == "tabular.empty"


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_are_told_apart(read: Reader, names: tuple[str, ...], delimiter: str) -> None:
    plain = as_csv(names, ged({"source_headline": "", "where_coordinates": "Bamba"})).replace(b",", delimiter.encode())
    assert len(read("ucdp_candidate", plain).rows("records")) == 1


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_mark_at_the_start_and_line_ends_of_either_kind_are_read(
    read: Reader, names: tuple[str, ...], ends: str
) -> None:
    content = b"\xef\xbb\xbf" + as_csv(names, ged({}, {})).replace(b"\n", ends.encode())
    assert [row["record_id"] for row in read("ucdp_candidate", content).rows("records")] == [
        "ucdp_candidate:1",
        "ucdp_candidate:2",
    ]
