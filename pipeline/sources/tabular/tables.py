"""Typed rows that are released, as rows of the published tables: each is a record, and at first an incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add, or_

import ibis
import ibis.expr.types as ir

from pipeline.schema import Schema
from pipeline.sources.tabular.declared import Count, Part, TableSource
from pipeline.sources.tabular.work import TYPES

BASIS = "attributed"
SECURITY, ABROAD = "security_forces", "foreign_troops"
UNSPECIFIED = "unspecified"
ID_LENGTH = 16
"""Hexadecimal digits: among 50 million claims two would share an id once in ten thousand builds."""


def short_id(prefix: str, key: ir.StringValue) -> ir.StringValue:
    """An opaque id that depends on nothing but the key."""
    return ibis.literal(prefix + "-") + key.hexdigest("md5").substr(0, ID_LENGTH)


def with_actors(rows: ir.Table, declared: TableSource, known: Mapping[str, ir.Table]) -> ir.Table:
    """Add ``population_<side>`` for each side, and ``is_unknown_actor``.

    Args:
        rows: typed rows.
        declared: the source.
        known: what is known of each side, as `actors.sides` returns it.
    """
    is_unknown: ir.BooleanValue = ibis.literal(False)
    for actor in declared.actors:
        told = known[actor.side].drop("actor_id", "alternative_group").distinct()
        t = rows.left_join(told, _is_side(rows, actor.side, told)).drop("text", "name", "actor_type")
        is_abroad = (t.population == SECURITY) & (t.home != t.country_iso3).fill_null(False)
        population = ibis.ifelse(is_abroad, ibis.literal(ABROAD), t.population.fill_null(UNSPECIFIED))
        is_new = t[f"actor_{actor.side}"].notnull() & t.is_known.isnull()
        columns = {f"population_{actor.side}": population, f"is_unknown_{actor.side}": is_new}
        rows = t.mutate(**columns).drop("population", "home", "is_known")
    for actor in declared.actors:
        is_unknown = is_unknown | rows[f"is_unknown_{actor.side}"]
    return rows.mutate(is_unknown_actor=is_unknown)


def _is_side(rows: ir.Table, side: str, told: ir.Table) -> list[ir.BooleanValue]:
    """Whether a row of what is known is about the side of a row as the source gives it."""
    return [
        rows[f"actor_{side}"] == told.text,
        rows[f"actor_name_{side}"].fill_null("") == told.name,
        rows[f"actor_type_{side}"].fill_null("") == told.actor_type,
    ]


def records(rows: ir.Table, declared: TableSource, schema: Schema) -> ir.Table:
    """Rows of `records`.

    Args:
        rows: released rows, with ``record_id``, ``incident_id``, ``source_version``, ``source_file``,
            ``admin1_code``, ``admin_vintage``, ``flags``.
        declared: the source.
        schema: for the columns and their types.
    """
    source = declared.source
    table = schema.tables["records"]
    has_point = rows.latitude.notnull() if "latitude" in declared.record else ibis.literal(False)
    more = {
        "source": ibis.literal(source.source),
        "source_row": rows["_row"],
        "part_of": ibis.literal(f"{source.source}:") + rows.part,
        "link_method": ibis.literal("none"),
    }
    if source.url:
        more["coordinates_source"] = ibis.ifelse(has_point, ibis.literal(source.url), ibis.null("string"))
    rows = rows.mutate(**more)
    return rows.select(
        **{
            field.name: rows[field.name].cast(TYPES[field.type])
            if field.name in rows.columns
            else ibis.null(TYPES[field.type])
            for field in table.fields
        }
    )


def incident_actors(rows: ir.Table, declared: TableSource, known: Mapping[str, ir.Table]) -> ir.Table:
    """Who had which part, as far as the actor is known and the source gives the part.

    Args:
        rows: released rows.
        declared: the source.
        known: what is known of each side, as `actors.sides` returns it.
    """
    made = []
    for actor in declared.actors:
        told = known[actor.side]
        joined = rows.inner_join(told, _is_side(rows, actor.side, told))
        t = joined.select(
            "incident_id",
            "actor_id",
            role=joined[f"role_{actor.side}"],
            basis=ibis.literal(BASIS),
            alternative_group=joined.alternative_group,
            report_id=ibis.null("string"),
            record_id="record_id",
        )
        made.append(t.filter(t.actor_id.notnull() & t.role.notnull()))
    return _stacked(made).distinct()


def claims(rows: ir.Table, declared: TableSource, populations: tuple[str, ...]) -> ir.Table:
    """What the dataset says of each count: its total, and in it the persons of each population.

    The counts of sides go to the population of the side's actor, those of one population together. Persons of no known
    population are a part of the total. Totals stand last, so that they are the dataset's last word.

    Args:
        rows: released rows with ``record_id``, ``incident_id``, ``report_id``, ``population_<side>``.
        declared: the source.
        populations: the codes of the list `population`, in order.
    """
    made: list[ir.Table] = []
    claimant = declared.claimant
    for at, count in enumerate(declared.counts):
        first = at * (len(populations) + 1) + 1
        said = [population for population in populations if _may_be(count, population)]
        for place, population in enumerate(said):
            made.append(_part(rows, count, population, claimant, first + place))
        made.append(_total(rows, count, claimant, first + len(populations)))
    return _stacked(made)


def _may_be(count: Count, population: str) -> bool:
    return any(part.side is not None or part.population == population for part in count.parts)


def _part(rows: ir.Table, count: Count, population: str, claimant: str, sequence: int) -> ir.Table:
    """The persons of a population, with the bounds that follow from those of the total, or none where there is none.

    As many as the total may be too high may be too many of them; as many as it may be too low may be missing among
    them, and so may all of unknown status. A bound is never beyond that of the total.
    """
    values, said = [], []
    for part in count.parts:
        value = rows[f"count_{part.column}"]
        is_its = (
            ibis.literal(part.population == population)
            if part.population
            else rows[f"population_{part.side}"] == population
        )
        if part.population and part.population != population:
            continue
        values.append(ibis.ifelse(is_its, value.fill_null(0), 0))
        said.append(is_its & _is_said(rows, part))
    t = rows.mutate(value=reduce(add, values), is_said=reduce(or_, said)).filter(lambda t: t.is_said)
    total = _total_bounds(t, count)
    unknown = [] if population == UNSPECIFIED else [p.column for p in count.parts if p.population == UNSPECIFIED]
    missing = reduce(add, (t[f"count_{column}"].fill_null(0) for column in unknown), total.highest - total.best)
    lowest = ibis.greatest(0, ibis.least(t.value - (total.best - total.lowest), total.lowest))
    highest = ibis.least(t.value + missing, ibis.greatest(t.value, total.highest))
    has_total, none = total.best.notnull(), ibis.null("int64")
    t = t.mutate(
        included=has_total,
        lowest=ibis.ifelse(has_total, lowest, none),
        highest=ibis.ifelse(has_total, highest, none),
    )
    return _claim(t, count, population, claimant, sequence, is_total=False)


def _is_said(rows: ir.Table, part: Part) -> ir.BooleanValue:
    """Whether a cell states a number: a 0 does where the declaration says so."""
    value = rows[f"count_{part.column}"]
    if not part.zero_is_said:
        return (value > 0).fill_null(False)
    if part.zero_unless is None:
        return value.notnull()
    return ((value > 0) | ((value == 0) & (rows[f"count_{part.zero_unless}"].fill_null(0) == 0))).fill_null(False)


@dataclass(frozen=True)
class _Bounds:
    lowest: ir.IntegerValue
    best: ir.IntegerValue
    highest: ir.IntegerValue


def _total_bounds(rows: ir.Table, count: Count) -> _Bounds:
    """A total between the lowest and the highest of its figures, whatever their order."""
    best = rows[f"count_{count.total['best']}"]
    given = [rows[f"count_{column}"] for column in count.total.values()]
    return _Bounds(ibis.least(*given), best, ibis.greatest(*given)) if len(given) > 1 else _Bounds(best, best, best)


def _total(rows: ir.Table, count: Count, claimant: str, sequence: int) -> ir.Table:
    total = _total_bounds(rows, count)
    t = rows.mutate(value=total.best, lowest=total.lowest, highest=total.highest, included=ibis.literal(False)).filter(
        lambda t: t.value.notnull()
    )
    return _claim(t, count, UNSPECIFIED, claimant, sequence, is_total=True)


def _claim(t: ir.Table, count: Count, population: str, claimant: str, sequence: int, *, is_total: bool) -> ir.Table:
    total_key = t.record_id + f"|{count.metric}|total"
    key = total_key if is_total else t.record_id + f"|{count.metric}|{population}"
    return t.select(
        claim_id=short_id("c", key),
        subject_type=ibis.literal("incident"),
        subject_id=t.incident_id,
        record_id=t.record_id,
        report_id=t.report_id,
        sequence=ibis.literal(sequence, type="int64"),
        claimant_name=ibis.literal(claimant),
        claimant_type=ibis.literal("dataset"),
        metric=ibis.literal(count.metric),
        population=ibis.literal(population),
        value_low=t.lowest.cast("int64"),
        value_best=t.value.cast("int64"),
        value_high=t.highest.cast("int64"),
        qualifier=ibis.literal(count.qualifier),
        included_in_claim_id=ibis.ifelse(t.included, short_id("c", total_key), ibis.null("string")),
    )


def _stacked(tables: list[ir.Table]) -> ir.Table:
    return ibis.union(*tables) if len(tables) > 1 else tables[0]
