"""Tolls: figures decided from claims by a named rule, and which of them may be added.

The rule `most_carried` (``schemas/codelists/toll_rule.csv``; docs/decisions.md says why):

1. A claimant's figure for a group is the sum of what they say, in one report, of the disjoint populations
   in that group; what is contained in another of their claims is not added again. For all persons it is
   the total they state, else the sum of their groups in one report, which makes the toll partial. A report
   says what it carries, whether it was the first to do so or repeats it.
2. A later figure of the same claimant replaces the earlier one. Only the rows of one dataset count different persons
   and are added where they are of one incident. Figures of different claimants are never added. Where somebody states
   a total, sums of groups count for ``high`` only.
3. ``low`` is the lowest lower bound, ``high`` the highest upper bound and null when one is open. ``best`` is the
   figure (a claimant's own best estimate, else the lower bound) that most independent agencies carry, then the
   one of most populations, then the latest.
4. ``best`` for all persons is never below that of one group of them.
5. Claimants agree when all who count the same group, or state the total, give the same figure.

An operation's own figure is additive and the figures of its incidents are not, unless these add up to more. Parts of a
split figure are additive, unless one figure holds them all.
"""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

RULE = "most_carried"
MINIMUM, MAXIMUM = "minimum", "maximum"
DATASET = "dataset"
"""The type of a report, and of a claimant, that is a dataset."""
UNIT = ("unit_type", "unit_id", "metric")
FIGURE = (*UNIT, "population_group")
Keep = Callable[[str, ir.Table], ir.Table]


def as_it_is(_: str, data: ir.Table) -> ir.Table:
    """Leaves an expression to be computed where it is used."""
    return data


def decide(
    claims: ir.Table,
    claim_reports: ir.Table,
    reports: ir.Table,
    populations: ir.Table,
    rule: str = RULE,
    keep: Keep = as_it_is,
) -> ir.Table:
    """Decide one toll for each unit, metric and population group that somebody gave a number for.

    Args:
        claims: the published claims.
        claim_reports: which report carries which claim.
        reports: the published reports.
        populations: the code list `population`, with ``code`` and ``population_group``.
        rule: a code of the list `toll_rule`. `minimum` and `maximum` take the whole figure of one claimant; where
            somebody states a total, `minimum` looks at totals only.
        keep: makes a table of what is used several times, so that it is computed once.

    Returns:
        The columns of `tolls` up to ``claim_count``; persons of no stated group count for `all` only.
    """
    said = keep("said_figures", _said(claims, claim_reports, populations))
    figures = keep("summed_figures", _group_figures(said).union(_total_figures(said)))
    current = keep("current_figures", _current(figures))
    if rule == RULE:
        best = _most_carried(figures, current, reports)
        decided = current.pipe(_bounds).pipe(_joined, best, _claim_counts(said))
    else:
        bounds = _bounds(current).drop("low", "high")
        decided = bounds.pipe(_joined, _extreme(current, rule), _claim_counts(said))
    return (
        _with_status(decided, is_raised_to_groups=rule == RULE)
        .filter(lambda t: t.low.notnull() | t.best.notnull() | t.high.notnull())
        .mutate(toll_rule=ibis.literal(rule))
    )


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
    figure = ibis.coalesce(placed.best, placed.low, placed.high)
    placed = placed.mutate(counted=ibis.ifelse(placed.is_withdrawn, ibis.null("int64"), figure))
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
    one that counts) is at least the sum of all parts, then it is taken to hold them: the other parts are not additive.

    Args:
        tolls: what `add_up` returns.
        own: tolls decided from the claims of one record alone, which is their unit; for records of incidents with
            several.
        parts: ``record_id``, ``incident_id``, ``part_of``, ``operation_id``, ``is_one_of_several`` of every part.
    """
    key = ["metric", "population_group"]
    counted = tolls.select("unit_id", *key, "is_additive", figure=ibis.coalesce(tolls.best, tolls.low, tolls.high))
    alone = parts.filter(~parts.is_one_of_several).select("part_of", unit_id="incident_id")
    shared = parts.filter(parts.is_one_of_several)
    said = own.select("unit_id", *key, figure=ibis.coalesce(own.best, own.low, own.high))
    each = (
        alone.join(counted, "unit_id")
        .select("part_of", *key, "figure")
        .union(shared.select("part_of", unit_id="record_id").join(said, "unit_id").select("part_of", *key, "figure"))
    )
    whole = each.group_by(["part_of", *key]).agg(whole=lambda t: t.figure.sum())
    holders = shared.select("part_of", unit_id="incident_id").union(
        shared.filter(shared.operation_id.notnull()).select("part_of", unit_id="operation_id")
    )
    held = (
        holders.join(counted.filter(counted.is_additive), "unit_id")
        .group_by(["part_of", *key])
        .agg(held=lambda t: t.figure.max())
    )
    covered = whole.join(held, ["part_of", *key]).filter(lambda t: t.held >= t.whole).select("part_of", *key)
    again = alone.join(covered, "part_of").select("unit_id", *key)
    held_again = tolls.semi_join(again, ["unit_id", *key]).mutate(is_additive=ibis.literal(False))
    return tolls.anti_join(again, ["unit_id", *key]).union(held_again.select(*tolls.columns))


def _joined(figures: ir.Table, *others: ir.Table) -> ir.Table:
    for other in others:
        figures = figures.left_join(other, list(FIGURE)).drop([f"{name}_right" for name in FIGURE])
    return figures


def _said(claims: ir.Table, claim_reports: ir.Table, populations: ir.Table) -> ir.Table:
    """What each report has each claimant say of each population: their last word in it, with its group.

    A claim without any number says nothing that can be counted, but "dozens" leaves the upper bound open.
    """
    counted = claims.filter(claims.value_low.notnull() | claims.value_high.notnull() | (claims.qualifier == "dozens"))
    groups = populations.select(population="code", population_group="population_group")
    broader = counted.select(broader_id="claim_id", broader_subject="subject_id", broader_population="population")
    broader_groups = groups.rename(broader_population="population", broader_group="population_group")
    t = (
        counted.drop("report_id")
        .join(claim_reports.select("claim_id", "report_id"), "claim_id")
        .join(groups, "population")
        .left_join(broader, [("included_in_claim_id", "broader_id"), ("subject_id", "broader_subject")])
        .left_join(broader_groups, "broader_population")
    )
    named = t.select(
        "claim_id",
        "claimant_name",
        "report_id",
        "population",
        "population_group",
        "value_low",
        "value_high",
        "sequence",
        value_best=ibis.coalesce(t.value_best, t.value_low),
        unit_type="subject_type",
        unit_id="subject_id",
        metric="metric",
        row_of_dataset=ibis.ifelse(t.claimant_type == DATASET, t.record_id, ibis.null("string")).fill_null(""),
        is_included=t.broader_id.notnull(),
        is_included_in_group=(t.broader_group == t.population_group).fill_null(False),
    )
    in_report = ibis.window(
        group_by=[*UNIT, "claimant_name", "report_id", "population", "row_of_dataset"],
        order_by=[ibis.desc("sequence"), ibis.asc("claim_id")],
    )
    return named.mutate(is_last=ibis.row_number().over(in_report) == 0)


def _group_figures(said: ir.Table) -> ir.Table:
    """What each report has each claimant say of each group."""
    return _summed(said.filter(said.is_last & ~said.is_included_in_group & (said.population_group != "all"))).mutate(
        is_stated=ibis.literal(True)
    )


def _total_figures(said: ir.Table) -> ir.Table:
    """What each report has each claimant say of all persons: the total stated, and the sum of the groups."""
    last = said.filter(said.is_last & ~said.is_included)
    stated = _summed(last.filter(last.population_group == "all")).mutate(is_stated=ibis.literal(True))
    groups = last.filter(last.population_group != "all").mutate(population_group=ibis.literal("all"))
    return stated.union(_summed(groups).mutate(is_stated=ibis.literal(False)))


def _summed(said: ir.Table) -> ir.Table:
    """Sums of disjoint populations: an open upper bound opens that of the sum."""
    return said.group_by([*FIGURE, "claimant_name", "report_id"]).agg(
        low=said.value_low.sum(),
        best=said.value_best.sum(),
        high=ibis.ifelse(said.value_high.isnull().any(), ibis.null("int64"), said.value_high.sum()),
        populations=said.population.nunique(),
        sequence=said.sequence.max(),
    )


def _current(figures: ir.Table) -> ir.Table:
    """Each claimant's figure: a total stated before a sum, the sum of most populations, then the latest.

    Which is the latest, ``sequence`` says: most pages have no date, and it is the order that curators gave.
    """
    order = ibis.window(
        group_by=[*FIGURE, "claimant_name"],
        order_by=[
            ibis.desc("is_stated"),
            ibis.desc("populations"),
            ibis.desc("sequence"),
            ibis.desc("low", nulls_first=False),
            ibis.asc("report_id"),
        ],
    )
    return figures.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0).drop("place")


def _bounds(current: ir.Table) -> ir.Table:
    """Bounds over the claimants, and how many different figures they give.

    The sums of groups that different claimants name are about different persons and are not compared, but a
    sum above somebody's stated total contradicts it.
    """
    t = current
    figure = ibis.coalesce(t.best, t.low, t.high)
    total = t.group_by(FIGURE).agg(
        stated_low=t.low.min(where=t.is_stated),
        any_low=t.low.min(),
        high=ibis.ifelse(t.high.isnull().any(), ibis.null("int64"), t.high.max()),
        stated=t.claimant_name.nunique(where=figure.notnull() & t.is_stated),
        different=figure.nunique(where=t.is_stated),
        exceeded=(t.low.max(where=~t.is_stated) > t.high.max(where=t.is_stated)).fill_null(False),
    )
    return total.mutate(low=ibis.coalesce(total.stated_low, total.any_low)).drop("stated_low", "any_low")


def _most_carried(figures: ir.Table, current: ir.Table, reports: ir.Table) -> ir.Table:
    """The figure that most independent agencies carry: totals that are stated before sums of groups.

    The voice of a report is that of the agency whose dispatch it carries, else of its publisher; it speaks for a
    figure when it carries all that the figure is the sum of. A dataset has no voice of its own, for it counts what the
    same press reports. On a tie the sum of most populations counts, then the latest, then the lowest.
    """
    keys = [*FIGURE, "claimant_name", "is_stated", "best"]
    standing = current.filter(current.best.notnull()).select(*keys)
    voice = ibis.coalesce(reports.agency, reports.publisher)
    is_dataset = (reports.source_type == DATASET).fill_null(False)
    voices = reports.select("report_id", voice=ibis.ifelse(is_dataset, ibis.null("string"), voice))
    votes = (
        figures.join(standing, keys)
        .join(voices, "report_id")
        .group_by([*FIGURE, "is_stated", "best"])
        .agg(
            voices=lambda t: t.voice.nunique(),
            populations=lambda t: t.populations.max(),
            sequence=lambda t: t.sequence.max(),
        )
    )
    order = ibis.window(
        group_by=list(FIGURE),
        order_by=[
            ibis.desc("is_stated"),
            ibis.desc("voices"),
            ibis.desc("populations"),
            ibis.desc("sequence"),
            ibis.asc("best"),
        ],
    )
    first = votes.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0)
    return first.select(*FIGURE, "is_stated", "best")


def _extreme(current: ir.Table, rule: str) -> ir.Table:
    """The figure of the claimant who gives the lowest or the highest; a stated total comes before a sum of groups."""
    figure = ibis.coalesce(current.best, current.low, current.high)
    t = current.mutate(figure=figure).filter(figure.notnull())
    order = {
        MINIMUM: [ibis.desc("is_stated"), ibis.asc("figure")],
        MAXIMUM: [ibis.desc("figure"), ibis.desc("is_stated")],
    }[rule]
    window = ibis.window(group_by=list(FIGURE), order_by=[*order, ibis.asc("claimant_name")])
    first = t.mutate(place=ibis.row_number().over(window)).filter(lambda t: t.place == 0)
    return first.select(*FIGURE, "is_stated", "low", "best", "high")


def _claim_counts(said: ir.Table) -> ir.Table:
    """How many claims bear on each toll, superseded ones included."""
    everyone = said.mutate(population_group=ibis.literal("all"))
    of_groups = said.filter(said.population_group != "all")
    columns = [*FIGURE, "claim_id"]
    return (
        everyone.select(columns)
        .union(of_groups.select(columns))
        .group_by(FIGURE)
        .agg(claim_count=lambda t: t.claim_id.nunique())
    )


def _with_status(decided: ir.Table, *, is_raised_to_groups: bool) -> ir.Table:
    """Say of each toll whether claimants agree, and keep the best figure for all from falling below that of a group."""
    groups = (
        decided.filter(decided.population_group != "all")
        .group_by(UNIT)
        .agg(
            groups_differ=lambda t: (t.different > 1).any(),
            groups_shared=lambda t: (t.stated > 1).any(),
            floor=lambda t: t.best.max(),
        )
    )
    t = decided.left_join(groups, list(UNIT))
    is_all = t.population_group == "all"
    differ = (t.different > 1) | (is_all & (t.exceeded | t.groups_differ.fill_null(False)))
    shared = (t.stated > 1) | (is_all & t.groups_shared.fill_null(False))
    is_raised = (
        is_raised_to_groups & is_all & ((t.floor > t.best) | t.best.isnull()).fill_null(False) & t.floor.notnull()
    )
    best = ibis.ifelse(is_raised, t.floor, t.best)
    return t.select(
        *FIGURE,
        "claim_count",
        "low",
        best=best,
        high=ibis.ifelse(t.high.notnull(), ibis.greatest(t.high, best.fill_null(t.high)), t.high),
        toll_status=ibis.cases((differ, "contested"), (shared, "agreeing"), else_="single"),
        toll_is_partial=is_all & (is_raised | ~t.is_stated.fill_null(False)),
    )
