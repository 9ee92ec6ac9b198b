"""A row that breaks a rule waits in quarantine and says why; a warning stays in with a flag."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.config import Project
from pipeline.engine import connect
from pipeline.problems import NotWell
from pipeline.sources.tabular.cells import read_cells
from pipeline.sources.tabular.declaration import load_table_source
from pipeline.sources.tabular.files import open_table
from pipeline.sources.tabular.quarantine import COLUMNS, ROWS, too_many, write_quarantine
from tests.sources.tabular.rows import REGION, Reader, as_csv, columns, ged

BROKEN = [
    ("tabular.missing", "own_id", {"id": ""}),
    ("tabular.missing", "country_iso3", {"country": " "}),
    ("tabular.missing", "date_start", {"date_start": ""}),
    ("tabular.country", "Atlantis", {"country": "Atlantis"}),
    ("tabular.date", "date_start", {"date_start": "2026-02-30"}),
    ("tabular.date", "date_end", {"date_end": "soon"}),
    ("tabular.date_range", "before 1900", {"date_start": "0000-01-01"}),
    ("tabular.date_range", "after the release", {"date_start": "2126-02-10", "date_end": "2126-02-10"}),
    ("tabular.date_order", "before it begins", {"date_end": "2026-02-09"}),
    ("tabular.unknown_code", "event_type", {"type_of_violence": "9"}),
    ("tabular.coordinates", "latitude", {"latitude": "NaN"}),
    ("tabular.coordinates", "latitude", {"latitude": "inf"}),
    ("tabular.coordinates", "latitude", {"latitude": "91"}),
    ("tabular.coordinates", "longitude", {"longitude": ""}),
    ("tabular.coordinates", "longitude -1,4; a decimal point is expected", {"longitude": "-1,4"}),
    ("tabular.coordinates", "latitude 17,0", {"latitude": "17,0", "longitude": "-1,4"}),
    ("tabular.exchanged", "exchanged", {"latitude": "-1.4", "longitude": "17.0"}),
    ("tabular.count", "best", {"best": "NaN"}),
    ("tabular.count", "best", {"best": "Infinity"}),
    ("tabular.count", "best", {"best": "1.5"}),
    ("tabular.count", "deaths_a", {"deaths_a": "-2"}),
    ("tabular.count", "high", {"high": "1e6"}),
    ("tabular.count", "high", {"high": "100001"}),
    ("tabular.count", "low", {"low": "1_000"}),
]
FLAGGED = [
    ("tabular.toll_order", {"low": "7"}),
    ("tabular.toll_sum", {"best": "7"}),
    ("tabular.precision_unknown", {"where_prec": "42"}),
    ("tabular.precision_unknown", {"date_prec": ""}),
    ("tabular.date_span", {"date_end": "2026-02-12"}),
    ("tabular.outside_country", {"latitude": "30", "longitude": "30"}),
    ("tabular.unknown_unit", {"adm_1": "Atlantis region"}),
    ("tabular.unknown_actor", {"side_b_new_id": "999999", "side_b": "Somebody new"}),
    ("tabular.uneven_lists", {"source_office": "AFP;RFI", "source_date": "2026-02-11"}),
    ("tabular.formula", {"where_coordinates": "=1+1"}),
]


@pytest.fixture(scope="module")
def names(project: Project) -> tuple[str, ...]:
    return columns(project, "ucdp_candidate")


def test_each_rule_sends_a_row_to_quarantine(read: Reader, names: tuple[str, ...]) -> None:
    found = read("ucdp_candidate", as_csv(names, [*ged(*(changes for _, _, changes in BROKEN)), *ged({"id": "good"})]))
    assert [(row["row"], row["rule"]) for row in found.quarantine] == [
        (at, rule) for at, (rule, _, _) in enumerate(BROKEN, 1)
    ]
    for row, (_, said, changes) in zip(found.quarantine, BROKEN, strict=True):
        assert said in row["message"], row
        cells = json.loads(row["cells"])
        assert {name: cells[name] or "" for name in changes} == {name: cell or "" for name, cell in changes.items()}
    assert [row["record_id"] for row in found.rows("records")] == ["ucdp_candidate:good"]
    assert found.read.row_count == len(BROKEN) + 1


def test_warnings_stay_in_with_a_flag(read: Reader, names: tuple[str, ...]) -> None:
    found = read("ucdp_candidate", as_csv(names, ged({}, *(changes for _, changes in FLAGGED))))
    assert found.quarantine == []
    flags = {row["source_row"]: row["flags"] for row in found.rows("records")}
    assert flags[1] is None
    assert [flags[at] for at in range(2, len(FLAGGED) + 2)] == [rule for rule, _ in FLAGGED]


def test_a_row_that_breaks_several_rules_tells_all_and_counts_once(read: Reader, names: tuple[str, ...]) -> None:
    found = read("ucdp_candidate", as_csv(names, ged({"date_start": "x", "best": "y"})))
    [row] = found.quarantine
    assert "date_start" in row["message"]
    assert "best" in row["message"]
    assert found.outcomes == {("quarantined", "tabular.date"): 1}


def test_what_a_precision_is_taken_for_is_the_coarsest(read: Reader, names: tuple[str, ...]) -> None:
    found = read("ucdp_candidate", as_csv(names, ged({"where_prec": "42", "date_prec": "0"})))
    [record] = found.rows("records")
    assert (record["geo_precision"], record["date_precision"]) == ("country", "year")
    assert (record["source_geo_precision"], record["source_date_precision"]) == ("42", "0")


def test_an_id_that_stands_twice_in_a_file_is_kept_once(read: Reader, names: tuple[str, ...]) -> None:
    found = read("ucdp_candidate", as_csv(names, [*ged({"best": "6"}), *ged({"best": "7", "deaths_a": "3"})]))
    assert found.rules == ["tabular.id_twice"]
    assert [row["killed_best"] for row in found.rows("records")] == [6]


def test_a_later_version_supersedes_the_row_of_an_earlier_one(read: Reader, names: tuple[str, ...]) -> None:
    january = {"date_start": "2026-01-30", "date_end": "2026-02-10"}
    files = {
        "january.csv": as_csv(names, ged(january, january | {"best": "9"})),
        "february.csv": as_csv(names, ged({}, {}, {})[1:]),
    }
    found = read("ucdp_candidate", files)
    assert found.outcomes == {("released", "in_scope"): 3, ("omitted", "tabular.superseded"): 1}
    kept = {row["record_id"]: (row["source_version"], row["killed_best"]) for row in found.rows("records")}
    assert kept["ucdp_candidate:2"] == ("26.0.2", 6)
    [source] = found.rows("sources")
    assert (source["source_version"], source["row_count"]) == ("26.0.1, 26.0.2", 4)
    assert [
        (row["file"], row["source_version"], row["sha256"], row["row_count"], row["areas"])
        for row in sorted(found.rows("source_files"), key=lambda row: row["source_version"])
    ] == [
        (name, version, hashlib.sha256(files[name]).hexdigest(), 2, "; ".join(REGION))
        for name, version in (("january.csv", "26.0.1"), ("february.csv", "26.0.2"))
    ]
    versions = [row["report_id"] for row in found.rows("reports") if row["source_type"] == "dataset"]
    assert len(versions) == 2


def test_the_line_is_that_of_the_file_even_below_cells_with_line_breaks(read: Reader, names: tuple[str, ...]) -> None:
    content = as_csv(
        names, ged({"source_headline": "two\nlines\nmore"}, {"best": "x"}, {"country": "Mexico"}, {"best": "y"})
    )
    found = read("ucdp_candidate", content)
    lines = content.decode().split("\n")
    assert [row["row"] for row in found.quarantine] == [2, 4]
    for row in found.quarantine:
        assert lines[row["line"] - 1].startswith(f"{row['row']},")


def test_rows_that_cannot_be_cut_into_cells_wait_too(read: Reader, names: tuple[str, ...]) -> None:
    good = as_csv(names, ged({}, {}, {"best": "x"})).decode().split("\n")
    lines = [good[0], good[1], "9,too,short", good[2], good[2] + ",one more", good[3], ""]
    content = "\n".join(lines).encode() + b"5,\xe9" + b"," * 47 + b"\n"
    found = read("ucdp_candidate", content)
    assert found.read.row_count == 6
    assert sum(found.read.outcomes.values()) == 6
    assert [(row["row"], row["rule"]) for row in found.quarantine] == [
        (2, "tabular.cell_count"),
        (4, "tabular.cell_count"),
        (5, "tabular.count"),
        (6, "tabular.row_encoding"),
    ]
    assert [row["line"] for row in found.quarantine] == [3, 5, 6, 7]
    assert [row["source_row"] for row in found.rows("records")] == [1, 3]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_several_short_rows_wait_whatever_ends_a_line(read: Reader, names: tuple[str, ...], ends: str) -> None:
    good = as_csv(names, ged({}, {})).decode().split("\n")
    lines = [good[0], "7,too,short", good[1], "8,too,short", "9,too,short", good[2], ""]
    found = read("ucdp_candidate", ends.join(lines).encode())
    assert [(row["row"], row["line"]) for row in found.quarantine] == [(1, 2), (3, 4), (4, 5)]
    assert {row["rule"] for row in found.quarantine} == {"tabular.cell_count"}
    assert [row["source_row"] for row in found.rows("records")] == [2, 5]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_lines_are_right_around_rows_that_cannot_be_cut(read: Reader, names: tuple[str, ...], mark: bytes) -> None:
    two_lines = {"source_headline": "two\nlines"}
    lines = as_csv(names, ged(two_lines, two_lines, {"best": "x"})).decode()
    content = lines.replace("\n3,", '\n"9\n9",too short\n8,too short\n3,')
    files = {"first.csv": mark + content.encode(), "second.csv": mark + content.replace(",MLI-", "0,MLI-").encode()}
    found = read("ucdp_candidate", files, areas=[(), ()])
    per_file = [(3, "tabular.cell_count", 6), (4, "tabular.cell_count", 8), (5, "tabular.count", 9)]
    assert [(row["row"], row["rule"], row["line"]) for row in found.quarantine] == per_file * 2
    assert content.split("\n")[8].startswith("3,")
    assert found.read.row_count == sum(found.read.outcomes.values()) == 10


def test_so_many_broken_rows_that_the_file_is_not_read_to_its_end_are_told_by_rule(
    project: Project, names: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "given.csv"
    good = as_csv(names, ged({}, {})).decode().split("\n")
    path.write_bytes("\n".join([*good[:2], "8,too,short", "9,short", good[2], ""]).encode() + b"7,\xe9" + b"," * 47)
    opened = open_table(path, path.name, tmp_path)
    cut_off = replace(opened, line_count=opened.line_count + 7)  # as if DuckDB had given up before the end
    declared = load_table_source(project.schemas, "ucdp_candidate")
    with pytest.raises(NotWell) as refused:
        read_cells(connect("duckdb"), cut_off, declared, "cells")
    assert [(problem.rule, problem.line) for problem in refused.value.problems] == [
        ("tabular.cell_count", 3),
        ("tabular.row_encoding", 6),
    ]
    assert "2 rows or more are like this one: expected Number of Columns: 49" in str(refused.value.problems[0])
    assert "cannot be read to its end" in refused.value.consequence


def test_a_row_outside_the_region_needs_nothing_else(read: Reader, names: tuple[str, ...]) -> None:
    rows = ged({"country": "Mexico", "best": "x"}, {"country": "Nigeria", "adm_1": "Lagos state", "date_start": "x"})
    found = read("ucdp_candidate", as_csv(names, rows))
    assert found.outcomes == {("outside", "region.other_country"): 1, ("outside", "region.other_unit"): 1}


def test_a_country_is_known_however_it_is_spelt(read: Reader, names: tuple[str, ...]) -> None:
    bouna = {"adm_1": "Zanzan district", "adm_2": "Bounkani region", "latitude": "9.27", "longitude": "-3.0"}
    djibo = {"adm_1": "Sahel region", "adm_2": "Soum province", "latitude": "14.1", "longitude": "-1.63"}
    rows = ged(
        {"country": "MALI"},
        djibo | {"country": "Burkina  Faso"},
        bouna | {"country": "Cote d'Ivoire"},
        bouna | {"country": "Côte d’Ivoire"},
        bouna | {"country": "CÔTE D'IVOIRE"},
        {"country": "MLI"},
        {"country": "yemen (north yemen)"},
        {"country": "FRANCE"},
        {"country": "Mali and Niger"},
    )
    found = read("ucdp_candidate", as_csv(names, rows))
    known = {row["source_row"]: row["country_iso3"] for row in found.rows("records")}
    assert known == {1: "MLI", 2: "BFA", 3: "CIV", 4: "CIV", 5: "CIV", 6: "MLI"}
    assert [(row["row"], row["rule"]) for row in found.quarantine] == [(9, "tabular.country")]
    assert "Mali and Niger" in found.quarantine[0]["message"]
    assert json.loads(found.quarantine[0]["cells"])["best"] == "6"
    assert found.outcomes["outside", "region.other_country"] == 2


def test_a_row_without_a_unit_is_placed_by_its_coordinates(read: Reader, names: tuple[str, ...]) -> None:
    nowhere = {"country": "Nigeria", "adm_1": "", "adm_2": "", "where_prec": "5"}
    maiduguri, lagos = {"latitude": "11.85", "longitude": "13.16"}, {"latitude": "6.45", "longitude": "3.4"}
    rows = ged(nowhere | maiduguri, nowhere | lagos, nowhere | maiduguri | {"where_prec": "6"})
    found = read("ucdp_candidate", as_csv(names, rows))
    assert [row["source_row"] for row in found.rows("records")] == [1]
    assert found.outcomes == {("released", "in_scope"): 1, ("outside", "region.no_unit"): 2}


def test_the_quarantine_is_a_file_that_people_can_read(read: Reader, names: tuple[str, ...], tmp_path: Path) -> None:
    found = read("ucdp_candidate", as_csv(names, ged({"best": "x", "where_coordinates": 'a "quote", a comma'})))
    write_quarantine(found.backend, found.read.quarantine, tmp_path)
    with (tmp_path / ROWS).open(encoding="utf-8", newline="") as handle:
        [row] = list(csv.DictReader(handle))
    assert tuple(row) == COLUMNS
    assert row["line"] == "2"
    assert json.loads(row["cells"])["where_coordinates"] == 'a "quote", a comma'


def test_too_large_a_share_in_quarantine_stops_the_build() -> None:
    outcomes = {
        ("1", "released", "in_scope"): 95,
        ("1", "quarantined", "tabular.date"): 5,
        ("1", "outside", "region.other_country"): 9000,
    }
    assert too_many(outcomes, 0.05, "rows.csv") is None
    refused = too_many(outcomes, 0.04, "rows.csv")
    assert refused is not None
    assert "5.0 % of the 100 rows" in refused.consequence
    assert [problem.rule for problem in refused.problems] == ["tabular.date"]


@pytest.mark.parametrize(
    ("source", "version", "period"),
    [
        ("ucdp_candidate", "26.0.2", ("2026-02-01", "2026-02-28")),
        ("ucdp_candidate", "25.0.12", ("2025-12-01", "2025-12-31")),
        ("ucdp_candidate", "26.01.26.09", ("2026-01-01", "2026-09-30")),
        ("ucdp_ged", "25.1", ("1989-01-01", "2024-12-31")),
        ("ucdp_ged", "26.0.2", None),
    ],
)
def test_a_version_says_what_it_covers(
    project: Project, source: str, version: str, period: tuple[str, str] | None
) -> None:
    found = load_table_source(project.schemas, source).period(version)
    assert (found and (found[0].isoformat(), found[1].isoformat())) == period


def test_a_version_of_no_known_form_covers_nothing(read: Reader, names: tuple[str, ...]) -> None:
    found = read("ucdp_candidate", as_csv(names, ged({})), "draft")
    assert found.read.without_coverage == ["invented.csv"]
    assert found.rows("coverage") == []
