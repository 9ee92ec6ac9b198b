"""Stage ``link``: which records are of one incident. Writes ``data/interim/link/``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from pipeline.checksums import sha256
from pipeline.config import Params, Project
from pipeline.engine import connect
from pipeline.link.clusters import Member, cluster
from pipeline.link.decisions import Decision, DecisionFile, Known, load_decisions, same_ids
from pipeline.link.declaration import Comparisons, load_comparisons
from pipeline.link.model import Model, cluster_scored, load_model, score_records
from pipeline.link.pairs import no_pairs
from pipeline.problems import NotWell
from pipeline.reference import Reference, load_reference
from pipeline.schema import Schema, load_schema
from pipeline.schema.arrow import arrow_table
from pipeline.sources.declaration import load_sources
from pipeline.writers import write_parquet

INGESTED = ("records", "incident_actors", "claims")
"""The tables of a source that are read."""
INPUTS = "inputs.json"
"""Beside the pairs: from which files they were made."""


def link(project: Project, params: Params) -> str:
    """Compare the records of every source that is turned on, keep the scored pairs, cluster them.

    Writes ``pairs.parquet`` (every pair of at least the kept probability with the level and weight of each
    comparison) and ``clusters.parquet`` (every record with the first record of its cluster, the mean probability of its
    links there and how it was linked).

    Returns:
        What was done, in one line.

    Raises:
        NotWell: reference data or decisions are not well, or a cluster grew too large. Nothing is written.
        CannotDo: there is no trained model, or the comparisons were changed since.
    """
    schema, declared = load_schema(project.schemas), load_comparisons(project.schemas)
    reference, problems = load_reference(project, schema)
    if problems:
        raise NotWell(problems, "nothing was linked")
    model = load_model(project.link_model, declared)
    known = known_records(project, params)
    ids = sorted(known.records)
    every = load_decisions(decision_files(project), known)
    decisions = [decision for decision in every if not decision.waits]
    if len(known.sources) < 2:  # rows of one source are different events: only a decision can link them
        named = sorted({record for decision in decisions for record in (decision.left, decision.right)})
        members = {record: Member(known.sources[0], known.parts.get(record)) for record in named}
        clusters = cluster(members, (), decisions, model.threshold, declared.least_pair, declared.largest_cluster)
        pairs, compared = no_pairs(declared), "one source, nothing to compare"
    else:
        tables = read_linkable(project, params, schema, reference)
        decisions += same_ids(known.records, _revised_in(project, params))
        clusters, pairs, unplaced = _linked(params, tables, declared, model, decisions)
        compared = f"{pairs.num_rows} pairs kept"
        compared += f", {unplaced} records without coordinates or place name" if unplaced else ""
    write_parquet(pairs, project.linked / "pairs.parquet")
    write_parquet(_members(ids, clusters, pairs, decisions), project.linked / "clusters.parquet")
    (project.linked / INPUTS).write_text(json.dumps(inputs(project, params), indent=1) + "\n", encoding="utf-8")
    waiting = sum(decision.waits for decision in every)
    more = f", {waiting} decisions wait for a source that is turned off" if waiting else ""
    return f"{len(ids)} records, {compared}, {len(clusters)} clusters{more}"


def _linked(
    params: Params, tables: Mapping[str, pa.Table], declared: Comparisons, model: Model, decisions: list[Decision]
) -> tuple[list[list[str]], pa.Table, int]:
    """Clusters, scored pairs, and how many records say nothing of the place.

    A withdrawn record takes part only where a decision names it: it is often the double of an entry that stands, and
    must not take the records of other sources from that one.
    """
    by_hand = [decision for decision in decisions if not decision.is_by_source]
    decided = {record for decision in by_hand for record in (decision.left, decision.right)}
    records = tables["records"]
    stands = [
        status != "withdrawn" or record in decided
        for record, status in zip(records["record_id"].to_pylist(), records["status"].to_pylist(), strict=True)
    ]
    tables = {**tables, "records": records.filter(pa.array(stands, pa.bool_()))}
    backend = connect(params.engine, master=params.spark_master)
    try:
        score_records(backend, tables, declared, model.settings, declared.keep_probability)
        clusters = cluster_scored(backend, declared, decisions, model.threshold, declared.largest_cluster)
        pairs = scored_pairs(backend, declared)
        said = backend.table("link_input")
        unplaced = said.filter(said.latitude.isnull() & said.place_names.isnull()).count().to_pyarrow().as_py()
    finally:
        backend.disconnect()
    return clusters, pairs, unplaced


def _revised_in(project: Project, params: Params) -> dict[str, str]:
    """The source that revises another one, by that one, where both are turned on."""
    declared = load_sources(project.schemas, "incidents")
    named = {source.source: str((source.table or {}).get("revised_in", "")) for source in declared}
    return {early: later for early, later in named.items() if {early, later} <= set(params.sources)}


def scored_pairs(backend: BaseBackend, declared: Comparisons) -> pa.Table:
    """The table ``scored`` of an engine, in the order of the ids, with the same types whichever engine made it."""
    pairs = backend.table("scored").to_pyarrow().cast(no_pairs(declared).schema)
    return pairs.sort_by([("record_id_left", "ascending"), ("record_id_right", "ascending")])


def decision_files(project: Project) -> list[DecisionFile]:
    """Where decisions stand; what is decided in a local build goes into the last, which stays on this machine."""
    paths = [project.link_decisions, *([project.local_link_decisions] if project.is_local else [])]
    return [DecisionFile(path, project.relative(path), path != project.link_decisions) for path in paths]


def known_records(project: Project, params: Params) -> Known:
    """The records that the sources ingested, and the declared sources of incidents that are turned off."""
    parts: dict[str, str | None] = {}
    having = []
    for source in params.sources:
        path = project.ingested / source / "records.parquet"
        if path.is_file() and pq.read_metadata(path).num_rows:
            read = pq.read_table(path, columns=["record_id", "part_of"])
            parts |= zip(read["record_id"].to_pylist(), read["part_of"].to_pylist(), strict=True)
            having.append(source)
    sources = load_sources(project.schemas, "incidents")
    return Known(
        records=frozenset(parts),
        parts={record: part for record, part in parts.items() if part is not None},
        sources=tuple(having),
        off=frozenset({source.source for source in sources} - set(params.sources)),
        licensed=frozenset(source.source for source in sources if not source.redistributable),
    )


def inputs(project: Project, params: Params) -> dict[str, str]:
    """The SHA-256 of every file from which pairs are scored, so that later readers see whether one has changed."""
    paths = [project.ingested / source / f"{name}.parquet" for source in params.sources for name in INGESTED]
    paths += [project.link_model, project.schemas / "link" / "comparisons.yaml"]
    paths += [project.reference / name for name in ("actors.csv", "names.csv", "places.csv")]
    return {project.relative(path): sha256(path) for path in paths if path.is_file()}


def read_linkable(project: Project, params: Params, schema: Schema, reference: Reference) -> dict[str, pa.Table]:
    """The input of `prepare` from what the sources ingested and from the reference data."""
    found: dict[str, list[pa.Table]] = {name: [] for name in INGESTED}
    for source in params.sources:
        for name, tables in found.items():
            path = project.ingested / source / f"{name}.parquet"
            if path.is_file():
                tables.append(pq.read_table(path))
    together = {
        name: pa.concat_tables(tables, promote_options="default") if tables else arrow_table(schema.tables[name], [])
        for name, tables in found.items()
    }
    records = together["records"].append_column("origin", together["records"]["source"])
    names = [row for row in reference.names if row["entity_type"] == "place"]
    spelled = [(row["entity_id"], row["name"]) for row in names]
    spelled += [(row["place_id"], row["place_name"]) for row in reference.places.values()]
    return {
        "records": records,
        "record_actors": together["incident_actors"].select(["record_id", "actor_id", "alternative_group"]),
        "claims": together["claims"],
        "actors": arrow_table(schema.tables["actors"], reference.actors.values()),
        "places": arrow_table(schema.tables["places"], reference.places.values()),
        "place_names": pa.table(
            {
                "place_id": pa.array([place for place, _ in spelled], pa.string()),
                "name": pa.array([name for _, name in spelled], pa.string()),
            }
        ),
    }


def _members(
    ids: Sequence[str], clusters: Sequence[Sequence[str]], pairs: pa.Table, decisions: Sequence[Decision]
) -> pa.Table:
    """Every record with the first record of its cluster, and what links it there."""
    first = {record: group[0] for group in clusters for record in group}
    decided, given = (
        {
            record
            for decision in decisions
            if decision.is_same
            and decision.is_by_source == by_source
            and first.get(decision.left) == first.get(decision.right)
            for record in (decision.left, decision.right)
        }
        for by_source in (False, True)
    )
    apart = {record for decision in decisions if not decision.is_same for record in (decision.left, decision.right)}
    links: dict[str, list[float]] = {}
    columns = (pairs[name].to_pylist() for name in ("record_id_left", "record_id_right", "match_probability"))
    for left, right, probability in zip(*columns, strict=True):
        if left in first and first[left] == first.get(right):
            links.setdefault(left, []).append(probability)
            links.setdefault(right, []).append(probability)
    records = sorted(ids)
    alone = {record: "kept_apart" if record in apart else "none" for record in records if record not in first}
    linked = dict.fromkeys(records, "model") | dict.fromkeys(given, "source") | dict.fromkeys(decided, "decision")
    methods = [alone.get(record, linked[record]) for record in records]
    found = (
        records,
        [first.get(record, record) for record in records],
        [
            sum(links[record]) / len(links[record]) if method == "model" else None
            for record, method in zip(records, methods, strict=True)
        ],
        methods,
    )
    fields = [
        ("record_id", pa.string()),
        ("cluster_id", pa.string()),
        ("link_probability", pa.float64()),
        ("link_method", pa.string()),
    ]
    arrays = [pa.array(values, kind) for values, (_, kind) in zip(found, fields, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))
