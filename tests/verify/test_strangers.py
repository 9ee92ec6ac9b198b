"""Packages that this project did not make: of another version of the schema, spoilt, or hostile."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest

from pipeline.checksums import package_files
from pipeline.config import Project
from pipeline.problems import CannotDo
from pipeline.schema import Schema
from pipeline.verify import Verification, verify_package
from tests.packages.test_opening import without_rights
from tests.tampered import describe, only, rehash, resource, rewrite

Descriptor = dict[str, Any]


def broken(result: Verification) -> set[tuple[str, str]]:
    return {(found.file, found.rule) for found in result.problems}


def left_out(result: Verification) -> set[str]:
    return {what for what, _ in result.not_checked}


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = package_files(folder).items()
    return {name: (path.read_bytes(), path.stat().st_mtime_ns) for name, path in files}


def test_a_check_changes_nothing(package: Path, rules: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    before = state(package)
    verify_package(package, rules)
    assert state(package) == before
    assert list(elsewhere.iterdir()) == []


def test_a_folder_with_a_name_that_looks_like_a_pattern(small_package: Path, rules: Path, tmp_path: Path) -> None:
    odd = small_package.rename(tmp_path / "a[1] *, 'quoted' and {x}")
    assert verify_package(odd, rules).problems == []


def test_a_rule_whose_table_is_missing_is_not_taken_for_well(package: Path, rules: Path) -> None:
    only(package, "sources", "ledger", "codes")
    result = verify_package(package, rules)
    assert result.problems == []
    assert {"package.ledger_adds_up", "package.counted_once"} <= left_out(result)
    assert dict(result.not_checked)["package.counted_once"].startswith("the package has not what the rule asks for")


def test_a_foreign_key_whose_table_is_missing_is_not_taken_for_well(package: Path, rules: Path) -> None:
    only(package, "ledger")
    result = verify_package(package, rules)
    assert result.problems == []
    assert "ledger.source.foreign_key" in left_out(result)


def test_what_another_version_of_the_schema_demands_is_said(package: Path, rules: Path) -> None:
    def of_tomorrow(descriptor: Descriptor) -> None:
        for name in ("ledger", "ledger-csv"):
            table = resource(descriptor, name)["schema"]
            table["fields"][1]["constraints"]["minLength"] = 1
            table["rules"] = [{"id": "ledger.prime", "prime": ["row_count"]}]
            table["uniqueKeys"] = [["rule"]]
        resource(descriptor, "sources")["schema"]["fields"][-1]["type"] = "geopoint"
        descriptor["resources"].append({"name": "map", "path": "README.md", "format": "md", "schema": {"fields": []}})
        resource(descriptor, "map")["schema"]["fields"] = [{"name": "a", "type": "string"}]
        resource(descriptor, "map")["hash"] = "sha256:" + "0" * 64

    only(package, "ledger", "sources")
    describe(package, of_tomorrow)
    for name in ("sources-csv", "map"):
        describe(package, lambda made, name=name: made["resources"].remove(resource(made, name)))
    (package / "sources.csv").unlink()
    rehash(package)
    result = verify_package(package, rules)
    assert result.problems == []
    assert {
        "ledger.source_version.minLength",
        "ledger: ledger.prime",
        "ledger.uniqueKeys",
        "sources",
        "ledger.source.foreign_key",
    } <= left_out(result)
    assert "sources" not in result.rows


def test_a_package_in_csv_alone_is_checked(package: Path, rules: Path) -> None:
    only(package, "ledger", "sources")
    for name in ("ledger", "sources"):
        describe(package, lambda made, name=name: made["resources"].remove(resource(made, name)))
        (package / f"{name}.parquet").unlink()
    rehash(package)
    assert verify_package(package, rules).problems == []
    path = package / "ledger.csv"
    path.write_text(path.read_text(encoding="utf-8").replace('"curated",', '"nowhere",'), encoding="utf-8")
    rehash(package)
    result = verify_package(package, rules)
    assert broken(result) == {("ledger", "ledger.source.foreign_key")}
    [failure] = result.problems
    assert (failure.count, failure.first) == (1, ({"source": "nowhere"},))


def test_the_duckdb_file_that_a_store_adds_is_no_stranger(small_package: Path, rules: Path) -> None:
    (small_package / "sahel-attacks.duckdb").write_bytes(b"made from the package")
    result = verify_package(small_package, rules)
    assert result.problems == []
    assert "sahel-attacks.duckdb" in left_out(result)


@pytest.mark.parametrize("path", [["ledger.csv", "more.csv"], "ledger.csv\n", {"a": 1}, 3, "C:ledger.csv"])
def test_a_path_that_is_no_plain_name_is_refused(small_package: Path, rules: Path, path: object) -> None:
    describe(small_package, lambda made: resource(made, "ledger-csv").update(path=path))
    assert broken(verify_package(small_package, rules)) == {("datapackage.json", "package.path")}


@pytest.mark.parametrize(
    "change",
    [
        lambda ledger: ledger.pop("fields"),
        lambda ledger: ledger["fields"][0].update(name=["source"]),
        lambda ledger: ledger["fields"][0]["constraints"].update(pattern=3),
        lambda ledger: ledger["fields"][-1]["constraints"].update(minimum="0) OR (true"),
        lambda ledger: ledger.update(primaryKey=["nothing"]),
        lambda ledger: ledger["foreignKeys"][0]["reference"].update(fields=["a", "b"]),
        lambda ledger: ledger["fields"].append(ledger["fields"][0]),
    ],
)
def test_a_table_that_is_described_wrongly_is_told(
    small_package: Path, rules: Path, change: Callable[[Descriptor], object]
) -> None:
    describe(small_package, lambda made: change(resource(made, "ledger")["schema"]))
    assert broken(verify_package(small_package, rules)) == {("datapackage.json", "package.descriptor")}


@pytest.mark.parametrize(
    ("field", "constraints"),
    [("source", {"pattern": "("}), ("row_count", {"pattern": "^1$"}), ("source", {"minimum": 3})],
)
def test_a_constraint_that_does_not_fit_is_told(
    small_package: Path, rules: Path, field: str, constraints: dict[str, object]
) -> None:
    def change(descriptor: Descriptor) -> None:
        for name in ("ledger", "ledger-csv"):
            fields = resource(descriptor, name)["schema"]["fields"]
            next(one for one in fields if one["name"] == field)["constraints"] = constraints

    describe(small_package, change)
    assert broken(verify_package(small_package, rules)) == {("ledger", "package.descriptor")}


def test_twins_that_are_described_otherwise_are_told(small_package: Path, rules: Path) -> None:
    def loosen(descriptor: Descriptor) -> None:
        del resource(descriptor, "ledger-csv")["schema"]["fields"][0]["constraints"]

    describe(small_package, loosen)
    assert broken(verify_package(small_package, rules)) == {("datapackage.json", "package.twins")}


@pytest.mark.parametrize(
    ("spoil", "rule", "said"),
    [
        (lambda text: text.replace(b"source,", b"sources,", 1), "package.csv_columns", "has the columns sources, "),
        (lambda text: text.replace(b",row_count", b"", 1), "package.csv_columns", "has the columns"),
        (lambda _text: b"", "package.csv_columns", "has the columns ,"),
        (lambda text: text + b"a,b,c,d,1,more\n", "package.csv_unreadable", "Line: 4"),
        (lambda text: text + b"a,b\n", "package.csv_unreadable", "Line: 4"),
        (lambda text: text + b'"a,b,c,d,1\n', "package.csv_unreadable", "Line: 4"),
        (lambda text: text + b"a,b,c,d,many\n", "package.csv_unreadable", "many"),
        (lambda text: text.replace(b"in_scope", b"in_sc\xf6pe"), "package.csv_unreadable", "unicode"),
        (lambda text: text.replace(b"in_scope", b"in_sc\0pe"), "package.csv_differs", "1 rows are not those"),
        (lambda text: text + text[-40:].splitlines()[-1] + b"\n", "package.csv_differs", "1 rows are not those"),
        (lambda text: b"\n".join(text.splitlines()[:-1]) + b"\n", "package.csv_differs", "1 rows are not those"),
    ],
)
def test_a_csv_that_is_not_that_of_its_table(
    small_package: Path, rules: Path, spoil: Callable[[bytes], bytes], rule: str, said: str
) -> None:
    path = small_package / "ledger.csv"
    path.write_bytes(spoil(path.read_bytes()))
    rehash(small_package)
    result = verify_package(small_package, rules)
    assert broken(result) == {("ledger.csv", rule)}
    assert said in result.problems[0].message


@pytest.mark.parametrize("kept", [0, 4, 0.5, 0.99])
def test_a_parquet_file_cut_short_is_told(small_package: Path, rules: Path, kept: float) -> None:
    path = small_package / "ledger.parquet"
    os.truncate(path, int(kept * path.stat().st_size) if kept < 1 else int(kept))
    rehash(small_package)
    result = verify_package(small_package, rules)
    assert broken(result) == {("ledger.parquet", "package.unreadable")}


def test_a_parquet_file_whose_pages_are_spoilt_is_told(small_package: Path, rules: Path) -> None:
    path = small_package / "sources.parquet"
    raw = bytearray(path.read_bytes())
    raw[4:400] = os.urandom(396)
    path.write_bytes(raw)
    rehash(small_package)
    assert ("sources.parquet", "package.unreadable") in broken(verify_package(small_package, rules))


def test_a_name_cannot_reach_out_of_the_package(small_package: Path, rules: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.parquet").write_bytes((small_package / "ledger.parquet").read_bytes())

    def rename(descriptor: Descriptor) -> None:
        resource(descriptor, "ledger").update(name="../outside")
        resource(descriptor, "ledger-csv").update(name="../outside-csv")

    describe(small_package, rename)
    result = verify_package(small_package, rules)
    assert result.problems == []
    assert result.rows["../outside"] == 2  # a name is a name: read was the file that the path names
    only_there = tmp_path / "outside.parquet"
    duckdb.sql(f"COPY (FROM '{only_there}' LIMIT 0) TO '{only_there}' (FORMAT parquet)")
    assert verify_package(small_package, rules).rows == result.rows


def test_what_a_stranger_writes_does_not_steer_the_terminal(small_package: Path, schema: Schema, rules: Path) -> None:
    rewrite(small_package, schema, "ledger", "UPDATE data SET source = 'a' || chr(27) || '[2J' || repeat('b', 500)")
    result = verify_package(small_package, rules)
    assert result.problems
    for failure in result.problems:
        assert str(failure).isprintable()
        assert all(len(value or "") <= 120 for row in failure.first for value in row.values())


def test_no_permission_to_read_a_file_is_told(small_package: Path, rules: Path) -> None:
    with pytest.raises(CannotDo, match=r"package: cannot be read: Permission denied"):  # noqa: SIM117
        with reachable(small_package), without_rights(small_package / "ledger.csv"):
            verify_package(small_package, rules)


def test_no_permission_to_read_the_descriptor_is_told(small_package: Path, rules: Path) -> None:
    with pytest.raises(CannotDo, match=r"datapackage\.json: cannot be read: Permission denied"):  # noqa: SIM117
        with reachable(small_package), without_rights(small_package / "datapackage.json"):
            verify_package(small_package, rules)


def test_no_permission_to_look_into_the_folder_is_told(small_package: Path, rules: Path) -> None:
    with pytest.raises(CannotDo, match=r"datapackage\.json: cannot be read: Permission denied"):  # noqa: SIM117
        with reachable(small_package.parent), without_rights(small_package):
            verify_package(small_package, rules)


def test_a_file_without_a_sha256_in_the_descriptor_is_not_taken_for_well(small_package: Path, rules: Path) -> None:
    describe(small_package, lambda made: resource(made, "ledger").pop("hash"))
    result = verify_package(small_package, rules)
    assert result.problems == []
    assert "ledger.parquet" in left_out(result)


@contextmanager
def reachable(folder: Path) -> Iterator[None]:
    """Let others into the folder, so that it is the file that they may not read."""
    for parent in (folder, *list(folder.parents)[:3]):
        parent.chmod(0o755)
    yield


@pytest.mark.parametrize("query", ["", "UPDATE data SET row_count = NULL", "UPDATE data SET outcome = 'lost'"])
def test_the_report_has_the_form_that_is_documented(
    small_package: Path, schema: Schema, rules: Path, project: Project, query: str
) -> None:
    if query:
        rewrite(small_package, schema, "ledger", query)
    form = json.loads((project.schemas / "json" / "verification.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(form)
    result = verify_package(small_package, rules)
    report = result.as_json()
    jsonschema.Draft202012Validator(form).validate(json.loads(json.dumps(report)))
    assert report["well"] is (query == "")
    if query:
        [problem] = report["problems"]
        assert problem["place"] == "ledger"
        assert problem["count"] == 2
        assert [row["source"] for row in problem["first"]] == ["curated", "curated"]
