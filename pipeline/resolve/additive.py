"""Which tolls may be added to others, so that no person is counted twice and no figure is lost.

1. An operation's own figure is additive and the figures of its incidents are not, unless these add up to more.
2. A record of a dataset that is linked to one incident of an operation may count the dead of that incident or of the
   whole. Its claims are about the one to whose figure its own is nearer: `of_operations`.
3. Parts of a split figure are additive, unless the figure of an incident that shares a part holds them all: when it is
   at least their sum, or nearer to their sum than to that part.

Rules 2 and 3 ask the same of a figure: of what does it speak, a part or the whole? They compare those of all killed.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def units(incidents: ir.Table, operations: ir.Table) -> ir.Table:
    """Every incident and operation with what its tolls need; an operation that spans several areas has none.

    Args:
        incidents: with ``operation_id``, ``status``, ``date_start``, ``country_iso3``, ``admin1_code``.
        operations: the published operations.
    """
    columns = (
        "unit_type",
        "unit_id",
        "operation_id",
        "is_withdrawn",
        "date_start",
        "country_iso3",
        "admin1_code",
    )
    single = incidents.select(
        unit_type=ibis.literal("incident"),
        unit_id="incident_id",
        operation_id="operation_id",
        is_withdrawn=incidents.status == "withdrawn",
        date_start="date_start",
        country_iso3="country_iso3",
        admin1_code="admin1_code",
    )
    members = incidents.filter(incidents.operation_id.notnull() & (incidents.status != "withdrawn"))
    areas = members.group_by("operation_id").agg(
        country_iso3=_only(members.country_iso3),
        admin1_code=_only(members.admin1_code.fill_null("?")).nullif("?"),
        members=members.count(),
    )
    whole = (
        operations.left_join(areas, "operation_id")
        .mutate(
            unit_type=ibis.literal("operation"),
            unit_id=operations.operation_id,
            is_withdrawn=lambda t: t.members.isnull(),  # an operation is withdrawn with the last of its incidents
        )
        .select("unit_type", "unit_id", "is_withdrawn", "date_start", "country_iso3", "admin1_code")
        .mutate(operation_id=ibis.null("string"))
        .select(*columns)
    )
    return single.select(*columns).union(whole)


def _only(values: ir.StringColumn) -> ir.StringScalar:
    """The value when there is only one, else null."""
    return ibis.ifelse(values.nunique() == 1, values.min(), ibis.null("string"))


def add_up(tolls: ir.Table, units: ir.Table) -> ir.Table:
    """Say of each toll whether it may be added to the others of its metric and group.

    Args:
        tolls: what `decide` returns.
        units: what `units` returns; ``operation_id`` is null for an incident of none, and for operations.

    Returns:
        The published columns of `tolls`.
    """
    placed = tolls.join(units, ["unit_type", "unit_id"])
    placed = placed.mutate(counted=ibis.ifelse(placed.is_withdrawn, ibis.null("int64"), _figure(placed)))
    whole = placed.filter(placed.unit_type == "operation").select(
        operation_id="unit_id", metric="metric", population_group="population_group", whole="counted"
    )
    parts = (
        placed.filter((placed.unit_type == "incident") & placed.operation_id.notnull())
        .group_by(["operation_id", "metric", "population_group"])
        .agg(parts=lambda t: t.counted.sum())
    )
    compared = whole.left_join(parts, ["operation_id", "metric", "population_group"]).select(
        "operation_id",
        "metric",
        "population_group",
        parts_are_more=lambda t: (t.parts > t.whole).fill_null(False),
    )
    keyed = placed.mutate(shared_id=ibis.ifelse(placed.unit_type == "operation", placed.unit_id, placed.operation_id))
    matched = keyed.left_join(
        compared,
        [keyed.shared_id == compared.operation_id, "metric", "population_group"],
    )
    additive = ~matched.is_withdrawn & ibis.ifelse(
        matched.unit_type == "operation",
        ~matched.parts_are_more.fill_null(False),
        matched.parts_are_more.fill_null(True),  # no figure of the operation's own: the incident's counts
    )
    return matched.mutate(is_additive=additive)


def parts_once(tolls: ir.Table, own: ir.Table, parts: ir.Table) -> ir.Table:
    """Keep the parts of a split figure from being added to a figure that holds them all.

    A source may split one figure over several places or days; its parts are incidents of their own and add up to it.
    But where one of these incidents has other records too, and its figure (or that of its operation, where that is the
    one that counts) is at least the sum of all parts, or nearer to it than to the part that shares the incident, then
    it is taken to hold them: the other parts are not additive.

    Args:
        tolls: what `add_up` returns.
        own: tolls decided from the claims of one record alone, which is their unit; for records of incidents with
            several.
        parts: ``record_id``, ``incident_id``, ``part_of``, ``operation_id``, ``is_one_of_several`` of every part.
    """
    key = ["metric", "population_group"]
    counted = tolls.select("unit_id", *key, "is_additive", figure=_figure(tolls))
    alone = parts.filter(~parts.is_one_of_several).select("part_of", unit_id="incident_id")
    shared = parts.filter(parts.is_one_of_several)
    said = own.select(*key, record_id="unit_id", part=_figure(own))
    of_shared = shared.join(said, "record_id").select("part_of", "incident_id", "operation_id", *key, "part")
    each = (
        alone.join(counted, "unit_id")
        .select("part_of", *key, "figure")
        .union(of_shared.select("part_of", *key, figure="part"))
    )
    whole = each.group_by(["part_of", *key]).agg(whole=lambda t: t.figure.sum())
    holders = of_shared.select("part_of", *key, "part", unit_id="incident_id").union(
        of_shared.filter(of_shared.operation_id.notnull()).select("part_of", *key, "part", unit_id="operation_id")
    )
    held = holders.join(counted.filter(counted.is_additive), ["unit_id", *key]).join(whole, ["part_of", *key])
    speaks_of_all = (held.figure >= held.whole) | _nearer(held.figure, held.whole, held.part)
    covered = held.filter(speaks_of_all).select("part_of", *key).distinct()
    again = alone.join(covered, "part_of").select("unit_id", *key)
    held_again = tolls.semi_join(again, ["unit_id", *key]).mutate(is_additive=ibis.literal(False))
    return tolls.anti_join(again, ["unit_id", *key]).union(held_again.select(*tolls.columns))


def of_operations(
    records: ir.Table, incidents: ir.Table, members: ir.Table, figures: ir.Table, own: ir.Table
) -> ir.Table:
    """The records of datasets whose figures are of a whole operation, not of the incident to which they were linked.

    Asked of a record that is the only one of its source among the incidents of an operation of several, and no part of
    a split figure: where a source has several, they are its own account of who died where. What the record counts is
    compared with what our entries say of the incident (0 where they say nothing), and of the whole: the operation's
    figure, or the sum of its incidents, whichever is more.

    Args:
        records: with ``source`` and ``part_of``.
        incidents: with ``operation_id`` and ``status``.
        members: ``record_id``, ``incident_id``, ``is_curated``, ``is_heard``, ``is_one_of_several``.
        figures: what `tolls.decide` returns of incidents and operations.
        own: the same of records of incidents with several, each alone.

    Returns:
        ``record_id``, ``operation_id``.
    """
    standing = incidents.filter(incidents.operation_id.notnull() & (incidents.status != "withdrawn"))
    several = standing.group_by("operation_id").agg(sites=standing.count()).filter(lambda t: t.sites > 1)
    sites = standing.semi_join(several, "operation_id").select("incident_id", "operation_id")
    t = members.filter(members.is_heard).join(sites, "incident_id")
    t = t.join(records.select("record_id", "source", "part_of"), "record_id")
    of_units, of_records = _killed(figures, "said"), _killed(own, "said_alone")
    t = t.left_join(of_units, [("incident_id", "unit_id")]).drop("unit_id")
    t = t.left_join(of_records, [("record_id", "unit_id")]).drop("unit_id")
    t = t.mutate(figure=ibis.ifelse(t.is_one_of_several, t.said_alone, t.said))
    entered = t.group_by("operation_id", "incident_id").agg(site=t.figure.max(where=t.is_curated).fill_null(0))
    sums = entered.group_by("operation_id").agg(added=entered.site.sum())
    wholes = sums.left_join(of_units.rename(stated="said"), [("operation_id", "unit_id")])
    wholes = wholes.select("operation_id", whole=ibis.greatest(wholes.stated.fill_null(0), wholes.added))
    once = t.group_by("operation_id", "source").agg(rows=t.count()).filter(lambda each: each.rows == 1)
    asked = t.filter(~t.is_curated & t.part_of.isnull()).semi_join(once, ["operation_id", "source"])
    asked = asked.join(entered.select("incident_id", "site"), "incident_id").join(wholes, "operation_id")
    return asked.filter(_nearer(asked.figure, asked.whole, asked.site)).select("record_id", "operation_id")


def _killed(tolls: ir.Table, name: str) -> ir.Table:
    """``unit_id`` and the figure of all killed."""
    all_killed = (tolls.metric == "killed") & (tolls.population_group == "all")
    return tolls.filter(all_killed).select("unit_id", **{name: _figure(tolls)})


def _figure(tolls: ir.Table) -> ir.IntegerValue:
    return ibis.coalesce(tolls.best, tolls.low, tolls.high)


def _nearer(figure: ir.IntegerValue, whole: ir.IntegerValue, part: ir.IntegerValue) -> ir.BooleanValue:
    """Whether a figure is nearer to the whole than to the part; no where one of them is unknown."""
    return ((figure - whole).abs() < (figure - part).abs()).fill_null(False)
