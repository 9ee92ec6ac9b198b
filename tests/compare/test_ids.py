"""What the stage says of ids: mergers, splits, ids that end, and what was published of them."""

from __future__ import annotations

import datetime as dt
import shutil

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.compare import compare
from pipeline.config import Params, Project
from pipeline.problems import NotWell
from pipeline.writers import write_parquet
from tests.compare.edited import Row, edit, merge, rows, setter, version


def known(project: Project, *told: tuple[str, str | None, str, str]) -> None:
    """As if the last release had told this of ids; the file of the curators tells it too."""
    layout = pq.read_schema(project.baseline / "id_changes.parquet")
    names = ("old_id", "new_id", "kind", "reason")
    listed = [{**dict(zip(names, row, strict=True)), "release": "1.0.0"} for row in told]
    write_parquet(pa.Table.from_pylist(listed, schema=layout), project.baseline / "id_changes.parquet")
    lines = [",".join(names), *(",".join(cell or "" for cell in row) for row in told), ""]
    (project.reference / "id_changes.csv").write_text("\n".join(lines), encoding="utf-8")


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
