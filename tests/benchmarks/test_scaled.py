"""What `make bench` verifies is a package as good as the real one, only larger."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.scaled import one_format, scaled_package
from pipeline.config import Params, Project
from pipeline.schema import Schema
from pipeline.verify import verify_package


def test_a_scaled_package_breaks_no_rule(built: Project, schema: Schema, params: Params, tmp_path: Path) -> None:
    package = tmp_path / "package"
    rows = scaled_package(built.release, package, schema, params.date, 40_000)
    assert rows >= 40_000
    result = verify_package(package, built.package_rules)
    assert (result.problems, result.not_checked) == ([], [])
    assert sum(result.rows.values()) == rows
    once = verify_package(built.release, built.package_rules).rows
    copies = result.rows["incidents"] // once["incidents"]
    assert copies > 1
    assert result.rows["claims"] == copies * once["claims"]
    deaths = "SELECT sum(best) FROM '{}/tolls.parquet' WHERE is_additive AND metric = 'killed'"
    [(real,)], [(made,)] = (duckdb.sql(deaths.format(folder)).fetchall() for folder in (built.release, package))
    assert made == copies * real


def test_one_format_of_a_package_is_described_alone(
    built: Project, schema: Schema, params: Params, tmp_path: Path
) -> None:
    package = tmp_path / "package"
    scaled_package(built.release, package, schema, params.date, 1)
    described = one_format(package, tmp_path / "csv", "csv")
    held = {path.name for path in described.parent.iterdir()}
    assert held == {"datapackage.json", "SHA256SUMS", *(f"{name}.csv" for name in schema.tables)}
    result = verify_package(described.parent, built.package_rules)
    assert (result.problems, result.not_checked) == ([], [])
    assert result.rows.keys() == schema.tables.keys()
