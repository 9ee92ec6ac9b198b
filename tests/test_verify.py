"""``verify`` on a good package and on packages that were tampered with, each in its own way."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline.checksums import write_sums
from pipeline.config import Project
from pipeline.problems import CannotDo
from pipeline.schema import Schema
from pipeline.verify import Verification, verify_package
from tests.tampered import rehash, rewrite


@pytest.fixture
def package(built: Project, tmp_path: Path) -> Path:
    """A copy of the released package."""
    return Path(shutil.copytree(built.release, tmp_path / "package"))


@pytest.fixture
def rules(project: Project) -> Path:
    return project.schemas / "package_rules.yaml"


def broken(result: Verification) -> set[str]:
    return {problem.rule for problem in result.problems}


def test_a_good_package_is_well(package: Path, rules: Path) -> None:
    result = verify_package(package, rules)
    assert result.problems == []
    assert result.rows["incidents"] >= 60
    assert result.checks > 500


def test_a_changed_byte_is_found(package: Path, rules: Path) -> None:
    (package / "CITATION.cff").write_bytes((package / "CITATION.cff").read_bytes() + b" ")
    result = verify_package(package, rules)
    assert [(problem.file, problem.rule) for problem in result.problems] == [("CITATION.cff", "package.checksum")]


def test_a_wrong_hash_of_a_parquet_file_is_found(package: Path, rules: Path) -> None:
    path = package / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    descriptor["resources"][0]["hash"] = "sha256:" + "0" * 64
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    write_sums(package)
    result = verify_package(package, rules)
    assert [(problem.file, problem.rule) for problem in result.problems] == [("incidents.parquet", "package.hash")]


def test_a_missing_and_an_extra_file_are_found(package: Path, rules: Path) -> None:
    (package / "claims.csv").unlink()
    (package / "more.txt").write_text("more", encoding="utf-8")
    result = verify_package(package, rules)
    assert {(problem.file, problem.rule) for problem in result.problems} == {
        ("claims.csv", "package.checksum"),
        ("claims.csv", "package.missing_file"),
        ("more.txt", "package.checksum"),
    }


@pytest.mark.parametrize(
    "path",
    [
        "../incidents.parquet",
        "/etc/passwd",
        "https://example.org/a.csv",
        "a/b.csv",
        "figures/../a.csv",
        "figures/a/b.csv",
        "",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(package: Path, rules: Path, path: str) -> None:
    file = package / "datapackage.json"
    descriptor = json.loads(file.read_text(encoding="utf-8"))
    descriptor["resources"][0]["path"] = path
    file.write_text(json.dumps(descriptor), encoding="utf-8")
    write_sums(package)
    assert broken(verify_package(package, rules)) == {"package.path"}


def test_csv_and_parquet_that_differ_are_found(package: Path, rules: Path) -> None:
    path = package / "claims.csv"
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[1], lines[2] = lines[2], lines[1]
    path.write_text("\n".join(lines), encoding="utf-8")
    rehash(package)
    result = verify_package(package, rules)
    assert broken(result) == {"package.csv_differs"}
    assert "2 rows" in result.problems[0].message or "row 1" in result.problems[0].message


@pytest.mark.parametrize(
    ("table", "query", "rules_broken"),
    [
        ("incidents", "UPDATE data SET event_type = 'raid' WHERE rowid = 3", {"incidents.event_type.codelist"}),
        ("reports", "UPDATE data SET url = 'ftp://a' WHERE rowid = 0", {"reports.url.pattern"}),
        ("tolls", "UPDATE data SET claim_count = NULL WHERE rowid = 0", {"tolls.claim_count.required"}),
        ("names", "INSERT INTO data FROM data LIMIT 1", {"names.primary_key"}),
        (
            "incident_actors",
            "UPDATE data SET actor_id = 'nobody' WHERE rowid = 0",
            {"incident_actors.actor_id.foreign_key"},
        ),
        (
            "incidents",
            "UPDATE data SET date_start = date_end + 1 WHERE rowid = 0",
            {"incidents.date_order", "package.incident_dated_by_a_record"},
        ),
        ("places", "UPDATE data SET longitude = NULL WHERE latitude IS NOT NULL", {"places.coordinates_together"}),
        ("ledger", "UPDATE data SET row_count = row_count + 1", {"package.ledger_adds_up"}),
        ("tolls", "UPDATE data SET is_additive = true", {"package.counted_once"}),
        (
            "tolls",
            "UPDATE data SET is_additive = false WHERE unit_type = 'operation'",
            {"package.never_lost"},
        ),
        ("claim_reports", "DELETE FROM data WHERE rowid = 0", {"package.claim_has_carrier"}),
    ],
)
def test_wrong_rows_are_found_by_the_rule_s_name(
    package: Path, schema: Schema, rules: Path, table: str, query: str, rules_broken: set[str]
) -> None:
    rewrite(package, schema, table, query)
    result = verify_package(package, rules)
    assert broken(result) == rules_broken
    assert all("first: " in problem.message.lower() for problem in result.problems)


def test_a_column_of_another_type_is_found(package: Path, rules: Path) -> None:
    path = package / "tolls.parquet"
    duckdb.sql(f"COPY (SELECT * REPLACE (best::VARCHAR AS best) FROM '{path}') TO '{path}.new' (FORMAT parquet)")
    Path(f"{path}.new").replace(path)
    rehash(package)
    result = verify_package(package, rules)
    assert broken(result) == {"package.columns"}
    assert "best BIGINT" in result.problems[0].message


def test_a_file_that_is_no_parquet_is_found(package: Path, rules: Path) -> None:
    (package / "tolls.parquet").write_bytes(b"PAR1 and nothing")
    rehash(package)
    assert broken(verify_package(package, rules)) == {"package.unreadable"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text("{", encoding="utf-8"),
        lambda path: path.write_text("[" * 100_000, encoding="utf-8"),
        lambda path: path.write_text('{"resources": 3}', encoding="utf-8"),
        lambda path: os.truncate(path, 100_000_000),
    ],
)
def test_without_a_descriptor_nothing_can_be_said(package: Path, rules: Path, spoil: Callable[[Path], object]) -> None:
    spoil(package / "datapackage.json")
    with pytest.raises(CannotDo, match=r"datapackage\.json: "):
        verify_package(package, rules)
