"""Ids of incidents last: through any order, new and lost records, merges and splits, over several releases."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline.compare.difference import IdChange
from pipeline.compare.linked import linked_id_changes
from pipeline.compare.sides import Side
from pipeline.resolve import ids
from pipeline.schema import Schema

Clusters = Mapping[str, str]
"""The name of its cluster for every record."""
RELEASES = 3
CURATED = [f"curated:i-{letter * 6}" for letter in "abcdef"]
OTHERS = [f"{source}:{number}" for source in ("ucdp", "other") for number in range(1, 7)]


@dataclass
class History:
    """What has been published so far."""

    incidents: dict[str, str] = field(default_factory=dict)
    first_release: dict[str, str] = field(default_factory=dict)
    id_changes: list[IdChange] = field(default_factory=list)
    ever: set[str] = field(default_factory=set)
    releases: int = 0

    @property
    def version(self) -> str:
        return f"1.{self.releases}.0"


def assigned(
    clusters: Clusters,
    history: History,
    *,
    order: Sequence[str] | None = None,
    threads: int = 2,
    follows: dict[str, str | None] | None = None,
) -> dict[str, str]:
    """The incident of every record, decided over rows in the order that is given."""
    backend = ibis.duckdb.connect(threads=threads)
    listed = list(order or clusters)
    ranks = {"curated": "000", "ucdp": "001", "other": "002"}
    sources = [record.partition(":")[0] for record in listed]
    members = backend.create_table(
        "members",
        pa.table(
            {
                "record_id": pa.array(listed, pa.string()),
                "cluster_id": pa.array([clusters[record] for record in listed], pa.string()),
                "precedence": pa.array(
                    [f"{ranks[source]}|{record}" for source, record in zip(sources, listed, strict=True)], pa.string()
                ),
                "own_id": pa.array([_own(record) for record in listed], pa.string()),
                "is_curated": pa.array([source == "curated" for source in sources], pa.bool_()),
            }
        ),
    )
    known = ids.registry(
        backend,
        _pairs(backend, "was", ("record_id", "incident_id"), list(history.incidents.items())),
        _pairs(backend, "firsts", ("incident_id", "first_release"), list(history.first_release.items())),
        _pairs(backend, "changes", ("old_id", "kind"), [(each.old_id, each.kind) for each in history.id_changes]),
        follows or {},
        history.version if history.releases else "",
    )
    found = ids.incident_ids(members, known).to_pyarrow().to_pylist()
    by_cluster = {row["cluster_id"]: row["incident_id"] for row in found}
    assert len(by_cluster) == len(found) == len(set(by_cluster.values())), "one id for each cluster, and no id twice"
    return {record: by_cluster[clusters[record]] for record in clusters}


def _pairs(
    backend: ibis.BaseBackend, name: str, columns: tuple[str, str], rows: Sequence[tuple[str, str]]
) -> ibis.Table:
    arrays = [pa.array([row[at] for row in rows], pa.string()) for at in range(2)]
    return backend.create_table(name, pa.table(arrays, list(columns)))


def _own(record: str) -> str:
    source, _, own = record.partition(":")
    return own if source == "curated" else f"i-own{source}{own}"


def changed(schema: Schema, before: Mapping[str, str], after: Mapping[str, str]) -> list[IdChange]:
    """What `compare` finds became of the ids."""
    with tempfile.TemporaryDirectory() as folder:
        sides = []
        for name, incidents in (("old", before), ("new", after)):
            own = Path(folder) / name
            own.mkdir()
            columns = {"record_id": list(incidents), "incident_id": list(incidents.values())}
            typed = pa.table({key: pa.array(values, pa.string()) for key, values in columns.items()})
            pq.write_table(typed, own / "records.parquet")
            sides.append(Side(name, own, {"records": "records.parquet"}, {}, {}, schema, {}))
        return linked_id_changes(sides[0], sides[1], ())


def publish(history: History, incidents: Mapping[str, str], changes: Sequence[IdChange]) -> None:
    history.releases += 1
    kept = history.first_release
    history.first_release = {each: kept.get(each, history.version) for each in incidents.values()}
    history.incidents = dict(incidents)
    history.id_changes += changes
    history.ever |= set(incidents.values())


def groups(clusters: Mapping[str, str]) -> dict[frozenset[str], str]:
    """The records of every cluster, or incident, with its name."""
    members: dict[str, set[str]] = {}
    for record, name in clusters.items():
        members.setdefault(name, set()).add(record)
    return {frozenset(records): name for name, records in members.items()}


@st.composite
def clustered(draw: st.DrawFn) -> Clusters:
    """Some records in some clusters; what the clusters are called is chance, as is the order."""
    external = draw(st.lists(st.sampled_from(OTHERS), unique=True, min_size=1))
    listed = draw(st.permutations([*CURATED, *external]))
    count = draw(st.integers(2, len(listed)))
    names = draw(st.permutations([f"cluster {at}" for at in range(count)]))
    return {record: draw(st.sampled_from(names)) for record in listed}


@given(st.lists(clustered(), min_size=RELEASES, max_size=RELEASES), st.integers(0, 10**6))
@settings(max_examples=8, deadline=None, phases=[Phase.generate])
def test_through_releases_no_id_is_lost_moved_or_used_again(
    schema: Schema, releases: list[Clusters], seed: int
) -> None:
    history = History()
    for clusters in releases:
        incidents = assigned(clusters, history)
        shuffled = list(clusters)
        random.Random(seed).shuffle(shuffled)
        assert assigned(clusters, history, order=shuffled, threads=1) == incidents
        before = groups(history.incidents)
        now = groups(incidents)
        assert {records: name for records, name in now.items() if records in before} == {
            records: name for records, name in before.items() if records in now
        }, "the id of an untouched cluster changed"
        for records, name in now.items():
            if name in history.first_release:
                assert any(history.incidents.get(record) == name for record in records), f"{name} means something else"
            else:
                assert name not in history.ever, f"{name} is used again"
        changes = changed(schema, history.incidents, incidents)
        told = [(change.old_id, change.new_id) for change in changes]
        assert len(told) == len(set(told))
        vanished = set(before.values()) - set(now.values())
        assert vanished <= {old_id for old_id, _ in told}, "an id vanished and nothing says what became of it"
        once = [change.old_id for change in changes if change.kind != "split"]
        assert len(once) == len(set(once))
        assert set(once) <= vanished
        assert {new_id for _, new_id in told if new_id} <= set(now.values())
        publish(history, incidents, changes)
        assert assigned(clusters, history) == incidents, "after the release the same build gives the same ids"


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
    history = published({"curated:i-bbbbbb": "i-bbbbbb"})
    history.id_changes = [IdChange("i-aaaaaa", "i-bbbbbb", "merged", "written by a curator")]
    after = assigned({"curated:i-aaaaaa": "x", "curated:i-bbbbbb": "y"}, history, follows={"i-aaaaaa": "i-bbbbbb"})
    assert after == {"curated:i-aaaaaa": "i-aaaaaa", "curated:i-bbbbbb": "i-bbbbbb"}


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
    ("follows", "wanted"),
    [({"i-aaaaaa": "i-bbbbbb"}, "i-bbbbbb"), ({"i-aaaaaa": "i-cccccc", "i-cccccc": "i-bbbbbb"}, "i-bbbbbb")],
)
def test_an_entry_that_curators_merged_leaves_its_id_to_the_other(follows: dict[str, str | None], wanted: str) -> None:
    before = {"curated:i-aaaaaa": "i-aaaaaa", "ucdp:1": "i-aaaaaa", "curated:i-bbbbbb": "i-bbbbbb"}
    history = published(before, i_aaaaaa="1.0.0", i_bbbbbb="1.1.0")
    after = assigned({"curated:i-bbbbbb": "x", "ucdp:1": "x"}, history, follows=follows)
    assert set(after.values()) == {wanted}
