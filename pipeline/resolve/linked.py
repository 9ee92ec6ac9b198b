"""Records of one incident brought together: whatever a source says of its record is said of the incident.

Every record brings an incident id of its own from ``ingest``. Here it is replaced by that of the cluster in all that
refers to it; nothing is left out but what two records say alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

CURATED = "curated"
PARTY = "party"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ROLES = ("carries_claim", "repeats_claim", "locates", "describes")
"""What a report was used for, the strongest first."""


def members(records: ir.Table, clusters: ir.Table, sources: Sequence[str]) -> ir.Table:
    """Every record with its cluster, and its place among the others.

    Args:
        records: as ingested; ``incident_id`` is the id that the record brings.
        clusters: ``record_id``, ``cluster_id``, ``link_probability``, ``link_method`` of every record.
        sources: in the order of params; curated records come before all others.

    Returns:
        ``record_id``, ``cluster_id``, ``own_id``, ``is_curated``, ``precedence`` (a text by which records sort),
        ``is_withdrawn``, ``link_probability``, ``link_method``.
    """
    order = sorted(sources, key=lambda name: name != CURATED)
    rank = ibis.cases(*((records.source == name, f"{at:03}") for at, name in enumerate(order)), else_="999")
    t = records.select(
        "record_id",
        own_id="incident_id",
        is_curated=records.source == CURATED,
        precedence=rank + "|" + records.record_id,
        is_withdrawn=records.status == "withdrawn",
    )
    return t.join(clusters, "record_id")


def with_incidents(members: ir.Table, ids: ir.Table) -> ir.Table:
    """Add ``incident_id``, ``is_one_of_several`` and ``is_heard``.

    A withdrawn record is not heard where another one of its incident stands.

    Args:
        members: what `members` returns.
        ids: ``cluster_id``, ``incident_id``.
    """
    return _counted(members.join(ids, "cluster_id"))


def of_records(records: ir.Table) -> ir.Table:
    """The same of published records, as far as tolls need it: ``record_id``, ``incident_id`` and the two."""
    t = records.select("record_id", "incident_id", is_withdrawn=records.status == "withdrawn")
    return _counted(t)


def _counted(t: ir.Table) -> ir.Table:
    whole = ibis.window(group_by="incident_id")
    standing = (~t.is_withdrawn).cast("int64").sum().over(whole)
    return t.mutate(is_one_of_several=t.count().over(whole) > 1, is_heard=~t.is_withdrawn | (standing == 0))


def records(records: ir.Table, members: ir.Table) -> ir.Table:
    """Records with the incident to which they were linked, and how."""
    linked = members.select("record_id", "incident_id", "link_probability", "link_method")
    return records.drop("incident_id", "link_probability", "link_method").join(linked, "record_id")


def incident_actors(actors: ir.Table, members: ir.Table) -> ir.Table:
    """Who had which part, as any record of the incident says.

    Of rows for the same part that of the first record stands. An actor whom one record calls a party and another the
    perpetrator or target is not listed as a party too: who says party does not know who attacked. Letters of
    alternatives of different records are told apart.
    """
    t = actors.rename(own_id="incident_id").join(_of(members), "own_id")
    letter = ibis.window(group_by="incident_id", order_by=["precedence", "alternative_group"])
    lettered = t.filter(t.alternative_group.notnull() & t.is_one_of_several)
    lettered = lettered.mutate(at=ibis.dense_rank().over(letter))
    lettered = lettered.mutate(alternative_group=ibis.literal(LETTERS).substr(lettered.at, 1)).drop("at")
    t = t.filter(t.alternative_group.isnull() | ~t.is_one_of_several).union(lettered)
    part = ibis.window(group_by=["incident_id", "actor_id"])
    t = t.mutate(told=(t.role != PARTY).cast("int64").max().over(part))
    t = t.filter((t.role != PARTY) | (t.told == 0))
    return _first(t, ["incident_id", "actor_id", "role"], "precedence").select(*actors.columns)


def incident_reports(used: ir.Table, members: ir.Table) -> ir.Table:
    """Which report was used for what, with the strongest role that it has for the incident."""
    return _strongest(_renamed(used, members).select(*used.columns))


def _strongest(used: ir.Table) -> ir.Table:
    strength = ibis.cases(*((used.role == role, at) for at, role in enumerate(ROLES)), else_=len(ROLES))
    t = used.mutate(strength=strength)
    return _first(t, ["subject_type", "subject_id", "report_id"], "strength").select(*used.columns)


def claims(claims: ir.Table, members: ir.Table) -> ir.Table:
    """Claims about incidents, in one sequence: those of the record that comes first have the last word."""
    t = _renamed(claims, members)
    order = ibis.window(group_by="subject_id", order_by=[ibis.desc("precedence"), "sequence", "claim_id"])
    place = (ibis.row_number().over(order) + 1).cast("int64")
    return t.mutate(sequence=ibis.ifelse(t.is_one_of_several, place, t.sequence)).select(*claims.columns)


def revisions(revisions: ir.Table, members: ir.Table) -> ir.Table:
    """Corrections of every entry of an incident, numbered through."""
    t = _renamed(revisions, members)
    order = ibis.window(group_by="subject_id", order_by=["precedence", "position"])
    place = (ibis.row_number().over(order) + 1).cast("int64")
    return t.mutate(position=ibis.ifelse(t.is_one_of_several, place, t.position)).select(*revisions.columns)


def known_issues(issues: ir.Table, members: ir.Table) -> ir.Table:
    """Known issues of the incident to which an entry belongs."""
    return _renamed(issues, members).select(*issues.columns)


def heard(claims: ir.Table, members: ir.Table) -> ir.Table:
    """The claims from which tolls are decided: all but those of withdrawn records of incidents that stand."""
    return claims.anti_join(members.filter(~members.is_heard), "record_id")


def by_record(claims: ir.Table, members: ir.Table) -> ir.Table:
    """The claims of incidents with several records, each about its record alone."""
    several = members.filter(members.is_one_of_several).select("record_id")
    alone = claims.semi_join(several, "record_id")
    return alone.mutate(subject_type=ibis.literal("incident"), subject_id=alone.record_id).select(*claims.columns)


def of_operations(claims: ir.Table, whole: ir.Table) -> ir.Table:
    """Claims, those of some records about the operation of their incident: they come before what its entry says.

    Args:
        claims: what `claims` returns.
        whole: ``record_id``, ``operation_id``, as `additive.of_operations` finds them.
    """
    t = claims.left_join(whole, "record_id").drop("record_id_right")
    t = t.mutate(
        subject_type=ibis.ifelse(t.operation_id.notnull(), "operation", t.subject_type),
        subject_id=t.operation_id.coalesce(t.subject_id),
    )
    of_one = ibis.window(group_by="subject_id")
    order = ibis.window(group_by="subject_id", order_by=[t.operation_id.isnull(), "sequence", "claim_id"])
    place = (ibis.row_number().over(order) + 1).cast("int64")
    is_joined = t.operation_id.count().over(of_one) > 0
    return t.mutate(sequence=ibis.ifelse(is_joined, place, t.sequence)).select(*claims.columns)


def units_of(whole: ir.Table, members: ir.Table) -> ir.Table:
    """The incidents and operations between which claims were moved: ``unit_id``.

    Args:
        whole: ``record_id``, ``operation_id``, as `additive.of_operations` finds them.
        members: every record with its incident.
    """
    left = members.semi_join(whole, "record_id").select(unit_id="incident_id")
    return left.union(whole.select(unit_id="operation_id")).distinct()


def reports_of_operations(used: ir.Table, claims: ir.Table, claim_reports: ir.Table) -> ir.Table:
    """Which report was used for what, with those that carry what a record says of an operation.

    Args:
        used: what `incident_reports` returns.
        claims: what `of_operations` returns.
        claim_reports: which report carries which claim.
    """
    said = claims.filter((claims.subject_type == "operation") & claims.record_id.notnull())
    carried = said.drop("report_id").join(claim_reports, "claim_id").select(*used.columns)
    return _strongest(used.union(carried))


def parts(records: ir.Table, incidents: ir.Table, members: ir.Table) -> ir.Table:
    """The records that are parts of a split figure, as `additive.parts_once` wants them."""
    split = records.filter(records.part_of.notnull()).select("record_id", "incident_id", "part_of")
    t = split.join(members.select("record_id", "is_one_of_several"), "record_id")
    return t.join(incidents.select("incident_id", "operation_id"), "incident_id")


def with_divergence(records: ir.Table, apart: ir.Table) -> ir.Table:
    """Records with how far each lies from what was decided for its incident."""
    columns = [name for name in apart.columns if name != "record_id"]
    return records.drop(*columns).left_join(apart, "record_id").drop("record_id_right")


def _of(members: ir.Table) -> ir.Table:
    return members.select("own_id", "incident_id", "precedence", "is_one_of_several")


def _renamed(t: ir.Table, members: ir.Table) -> ir.Table:
    """Rows about incidents and operations: the id that a record brought becomes that of its incident."""
    joined = t.left_join(_of(members), [("subject_id", "own_id")])
    return joined.mutate(
        subject_id=joined.incident_id.coalesce(joined.subject_id),
        is_one_of_several=joined.is_one_of_several.fill_null(False),
    )


def _first(t: ir.Table, key: list[str], *order: str) -> ir.Table:
    window = ibis.window(group_by=key, order_by=list(order))
    return t.mutate(at=ibis.row_number().over(window)).filter(lambda t: t.at == 0).drop("at")
