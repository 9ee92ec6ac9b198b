"""The work of the stages as a careful analyst would write it: pandas, pandera for the checks, frictionless to validate.

Less is done than in the stages: no test against borders, no reference places, no claims of sides with their actors, no
comparison of CSV with Parquet. What is left out makes this faster, so that the ratio to it is a cautious one.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import frictionless
import pandas as pd
import pandera.pandas as pa

from pipeline.config import Project

KEY = {"incidents": "incident_id", "claims": "claim_id", "reports": "report_id", "records": "record_id"}
KINDS = ("csv", "parquet")
COUNTS = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "low", "best", "high")


def read(project: Project, source: str) -> pd.DataFrame:
    """The rows of the region, with dates, numbers and country codes; every row has an outcome."""
    [file] = project.external(source).glob("*.csv")
    rows = pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""])
    names = pd.read_csv(project.schemas / "country_names.csv").set_index("name")["country_iso3"]
    rows["country_iso3"] = rows["country"].str.strip().map(names)
    rows = rows[rows["country_iso3"].notna() & _in_region(project, rows)].copy()
    for name in ("date_start", "date_end"):
        rows[name] = pd.to_datetime(rows[name].str[:10], format="%Y-%m-%d", errors="coerce")
    for name in COUNTS:
        rows[name] = pd.to_numeric(rows[name], errors="coerce").astype("Int64")
    for name in ("latitude", "longitude"):
        rows[name] = pd.to_numeric(rows[name], errors="coerce")
    is_bad = rows[["id", "date_start", "date_end"]].isna().any(axis=1) | rows["id"].duplicated()
    is_bad |= (rows["date_end"] < rows["date_start"]) | (rows["latitude"].abs() > 90) | (rows["longitude"].abs() > 180)
    return rows[~is_bad]


def _in_region(project: Project, rows: pd.DataFrame) -> pd.Series:
    region = pd.read_csv(project.schemas / "codelists" / "region.csv", keep_default_na=False)
    whole = set(region.loc[region["level"] == "country", "country_iso3"])
    named = {
        (country, name.casefold())
        for country, english, french in zip(region["country_iso3"], region["label_en"], region["label_fr"], strict=True)
        for name in (english, french)
    }
    unit = rows["adm_1"].fillna("").str.replace(r"\s+(state|region|province|department)$", "", case=False, regex=True)
    pairs = zip(rows["country_iso3"], unit.str.casefold(), strict=True)
    return rows["country_iso3"].isin(whole) | pd.Series([pair in named for pair in pairs], index=rows.index)


def decided(rows: pd.DataFrame, source: str) -> dict[str, pd.DataFrame]:
    """The published tables."""
    rows = rows.assign(record_id=source + ":" + rows["id"])
    rows["incident_id"] = "i-" + rows["record_id"].map(_digest)
    claims = rows.melt(["record_id", "incident_id"], list(COUNTS), "metric", "value").dropna(subset=["value"])
    claims["claim_id"] = "c-" + (claims["record_id"] + "|" + claims["metric"]).map(_digest)
    lists = rows[["incident_id", "source_office", "source_date", "source_headline"]].copy()
    for name in ("source_office", "source_date", "source_headline"):
        lists[name] = lists[name].fillna("").str.split(";")
    same = (lists["source_office"].str.len() == lists["source_date"].str.len()) & (
        lists["source_office"].str.len() == lists["source_headline"].str.len()
    )
    reports = lists[same].explode(["source_office", "source_date", "source_headline"])
    reports["published_date"] = pd.to_datetime(reports["source_date"].str[:10], errors="coerce")
    reports["report_id"] = "r-" + (reports["source_office"] + "|" + reports["source_headline"]).map(_digest)
    used = reports[["incident_id", "report_id"]].drop_duplicates()
    columns = ["incident_id", "country_iso3", "adm_1", "date_start", "date_end", "latitude", "longitude", *COUNTS]
    tolls = rows.melt(["incident_id"], ["best", "deaths_civilians"], "population_group", "best_figure")
    panel = rows.assign(month=rows["date_start"].dt.to_period("M").astype(str))
    return {
        "records": rows[["record_id", "incident_id", "relid", "where_coordinates", "adm_1", "adm_2", *columns[1:]]]
        .loc[:, lambda t: ~t.columns.duplicated()]
        .sort_values("record_id"),
        "incidents": rows[columns].sort_values(["date_start", "incident_id"]),
        "claims": claims.sort_values(["incident_id", "claim_id"]),
        "reports": reports[["report_id", "source_office", "published_date", "source_headline"]]
        .drop_duplicates("report_id")
        .sort_values("report_id"),
        "incident_reports": used.sort_values(["incident_id", "report_id"]),
        "tolls": tolls.dropna(subset=["best_figure"]).sort_values(["incident_id", "population_group"]),
        "panel": panel.groupby(["country_iso3", "adm_1", "month"], dropna=False)["best"].agg(["count", "sum"])
        .reset_index(),
    }  # fmt: skip


def checked(tables: dict[str, pd.DataFrame]) -> None:
    """Every table by a schema of pandera."""
    for name, data in tables.items():
        columns: dict[str, pa.Column] = {column: pa.Column(nullable=True) for column in data.columns}
        if name in KEY:
            columns[KEY[name]] = pa.Column(str, pa.Check.str_matches(r"^[a-z_]+[-:][0-9a-z]+$"), unique=True)
        for column in set(columns) & {"low", "best", "high", "value"}:
            columns[column] = pa.Column("Int64", pa.Check.in_range(0, 100_000), nullable=True)
        if "latitude" in columns:
            columns["latitude"] = pa.Column(float, pa.Check.in_range(-90, 90), nullable=True)
            columns["longitude"] = pa.Column(float, pa.Check.in_range(-180, 180), nullable=True)
        pa.DataFrameSchema(columns, strict=True).validate(data, lazy=True)
    incidents = set(tables["incidents"]["incident_id"])
    for name in ("claims", "tolls", "incident_reports"):
        assert set(tables[name]["incident_id"]) <= incidents, name


def packaged(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Parquet and CSV with descriptors and checksums."""
    folder.mkdir()
    for name, data in tables.items():
        data.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)
        data.to_csv(folder / f"{name}.csv", index=False)
    for kind in KINDS:
        resources = [
            frictionless.Resource.describe(str(path), stats=kind == "csv").to_descriptor()
            | {"name": path.stem.replace("_", "-"), "path": path.name}
            for path in sorted(folder.glob(f"*.{kind}"))
        ]
        described = json.dumps({"name": "peer", "resources": resources}, default=str)
        (folder / f"{kind}.json").write_text(described, encoding="utf-8")
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def validated(folder: Path, kind: str) -> None:
    """The files of one format by frictionless, row by row."""
    report = frictionless.validate(str(folder / f"{kind}.json"))
    assert report.valid, report.flatten(["type", "note"])[:5]


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16]
