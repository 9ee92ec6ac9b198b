"""Ids of incidents last: what becomes of them in merges and splits, one by one. Long histories: test_id_histories."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pipeline.compare.difference import IdChange
from pipeline.schema import Schema
from tests.resolve.published import History, assigned, changed, publish


def test_a_first_release_takes_the_ids_of_entries_and_hashes_of_records() -> None:
    found = assigned({"curated:i-aaaaaa": "x", "ucdp:1": "x", "ucdp:2": "y", "other:1": "y"}, History())
    assert found["ucdp:1"] == found["curated:i-aaaaaa"] == "i-aaaaaa"
    assert found["ucdp:2"] == found["other:1"]
    alone = assigned({"ucdp:2": "z"}, History())
    assert found["ucdp:2"] == alone["ucdp:2"], "the hash is that of the first record"


def published(incidents: Mapping[str, str], **first_release: str) -> History:
    history = History()
    publish(history, incidents, [])
    history.first_release |= {name.replace("_", "-"): version for name, version in first_release.items()}
    return history


def says(old_id: str, new_id: str | None) -> IdChange:
    """What a curator writes of an id that goes."""
    return IdChange(old_id, new_id, "merged" if new_id else "retired", "Both are about one ambush.")


def test_of_merged_incidents_the_larger_gives_the_id_then_the_older(schema: Schema) -> None:
    before = {"curated:i-aaaaaa": "i-aaaaaa", "ucdp:1": "i-u1", "other:1": "i-u1"}
    merged = dict.fromkeys(before, "one")
    history = published(before)
    after = assigned(merged, history)
    assert set(after.values()) == {"i-u1"}
    assert [(change.old_id, change.new_id, change.kind) for change in changed(schema, before, after)] == [
        ("i-aaaaaa", "i-u1", "merged")
    ]
    two = {"curated:i-aaaaaa": "i-aaaaaa", "ucdp:1": "i-u1"}
    older = published(two, i_u1="1.0.0", i_aaaaaa="1.1.0")
    assert set(assigned(dict.fromkeys(two, "one"), older).values()) == {"i-u1"}
    assert set(assigned(dict.fromkeys(two, "one"), published(two)).values()) == {"i-aaaaaa"}
    tenth = published(two, i_u1="1.10.0", i_aaaaaa="1.9.0")
    assert set(assigned(dict.fromkeys(two, "one"), tenth).values()) == {"i-aaaaaa"}


def test_the_id_of_an_incident_that_fell_apart_into_others_is_not_used_again(schema: Schema) -> None:
    before = dict.fromkeys(("curated:i-cccccc", "ucdp:1"), "i-cccccc") | {"other:1": "i-o1", "other:2": "i-o2"}
    history = published(before, i_cccccc="1.1.0", i_o1="1.0.0", i_o2="1.0.0")
    after = assigned({"curated:i-cccccc": "x", "other:1": "x", "ucdp:1": "y", "other:2": "y"}, history)
    assert set(after.values()) == {"i-o1", "i-o2"}
    publish(history, after, changed(schema, before, after))
    again = assigned({"curated:i-cccccc": "x", "other:1": "y", "ucdp:1": "z", "other:2": "z"}, history)
    assert again["other:1"] != again["curated:i-cccccc"] != "i-cccccc"


def test_an_entry_that_was_taken_out_and_comes_back_has_its_id_again() -> None:
    merged = says("i-aaaaaa", "i-bbbbbb")
    history = published({"curated:i-bbbbbb": "i-bbbbbb"})
    history.id_changes = [merged]
    both = {"curated:i-aaaaaa": "x", "curated:i-bbbbbb": "y"}
    after = assigned(both, history, written=[merged])
    assert after == {"curated:i-aaaaaa": "i-aaaaaa", "curated:i-bbbbbb": "i-bbbbbb"}
    publish(history, after, [])
    assert assigned(both, history, written=[merged]) == after, "the old row of id_changes.csv moves it no second time"


def test_an_id_stays_with_the_records_that_had_it_whatever_curators_put_in_the_place_of_another() -> None:
    """A curator merges one incident into another, whose own record is not linked with those of the first."""
    history = published(dict.fromkeys(("ucdp:1", "other:1"), "i-first") | {"ucdp:2": "i-second"})
    after = assigned({"ucdp:1": "x", "other:1": "x", "ucdp:2": "y"}, history, written=[says("i-first", "i-second")])
    assert after["ucdp:2"] == "i-second"
    assert after["ucdp:1"] == after["other:1"] not in ("i-first", "i-second")


def test_of_a_split_incident_the_larger_part_keeps_the_id(schema: Schema) -> None:
    before = dict.fromkeys(("curated:i-aaaaaa", "ucdp:1", "other:1"), "i-aaaaaa")
    after = assigned({"curated:i-aaaaaa": "x", "ucdp:1": "y", "other:1": "y"}, published(before))
    assert after["ucdp:1"] == after["other:1"] == "i-aaaaaa"
    assert after["curated:i-aaaaaa"] not in ("i-aaaaaa", "i-u1")
    assert [(change.old_id, change.new_id, change.kind) for change in changed(schema, before, after)] == [
        ("i-aaaaaa", after["curated:i-aaaaaa"], "split")
    ]
    pair = dict.fromkeys(("curated:i-aaaaaa", "ucdp:1"), "i-aaaaaa")
    halves = assigned({"curated:i-aaaaaa": "x", "ucdp:1": "y"}, published(pair))
    assert halves["curated:i-aaaaaa"] == "i-aaaaaa", "of equal parts the one with the entry"


def test_what_a_source_no_longer_has_is_retired_and_an_entry_is_left_to_curators(schema: Schema) -> None:
    before = {"curated:i-aaaaaa": "i-aaaaaa", "curated:i-bbbbbb": "i-bbbbbb", "ucdp:1": "i-u1"}
    found = changed(schema, before, {"curated:i-aaaaaa": "i-aaaaaa"})
    assert [(change.old_id, change.new_id, change.kind) for change in found] == [("i-u1", None, "retired")]


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ([says("i-aaaaaa", "i-bbbbbb")], "i-bbbbbb"),
        ([says("i-aaaaaa", None)], "i-bbbbbb"),
        ([], "i-aaaaaa"),
    ],
)
def test_an_entry_that_curators_merged_leaves_its_id_to_the_other(written: list[IdChange], wanted: str) -> None:
    before = {"curated:i-aaaaaa": "i-aaaaaa", "ucdp:1": "i-aaaaaa", "curated:i-bbbbbb": "i-bbbbbb"}
    history = published(before, i_aaaaaa="1.0.0", i_bbbbbb="1.1.0")
    after = assigned({"curated:i-bbbbbb": "x", "ucdp:1": "x"}, history, written=written)
    assert set(after.values()) == {wanted}
