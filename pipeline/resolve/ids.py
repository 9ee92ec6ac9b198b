"""Ids of incidents: taken over from the last published release, new only where there is none to take.

The registry is ``data/baseline/`` alone: it says which record was of which incident. No build writes one.

1. A cluster takes the id that most of its records had there; on a tie the oldest (by ``first_release``), then that of
   the record that comes first.
2. Where several clusters would take one id, because the incident was split, the one with most of its records keeps it
   (those that curators moved there since count after those that it had); on a tie the one with the curated entry of
   that id, then the one whose record comes first. The others are new.
3. A new cluster takes the id of its first curated entry, else a short hash of the id of its first record.
4. An id that was ever published is not given to a new cluster: the hash is then also made of the last version. Only an
   entry that was taken out and comes back has its id again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from pipeline.config import DESCRIPTOR, Project
from pipeline.problems import CannotDo
from pipeline.reference import Row

ID_LENGTH = 16
"""Hexadecimal digits of a hash, as in the ids that records of external sources bring."""
SPLIT = "split"
"""The kind of change that puts no single id in the place of another."""


@dataclass(frozen=True)
class Registry:
    """What is published.

    Attributes:
        records: ``record_id`` of the last release.
        had: ``record_id``, ``old_id``, ``age`` (0 is the oldest release in which an incident first appeared),
            ``is_moved`` (whether curators put that id in the place of the one that the record had).
        live, gone: ``taken_id``, the ids that incidents have, and those of which `id_changes` tells.
        last: the last published version, or an empty text.
    """

    records: ir.Table
    had: ir.Table
    live: ir.Table
    gone: ir.Table
    last: str


def read_registry(backend: BaseBackend, project: Project, written: Iterable[Row]) -> Registry:
    """Read from ``data/baseline/`` which record was of which incident.

    Args:
        backend: where the tables are made.
        project: the checkout.
        written: rows of ``data/reference/id_changes.csv``: an incident that curators merged into another published
            one stands for it, one that they retired has left its id to nobody.

    Raises:
        CannotDo: a file of the baseline cannot be read.
    """
    folder = project.baseline
    if not (folder / DESCRIPTOR).is_file():
        empty = {name: backend.create_table(f"no_{name}", schema=columns) for name, columns in READ.items()}
        return registry(backend, empty["records"], empty["incidents"], empty["id_changes"], (), "")
    read = {name: _read(backend, folder / f"{name}.parquet", list(columns)) for name, columns in READ.items()}
    version = str(json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8")).get("version", ""))
    return registry(backend, read["records"], read["incidents"], read["id_changes"], written, version)


READ = {
    "records": {"record_id": "string", "incident_id": "string"},
    "incidents": {"incident_id": "string", "first_release": "string"},
    "id_changes": {"old_id": "string", "new_id": "string", "kind": "string", "reason": "string"},
}
"""The tables of the baseline that say what is published, with the columns."""
HAD = ("record_id", "old_id", "age", "is_moved")


def registry(
    backend: BaseBackend,
    records: ir.Table,
    incidents: ir.Table,
    id_changes: ir.Table,
    written: Iterable[Row],
    last: str,
) -> Registry:
    """Make the registry.

    Args:
        backend: where small tables are made.
        records: ``record_id``, ``incident_id`` of the last release.
        incidents: ``incident_id``, ``first_release`` of the last release.
        id_changes: ``old_id``, ``new_id``, ``kind``, ``reason`` of the last release.
        written: the same of curators. What the last release tells already was followed there; an entry that came back
            has its id from that release.
        last: its version.
    """
    told = {tuple(row.values()) for row in id_changes.select(*READ["id_changes"]).to_pyarrow().to_pylist()}
    since = [row for row in written if tuple(_text(row[name]) for name in READ["id_changes"]) not in told]
    follows = {str(row["old_id"]): _text(row["new_id"]) for row in since if row["kind"] != SPLIT}
    versions = incidents.select("first_release").distinct().to_pyarrow()["first_release"].to_pylist()
    releases = _table(backend, "release_ages", ("first_release", "age"), _ages(versions))
    moved = _table(backend, "followed_ids", ("moved_id", "stand_in"), sorted(follows.items()))
    t = records.left_join(moved, [("incident_id", "moved_id")])
    had = t.mutate(old_id=ibis.ifelse(t.moved_id.isnull(), t.incident_id, t.stand_in), is_moved=t.moved_id.notnull())
    live = incidents.join(releases, "first_release").select("incident_id", "age")
    return Registry(
        records.select("record_id"),
        had.drop("incident_id").join(live, [("old_id", "incident_id")]).select(*HAD),
        incidents.select(taken_id="incident_id"),
        id_changes.select(taken_id="old_id").distinct(),
        last,
    )


def incident_ids(members: ir.Table, known: Registry) -> ir.Table:
    """The id of the incident of every cluster.

    Args:
        members: ``record_id``, ``cluster_id``, ``precedence`` (a text by which records sort: source, then id),
            ``own_id`` (the id that the record brings), ``is_curated``.
        known: what is published.

    Returns:
        ``cluster_id``, ``incident_id``: no id twice.
    """
    votes = (
        members.join(known.had, "record_id")
        .group_by("cluster_id", "old_id")
        .agg(
            part=lambda t: t.count(),
            stayed=lambda t: (~t.is_moved).cast("int64").sum(),
            age=lambda t: t.age.min(),
            precedence=lambda t: t.precedence.min(),
            is_own=lambda t: (t.is_curated & (t.own_id == t.old_id)).cast("int64").max(),
        )
    )
    wished = _first(votes, "cluster_id", ibis.desc("part"), ibis.asc("age"), ibis.asc("precedence"), ibis.asc("old_id"))
    most = (ibis.desc(name) for name in ("stayed", "part", "is_own"))
    kept = _first(wished, "old_id", *most, ibis.asc("precedence"))
    kept = kept.select("cluster_id", incident_id="old_id")
    firsts = (
        members.anti_join(kept, "cluster_id")
        .group_by("cluster_id")
        .agg(
            first_record=lambda t: t.record_id.argmin(t.precedence),
            entry_id=lambda t: t.own_id.argmin(t.precedence, where=t.is_curated),
        )
    )
    firsts = firsts.mutate(hashed_id=_hashed(firsts.first_record))
    returned = members.filter(members.is_curated).anti_join(known.records, "record_id").select(taken_id="own_id")
    entries = known.live.union(known.gone.anti_join(returned, "taken_id")).distinct().select(taken_entry="taken_id")
    hashes = known.live.union(known.gone).distinct().select(taken_hash="taken_id")
    t = firsts.left_join(entries, [("entry_id", "taken_entry")])
    t = t.left_join(hashes, [("hashed_id", "taken_hash")])
    new = t.select(
        "cluster_id",
        incident_id=ibis.cases(
            (t.entry_id.notnull() & t.taken_entry.isnull(), t.entry_id),
            (t.taken_hash.isnull(), t.hashed_id),
            else_=_hashed(t.first_record + f"|{known.last}"),
        ),
    )
    return kept.union(new)


def _first(t: ir.Table, group: str, *order: ir.Value) -> ir.Table:
    window = ibis.window(group_by=group, order_by=order)
    return t.mutate(place=ibis.row_number().over(window)).filter(lambda t: t.place == 0).drop("place")


def _hashed(key: ir.StringValue) -> ir.StringValue:
    return ibis.literal("i-") + key.hexdigest("md5").substr(0, ID_LENGTH)


def _table(
    backend: BaseBackend, name: str, columns: tuple[str, str], rows: Sequence[tuple[str, str | int | None]]
) -> ir.Table:
    """A small table of two columns; the second holds numbers where it is called age."""
    kinds = (pa.string(), pa.int64() if columns[1] == "age" else pa.string())
    arrays = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(kinds)]
    return backend.create_table(name, pa.table(arrays, list(columns)), overwrite=True)


def _read(backend: BaseBackend, path: Path, columns: list[str]) -> ir.Table:
    try:
        missing = set(columns) - set(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise CannotDo(f"data/baseline/{path.name}: cannot be read: {error}; git checkout brings it back") from error
    if missing:
        raise CannotDo(f"data/baseline/{path.name}: has no {', '.join(sorted(missing))}; git checkout brings it back")
    return backend.read_parquet(str(path)).select(*columns)


def _ages(versions: Sequence[str]) -> list[tuple[str, int]]:
    return [(version, age) for age, version in enumerate(sorted(versions, key=_order))]


def _order(version: str) -> tuple[list[int], str]:
    """A key by which versions sort."""
    return [int(part) for part in version.partition("+")[0].split(".") if part.isdigit()], version


def _text(value: object) -> str | None:
    return None if value is None else str(value)
