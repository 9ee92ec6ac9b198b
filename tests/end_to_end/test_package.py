"""The package in the hands of those who use it: every reader sees the same rows, and the three forms agree."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import duckdb
import jsonschema
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from pipeline.checksums import package_files
from pipeline.config import Project
from pipeline.schema import Schema


def test_every_table_is_there_as_parquet_and_csv(built: Project, schema: Schema) -> None:
    names = package_files(built.release).keys()
    assert {name for name in names if not name.startswith("figures/")} == {
        *(f"{name}.parquet" for name in schema.tables),
        *(f"{name}.csv" for name in schema.tables),
        *(f"codebook.{language}.{form}" for language in ("en", "fr") for form in ("html", "md")),
        "CHANGELOG.fr.md",
        "CHANGELOG.md",
        "CITATION.cff",
        "LISEZMOI.md",
        "README.md",
        "SHA256SUMS",
        "croissant.json",
        "datapackage.json",
        "dataset.jsonld",
        "incidents.geo.parquet",
    }


def test_parquet_csv_and_database_hold_the_same_rows(built: Project, schema: Schema) -> None:
    connection = duckdb.connect()
    connection.execute(f"ATTACH '{built.database}' AS made (READ_ONLY)")
    for name, table in schema.tables.items():
        types = {
            column: str(kind) for column, kind, *_ in connection.execute(f'DESCRIBE made.main."{name}"').fetchall()
        }
        assert tuple(types) == table.columns
        columns = ", ".join(f"'{column}': '{kind}'" for column, kind in types.items())
        forms = {
            "parquet": f"FROM '{built.release}/{name}.parquet'",
            "csv": f"FROM read_csv('{built.release}/{name}.csv', header = true, columns = {{{columns}}})",
            "database": f'FROM made.main."{name}"',
        }
        for one in forms.values():
            for other in forms.values():
                assert connection.execute(f"({one}) EXCEPT ALL ({other})").fetchall() == []


def test_pandas_polars_pyarrow_and_duckdb_read_the_same_incidents(built: Project) -> None:
    path = built.release / "incidents.parquet"
    by_duckdb = [row[0] for row in duckdb.sql(f"SELECT incident_id FROM '{path}'").fetchall()]
    assert len(by_duckdb) >= 60
    assert pd.read_parquet(path)["incident_id"].tolist() == by_duckdb
    assert pl.read_parquet(path)["incident_id"].to_list() == by_duckdb
    assert pq.read_table(path)["incident_id"].to_pylist() == by_duckdb
    assert pd.read_csv(built.release / "incidents.csv")["incident_id"].tolist() == by_duckdb


def test_parquet_carries_descriptions_is_compressed_and_sorted(built: Project, schema: Schema) -> None:
    for name, table in schema.tables.items():
        file = pq.ParquetFile(built.release / f"{name}.parquet")
        assert file.schema_arrow.metadata[b"description"].decode() == table.description.en
        assert file.metadata.num_row_groups <= 1
        for field in table.fields:
            metadata = file.schema_arrow.field(field.name).metadata
            assert metadata[b"description"].decode() == field.description.en
            assert metadata[b"description_fr"].decode() == field.description.fr
            assert file.schema_arrow.field(field.name).nullable is not field.required
        for group in range(file.metadata.num_row_groups):
            for column in range(file.metadata.num_columns):
                assert file.metadata.row_group(group).column(column).compression == "ZSTD"
        rows = file.read().select(list(table.sort_by)).to_pylist()
        keys = [tuple((row[column] is not None, row[column]) for column in table.sort_by) for row in rows]
        assert keys == sorted(keys)


def test_the_descriptor_is_a_data_package_v2(built: Project) -> None:
    descriptor = json.loads((built.release / "datapackage.json").read_text(encoding="utf-8"))
    profiles = files("dplib") / "profiles" / "2.0"
    profile = json.loads((profiles / "datapackage.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(profile).validate(descriptor)
    assert descriptor["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert descriptor["version"] == "1.0.0"
    assert descriptor["created"] == "2026-11-22T00:00:00Z"
    assert [licence["name"] for licence in descriptor["licenses"]] == ["CC-BY-4.0"]
    assert {source["title"] for source in descriptor["sources"]} >= {"UCDP Actor Dataset"}
    for part in ("dataresource", "tableschema"):
        profile = json.loads((profiles / f"{part}.json").read_text(encoding="utf-8"))
        for resource in descriptor["resources"]:
            if part == "dataresource":
                jsonschema.Draft7Validator(profile).validate(resource)
            elif "schema" in resource:
                jsonschema.Draft7Validator(profile).validate(resource["schema"])


def test_frictionless_finds_nothing(built: Project, schema: Schema) -> None:
    frictionless = Path(sys.executable).with_name("frictionless")
    done = subprocess.run(
        [frictionless, "validate", "datapackage.json", "--json"],
        cwd=built.release,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    assert report["valid"], report
    assert [task["type"] for task in report["tasks"]].count("table") == 2 * len(schema.tables)


def test_the_database_says_what_its_columns_mean_and_refuses_a_bad_row(built: Project, tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(built.database.read_bytes())
    connection = duckdb.connect(str(copy))
    bare = "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
    assert connection.execute(bare).fetchone() == (0,)
    kinds = "SELECT DISTINCT constraint_type FROM duckdb_constraints()"
    assert {row[0] for row in connection.execute(kinds).fetchall()} >= {
        "PRIMARY KEY",
        "FOREIGN KEY",
        "CHECK",
        "NOT NULL",
    }
    with pytest.raises(duckdb.ConstraintException):
        connection.execute(
            "INSERT INTO incident_actors "
            "SELECT 'i-zzzzzz', 'JNIM', 'target', 'claimed', NULL, NULL, min(record_id) FROM records"
        )
