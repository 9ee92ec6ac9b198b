"""The version that is due after a change of schema or licence, and what is refused."""

from __future__ import annotations

import dataclasses
import json

import pyarrow.parquet as pq
import pytest

from pipeline.compare import compare
from pipeline.config import DESCRIPTOR, Params, Project
from pipeline.problems import NotWell
from pipeline.writers import write_parquet
from tests.compare.edited import edit, first, rows, setter, version


def field_renamed(project: Project, old: str, new: str, schema_version: str) -> None:
    path = project.schemas / "tables" / "reports.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(f"- name: {old}", f"- name: {new}"), encoding="utf-8")
    data = pq.read_table(project.resolved / "reports.parquet")
    names = [new if name == old else name for name in data.column_names]
    write_parquet(data.rename_columns(names), project.resolved / "reports.parquet")
    head = project.schemas / "schema.yaml"
    head.write_text(
        head.read_text(encoding="utf-8").replace("version: 1.0.0", f"version: {schema_version}"), encoding="utf-8"
    )


def test_a_schema_version_does_not_go_down(published: Project, params: Params) -> None:
    path = published.baseline / DESCRIPTOR
    path.write_text(path.read_text(encoding="utf-8").replace('"schema_version": "1.0.0"', '"schema_version": "1.4.0"'))
    with pytest.raises(NotWell) as told:
        compare(published, params)
    assert "was published with 1.4.0" in told.value.problems[0].message


def test_a_renamed_field_is_refused_below_the_next_major_version(published: Project, params: Params) -> None:
    field_renamed(published, "archive_url", "archived_at", "2.0.0")
    with pytest.raises(NotWell) as told:
        compare(published, dataclasses.replace(params, version="1.9.0"))
    (problem,) = told.value.problems
    assert (problem.file, problem.line, problem.field) == ("params.yaml", 3, "release.version")
    assert "1.9.0 is too low: 2.0.0 is due because reports.archive_url field removed" in problem.message
    assert "version 2.0.0 is due (major)" in compare(published, params)
    structural = {
        (row["table"], row["change_type"], row["field"])
        for row in rows(published.compared, "changes")
        if row["key"] == "*"
    }
    assert structural == {("reports", "removed", "archive_url"), ("reports", "added", "archived_at")}


def test_a_schema_that_differs_needs_a_higher_version_of_its_own(published: Project, params: Params) -> None:
    field_renamed(published, "archive_url", "archived_at", "1.1.0")
    with pytest.raises(NotWell) as told:
        compare(published, params)
    assert [problem.file for problem in told.value.problems] == ["schemas/schema.yaml"]
    assert "2.0.0 is due" in told.value.problems[0].message


def test_a_higher_number_is_taken_and_one_that_was_published_is_used_up(published: Project, params: Params) -> None:
    claim = first(published, "claims", subject_type="incident", metric="killed", qualifier="exactly")
    edit(published, "claims", setter("claim_id", claim["claim_id"], "qualifier", "about"))
    compare(published, dataclasses.replace(params, version="3.0.0"))
    assert version(published)["version"] == "3.0.0"
    compare(published, dataclasses.replace(params, version="1.0.0"))
    assert version(published)["version"] == "1.0.1"


def test_a_code_more_and_fields_in_another_order_stand_in_changes(published: Project, params: Params) -> None:
    path = published.baseline / DESCRIPTOR
    described = json.loads(path.read_text(encoding="utf-8"))
    for resource in described["resources"]:
        if resource["name"] == "incidents":
            [status] = [field for field in resource["schema"]["fields"] if field["name"] == "status"]
            status["constraints"]["enum"].remove("withdrawn")
        if resource["name"] == "reports":
            resource["schema"]["fields"].reverse()
    path.write_text(json.dumps(described), encoding="utf-8")
    head = published.schemas / "schema.yaml"
    head.write_text(head.read_text(encoding="utf-8").replace("version: 1.0.0", "version: 2.0.0"), encoding="utf-8")
    compare(published, params)
    changes = {(row["table"], row["field"]): row for row in rows(published.compared, "changes")}
    assert changes.keys() == {("incidents", "status"), ("reports", "*")}
    code = changes["incidents", "status"]
    assert (code["key"], code["change_type"], code["old"], code["new"]) == ("*", "changed", None, "code withdrawn")
    assert "incidents.status constraint loosened: now code withdrawn" in [
        reason["said"] for reason in version(published)["reasons"]
    ]


def test_another_licence_is_a_major_version_and_no_change_of_the_schema(published: Project, params: Params) -> None:
    path = published.baseline / DESCRIPTOR
    path.write_text(path.read_text(encoding="utf-8").replace('"name": "CC-BY-4.0"', '"name": "ODbL-1.0"'))
    assert "version 2.0.0 is due (major): licenses licence changed" in compare(published, params)
    [change] = rows(published.compared, "changes")
    assert (change["table"], change["key"], change["field"], change["change_type"]) == ("*", "*", "licenses", "changed")
    assert "ODbL-1.0" in change["old"]
    assert "CC-BY-4.0" in change["new"]
