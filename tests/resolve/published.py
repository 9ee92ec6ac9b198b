"""Releases in a few words: which record is of which incident, decided by the real code from what was published."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.compare.difference import IdChange
from pipeline.compare.linked import linked_id_changes
from pipeline.compare.sides import Side
from pipeline.resolve import ids
from pipeline.schema import Schema

Clusters = Mapping[str, str]
"""The name of its cluster for every record."""
RANKS = {"curated": "000", "ucdp": "001", "other": "002"}
"""The order of the sources."""


@dataclass
class History:
    """What has been published so far."""

    incidents: dict[str, str] = field(default_factory=dict)
    first_release: dict[str, str] = field(default_factory=dict)
    id_changes: list[IdChange] = field(default_factory=list)
    releases: int = 0

    @property
    def version(self) -> str:
        """The next one; the tenth comes soon, for 1.10.0 is younger than 1.9.0."""
        return f"1.{8 + self.releases}.0"

    @property
    def last(self) -> str:
        return f"1.{7 + self.releases}.0" if self.releases else ""


def assigned(
    clusters: Clusters,
    history: History,
    *,
    order: Sequence[str] | None = None,
    threads: int = 2,
    written: Sequence[IdChange] = (),
) -> dict[str, str]:
    """The incident of every record, decided over rows in the order that is given."""
    backend = ibis.duckdb.connect(threads=threads)
    listed = list(order or clusters)
    members = {
        "record_id": listed,
        "cluster_id": [clusters[record] for record in listed],
        "precedence": [precedence(record) for record in listed],
        "own_id": [own_id(record) for record in listed],
    }
    typed = {name: pa.array(values, pa.string()) for name, values in members.items()}
    is_curated = pa.array([is_entry(record) for record in listed], pa.bool_())
    told = ("old_id", "new_id", "kind", "reason")
    known = ids.registry(
        backend,
        _rows(backend, "was", ("record_id", "incident_id"), list(history.incidents.items())),
        _rows(backend, "firsts", ("incident_id", "first_release"), list(history.first_release.items())),
        _rows(backend, "told", told, [tuple(getattr(each, name) for name in told) for each in history.id_changes]),
        [vars(change) for change in written],
        history.last,
    )
    table = backend.create_table("members", pa.table({**typed, "is_curated": is_curated}))
    found = ids.incident_ids(table, known).to_pyarrow().to_pylist()
    by_cluster = {row["cluster_id"]: row["incident_id"] for row in found}
    assert len(by_cluster) == len(found) == len(set(by_cluster.values())), "one id for each cluster, and no id twice"
    return {record: by_cluster[clusters[record]] for record in clusters}


def _rows(
    backend: ibis.BaseBackend, name: str, columns: Sequence[str], rows: Sequence[tuple[str | None, ...]]
) -> ibis.Table:
    arrays = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(columns))]
    return backend.create_table(name, pa.table(arrays, list(columns)))


def is_entry(record: str) -> bool:
    return record.startswith("curated:")


def precedence(record: str) -> str:
    return f"{RANKS[record.partition(':')[0]]}|{record}"


def own_id(record: str) -> str:
    """The id that a record brings: an entry its own."""
    source, _, own = record.partition(":")
    return own if source == "curated" else f"i-own{source}{own}"


def changed(
    schema: Schema, before: Mapping[str, str], after: Mapping[str, str], written: Collection[str] = ()
) -> list[IdChange]:
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
        return linked_id_changes(sides[0], sides[1], written)


def publish(history: History, incidents: Mapping[str, str], changes: Sequence[IdChange]) -> None:
    """A release of these incidents."""
    kept = history.first_release
    history.first_release = {each: kept.get(each, history.version) for each in incidents.values()}
    history.incidents = dict(incidents)
    history.id_changes += changes
    history.releases += 1
