"""The latest version that covers a day in a country decides about it; every row of every version is accounted for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pytest

from pipeline.config import Project
from pipeline.sources.tabular.declaration import load_table_source
from pipeline.sources.tabular.quarantine import too_many
from pipeline.sources.tabular.superseded import in_order
from tests.sources.tabular.rows import REGION, Reader, Result, as_csv, columns, ged, record_of

MONTH, NEXT, QUARTER = "26.0.2", "26.0.3", "26.01.26.03"
MARCH = {"date_start": "2026-03-10", "date_end": "2026-03-10"}
SUPERSEDED = ("omitted", "tabular.superseded")
Change = Mapping[str, str]


@pytest.fixture(scope="module")
def names(project: Project) -> tuple[str, ...]:
    return columns(project, "ucdp_candidate")


def result(
    read: Reader, names: Sequence[str], versions: Mapping[str, Sequence[Change]], *areas: Sequence[str]
) -> Result:
    """What becomes of the rows of each version; its file is called by it."""
    files = {f"{version}.csv": as_csv(names, ged(*changes)) for version, changes in versions.items()}
    found = read("ucdp_candidate", files, versions=list(versions), areas=areas or [REGION] * len(files))
    rows = sum(len(changes) for changes in versions.values())
    assert found.read.row_count == rows == sum(found.read.outcomes.values())
    assert sum(row["row_count"] for row in found.rows("ledger")) == rows
    return found


def released(found: Result) -> dict[str, str]:
    return {row["record_id"].split(":")[1]: row["source_version"] for row in found.rows("records")}


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        ({"country": "Algeria"}, ("outside", "region.other_country")),
        ({"country": "Nigeria", "adm_1": "Lagos state"}, ("outside", "region.other_unit")),
        ({"best": "unknown"}, ("quarantined", "tabular.count")),
    ],
)
@pytest.mark.parametrize("version", [QUARTER, NEXT])
def test_a_row_that_a_later_version_moves_out_or_breaks_does_not_come_back(
    read: Reader, names: Sequence[str], later: Change, outcome: tuple[str, str], version: str
) -> None:
    found = result(read, names, {MONTH: [{}, {}], version: [later, MARCH]})
    assert found.outcomes[outcome] == 1
    assert released(found) == {"2": version}


def test_a_row_that_a_later_version_leaves_out_is_gone_with_it(read: Reader, names: Sequence[str]) -> None:
    found = result(read, names, {MONTH: [{}, {}, {"best": "x"}, {"country": "Mexico"}], QUARTER: [{}]})
    assert released(found) == {"1": QUARTER}
    assert found.outcomes == {("released", "in_scope"): 1, SUPERSEDED: 4}
    assert found.quarantine == []
    assert [row["headline"] for row in found.rows("reports") if row["source_type"] == "dataset"] == [
        f"ucdp_candidate {QUARTER}"
    ]


def test_a_month_that_a_later_version_does_not_cover_stays(read: Reader, names: Sequence[str]) -> None:
    found = result(read, names, {MONTH: [{}, {}], NEXT: [{"id": "9"} | MARCH]})
    assert released(found) == {"1": MONTH, "2": MONTH, "9": NEXT}


def test_a_row_of_a_day_that_a_later_version_covers_gives_way(read: Reader, names: Sequence[str]) -> None:
    found = result(read, names, {MONTH: [{}, MARCH], NEXT: [{"id": "9"} | MARCH]})
    assert released(found) == {"1": MONTH, "9": NEXT}


def test_a_later_version_of_one_country_decides_about_that_country(read: Reader, names: Sequence[str]) -> None:
    versions = {MONTH: [{}, {"country": "Niger"}], QUARTER: [{"id": "9"}]}
    found = result(read, names, versions, REGION, ["MLI"])
    assert released(found) == {"2": MONTH, "9": QUARTER}
    found = result(read, names, versions, REGION, [])
    assert released(found) == {"1": MONTH, "2": MONTH, "9": QUARTER}, "a selection decides about what it has"


def test_rows_that_gave_way_do_not_hide_how_many_wait(read: Reader, names: Sequence[str]) -> None:
    found = result(read, names, {MONTH: [{}] * 9, QUARTER: [{"best": "x"}, {}]})
    refused = too_many(found.read.outcomes, 0.49, "rows.csv")
    assert refused is not None
    assert "50.0 % of the 2 rows" in refused.consequence
    assert too_many(found.read.outcomes, 0.5, "rows.csv") is None


def test_a_cumulative_file_comes_after_its_months_and_before_the_next(project: Project) -> None:
    declared = load_table_source(project.schemas, "ucdp_candidate")
    versions = ["26.0.4", "26.01.26.03", "26.0.3", "25.01.25.12", "26.0.10", "draft"]
    found = in_order(declared, [record_of("ucdp_candidate", f"{version}.csv", b"", version) for version in versions])
    assert [file.source_version for file in found] == [
        "draft",
        "25.01.25.12",
        "26.0.3",
        "26.01.26.03",
        "26.0.4",
        "26.0.10",
    ]


def test_a_later_export_makes_deleted_events_give_way_where_it_is_said_what_it_covers(
    project: Project, read: Reader
) -> None:
    days = {"MLI1": "10 February 2026", "MLI2": "11 February 2026", "MLI3": "10 May 2026"}
    names = columns(project, "acled")
    kinds = {
        "country": "Mali",
        "sub_event_type": "Attack",
        "event_type": "Violence against civilians",
        "fatalities": "1",
    }

    def export(*ids: str) -> bytes:
        return as_csv(names, [kinds | {"event_id_cnty": own_id, "event_date": days[own_id]} for own_id in ids])

    files = {"january.csv": export(*days), "may.csv": export("MLI1")}
    covers = [None, (dt.date(2026, 1, 1), dt.date(2026, 3, 31))]
    found = read("acled", files, versions=["2026-05", "2026-06"], areas=[("MLI",), ("MLI",)], covers=covers)
    assert released(found) == {"MLI1": "2026-06", "MLI3": "2026-05"}
    assert found.outcomes[SUPERSEDED] == 2
    assert {(row["area_code"], str(row["date_start"]), str(row["date_end"])) for row in found.rows("coverage")} == {
        ("MLI", "2026-01-01", "2026-03-31")
    }
