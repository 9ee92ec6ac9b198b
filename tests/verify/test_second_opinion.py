"""What `sahel verify` finds and frictionless does not: both are asked about the same package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.verify import verify_package
from tests.tampered import describe, rehash, resource


def frictionless_is_content(package: Path) -> bool:
    frictionless = Path(sys.executable).with_name("frictionless")
    done = subprocess.run(
        [frictionless, "validate", "datapackage.json"], cwd=package, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


def swap_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def wrong_hash_on_parquet(package: Path) -> None:
    def spoil(descriptor: dict[str, Any]) -> None:
        resource(descriptor, "ledger")["hash"] = "sha256:" + "0" * 64

    describe(package, spoil)


def unequal_csv_and_parquet(package: Path) -> None:
    [(rows,)] = duckdb.sql(f"SELECT row_count FROM '{package}/ledger.csv' WHERE outcome = 'released'").fetchall()
    swap_in(package / "ledger.csv", f",{rows}\n", f",{rows + 1}\n")
    rehash(package)


def foreign_key_across_formats(package: Path) -> None:
    """Each format refers to itself; the ledger in CSV refers to a source that is not among those in Parquet."""
    for name in ("sources.csv", "ledger.csv"):
        swap_in(package / name, '"curated",', '"others",')
    rehash(package)


@pytest.mark.parametrize(
    ("spoil", "places"),
    [
        (wrong_hash_on_parquet, {("ledger.parquet", "package.hash")}),
        (unequal_csv_and_parquet, {("ledger.csv", "package.csv_differs")}),
        (
            foreign_key_across_formats,
            {("sources.csv", "package.csv_differs"), ("ledger.csv", "package.csv_differs")},
        ),
    ],
)
def test_frictionless_passes_what_verify_finds(
    small_package: Path, rules: Path, spoil: Callable[[Path], None], places: set[tuple[str, str]]
) -> None:
    assert verify_package(small_package, rules).problems == []
    assert frictionless_is_content(small_package)
    spoil(small_package)
    assert frictionless_is_content(small_package)
    assert {(found.file, found.rule) for found in verify_package(small_package, rules).problems} == places


def test_both_find_a_wrong_number_of_rows(small_package: Path, rules: Path) -> None:
    rehash(small_package, {"ledger": 7})
    assert not frictionless_is_content(small_package)
    problems = verify_package(small_package, rules).problems
    assert [(found.file, found.rule) for found in problems] == [("ledger", "package.row_count")] * 2
    assert problems[0].message == "the table has 2 rows, 7 are stated for ledger.parquet"
