"""Values of incidents with several records: which record each comes from, and how far the records lie apart.

Which values belong together and by which rule they are decided, ``schemas/codelists/value_group.csv`` says; what the
rules mean, ``value_rule.csv``. An incident of one record has that record's values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from pipeline.distance import distance_km
from pipeline.problems import NotWell, Problem
from pipeline.resolve.incidents import NARROW
from pipeline.schema import Schema

UNTOLD = "other"
PRECISION = "_precision"


@dataclass(frozen=True)
class Group:
    """Values that come from one record together.

    Attributes:
        rule: a code of the list `value_rule`.
        columns: of `incidents`; the first one says whether anything is said.
        precisions: the column with the precision and its codes, the most precise first, where there is one.
    """

    name: str
    rule: str
    columns: tuple[str, ...]
    precisions: tuple[str, Sequence[str]] | None


def load_groups(schema: Schema) -> list[Group]:
    """The groups of ``schemas/codelists/value_group.csv``, in its order."""
    found = []
    for row in schema.codelists["value_group"].rows:
        columns = tuple(row["columns"].split())
        precision = next((name for name in columns if name.endswith(PRECISION)), None)
        precisions = (precision, schema.codelists[precision].codes) if precision else None
        found.append(Group(row["code"], row["value_rule"], columns, precisions))
    return found


def decide(placed: ir.Table, members: ir.Table, groups: Sequence[Group]) -> tuple[ir.Table, ir.Table]:
    """Decide the values of every incident.

    Args:
        placed: located records, with ``incident_id``.
        members: ``record_id``, ``precedence``, ``is_withdrawn``, ``is_one_of_several``.
        groups: which values belong together.

    Returns:
        Incidents with the columns of all groups, and rows of `incident_values` for those of several records.
    """
    own = members.select("record_id", "precedence", "is_withdrawn", "is_one_of_several")
    t = placed.join(own, "record_id")
    chosen = t.group_by("incident_id").agg(
        is_one_of_several=t.is_one_of_several.any(),
        **{f"{group.name}_record": t.record_id.argmin(_order(t, group)) for group in groups},
    )
    decided = chosen
    for group in groups:
        said = placed.select(**{f"{group.name}_record": "record_id"}, **{name: name for name in group.columns})
        decided = decided.join(said, f"{group.name}_record")
    several = decided.filter(decided.is_one_of_several)
    values = [
        several.filter(several[group.columns[0]].notnull()).select(
            "incident_id",
            value_group=ibis.literal(group.name),
            record_id=f"{group.name}_record",
            value_rule=ibis.literal(group.rule),
        )
        for group in groups
    ]
    columns = [name for group in groups for name in group.columns]
    return decided.select("incident_id", *columns), ibis.union(*values)


def _order(t: ir.Table, group: Group) -> ir.StringValue:
    """A text by which records sort: the one that decides is first."""
    first = ibis.ifelse(t.is_withdrawn, "1", "0")
    if group.rule in ("most_precise", "first_located"):
        assert group.precisions is not None, group.name
        column, codes = group.precisions
        alike = NARROW if group.rule == "first_located" else ()
        ranks = ((code, 0 if code in alike else at) for at, code in enumerate(codes))
        ranked = ibis.cases(*((t[column] == code, f"{rank:02}") for code, rank in ranks), else_="99")
        return first + ranked + "|" + t.precedence
    if group.rule == "first_told":
        value = t[group.columns[0]]
        return first + ibis.ifelse((value != UNTOLD).fill_null(False), "0", "1") + "|" + t.precedence
    assert group.rule == "source_order", group.rule
    return first + "|" + t.precedence


def divergence(placed: ir.Table, incidents: ir.Table, members: ir.Table, own_tolls: ir.Table) -> ir.Table:
    """How far every record of an incident with several lies from what was decided.

    Args:
        placed: located records.
        incidents: decided, with ``date_start``, coordinates and ``killed_best``.
        members: ``record_id``, ``is_one_of_several``.
        own_tolls: tolls decided from the claims of one record alone, which is their unit.

    Returns:
        ``record_id``, ``date_difference_days``, ``place_difference_km``, ``killed_difference``.
    """
    killed = own_tolls.filter((own_tolls.metric == "killed") & (own_tolls.population_group == "all"))
    several = members.filter(members.is_one_of_several).select("record_id")
    said = placed.join(several, "record_id").select("record_id", "incident_id", "date_start", "latitude", "longitude")
    said = said.left_join(killed.select("unit_id", own_best="best"), [("record_id", "unit_id")])
    decided = incidents.select(
        "incident_id",
        "killed_best",
        first_day="date_start",
        decided_latitude="latitude",
        decided_longitude="longitude",
    )
    t = said.join(decided, "incident_id")
    return t.select(
        "record_id",
        date_difference_days=t.date_start.delta(t.first_day, unit="day").cast("int64"),
        place_difference_km=distance_km(t.latitude, t.longitude, t.decided_latitude, t.decided_longitude).round(1),
        killed_difference=t.own_best - t.killed_best,
    )


def one_operation_each(placed: ir.Table) -> None:
    """Stop when the records of one incident name different operations: it would be counted in both.

    Raises:
        NotWell: with the records and their operations.
    """
    named = placed.filter(placed.operation_id.notnull() & (placed.status != "withdrawn"))
    t = named.group_by("incident_id").agg(operations=named.operation_id.nunique())
    wrong = named.semi_join(t.filter(t.operations > 1), "incident_id").select(
        "incident_id", "record_id", "operation_id"
    )
    rows = wrong.order_by("incident_id", "record_id").to_pyarrow().to_pylist()
    problems = []
    for incident in dict.fromkeys(row["incident_id"] for row in rows):
        said = ", ".join(f"{r['record_id']} in {r['operation_id']}" for r in rows if r["incident_id"] == incident)
        message = f"records of one incident are said to be of different operations: {said}; decide that they are "
        message += "different, or put the entries into one operation"
        problems.append(Problem("data/reference/link_decisions.csv", 0, "", message, "link.two_operations"))
    if problems:
        raise NotWell(problems, "nothing was built; the last good package is untouched")
