"""Rows of two packages: what differs, by key and field, and what cannot be compared."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.compare.rows import RowDifferences, TableDifference, compare_rows
from pipeline.compare.sides import of_package
from pipeline.packages import read_descriptor
from tests.compare.packages import Rows, declared, package

INCIDENTS = declared({"incident_id": "string", "killed_best": "integer", "place": "string"}, ["incident_id"])
ACTORS = declared({"incident_id": "string", "actor_id": "string", "role": "string"}, ["incident_id", "actor_id"])
CLAIMS = declared({"claim_id": "string", "subject_id": "string", "value": "integer"}, ["claim_id"])
Value = tuple[str, str, str, str, str | None, str | None]


def differing(
    folder: Path,
    old: dict[str, tuple[dict[str, Any], Rows]],
    new: dict[str, tuple[dict[str, Any], Rows]],
    merged: tuple[tuple[str, str], ...] = (),
) -> tuple[RowDifferences, list[Value]]:
    connection = duckdb.connect()
    sides = package(folder / "old", "1.0.0", old), package(folder / "new", "1.1.0", new)
    found = compare_rows(connection, *sides, merged)
    columns = '"table", key, change_type, field, old, new'
    return found, connection.execute(f"SELECT {columns} FROM changed_values ORDER BY ALL").fetchall()


def row(identifier: str, best: int | None = None, place: str | None = None) -> dict[str, Any]:
    return {"incident_id": identifier, "killed_best": best, "place": place}


def test_rows_that_are_the_same_in_another_order_do_not_differ(tmp_path: Path) -> None:
    rows = [row("i-a", 1), row("i-b"), row("i-c", 3, "Gao")]
    found, values = differing(tmp_path, {"incidents": (INCIDENTS, rows)}, {"incidents": (INCIDENTS, rows[::-1])})
    assert (found.tables, found.not_compared, values) == ({"incidents": TableDifference()}, {}, [])


def test_added_removed_and_changed_rows_are_told_field_by_field(tmp_path: Path) -> None:
    old = [row("i-a", 1, "Gao"), row("i-b", 2), row("i-c", 0)]
    new = [row("i-a", 4, "Gao"), row("i-c", None, "Kayes"), row("i-d")]
    found, values = differing(tmp_path, {"incidents": (INCIDENTS, old)}, {"incidents": (INCIDENTS, new)})
    assert found.tables == {"incidents": TableDifference(added=1, removed=1, changed=2, values=3)}
    assert values == [
        ("incidents", "i-a", "changed", "killed_best", "1", "4"),
        ("incidents", "i-b", "removed", "*", None, None),
        ("incidents", "i-c", "changed", "killed_best", "0", None),
        ("incidents", "i-c", "changed", "place", None, "Kayes"),
        ("incidents", "i-d", "added", "*", None, None),
    ]


def test_a_merge_is_one_row_less_and_nothing_else(tmp_path: Path) -> None:
    """What belonged to the merged incident is now of the other one: that is what the merge says already."""
    actors = [
        {"incident_id": "i-a", "actor_id": "JNIM", "role": "perpetrator"},
        {"incident_id": "i-b", "actor_id": "JNIM", "role": "perpetrator"},
        {"incident_id": "i-b", "actor_id": "ISSP", "role": "party"},
    ]
    merged_actors = [actors[0], {**actors[2], "incident_id": "i-a"}]
    claims = [
        {"claim_id": "c-1", "subject_id": "i-a", "value": 1},
        {"claim_id": "c-2", "subject_id": "i-b", "value": 2},
    ]
    found, values = differing(
        tmp_path,
        {
            "incidents": (INCIDENTS, [row("i-a"), row("i-b")]),
            "incident_actors": (ACTORS, actors),
            "claims": (CLAIMS, claims),
        },
        {
            "incidents": (INCIDENTS, [row("i-a")]),
            "incident_actors": (ACTORS, merged_actors),
            "claims": (CLAIMS, [claims[0], {**claims[1], "subject_id": "i-a"}]),
        },
        (("i-b", "i-a"),),
    )
    assert values == [("incidents", "i-b", "removed", "*", None, None)]
    assert found.tables["claims"] == TableDifference()


def test_what_goes_beside_a_merge_keeps_the_key_under_which_it_was_published(tmp_path: Path) -> None:
    """Whoever looks for the row in the old package finds it."""
    actors = [
        {"incident_id": "i-a", "actor_id": "JNIM", "role": "perpetrator"},
        {"incident_id": "i-b", "actor_id": "ISSP", "role": "party"},
    ]
    _, values = differing(
        tmp_path,
        {"incidents": (INCIDENTS, [row("i-a"), row("i-b")]), "incident_actors": (ACTORS, actors)},
        {"incidents": (INCIDENTS, [row("i-a")]), "incident_actors": (ACTORS, actors[:1])},
        (("i-b", "i-a"),),
    )
    assert values == [
        ("incident_actors", "i-b|ISSP", "removed", "*", None, None),
        ("incidents", "i-b", "removed", "*", None, None),
    ]


def test_a_claim_that_moves_without_a_merge_is_a_change(tmp_path: Path) -> None:
    was = [{"claim_id": "c-1", "subject_id": "i-b", "value": 1}]
    now = [{"claim_id": "c-1", "subject_id": "i-a", "value": 1}]
    _, values = differing(tmp_path, {"claims": (CLAIMS, was)}, {"claims": (CLAIMS, now)})
    assert values == [("claims", "c-1", "changed", "subject_id", "i-b", "i-a")]


def test_a_retyped_column_is_compared_by_its_new_type(tmp_path: Path) -> None:
    text = declared({"claim_id": "string", "value": "string"}, ["claim_id"])
    number = declared({"claim_id": "string", "value": "integer"}, ["claim_id"])
    was = [{"claim_id": "c-1", "value": "1"}, {"claim_id": "c-2", "value": "2"}]
    now = [{"claim_id": "c-1", "value": 1}, {"claim_id": "c-2", "value": 3}]
    _, values = differing(tmp_path, {"claims": (text, was)}, {"claims": (number, now)})
    assert values == [("claims", "c-2", "changed", "value", "2", "3")]


def test_columns_of_one_side_and_those_set_at_release_are_left_out(tmp_path: Path) -> None:
    old = declared({"incident_id": "string", "gone": "date", "first_release": "string"}, ["incident_id"])
    new = declared({"incident_id": "string", "first_release": "string", "more": "number"}, ["incident_id"])
    new["fields"][1]["set_at_release"] = True
    was = [{"incident_id": "i-a", "gone": dt.date(2025, 7, 1), "first_release": "1.0.0"}]
    now = [{"incident_id": "i-a", "first_release": "1.1.0", "more": 0.5}]
    found, values = differing(tmp_path, {"incidents": (old, was)}, {"incidents": (new, now)})
    assert (found.tables, values) == ({"incidents": TableDifference()}, [])


def test_in_a_key_only_the_number_of_the_release_itself_is_passed_over(tmp_path: Path) -> None:
    """The ledger has our own records under the number of the release, and a source in each version that is read."""
    ledger = declared(
        {"source": "string", "source_version": "string", "row_count": "integer"}, ["source", "source_version"]
    )
    ledger["fields"][1]["set_at_release"] = True
    columns = ("source", "source_version", "row_count")
    was = [("curated", "1.0.0", 7), ("ucdp_candidate", "26.0.1", 3), ("ucdp_candidate", "26.0.2", 4)]
    now = [("curated", "1.1.0", 8), ("ucdp_candidate", "26.0.2", 4), ("ucdp_candidate", "26.0.3", 5)]
    found, values = differing(
        tmp_path,
        {"ledger": (ledger, [dict(zip(columns, said, strict=True)) for said in was])},
        {"ledger": (ledger, [dict(zip(columns, said, strict=True)) for said in now])},
    )
    assert found == RowDifferences({"ledger": TableDifference(added=1, removed=1, changed=1, values=1)}, {})
    assert values == [
        ("ledger", "curated|release", "changed", "row_count", "7", "8"),
        ("ledger", "ucdp_candidate|26.0.1", "removed", "*", None, None),
        ("ledger", "ucdp_candidate|26.0.3", "added", "*", None, None),
    ]


@pytest.mark.parametrize(
    ("schema", "rows", "said"),
    [
        (declared({"incident_id": "string"}, []), [{"incident_id": "i-a"}], "no primary key"),
        (declared({"incident_id": "string", "place": "string"}, ["place"]), [], "another one"),
        (declared({"incident_id": "integer"}, ["incident_id"]), [], "another one"),
        (INCIDENTS, [row("i-a"), row("i-a", 2)], "repeat a key"),
    ],
)
def test_what_cannot_be_compared_is_said_and_never_taken_for_the_same(
    tmp_path: Path, schema: dict[str, Any], rows: Rows, said: str
) -> None:
    found, values = differing(tmp_path, {"incidents": (INCIDENTS, [row("i-a")])}, {"incidents": (schema, rows)})
    assert "incidents" not in found.tables
    assert said in found.not_compared["incidents"]
    assert values == []


def test_a_file_that_is_missing_or_broken_is_said(tmp_path: Path) -> None:
    sides = [package(tmp_path / side, "1.0.0", {"incidents": (INCIDENTS, []), "claims": (CLAIMS, [])}) for side in "ab"]
    (tmp_path / "a" / "incidents.parquet").unlink()
    (tmp_path / "b" / "claims.parquet").write_bytes(b"PAR1 and no more")
    read = [of_package(side.folder, read_descriptor(side.folder)) for side in sides]
    found = compare_rows(duckdb.connect(), read[0], read[1])
    assert "there is no incidents.parquet" in found.not_compared["incidents"]
    assert "claims.parquet cannot be read" in found.not_compared["claims"]
