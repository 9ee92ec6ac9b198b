"""`sahel diff` as people and programs call it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import jsonschema
import pytest

from pipeline.config import Project
from pipeline.schema import Schema
from tests.cli.test_app import sahel
from tests.packages.test_opening import zipped
from tests.tampered import describe, only, rehash, rewrite


@pytest.fixture
def package(built: Project, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built.release, tmp_path / "package"))


@pytest.fixture
def corrected(package: Path, schema: Schema) -> Path:
    """The same package with one toll 500 higher, another 3 lower, an actor less and a claim more."""
    first = "SELECT min({0}_id) FROM data WHERE {1}"
    one = first.format("incident", "killed_best > 5")
    rewrite(
        package, schema, "incidents", f"UPDATE data SET killed_best = killed_best + 500 WHERE incident_id = ({one})"
    )
    is_all = "metric = 'killed' AND population_group = 'all'"
    one = first.format("unit", f"unit_type = 'incident' AND is_additive AND {is_all} AND best > 5")
    rewrite(package, schema, "tolls", f"UPDATE data SET best = best + 500 WHERE unit_id = ({one}) AND {is_all}")
    one = first.format("claim", "value_low > 3")
    rewrite(package, schema, "claims", f"UPDATE data SET value_low = value_low - 3 WHERE claim_id = ({one})")
    rewrite(package, schema, "names", "DELETE FROM data WHERE name = (SELECT max(name) FROM data)")
    return package


def test_a_package_is_the_same_as_itself_and_as_its_zip(built: Project, package: Path, tmp_path: Path) -> None:
    done = sahel(built.root, "diff", package, "data/release")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1.0.0 → 1.0.0: the same\n", "")
    assert sahel(built.root, "diff", zipped(package, tmp_path / "package.zip"), package).returncode == 0


def test_deaths_come_first_and_the_largest_difference_before_the_others(built: Project, corrected: Path) -> None:
    done = sahel(built.root, "diff", "data/release", corrected)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "1.0.0 → 1.0.0: different"
    assert lines[1].startswith("Deaths (sums of additive tolls; a selection")
    whole = next(line for line in lines if line.split()[:2] == ["all", "all"])
    before, after = (int(figure.replace(",", "")) for figure in whole.split()[-3::2])
    assert after - before == 500
    values = lines[lines.index("Values") + 2 :]
    assert values[0].split()[0::2][:1] == ["incidents"]
    assert "killed_best" in values[0]


def test_incidents_that_came_or_went_rank_by_their_own_deaths(built: Project, package: Path, schema: Schema) -> None:
    def deadliest(where: str) -> tuple[str, int]:
        query = f"SELECT incident_id, killed_best FROM '{built.release}/incidents.parquet' {where} LIMIT 1"
        found = duckdb.sql(query).fetchone()
        assert found is not None
        return found

    gone, deaths = deadliest("ORDER BY killed_best DESC NULLS LAST, incident_id")
    small, _ = deadliest(f"WHERE killed_best BETWEEN 1 AND {deaths - 10} ORDER BY incident_id")
    bare, _ = deadliest(f"WHERE killed_best IS NULL AND incident_id NOT IN ('{gone}', '{small}') ORDER BY incident_id")
    rewrite(package, schema, "incidents", f"DELETE FROM data WHERE incident_id IN ('{gone}', '{bare}')")
    rewrite(
        package, schema, "incidents", f"UPDATE data SET killed_best = killed_best + 7 WHERE incident_id = '{small}'"
    )
    for sides, kind in ((("data/release", package), "removed"), ((package, "data/release"), "added")):
        told = json.loads(sahel(built.root, "diff", *sides, "--json").stdout)
        assert [(value["key"], value["change_type"]) for value in told["values"]] == [
            (gone, kind),
            (small, "changed"),
            (bare, kind),
        ]


def test_where_ids_cannot_be_followed_that_is_said(built: Project, package: Path, schema: Schema) -> None:
    merged = "INSERT INTO data VALUES ('i-gone00', 'i-kept00', 'merged', '1.1.0', 'Both are one.')"
    rewrite(package, schema, "id_changes", merged)
    old = Path(shutil.copytree(built.release, package.with_name("old")))
    assert sahel(built.root, "diff", old, package).returncode == 1
    for side in (old, package):
        only(side, "incidents", "id_changes")  # other tables name the version in their rows
    describe(old, lambda d: d.update(version="2024-spring"))
    done = sahel(built.root, "diff", old, package)
    assert done.returncode == 2
    assert "1 table not compared" in done.stdout.splitlines()[0]
    assert f"ids are not followed: {old} has no version of three numbers" in done.stdout
    assert json.loads(sahel(built.root, "diff", old, package, "--json").stdout)["not_compared"].keys() == {"id_changes"}


def test_another_licence_is_told(built: Project, package: Path) -> None:
    describe(package, lambda d: d["licenses"][0].update(name="ODbL-1.0"))
    done = sahel(built.root, "diff", "data/release", package)
    assert done.returncode == 1
    line = next(line for line in done.stdout.splitlines() if "licence changed" in line)
    assert line.split()[:4] == ["*", "licenses", "licence", "changed"]


def test_the_same_columns_are_told_as_json_of_the_documented_form(built: Project, corrected: Path) -> None:
    form = json.loads((built.schemas / "json" / "difference.schema.json").read_text(encoding="utf-8"))
    done = sahel(built.root, "diff", "data/release", corrected, "--json", "--limit", "2")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    jsonschema.Draft202012Validator(form).validate(told)
    assert told["tables"]["claims"] == {"added": 0, "removed": 0, "changed": 1, "values": 1}
    assert told["tables"]["names"]["removed"] == 1
    assert told["tables"]["reports"] == {"added": 0, "removed": 0, "changed": 0, "values": 0}
    assert len(told["values"]) == 2
    listed = sum(t["added"] + t["removed"] + t["values"] for t in told["tables"].values())
    assert told["values_left_out"] == listed - 2


def test_every_value_goes_into_a_parquet_file(built: Project, corrected: Path, tmp_path: Path) -> None:
    target = tmp_path / "values.parquet"
    assert sahel(built.root, "diff", "data/release", corrected, "--parquet", target).returncode == 1
    rows = duckdb.sql(f"SELECT \"table\", change_type, field FROM '{target}' ORDER BY ALL").fetchall()
    assert rows == [
        ("claims", "changed", "value_low"),
        ("incidents", "changed", "killed_best"),
        ("names", "removed", "*"),
        ("tolls", "changed", "best"),
    ]
    nowhere = sahel(built.root, "diff", "data/release", corrected, "--parquet", target / "under a file")
    assert (nowhere.returncode, "Traceback" in nowhere.stderr) == (2, False)
    assert "cannot be written" in nowhere.stderr


def test_markdown_is_bounded_and_holds_no_markup_from_the_data(built: Project, package: Path, schema: Schema) -> None:
    hostile = "'<script>alert(1)</script> | [x](http://example.org) `x`'"
    rewrite(package, schema, "incidents", f"UPDATE data SET label_en = {hostile}, place_name = {hostile}")
    done = sahel(built.root, "diff", "data/release", package, "--markdown", "--limit", "5000")
    assert done.returncode == 1
    assert len(done.stdout) <= 60_000
    assert done.stdout.endswith("The rest does not fit here.\n")
    assert "<script>" not in done.stdout.replace("\\<", "")
    assert "[x](" not in done.stdout.replace("\\[", "")
    row = next(line for line in done.stdout.splitlines() if "place" in line and "script" in line)
    assert row.replace("\\|", "").count("|") == 7


def test_another_schema_is_compared_as_far_as_it_goes(built: Project, package: Path) -> None:
    describe(package, lambda d: d.update(version="2.0.0", schema_version="2.0.0"))
    without = f"SELECT * EXCLUDE agency, 'x' AS more FROM '{built.release}/reports.parquet'"
    duckdb.sql(f"COPY ({without}) TO '{package}/reports.parquet'")

    def renamed(descriptor: dict[str, object]) -> None:
        for resource in descriptor["resources"]:  # type: ignore[attr-defined]
            if resource["name"] == "reports":
                fields = resource["schema"]["fields"]
                fields[:] = [field for field in fields if field["name"] != "agency"]
                fields.append({"name": "more", "type": "string"})

    describe(package, renamed)
    rehash(package)
    done = sahel(built.root, "diff", "data/release", package)
    assert done.returncode == 1
    assert "(schema 1.0.0 → 2.0.0)" in done.stdout
    assert "field removed" in done.stdout
    assert "field appended" in done.stdout


def test_what_is_not_compared_is_not_the_same(built: Project, package: Path) -> None:
    (package / "claims.parquet").unlink()
    done = sahel(built.root, "diff", "data/release", package)
    assert done.returncode == 2
    assert "the same" not in done.stdout.splitlines()[0]
    assert "1 table not compared" in done.stdout.splitlines()[0]
    assert "there is no claims.parquet" in done.stdout


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: d.update(resources=[]), "no table in common"),
        (lambda d: d["resources"][0].update(schema={"fields": 3}), "does not describe its tables"),
        (lambda d: d["resources"][0].pop("name"), "does not describe its tables"),
    ],
)
def test_a_stranger_that_does_not_say_what_it_holds_is_refused(
    built: Project, package: Path, spoil: object, said: str
) -> None:
    describe(package, spoil)  # type: ignore[arg-type]
    done = sahel(built.root, "diff", "data/release", package)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_path_that_leads_elsewhere_is_not_followed(built: Project, package: Path) -> None:
    def lead(descriptor: dict[str, object]) -> None:
        for resource in descriptor["resources"]:  # type: ignore[attr-defined]
            if resource["name"] == "claims":
                resource["path"] = f"../../{built.release.name}/claims.parquet"

    describe(package, lead)
    done = sahel(built.root, "diff", "data/release", package)
    assert done.returncode == 2
    assert "there is no claims.parquet" in done.stdout


def test_there_is_no_such_package(built: Project) -> None:
    done = sahel(built.root, "diff", "data/release", "data/nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no such folder or zip" in done.stderr


@pytest.mark.parametrize("table", ["tolls", "incidents", "records", "id_changes"])
def test_a_broken_file_is_not_compared_and_no_difference(built: Project, package: Path, table: str) -> None:
    (package / f"{table}.parquet").write_bytes(b"PAR1 junk")
    for sides in (("data/release", package), (package, "data/release")):
        done = sahel(built.root, "diff", *sides)
        assert "Traceback" not in done.stderr
        assert done.returncode == 2, done.stdout


def test_a_table_that_is_there_as_csv_only_is_not_taken_for_the_same(built: Project, package: Path) -> None:
    def drop(descriptor: dict[str, object]) -> None:
        resources = descriptor["resources"]
        resources[:] = [found for found in resources if found["name"] != "tolls"]  # type: ignore[attr-defined,index]

    describe(package, drop)
    done = sahel(built.root, "diff", package, package)
    assert done.returncode == 2
    assert "CSV only" in done.stdout


def test_a_strangers_text_does_not_steer_the_terminal(built: Project, package: Path, schema: Schema) -> None:
    rewrite(package, schema, "incidents", "UPDATE data SET label_en = 'x' || chr(27) || '[2J' || chr(7)")
    done = sahel(built.root, "diff", "data/release", package)
    assert done.returncode == 1
    assert not {"\x1b", "\x07"} & set(done.stdout)
