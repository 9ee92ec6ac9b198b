"""Tolls: figures decided from claims by a named rule, and which of them may be added.

The rule `most_carried` (``schemas/codelists/toll_rule.csv``; docs/decisions.md says why):

1. A claimant's figure for a group is the sum of what they say, in one report, of the disjoint populations
   in that group; what is contained in another of their claims is not added again. For all persons it is
   the total they state, else the sum of their groups in one report, which makes the toll partial.
2. A later figure of the same claimant replaces the earlier one. Figures of different claimants are never
   added.
3. ``low`` is the lowest lower bound, ``high`` the highest upper bound and null when one is open, ``best``
   the figure that most independent agencies carry, then the latest.
4. Figures for all persons are never below those of one group of them.

An operation's own figure is additive and the figures of its incidents are not, unless these add up to more.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

RULE = "most_carried"
UNIT = ("unit_type", "unit_id", "metric")
FIGURE = (*UNIT, "population_group")


def decide(claims: ir.Table, claim_reports: ir.Table, reports: ir.Table, populations: ir.Table) -> ir.Table:
    """Decide one toll for each unit, metric and population group that somebody gave a number for.

    Args:
        claims: the published claims.
        claim_reports: which report carries which claim.
        reports: the published reports.
        populations: the code list `population`, with ``code`` and ``population_group``.

    Returns:
        The columns of `tolls` up to ``claim_count``; persons of no stated group count for `all` only.
    """
    said = _said(claims, reports, populations)
    figures = _current(_group_figures(said)).union(_current(_total_figures(said)))
    bounds = _bounds(figures)
    best = _most_carried(figures, said, _carriers(claim_reports, reports))
    decided = (
        bounds.left_join(best, list(FIGURE))
        .drop([f"{name}_right" for name in FIGURE])
        .left_join(_claim_counts(said), list(FIGURE))
        .drop([f"{name}_right" for name in FIGURE])
    )
    return (
        _never_below_a_group(decided)
        .filter(lambda t: t.low.notnull() | t.best.notnull() | t.high.notnull())
        .mutate(toll_rule=ibis.literal(RULE))
    )


def add_up(tolls: ir.Table, units: ir.Table) -> ir.Table:
    """Say of each toll whether it may be added to the others of its metric and group.

    Args:
        tolls: what `decide` returns.
        units: every incident and operation: ``unit_type``, ``unit_id``, ``operation_id`` (null for an
            incident of none, and for operations), ``is_withdrawn``, ``date_start``, ``country_iso3``,
            ``admin1_code``.

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


def _said(claims: ir.Table, reports: ir.Table, populations: ir.Table) -> ir.Table:
    """Claims that bear on a number, with their group and the date of the report; a claimant's last word in a report.

    A claim without any number says nothing that can be counted, but "dozens" leaves the upper bound open.
    """
    counted = claims.filter(claims.value_low.notnull() | claims.value_high.notnull() | (claims.qualifier == "dozens"))
    broader = counted.select(broader_id="claim_id", broader_subject="subject_id", broader_population="population")
    dated = (
        counted.join(populations.select(population="code", population_group="population_group"), "population")
        .join(reports.select("report_id", said_on="published_date"), "report_id")
        .left_join(broader, [("included_in_claim_id", "broader_id"), ("subject_id", "broader_subject")])
        .left_join(
            populations.select(broader_population="code", broader_group="population_group"),
            "broader_population",
        )
    )
    named = dated.select(
        "claim_id",
        "claimant_name",
        "report_id",
        "population",
        "population_group",
        "value_low",
        "value_high",
        "sequence",
        "said_on",
        unit_type="subject_type",
        unit_id="subject_id",
        metric="metric",
        is_included=dated.broader_id.notnull(),
        is_included_in_group=(dated.broader_group == dated.population_group).fill_null(False),
    )
    in_report = ibis.window(
        group_by=[*UNIT, "claimant_name", "report_id", "population"],
        order_by=[ibis.desc("sequence")],
    )
    return named.mutate(is_last=ibis.row_number().over(in_report) == 0)


def _group_figures(said: ir.Table) -> ir.Table:
    """What each claimant says of each group in each report."""
    return _summed(
        said.filter(said.is_last & ~said.is_included_in_group & (said.population_group != "all")),
        [*FIGURE, "claimant_name", "report_id"],
    ).mutate(is_stated=ibis.literal(True), groups=ibis.literal(1, "int64"))


def _total_figures(said: ir.Table) -> ir.Table:
    """What each claimant says of all persons in each report: the total stated, else the sum of the groups."""
    last = said.filter(said.is_last)
    keys = [*FIGURE, "claimant_name", "report_id"]
    stated = _summed(last.filter((last.population_group == "all") & ~last.is_included), keys).mutate(
        is_stated=ibis.literal(True), groups=ibis.literal(0, "int64")
    )
    groups = last.filter((last.population_group != "all") & ~last.is_included)
    counts = groups.group_by([*UNIT, "claimant_name", "report_id"]).agg(groups=groups.population.nunique())
    summed = _summed(groups.mutate(population_group=ibis.literal("all")), keys)
    partial = (
        summed.join(counts, [*UNIT, "claimant_name", "report_id"])
        .mutate(is_stated=ibis.literal(False))
        .select(stated.columns)
    )
    return stated.union(partial)


def _summed(claims: ir.Table, keys: list[str]) -> ir.Table:
    """Sums of disjoint populations: an open upper bound opens that of the sum."""
    return claims.group_by(keys).agg(
        low=claims.value_low.sum(),
        high=ibis.ifelse(claims.value_high.isnull().any(), ibis.null("int64"), claims.value_high.sum()),
        said_on=claims.said_on.max(),
        sequence=claims.sequence.max(),
    )


def _current(figures: ir.Table) -> ir.Table:
    """Each claimant's figure: a total stated before a sum, the sum of most populations, then the latest."""
    order = ibis.window(
        group_by=[*FIGURE, "claimant_name"],
        order_by=[
            ibis.desc("is_stated"),
            ibis.desc("groups"),
            ibis.desc("said_on", nulls_first=False),
            ibis.desc("sequence"),
            ibis.asc("report_id"),
        ],
    )
    return figures.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0).drop("place")


def _bounds(figures: ir.Table) -> ir.Table:
    """Bounds over the claimants, and whether those who speak of the same thing agree.

    A sum of groups bounds the total from below only, so it cannot contradict a total from above.
    """
    top = ibis.literal(2**62, "int64")
    ceiling = ibis.ifelse(figures.is_stated, figures.high.fill_null(top), top)
    return figures.group_by(FIGURE).agg(
        low=figures.low.min(),
        high=ibis.ifelse(figures.high.isnull().any(), ibis.null("int64"), figures.high.max()),
        claimants=figures.claimant_name.nunique(),
        stated=figures.is_stated.cast("int64").sum(),
        disjoint=figures.low.max().fill_null(0) > ceiling.min(),
    )


def _carriers(claim_reports: ir.Table, reports: ir.Table) -> ir.Table:
    """The independent carriers of each claim: the agency whose dispatch a page has, else its publisher."""
    return claim_reports.join(reports, "report_id").select(
        "claim_id", carrier=lambda t: ibis.coalesce(t.agency, t.publisher)
    )


def _most_carried(figures: ir.Table, said: ir.Table, carriers: ir.Table) -> ir.Table:
    """The figure that most independent agencies carry, then the latest, then a stated total, then the lowest."""
    numbered = figures.filter(figures.low.notnull())
    behind = said.filter(said.is_last & said.value_low.notnull()).select(
        *UNIT, "claimant_name", "report_id", "claim_id", claim_group="population_group"
    )
    joined = numbered.join(behind, [*UNIT, "claimant_name", "report_id"])
    of_group = joined.filter(
        (joined.claim_group == joined.population_group) | ((joined.population_group == "all") & ~joined.is_stated)
    )
    votes = (
        of_group.join(carriers, "claim_id")
        .group_by([*FIGURE, "low"])
        .agg(
            agencies=lambda t: t.carrier.nunique(),
            latest=lambda t: t.said_on.max(),
            is_stated=lambda t: t.is_stated.any(),
        )
    )
    order = ibis.window(
        group_by=list(FIGURE),
        order_by=[
            ibis.desc("agencies"),
            ibis.desc("latest", nulls_first=False),
            ibis.desc("is_stated"),
            ibis.asc("low"),
        ],
    )
    first = votes.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0)
    return first.select(*FIGURE, best="low", is_stated="is_stated")


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


def _never_below_a_group(decided: ir.Table) -> ir.Table:
    """Raise the figures for all persons to those of their largest group, and settle how they stand."""
    groups = (
        decided.filter(decided.population_group != "all")
        .group_by(UNIT)
        .agg(
            floor_low=lambda t: t.low.max(),
            floor_best=lambda t: t.best.max(),
            floor_high=lambda t: t.high.max(),
            floor_open=lambda t: t.low.max(where=t.high.isnull()),
            groups_disjoint=lambda t: t.disjoint.any(),
            groups_shared=lambda t: (t.claimants > 1).any(),
        )
    )
    t = decided.left_join(groups, list(UNIT))
    is_all = t.population_group == "all"
    best = ibis.ifelse(is_all, ibis.greatest(t.best, t.floor_best.fill_null(t.best)), t.best)
    best = ibis.coalesce(best, ibis.ifelse(is_all, t.floor_best, ibis.null("int64")))
    low = ibis.ifelse(is_all, ibis.greatest(t.low, t.floor_low.fill_null(t.low)), t.low)
    raised = ibis.greatest(t.high, t.floor_high.fill_null(t.high), best.fill_null(t.high))
    is_opened = (t.floor_open > t.high).fill_null(False)  # a group without a limit that begins above the total
    high = ibis.ifelse(is_all & t.high.notnull(), ibis.ifelse(is_opened, ibis.null("int64"), raised), t.high)
    is_contested = t.disjoint | (is_all & t.groups_disjoint.fill_null(False))
    is_shared = ibis.ifelse(is_all, (t.stated > 1) | t.groups_shared.fill_null(False), t.claimants > 1)
    status = ibis.cases((is_contested & (t.claimants > 1), "contested"), (is_shared, "agreeing"), else_="single")
    return t.select(
        *FIGURE,
        "claim_count",
        low=low,
        best=best,
        high=high,
        toll_status=status,
        toll_is_partial=is_all & (~t.is_stated.fill_null(False) | (best != t.best).fill_null(False)),
    )
