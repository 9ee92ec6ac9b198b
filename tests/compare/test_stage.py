"""The stage on the real tables: what it finds after a change, and what it refuses."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.compare import compare
from pipeline.compare.languages import ENGLISH, load_french
from pipeline.compare.numbers import load_rules
from pipeline.compare.reasons import load_derived
from pipeline.config import CHANGELOG, CHANGELOGS, DESCRIPTOR, Params, Project
from pipeline.problems import CannotDo, NotWell
from pipeline.schema import Schema
from pipeline.sources.declaration import load_source
from pipeline.writers import write_parquet

Row = dict[str, Any]


@pytest.fixture
def published(built: Project, tmp_path: Path) -> Project:
    """The project as it stands when 1.0.0 has been published and nothing was changed since."""
    made = Project(tmp_path)
    for folder in ("schemas", "reference", "resolved"):
        shutil.copytree(getattr(built, folder), getattr(made, folder))
    shutil.copy(built.root / "params.yaml", made.root)
    made.baseline.mkdir(parents=True)
    for path in built.package.iterdir():
        if path.suffix == ".parquet" or path.name in (*CHANGELOGS.values(), DESCRIPTOR):
            shutil.copy(path, made.baseline)
    return made


def rows(folder: Path, table: str) -> list[Row]:
    return list(pq.read_table(folder / f"{table}.parquet").to_pylist())


def edit(project: Project, table: str, change: Callable[[list[Row]], object]) -> None:
    """Change the rows of a decided table as another run of `resolve` would."""
    path = project.resolved / f"{table}.parquet"
    layout = pq.read_schema(path)
    listed = rows(project.resolved, table)
    change(listed)
    write_parquet(pa.Table.from_pylist(listed, schema=layout), path)


def first(project: Project, table: str, **values: object) -> Row:
    return next(row for row in rows(project.resolved, table) if all(row[key] == value for key, value in values.items()))


def setter(key: str, identifier: str, field: str, value: object) -> Callable[[list[Row]], None]:
    def change(listed: list[Row]) -> None:
        next(row for row in listed if row[key] == identifier)[field] = value

    return change


def version(project: Project) -> dict[str, Any]:
    return dict(json.loads(project.version_file.read_text(encoding="utf-8")))


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


def merge(project: Project, old: str, new: str, *, written: bool = True) -> None:
    """Fold one incident into another, as a curator does who moves its claims and deletes the entry."""

    def moved(column: str) -> Callable[[list[Row]], None]:
        def change(listed: list[Row]) -> None:
            for row in listed:
                if row[column] == old:
                    row[column] = new
                if row.get("record_id") == f"curated:{old}":
                    row["record_id"] = f"curated:{new}"

        return change

    def dropped(listed: list[Row]) -> None:
        listed[:] = [row for row in listed if row["incident_id"] != old]

    edit(project, "incidents", dropped)
    edit(project, "records", dropped)
    edit(project, "incident_actors", dropped)
    edit(project, "claims", moved("subject_id"))
    edit(project, "incident_reports", moved("subject_id"))
    edit(project, "tolls", lambda listed: listed.__setitem__(slice(None), [r for r in listed if r["unit_id"] != old]))
    if written:
        with (project.reference / "id_changes.csv").open("a", encoding="utf-8") as out:
            out.write(f"{old},{new},merged,Both are about one ambush.\n")


@pytest.fixture
def pair(published: Project) -> tuple[str, str]:
    """Two incidents with the same single perpetrator and no report in common."""
    listed = rows(published.resolved, "incidents")
    new = listed[0]
    old = next(
        row for row in listed[1:] if row["operation_id"] is None and row["perpetrator_id"] == new["perpetrator_id"]
    )
    return old["incident_id"], new["incident_id"]


def test_a_merge_is_a_minor_version_and_tells_of_nothing_else(
    published: Project, params: Params, pair: tuple[str, str]
) -> None:
    old, new = pair
    merge(published, old, new)
    assert "1.1.0 is due (minor)" in compare(published, params)
    assert rows(published.compared, "id_changes") == [
        {"old_id": old, "new_id": new, "kind": "merged", "release": "1.1.0", "reason": "Both are about one ambush."}
    ]
    changes = rows(published.compared, "changes")
    assert {(row["table"], row["key"], row["change_type"]) for row in changes} <= {
        ("incidents", old, "removed"),
        ("records", f"curated:{old}", "removed"),
        *((row["table"], row["key"], "removed") for row in changes if row["table"] == "incident_actors"),
    }
    assert {row["reason"] for row in changes if row["table"] == "incidents"} == {
        f"{old} merged into {new}: Both are about one ambush."
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "is gone: withdraw it"),
        ("{old},i-nowhere,merged,why\n", "there is no i-nowhere"),
        ("{old},,merged,why\n", "has a new id"),
        ("{old},{new},retired,why\n", "a retired id has no new id"),
        ("{new},{new},merged,why\n", "is still used"),
        ("i-nobody,{new},merged,why\n", "was not in version 1.0.0"),
        ("{old},{new},merged,why\n{old},i-3f7t0f,merged,why\n", "say one thing of an id"),
        ("{old},mli_kayes,merged,why\n", "is no id of the kind of"),
    ],
)
def test_an_id_does_not_go_unaccounted_for(
    published: Project, params: Params, pair: tuple[str, str], line: str, said: str
) -> None:
    old, new = pair
    merge(published, old, new, written=False)
    with (published.reference / "id_changes.csv").open("a", encoding="utf-8") as out:
        out.write(line.format(old=old, new=new))
    with pytest.raises(NotWell) as told:
        compare(published, params)
    assert any(said in problem.message for problem in told.value.problems)
    assert {problem.file for problem in told.value.problems} == {"data/reference/id_changes.csv"}
    assert not published.compared.exists()


def known(project: Project, *told: tuple[str, str | None, str, str]) -> None:
    """As if the last release had told this of ids; the file of the curators tells it too."""
    layout = pq.read_schema(project.baseline / "id_changes.parquet")
    names = ("old_id", "new_id", "kind", "reason")
    listed = [{**dict(zip(names, row, strict=True)), "release": "1.0.0"} for row in told]
    write_parquet(pa.Table.from_pylist(listed, schema=layout), project.baseline / "id_changes.parquet")
    lines = [",".join(names), *(",".join(cell or "" for cell in row) for row in told), ""]
    (project.reference / "id_changes.csv").write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("", 0),
        ("i-gone00,i-other0,merged,Both are one.", 2),
        ("i-gone00,i-kept00,split,Both are one.", 2),
        ("i-gone00,i-kept00,merged,No they are not.", 2),
        ("i-gone00,,retired,Both are one.", 2),
    ],
)
def test_what_was_published_of_an_id_stays(published: Project, params: Params, line: str, at: int) -> None:
    known(published, ("i-gone00", "i-kept00", "merged", "Both are one."), ("i-left00", None, "retired", "A double."))
    compare(published, params)
    assert version(published)["version"] == "1.0.0+unchanged"
    shutil.rmtree(published.compared)
    path = published.reference / "id_changes.csv"
    row = "i-gone00,i-kept00,merged,Both are one."
    path.write_text(path.read_text(encoding="utf-8").replace(row + "\n", line and line + "\n"), encoding="utf-8")
    with pytest.raises(NotWell) as told:
        compare(published, params)
    [problem] = told.value.problems
    assert (problem.file, problem.line) == ("data/reference/id_changes.csv", at)
    assert "version 1.0.0 published what became of i-gone00" in problem.message
    assert problem.message.endswith(f"The row is {row}")
    assert not published.compared.exists()


@pytest.mark.parametrize("kind", ["merged", "split"])
def test_an_id_that_ended_is_not_used_again(
    published: Project, params: Params, pair: tuple[str, str], kind: str
) -> None:
    """Once: when that has been published, the id is in use, and nothing changes by it any more."""
    old, new = pair
    known(published, (old, new, kind, "why"))
    compare(published, params)
    assert version(published)["version"] == "1.0.0+unchanged"
    listed = pq.read_table(published.baseline / "incidents.parquet")
    without = listed.filter(pc.not_equal(listed["incident_id"], old))
    write_parquet(without, published.baseline / "incidents.parquet")
    assert f"2.0.0 is due (major): {old} means something else" in compare(published, params)


def test_an_entry_that_was_replaced_means_something_else(published: Project, params: Params) -> None:
    incident = rows(published.resolved, "incidents")[0]["incident_id"]
    edit(published, "incidents", setter("incident_id", incident, "date_start", dt.date(2030, 1, 1)))
    edit(published, "incidents", setter("incident_id", incident, "date_end", dt.date(2030, 1, 1)))
    assert "is due (patch)" in compare(published, params), "another day alone is a correction"
    other = rows(published.resolved, "reports")[-1]["report_id"]

    def replaced(listed: list[Row]) -> None:
        listed[:] = [row for row in listed if row["subject_id"] != incident]
        listed.append({"subject_type": "incident", "subject_id": incident, "report_id": other, "role": "describes"})

    edit(published, "incident_reports", replaced)
    assert f"2.0.0 is due (major): {incident} means something else" in compare(published, params)


def test_another_licence_is_a_major_version_and_no_change_of_the_schema(published: Project, params: Params) -> None:
    path = published.baseline / DESCRIPTOR
    path.write_text(path.read_text(encoding="utf-8").replace('"name": "CC-BY-4.0"', '"name": "ODbL-1.0"'))
    assert "version 2.0.0 is due (major): licenses licence changed" in compare(published, params)
    [change] = rows(published.compared, "changes")
    assert (change["table"], change["key"], change["field"], change["change_type"]) == ("*", "*", "licenses", "changed")
    assert "ODbL-1.0" in change["old"]
    assert "CC-BY-4.0" in change["new"]


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


def test_the_change_log_is_there_in_french(published: Project, params: Params) -> None:
    claim = first(published, "claims", subject_type="incident", metric="killed", qualifier="exactly")
    incident = first(published, "incidents", incident_id=claim["subject_id"])
    edit(published, "claims", setter("claim_id", claim["claim_id"], "value_low", claim["value_low"] - 1))
    edit(published, "incidents", setter("incident_id", incident["incident_id"], "killed_low", 1234))
    compare(published, params)
    log = (published.compared / CHANGELOGS["fr"]).read_text(encoding="utf-8")
    assert log.startswith("# Changements\n")
    section = log.split("## 1.0.1")[1].split("## 1.0.0")[0]
    for said in (
        "Depuis 1.0.0\u00a0:",
        "- claims\u00a0: 1 valeur avec un autre contenu, dans 1 ligne (corrective)",
        "| table | clé | champ | avant | après | incident | motif |",
        f"| incidents | {incident['incident_id']} | killed\\_low | ",
    ):
        assert said in section
    assert incident["label_fr"][:40] in section
    english = ("Since", "changed", "(patch)", "key", incident["label_en"][:30], " :", " ;")
    assert [word for word in english if word in section] == []


def test_every_change_and_level_of_the_rules_has_a_french_text(project: Project) -> None:
    say = load_french(project.schemas)
    levels = load_rules(project.schemas)
    structural = {change.replace("_", " ") for change in levels} & {
        f"{what} {how}"
        for what in ("table", "field", "fields", "key", "constraint", "licence", "source", "texts")
        for how in (
            "removed",
            "added",
            "retyped",
            "inserted",
            "appended",
            "reordered",
            "changed",
            "tightened",
            "loosened",
        )
    }
    assert len(structural) == 14
    assert structural | set(levels.values()) <= say.texts.keys()
    placeholder = re.compile(r"\{\w+\}")
    for english, french in say.texts.items():
        assert set(placeholder.findall(english)) == set(placeholder.findall(french)), english
        assert not re.search(r" [:;?!»]", french), french


def test_numbers_and_nouns_are_those_of_the_language(project: Project) -> None:
    say = load_french(project.schemas)
    assert [ENGLISH.counted(number, "row") for number in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]
    assert [say.counted(number, "row") for number in (0, 1, 1200)] == ["0 ligne", "1 ligne", "1\u202f200 lignes"]


def test_a_schema_version_does_not_go_down(published: Project, params: Params) -> None:
    path = published.baseline / DESCRIPTOR
    path.write_text(path.read_text(encoding="utf-8").replace('"schema_version": "1.0.0"', '"schema_version": "1.4.0"'))
    with pytest.raises(NotWell) as told:
        compare(published, params)
    assert "was published with 1.4.0" in told.value.problems[0].message


def test_a_damaged_baseline_is_told(published: Project, params: Params) -> None:
    (published.baseline / DESCRIPTOR).write_text('{"resources": [', encoding="utf-8")
    with pytest.raises(CannotDo, match="data/baseline"):
        compare(published, params)


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


def test_two_runs_give_the_same_bytes(published: Project, params: Params, pair: tuple[str, str]) -> None:
    merge(published, *pair)
    compare(published, params)
    once = {path.name: path.read_bytes() for path in published.compared.iterdir()}
    compare(published, params)
    assert {path.name: path.read_bytes() for path in published.compared.iterdir()} == once
