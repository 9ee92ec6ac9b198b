"""Stage ``link``: which records are of one incident. Writes ``data/interim/link/``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.checksums import sha256
from pipeline.config import Params, Project
from pipeline.link.clusters import Member, cluster
from pipeline.link.decisions import Decision, DecisionFile, Known, load_decisions
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
RECORD_ACTORS = """
SELECT records.record_id, incident_actors.actor_id, incident_actors.alternative_group
FROM incident_actors JOIN records USING (incident_id)
"""


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
    tables = read_linkable(project, params, schema, reference)
    known = known_records(project, params)
    ids = sorted(known.records)
    every = load_decisions(decision_files(project), known)
    decisions = [decision for decision in every if not decision.waits]
    origins = dict(zip(*(tables["records"][name].to_pylist() for name in ("record_id", "origin")), strict=True))
    if len(set(origins.values())) < 2:  # rows of one source are different events: only a decision can link them
        members = {record: Member(origins[record], known.parts.get(record)) for record in ids}
        clusters = cluster(members, (), decisions, model.threshold, declared.least_pair, declared.largest_cluster)
        pairs, compared = no_pairs(declared), "one source, nothing to compare"
    else:
        clusters, pairs, unplaced = _linked(tables, declared, model, decisions)
        compared = f"{pairs.num_rows} pairs kept"
        compared += f", {unplaced} records without coordinates or place name" if unplaced else ""
    write_parquet(pairs, project.linked / "pairs.parquet")
    write_parquet(_members(ids, clusters, pairs, decisions), project.linked / "clusters.parquet")
    (project.linked / INPUTS).write_text(json.dumps(inputs(project, params), indent=1) + "\n", encoding="utf-8")
    waiting = len(every) - len(decisions)
    more = f", {waiting} decisions wait for a source that is turned off" if waiting else ""
    return f"{len(ids)} records, {compared}, {len(clusters)} clusters{more}"


def _linked(
    tables: Mapping[str, pa.Table], declared: Comparisons, model: Model, decisions: list[Decision]
) -> tuple[list[list[str]], pa.Table, int]:
    """Clusters, scored pairs, and how many records say nothing of the place.

    A withdrawn record takes part only where a decision names it: it is often the double of an entry that stands, and
    must not take the records of other sources from that one.
    """
    decided = {record for decision in decisions for record in (decision.left, decision.right)}
    records = tables["records"]
    stands = [
        status != "withdrawn" or record in decided
        for record, status in zip(records["record_id"].to_pylist(), records["status"].to_pylist(), strict=True)
    ]
    tables = {**tables, "records": records.filter(pa.array(stands, pa.bool_()))}
    with duckdb.connect() as connection:
        score_records(connection, tables, declared, model.settings, declared.keep_probability)
        clusters = cluster_scored(connection, declared, decisions, model.threshold, declared.largest_cluster)
        pairs = connection.execute("FROM scored ORDER BY ALL").to_arrow_table()
        unplaced = connection.execute(
            "SELECT count(*) FROM link_input WHERE latitude IS NULL AND place_names IS NULL"
        ).fetchall()[0][0]
    return clusters, pairs, unplaced


def decision_files(project: Project) -> list[DecisionFile]:
    """Where decisions stand; what is decided in a local build goes into the last, which stays on this machine."""
    paths = [project.link_decisions, *([project.local_link_decisions] if project.is_local else [])]
    return [DecisionFile(path, project.relative(path), path != project.link_decisions) for path in paths]


def known_records(project: Project, params: Params) -> Known:
    """The records that the sources ingested, and the declared sources of incidents that are turned off."""
    paths = [project.ingested / source / "records.parquet" for source in params.sources]
    rows = [
        row
        for path in paths
        if path.is_file()
        for row in pq.read_table(path, columns=["record_id", "part_of"]).to_pylist()
    ]
    sources = load_sources(project.schemas, "incidents")
    return Known(
        records=frozenset(row["record_id"] for row in rows),
        parts={row["record_id"]: row["part_of"] for row in rows if row["part_of"] is not None},
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
    with duckdb.connect() as connection:
        connection.register("records", records)
        connection.register("incident_actors", together["incident_actors"])
        record_actors = connection.execute(RECORD_ACTORS).to_arrow_table()
    names = [row for row in reference.names if row["entity_type"] == "place"]
    spelled = [(row["entity_id"], row["name"]) for row in names]
    spelled += [(row["place_id"], row["place_name"]) for row in reference.places.values()]
    return {
        "records": records,
        "record_actors": record_actors,
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
    decided = {record for decision in decisions if decision.is_same for record in (decision.left, decision.right)}
    apart = {record for decision in decisions if not decision.is_same for record in (decision.left, decision.right)}
    links: dict[str, list[float]] = {}
    columns = (pairs[name].to_pylist() for name in ("record_id_left", "record_id_right", "match_probability"))
    for left, right, probability in zip(*columns, strict=True):
        if left in first and first[left] == first.get(right):
            links.setdefault(left, []).append(probability)
            links.setdefault(right, []).append(probability)
    rows = []
    for record in sorted(ids):
        if record in first:
            method = "decision" if record in decided else "model"
        else:
            method = "kept_apart" if record in apart else "none"
        probability = sum(links[record]) / len(links[record]) if method == "model" else None
        rows.append(
            {
                "record_id": record,
                "cluster_id": first.get(record, record),
                "link_probability": probability,
                "link_method": method,
            }
        )
    fields = [
        ("record_id", pa.string()),
        ("cluster_id", pa.string()),
        ("link_probability", pa.float64()),
        ("link_method", pa.string()),
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))
