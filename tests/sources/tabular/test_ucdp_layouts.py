"""The files of UCDP in every form in which they come: GED by year, on HDX, zipped; Candidate monthly and cumulative."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pipeline.config import Project
from pipeline.engine import connect
from pipeline.schema.duckdb import literal, quote
from pipeline.sources.tabular.cells import load_excel
from tests.sources.tabular.rows import Reader, Result, as_csv, columns, ged

LINE = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,dyad_dset_id,"
    "dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,side_b,number_of_sources,"
    "source_article,source_office,source_date,source_headline,source_original,where_prec,where_coordinates,"
    "where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,region,event_clarity,"
    "date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low,gwnoa,gwnob"
)
"""The header of GED 23.1, 25.1 and Candidate 26.0.2, as it stands in the files."""
NAMES = LINE.split(",")
HDX_NAMES = (
    ("," + LINE).replace("year,", "year,start_year,end_year,", 1).replace("latitude,", "latitude,iso3,").split(",")
)
"""The 53 columns of a copy on the Humanitarian Data Exchange: the first is an index without a name."""
OLD = {"year": "2019", "date_start": "2019-02-10", "date_end": "2019-02-11 00:00:00.000", "source_date": "2019-02-11"}


def as_xlsx(path: Path, names: Sequence[str], rows: Sequence[Mapping[str, str]], *, header: bool) -> bytes:
    """Rows as a spreadsheet in which numbers and days are cells of their kind, as UCDP has them."""
    backend = connect("duckdb")
    load_excel(backend)

    def cell(name: str, text: str) -> str:
        if name in ("date_start", "date_end") and text:
            return f"DATE {literal(text)}"
        return text if name in ("id", "best", "high", "low", "latitude", "longitude") else literal(text)

    each = " UNION ALL ".join(
        "SELECT " + ", ".join(f"{cell(name, row.get(name, ''))} AS {quote(name)}" for name in names) for row in rows
    )
    backend.raw_sql(f"COPY ({each}) TO {literal(str(path))} (FORMAT xlsx, HEADER {str(header).lower()})")
    return path.read_bytes()


def is_the_row(found: Result, source: str) -> None:
    """The invented row came out as it went in, and one of another country is outside."""
    assert found.outcomes == {("released", "in_scope"): 1, ("outside", "region.other_country"): 1}
    [record] = found.rows("records")
    assert record["record_id"] == f"{source}:1"
    assert (record["latitude"], record["longitude"], record["admin1_code"]) == (17.0, -1.4, "ML-7")
    assert (record["killed_low"], record["killed_best"], record["killed_high"]) == (5, 6, 8)


def test_the_declared_layout_is_the_header_of_the_files(project: Project) -> None:
    for source in ("ucdp_ged", "ucdp_candidate"):
        assert columns(project, source) == tuple(NAMES)
    assert (len(NAMES), len(HDX_NAMES)) == (49, 53)


@pytest.mark.parametrize(
    ("version", "last_day"),
    [("23.1", "2022-12-31"), ("24.1", "2023-12-31"), ("25.1", "2024-12-31"), ("26.1", "2025-12-31")],
)
@pytest.mark.parametrize("form", ["csv", "hdx", "zip"])
def test_a_yearly_file_of_ged_is_read(read: Reader, version: str, last_day: str, form: str) -> None:
    rows = ged(OLD, OLD | {"country": "Mexico"})
    name = f"GEDEvent_v{version.replace('.', '_')}.csv"
    content = as_csv(NAMES, rows)
    if form == "hdx":
        tags = dict.fromkeys(NAMES, "") | {"id": "#event+code", "latitude": "#geo+lat", "": ""}
        content = as_csv(HDX_NAMES, [tags, *rows])
    if form == "zip":  # one table in a zip called ged251-csv.zip
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        name, content = f"ged{version.replace('.', '')}-csv.zip", out.getvalue()
    found = read("ucdp_ged", {name: content}, version)
    is_the_row(found, "ucdp_ged")
    [record] = found.rows("records")
    assert (str(record["date_start"]), str(record["date_end"])) == ("2019-02-10", "2019-02-11")
    assert {(str(row["date_start"]), str(row["date_end"])) for row in found.rows("coverage")} == {
        ("1989-01-01", last_day)
    }


@pytest.mark.parametrize("header", [True, False], ids=["header", "no header"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("version", "covered"),
    [("26.0.2", ("2026-02-01", "2026-02-28")), ("26.01.26.03", ("2026-01-01", "2026-03-31"))],
    ids=["monthly", "cumulative"],
)
def test_a_file_of_candidate_is_read(
    read: Reader, tmp_path: Path, version: str, covered: tuple[str, str], form: str, *, header: bool
) -> None:
    rows = ged({}, {"country": "Mexico"})
    name = f"GEDEvent_v{version.replace('.', '_')}.{form}"
    content = (
        as_csv(NAMES, rows, header=header)
        if form == "csv"
        else as_xlsx(tmp_path / "made.xlsx", NAMES, rows, header=header)
    )
    found = read("ucdp_candidate", {name: content}, version)
    is_the_row(found, "ucdp_candidate")
    assert {(str(row["date_start"]), str(row["date_end"])) for row in found.rows("coverage")} == {covered}
