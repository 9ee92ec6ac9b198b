"""The stage on the real tables: what it finds after a change."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pyarrow.parquet as pq
import pytest

from pipeline.compare import compare
from pipeline.compare.reasons import load_derived
from pipeline.config import CHANGELOG, CHANGELOGS, DESCRIPTOR, Params, Project
from pipeline.problems import CannotDo
from pipeline.schema import Schema
from pipeline.sources.declaration import load_source
from tests.compare.edited import edit, first, merge, rows, setter, version


def test_nothing_changed(published: Project, params: Params) -> None:
    assert "nothing changed since version 1.0.0" in compare(published, params)
    assert version(published)["version"] == "1.0.0+unchanged"
    assert rows(published.compared, "changes") == []
    for name in ("incidents", "records", "ledger", "sources"):
        assert pq.read_table(published.compared / f"{name}.parquet").equals(
            pq.read_table(published.baseline / f"{name}.parquet")
        ), name
    assert (published.compared / CHANGELOG).read_bytes() == (published.baseline / CHANGELOG).read_bytes()


def test_a_corrected_toll_is_a_patch_with_its_reason_and_marks_its_incident_alone(
    published: Project, params: Params
) -> None:
    claim = first(published, "claims", subject_type="incident", metric="killed", qualifier="exactly")
    other = first(published, "claims", subject_type="incident", metric="injured")
    incident = claim["subject_id"]
    assert other["subject_id"] != incident
    edit(published, "claims", setter("claim_id", claim["claim_id"], "value_low", claim["value_low"] - 1))
    edit(published, "incidents", setter("incident_id", incident, "killed_low", 77))
    said = {"subject_type": "incident", "subject_id": incident, "position": 1, "revised_date": params.date}
    why = "The ministry corrected its figure."
    edit(published, "revisions", lambda listed: listed.append({**said, "field": "value_low", "reason": why}))
    assert "1.0.1 is due (patch)" in compare(published, params)
    found = {(row["table"], row["key"], row["field"]): row for row in rows(published.compared, "changes")}
    assert found.keys() == {("claims", claim["claim_id"], "value_low"), ("incidents", incident, "killed_low")}
    assert {row["reason"] for row in found.values()} == {why}
    assert found["claims", claim["claim_id"], "value_low"]["old"] == str(claim["value_low"])
    assert found["claims", claim["claim_id"], "value_low"]["new"] == str(claim["value_low"] - 1)
    releases = {
        row["incident_id"]: (row["first_release"], row["last_changed_release"])
        for row in rows(published.compared, "incidents")
    }
    assert releases.pop(incident) == ("1.0.0", "1.0.1")
    assert set(releases.values()) == {("1.0.0", "1.0.0")}
    log = (published.compared / CHANGELOG).read_text(encoding="utf-8")
    assert log.index("## 1.0.1") < log.index("## 1.0.0")
    assert {row["source_version"] for row in rows(published.compared, "records")} == {"1.0.1"}


def test_a_reason_is_of_the_same_field_or_of_one_from_which_it_follows(published: Project, params: Params) -> None:
    claim = first(published, "claims", subject_type="incident", metric="killed", qualifier="exactly")
    incident = claim["subject_id"]
    edit(published, "claims", setter("claim_id", claim["claim_id"], "qualifier", "about"))
    edit(published, "claims", setter("claim_id", claim["claim_id"], "claimant_name", "Somebody else"))
    for field, value in (("killed_high", 999), ("confidence", "low"), ("latitude", 1.5), ("label_en", "elsewhere")):
        edit(published, "incidents", setter("incident_id", incident, field, value))
    base = {"subject_type": "incident", "subject_id": incident, "revised_date": params.date}
    said = [("qualifier", "The page says about."), ("value_high", "Another page."), ("place_id", "Another village.")]
    edit(
        published,
        "revisions",
        lambda listed: listed.extend(
            {**base, "position": at, "field": field, "reason": reason} for at, (field, reason) in enumerate(said, 1)
        ),
    )
    compare(published, params)
    reasons = {row["field"]: row["reason"] for row in rows(published.compared, "changes")}
    assert reasons == {
        "qualifier": "The page says about.",
        "claimant_name": None,
        "killed_high": "The page says about.; Another page.",
        "confidence": None,
        "latitude": "Another village.",
        "label_en": "Another village.",
    }
    log = (published.compared / CHANGELOG).read_text(encoding="utf-8")
    shown = {line.split(" | ")[2]: line.rstrip(" |") for line in log.splitlines() if line.startswith("| incidents | i")}
    assert shown["killed\\_high"].endswith("The page says about.; Another page.")
    assert "village" not in shown["confidence"]


def test_a_reason_of_one_claim_is_given_to_no_other(published: Project, params: Params) -> None:
    claims = [row for row in rows(published.resolved, "claims") if row["subject_type"] == "incident"]
    one, other = next(
        (a, b)
        for a, b in pairwise(claims)
        if a["subject_id"] == b["subject_id"] and a["value_low"] and "about" not in (a["qualifier"], b["qualifier"])
    )
    for claim in (one, other):
        edit(published, "claims", setter("claim_id", claim["claim_id"], "qualifier", "about"))
    edit(published, "claims", setter("claim_id", one["claim_id"], "value_low", one["value_low"] - 1))
    edit(published, "incidents", setter("incident_id", one["subject_id"], "killed_low", 777))
    base = {"subject_type": "incident", "subject_id": one["subject_id"], "revised_date": params.date}
    said = [
        base | {"position": 91, "field": "qualifier", "claim_id": one["claim_id"], "reason": "The page says about."},
        base | {"position": 92, "field": "qualifier", "claim_id": other["claim_id"], "reason": "So does the other."},
        base | {"position": 93, "field": "value_low", "claim_id": one["claim_id"], "reason": "A misprint."},
    ]
    edit(published, "revisions", lambda listed: listed.extend(said))
    compare(published, params)
    found = {(row["key"], row["field"]): row["reason"] for row in rows(published.compared, "changes")}
    assert found[one["claim_id"], "qualifier"] == "The page says about."
    assert found[other["claim_id"], "qualifier"] == "So does the other."
    assert found[one["claim_id"], "value_low"] == "A misprint."
    toll = "The page says about.; So does the other.; A misprint."
    assert found[one["subject_id"], "killed_low"] == toll, "the toll follows from all claims"


def test_a_written_derivation_names_fields_and_keys_that_are_there(project: Project, schema: Schema) -> None:
    form = load_source(project.schemas, "curated").form
    assert form is not None
    parts = [part for group in form.values() for part in (group.values() if "keys" not in group else [group])]
    keys = {key["key"] for part in parts for key in part["keys"]} | {"*"}
    incidents = set()
    for table, field, key in load_derived(project.schemas):
        fields = [*schema.tables[table].columns, "*"]
        found = [name for name in fields if re.fullmatch(field, name)]
        assert found, (table, field)
        assert key in keys, (table, field, key)
        incidents |= set(found) if table == "incidents" else set()
    own = {name for name in schema.tables["incidents"].columns if name in keys}
    releases = {field.name for field in schema.tables["incidents"].fields if field.set_at_release}
    assert set(schema.tables["incidents"].columns) - own - releases - incidents == set(), "from what do they follow?"


def test_a_claim_that_moves_changes_both_incidents(published: Project, params: Params) -> None:
    one, other = (row["incident_id"] for row in rows(published.resolved, "incidents")[:2])
    claim = first(published, "claims", subject_id=one)
    edit(published, "claims", setter("claim_id", claim["claim_id"], "subject_id", other))
    said = {"subject_type": "incident", "subject_id": one, "position": 1, "revised_date": params.date}
    why = "It is about the other attack."
    edit(published, "revisions", lambda listed: listed.append({**said, "field": "claims", "reason": why}))
    compare(published, params)
    [change] = rows(published.compared, "changes")
    assert (change["key"], change["field"], change["reason"]) == (claim["claim_id"], "subject_id", why)
    releases = {row["incident_id"]: row["last_changed_release"] for row in rows(published.compared, "incidents")}
    assert {identifier for identifier, release in releases.items() if release == "1.0.1"} == {one, other}


def test_a_new_claim_is_a_minor_version(published: Project, params: Params) -> None:
    claim = first(published, "claims", subject_type="incident")
    edit(published, "claims", lambda listed: listed.append({**claim, "claim_id": "c-new000", "sequence": 99}))
    assert "1.1.0 is due (minor): claims: 1 row added" in compare(published, params)
    assert [(row["change_type"], row["key"], row["field"]) for row in rows(published.compared, "changes")] == [
        ("added", "c-new000", "*")
    ]


def test_the_change_log_says_what_could_not_be_compared(published: Project, params: Params) -> None:
    path = published.baseline / DESCRIPTOR
    described = json.loads(path.read_text(encoding="utf-8"))
    for resource in described["resources"]:
        if resource["name"] == "names":
            resource["schema"]["primaryKey"] = ["name"]
    path.write_text(json.dumps(described), encoding="utf-8")
    head = published.schemas / "schema.yaml"
    head.write_text(head.read_text(encoding="utf-8").replace("version: 1.0.0", "version: 2.0.0"), encoding="utf-8")
    compare(published, params)
    log = (published.compared / CHANGELOG).read_text(encoding="utf-8")
    assert "Not compared row by row" in log
    assert "- names: its primary key is another one" in log


def test_a_row_that_was_removed_is_named_and_none_of_its_values(published: Project, params: Params) -> None:
    """What docs/removal.md promises to those who asked for it; an edited value would be listed a last time."""
    report, claim = first(published, "reports"), first(published, "claims")
    for table, key, row in (("reports", "report_id", report), ("claims", "claim_id", claim)):
        edit(
            published,
            table,
            lambda listed, key=key, row=row: listed.remove(next(r for r in listed if r[key] == row[key])),
        )
    compare(published, params)
    found = [row for row in rows(published.compared, "changes") if row["table"] in ("reports", "claims")]
    assert {(row["table"], row["key"], row["change_type"]) for row in found} == {
        ("reports", report["report_id"], "removed"),
        ("claims", claim["claim_id"], "removed"),
    }
    assert [(row["field"], row["old"], row["new"]) for row in found] == [("*", None, None)] * 2
    for name in CHANGELOGS.values():
        log = (published.compared / name).read_text(encoding="utf-8")
        assert claim["claim_id"] in log
        assert report["url"] not in log
        assert claim["claimant_name"] not in log.split("## 1.0.0")[0]


def test_a_damaged_baseline_is_told(published: Project, params: Params) -> None:
    (published.baseline / DESCRIPTOR).write_text('{"resources": [', encoding="utf-8")
    with pytest.raises(CannotDo, match="data/baseline"):
        compare(published, params)


def test_two_runs_give_the_same_bytes(published: Project, params: Params, pair: tuple[str, str]) -> None:
    merge(published, *pair)
    compare(published, params)
    once = {path.name: path.read_bytes() for path in published.compared.iterdir()}
    compare(published, params)
    assert {path.name: path.read_bytes() for path in published.compared.iterdir()} == once
