"""Tolls: figures decided from claims by a named rule. Which of them may be added, `additive` says.

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
        rule: a code of the list `toll_rule`. `minimum` and `maximum` take the whole figure of one claimant. Where
            somebody states a total, `minimum` looks at totals only, and may stay below the figure that another
            claimant gives for a group; best for all persons by `maximum` is never below that of a group.
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
        _with_status(decided, is_raised_to_groups=rule != MINIMUM)
        .filter(lambda t: t.low.notnull() | t.best.notnull() | t.high.notnull())
        .mutate(toll_rule=ibis.literal(rule))
    )


def _joined(figures: ir.Table, *others: ir.Table) -> ir.Table:
    for other in others:
        figures = figures.left_join(other, list(FIGURE)).drop([f"{name}_right" for name in FIGURE])
    return figures


def _said(claims: ir.Table, claim_reports: ir.Table, populations: ir.Table) -> ir.Table:
    """What each report has each claimant say of each population: their last word in it, with its group.

    A claim without any number says nothing that can be counted, but "dozens" leaves the upper bound open.
    """
    is_number = claims.value_low.notnull() | claims.value_best.notnull() | claims.value_high.notnull()
    counted = claims.filter(is_number | (claims.qualifier == "dozens"))
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
