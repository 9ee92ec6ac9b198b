"""The panel: census sources only, zeros inside their coverage, no row outside it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import pyarrow as pa
import pytest

from pipeline.resolve import linked, tolls
from pipeline.resolve import panel as panels
from pipeline.resolve.panel import Covered, Gap, frame, months
from pipeline.schema import Schema
from tests.resolve.claims import claim, tables

Row = dict[str, Any]
UNITS: list[Row] = [
    {"country_iso3": country, "admin1_code": code, "admin_vintage": vintage, "valid_from": dt.date(vintage, 1, 10)}
    for country, code, vintage in (
        ("MLI", "ML-5", 2016),
        ("MLI", "ML-7", 2016),
        ("MLI", "ML-5", 2023),
        ("MLI", "ML-7", 2023),
        ("MLI", "ML-douentza", 2023),
        ("NGA", "NG-BO", 1996),
        ("NGA", "NG-LA", 1996),
    )
]
YEAR = (dt.date(2025, 1, 1), dt.date(2025, 12, 31))


def framed(
    *areas: str, first: dt.date = YEAR[0], last: dt.date = YEAR[1], **divisions: int
) -> set[tuple[str, int, str]]:
    made = frame([Covered("s", area, first, last, divisions) for area in areas], UNITS).to_pylist()
    return {(row["admin1_code"], row["admin_vintage"], row["month"].isoformat()[:7]) for row in made}


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        ("2026-02-01", "2026-02-28", ["2026-02"]),
        ("2026-02-02", "2026-04-29", ["2026-03"]),
        ("2025-12-01", "2026-01-31", ["2025-12", "2026-01"]),
        ("2026-02-01", "2026-02-27", []),
    ],
)
def test_only_whole_months_count(first: str, last: str, wanted: list[str]) -> None:
    found = months(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert [start.isoformat()[:7] for start, _ in found] == wanted


def test_a_country_has_the_units_in_force() -> None:
    found = framed("MLI", first=dt.date(2022, 12, 1), last=dt.date(2023, 1, 31))
    assert {(code, vintage) for code, vintage, month in found if month == "2022-12"} == {("ML-5", 2016), ("ML-7", 2016)}
    assert {(code, vintage) for code, vintage, month in found if month == "2023-01"} == {
        ("ML-5", 2023),
        ("ML-7", 2023),
        ("ML-douentza", 2023),
    }


def test_a_source_that_keeps_to_a_division_has_its_units() -> None:
    assert {(code, vintage) for code, vintage, _ in framed("MLI", MLI=2016)} == {("ML-5", 2016), ("ML-7", 2016)}


def test_of_a_country_in_part_only_the_units_covered_are_there() -> None:
    assert {code for code, _, _ in framed("NG-BO", "CIV-bounkani")} == {"NG-BO"}


def made(schema: Schema, incidents: list[Row], claims: list[Row]) -> list[Row]:
    """The rows of the panel that `both` makes."""
    return both(schema, incidents, claims)[0]


def both(
    schema: Schema,
    incidents: list[Row],
    claims: list[Row],
    first: dt.date = dt.date(2025, 1, 1),
    gaps: tuple[Gap, ...] = (),
) -> tuple[list[Row], list[Row]]:
    """The panel of January 2025 over Mali and Borno, where the source `s` records all that is given, and the rest.

    An incident may bring another ``source`` and a ``record`` of its own; a claim names the record that makes it.
    """
    month = (first, dt.date(2025, 1, 31))
    january = [Covered("s", area, *month, {"MLI": 2016}) for area in ("MLI", "NG-BO")]
    usual = {"status": "candidate", "country_iso3": "MLI", "admin_vintage": 2016, "source": "s"}
    placed = [usual | {"record_id": f"s:{row['incident_id']}"} | row for row in incidents]
    columns = ("source", "record_id", "incident_id", "country_iso3", "admin1_code", "admin_vintage")
    columns += ("date_start", "date_end")
    types = (*(pa.string(),) * 5, pa.int64(), pa.date32(), pa.date32())
    records = ibis.memtable(
        pa.table(
            {name: pa.array([row[name] for row in placed], kind) for name, kind in zip(columns, types, strict=True)}
        )
    )
    status = {row["incident_id"]: row["status"] for row in placed}
    standing = ibis.memtable(pa.table({"incident_id": list(status), "status": list(status.values())}))
    t = tables(schema, claims)
    of_records = {f"c-{at:06d}": claim["record"] for at, claim in enumerate(claims, 1)}
    brought = pa.table(
        {"claim_id": pa.array(of_records, pa.string()), "own": pa.array(of_records.values(), pa.string())}
    )
    said = t["claims"].drop("record_id").join(ibis.memtable(brought), "claim_id").rename(record_id="own")
    members = linked.of_records(records.join(standing, "incident_id"))
    several, one = (members.filter(members.is_one_of_several == is_it) for is_it in (True, False))
    own = panels.own_claims(said, records.semi_join(several, "record_id"), {"s"})
    decided, of_all = (
        tolls.decide(claims, t["claim_reports"], t["reports"], t["populations"])
        for claims in (own, linked.heard(said, members))
    )
    figures = decided.union(panels.own_figures(of_all, records.semi_join(one, "record_id"), {"s"}))
    named = panels.of_sources(records, standing, {"s"})
    framed, figured = ibis.memtable(frame(january, UNITS, gaps)), panels.with_figures(named, figures)
    found = panels.panel(framed, figured)
    covered = ibis.memtable(panels.covered_months(january, {"NG-BO": "NGA"}, gaps))
    rest = panels.rest(found, framed, covered, figured).to_pyarrow().to_pylist()
    rows = sorted(found.to_pyarrow().to_pylist(), key=lambda row: (row["admin1_code"], row["admin_vintage"]))
    return rows, sorted(rest, key=lambda row: (row["country_iso3"], row["reason"]))


def incident(number: int, unit: str | None, day: str = "2025-01-05", last: str | None = None, **more: Any) -> Row:
    days = {"date_start": dt.date.fromisoformat(day), "date_end": dt.date.fromisoformat(last or day)}
    return {"incident_id": f"i-{number}", "admin1_code": unit} | days | more


def said(number: int, low: int | None, best: int | None, high: int | None, of: str = "unspecified", **more: Any) -> Row:
    return claim("s", of, low, high, best=best, unit=f"i-{number}", **({"record": f"s:i-{number}"} | more))


def test_incidents_are_counted_and_the_rest_is_zero(schema: Schema) -> None:
    rows = list(
        made(
            schema,
            [incident(1, "ML-7"), incident(2, "ML-7"), incident(3, None), incident(4, "ML-7", "2025-02-01")],
            [said(1, 1, 2, 3), said(2, 4, 4, 4), said(1, 1, 1, 1, "civilians"), said(4, 9, 9, 9)],
        )
    )
    counts = {(row["admin1_code"], row["admin_vintage"]): row["incident_count"] for row in rows}
    assert counts == {("ML-5", 2016): 0, ("ML-7", 2016): 2, ("NG-BO", 1996): 0}
    gao = rows[1]
    assert (gao["killed_low"], gao["killed_best"], gao["killed_high"]) == (5, 6, 7)
    assert (gao["killed_civilians_low"], gao["killed_civilians_best"]) == (1, 1)
    assert [rows[0][name] for name in ("killed_low", "killed_best", "killed_high")] == [0, 0, 0]


def test_an_open_bound_stays_open_and_what_nobody_stated_is_null(schema: Schema) -> None:
    _, gao, borno = made(
        schema,
        [incident(1, "ML-7"), incident(2, "ML-7"), incident(3, "NG-BO", country_iso3="NGA", admin_vintage=1996)],
        [said(1, 1, 2, None), said(2, 4, 4, 4)],
    )
    assert (gao["killed_low"], gao["killed_best"], gao["killed_high"]) == (5, 6, None)
    assert (borno["incident_count"], borno["killed_low"], borno["killed_best"], borno["killed_high"]) == (
        1,
        None,
        None,
        None,
    )


def test_where_nobody_says_how_many_of_the_dead_are_civilians_their_upper_bound_is_open(schema: Schema) -> None:
    _, gao, borno = made(
        schema,
        [incident(1, "ML-7"), incident(2, "ML-7"), incident(3, "NG-BO", country_iso3="NGA", admin_vintage=1996)],
        [said(1, 1, 2, 3), said(1, 1, 1, 2, "civilians"), said(2, 0, 0, 0), said(3, 4, 5, 6)],
    )
    bounds = ("killed_civilians_low", "killed_civilians_best", "killed_civilians_high")
    assert [gao[name] for name in bounds] == [1, 1, 2], "where nobody died, no civilian did"
    assert [borno[name] for name in bounds] == [None, None, None]
    _, gao, _ = made(
        schema,
        [incident(1, "ML-7"), incident(2, "ML-7")],
        [said(1, 1, 2, 3), said(1, 1, 1, 2, "civilians"), said(2, 4, 5, 6)],
    )
    assert [gao[name] for name in bounds] == [1, 1, None]


def test_an_incident_whose_days_lie_in_several_months_is_in_no_month(schema: Schema) -> None:
    panel, rest = both(
        schema,
        [
            incident(1, "ML-7", "2025-01-01", "2025-12-31"),
            incident(2, "ML-7", "2025-01-31", "2025-02-01"),
            incident(3, "ML-7", "2025-01-01", "2025-01-31"),
        ],
        [said(1, 500, 500, 500), said(2, 2, 2, 2), said(3, 1, 1, 1)],
    )
    assert sum(row["killed_best"] for row in panel) == 1
    assert [(row["reason"], row["incident_count"], row["killed_best"]) for row in rest] == [("month_not_known", 2, 502)]


def test_where_rows_wait_in_quarantine_no_zero_is_said(schema: Schema) -> None:
    first, last = dt.date(2024, 11, 1), dt.date(2024, 12, 5)
    incidents = [
        incident(1, "ML-7", "2024-12-20"),
        incident(2, "ML-5"),
        incident(3, None, "2024-11-02"),
        incident(4, "NG-BO", "2024-12-20", country_iso3="NGA", admin_vintage=1996),
        incident(5, "ML-douentza", "2024-12-20", admin_vintage=2023),
    ]
    claims = [said(number, number, 10 * number, 100 * number) for number in range(1, 6)]
    gap = (Gap("s", "MLI", first, last), Gap("another", "NGA", first, last))
    panel, rest = both(schema, incidents, claims, dt.date(2024, 10, 1), gap)
    found = {(row["country_iso3"], row["month"].isoformat()[:7]): row["incident_count"] for row in panel}
    assert {month for country, month in found if country == "MLI"} == {"2024-10", "2025-01"}
    assert {month for country, month in found if country == "NGA"} == {"2024-10", "2024-11", "2024-12", "2025-01"}
    assert [(row["reason"], row["incident_count"], row["killed_best"]) for row in rest] == [("quarantined_rows", 3, 90)]
    assert sum(row["killed_best"] or 0 for row in (*panel, *rest)) == 150


def test_withdrawn_incidents_do_not_count(schema: Schema) -> None:
    _, gao, _ = made(
        schema,
        [incident(1, "ML-7", status="withdrawn"), incident(2, "ML-7")],
        [said(1, 9, 9, 9), said(2, 4, 4, 4)],
    )
    assert (gao["incident_count"], gao["killed_best"]) == (1, 4)


def test_records_and_claims_of_other_sources_change_nothing(schema: Schema) -> None:
    curated = {"source": "curated", "record_id": "curated:i-1"}
    mopti, gao, _ = made(
        schema,
        [incident(1, "ML-5", "2025-01-31", **curated), incident(1, "ML-7"), incident(2, "ML-7", **curated)],
        [
            said(1, 4, 4, 4),
            said(1, 60, 60, None, record="curated:i-1", publisher="AFP"),
            said(2, 9, 9, 9, record="curated:i-1"),
        ],
    )
    assert (gao["incident_count"], gao["killed_low"], gao["killed_best"], gao["killed_high"]) == (1, 4, 4, 4)
    assert mopti["incident_count"] == 0


def test_a_unit_of_another_division_has_a_row_of_its_own(schema: Schema) -> None:
    rows = list(made(schema, [incident(1, "ML-douentza", admin_vintage=2023)], [said(1, 1, 1, 1)]))
    assert [(row["admin1_code"], row["admin_vintage"], row["incident_count"]) for row in rows] == [
        ("ML-5", 2016, 0),
        ("ML-7", 2016, 0),
        ("ML-douentza", 2023, 1),
        ("NG-BO", 1996, 0),
    ]


def test_panel_and_rest_add_up_to_the_incidents_of_the_source(schema: Schema) -> None:
    incidents = [
        incident(1, "ML-7"),
        incident(2, None),
        incident(3, "ML-7", "2025-02-01"),
        incident(4, "ML-7", "2011-05-05"),
        incident(5, "NG-LA", country_iso3="NGA", admin_vintage=1996),
        incident(6, None, "2011-05-05"),
        incident(7, "ML-7", status="withdrawn"),
        incident(8, "X-1", country_iso3="GHA", admin_vintage=1983),
    ]
    claims = [said(number, number, 10 * number, 100 * number) for number in range(1, 9)]
    panel, rest = both(schema, incidents, claims, first=dt.date(2010, 1, 1))
    told = {(row["country_iso3"], row["reason"]): (row["incident_count"], row["killed_best"]) for row in rest}
    assert told == {
        ("GHA", "outside_coverage"): (1, 80),
        ("MLI", "division_not_known"): (2, 100),
        ("MLI", "outside_coverage"): (1, 30),
        ("MLI", "unit_not_known"): (1, 20),
        ("NGA", "unit_not_covered"): (1, 50),
    }
    standing = [1, 2, 3, 4, 5, 6, 8]
    for name, times in (("incident_count", None), ("killed_low", 1), ("killed_best", 10), ("killed_high", 100)):
        wanted = len(standing) if times is None else times * sum(standing)
        assert sum(row[name] for row in (*panel, *rest)) == wanted, name


def test_without_a_census_there_is_no_frame() -> None:
    assert frame([], UNITS).num_rows == 0
