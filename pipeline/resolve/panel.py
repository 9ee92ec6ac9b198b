"""The panel of admin-1 units and months: census sources only, zeros only where they cover the whole month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pipeline.reference import Row

KEY = ("source", "country_iso3", "admin1_code", "admin_vintage", "month")
GROUPS = {"killed": "all", "killed_civilians": "civilians"}
BOUNDS = ("low", "best", "high")
SUMS = ("incident_count", *(f"{name}_{bound}" for name in GROUPS for bound in BOUNDS))


@dataclass(frozen=True)
class Covered:
    """An area that a source covers as a census from a day to a day.

    Attributes:
        area_code: ISO 3166-1 alpha-3 code of a country, or the code of an admin-1 unit.
        divisions: the last vintage that the source uses in a country.
    """

    source: str
    area_code: str
    first_day: dt.date
    last_day: dt.date
    divisions: Mapping[str, int]


@dataclass(frozen=True)
class Gap:
    """A country and days that a census does not hold whole, because rows of it wait in quarantine."""

    source: str
    country_iso3: str
    first_day: dt.date
    last_day: dt.date


def _gap_months(gaps: Sequence[Gap]) -> set[tuple[str, str, dt.date]]:
    """Source, country and first day of every month that a gap touches."""
    return {
        (gap.source, gap.country_iso3, first)
        for gap in gaps
        for first, _ in months(gap.first_day.replace(day=1), _month_end(gap.last_day))
    }


def frame(census: Sequence[Covered], admin_units: Sequence[Row], gaps: Sequence[Gap] = ()) -> pa.Table:
    """Every unit and month that a census covers as a whole, and holds whole.

    Args:
        census: what is covered.
        admin_units: units of all vintages, with ``valid_from``.
        gaps: what is not held whole.

    Returns:
        ``source``, ``country_iso3``, ``admin1_code``, ``admin_vintage``, ``month``, ``is_whole`` (the whole country is
        covered): the units of the division in force at the end of the month, or of the last one that the source uses.
        An area that is no admin-1 unit (a district of one) has no rows, nor has a month before the first division that
        is known: which units there were to be without an incident cannot be said.
    """
    left_out = _gap_months(gaps)
    framed = {row for covered in census for row in _framed(covered, admin_units)}
    rows = sorted(row for row in framed if (row[0], row[1], row[4]) not in left_out)
    types = (pa.string(), pa.string(), pa.string(), pa.int64(), pa.date32(), pa.bool_())
    arrays = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(types)]
    return pa.table(arrays, [*KEY, "is_whole"])


def _framed(covered: Covered, admin_units: Sequence[Row]) -> Iterator[tuple[str, str, str, int, dt.date, bool]]:
    by_country: dict[str, dict[int, list[Row]]] = {}
    for row in admin_units:
        country, vintage = str(row["country_iso3"]), int(str(row["admin_vintage"]))
        if vintage <= covered.divisions.get(country, vintage):
            by_country.setdefault(country, {}).setdefault(vintage, []).append(row)
    whole = by_country.get(covered.area_code)
    for first, last in months(covered.first_day, covered.last_day):
        for country, vintages in {covered.area_code: whole}.items() if whole else by_country.items():
            begun = [vintage for vintage, units in vintages.items() if str(units[0]["valid_from"]) <= last.isoformat()]
            for unit in vintages[max(begun)] if begun else ():
                if whole or unit["admin1_code"] == covered.area_code:
                    yield (covered.source, country, str(unit["admin1_code"]), max(begun), first, bool(whole))


def months(first_day: dt.date, last_day: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """First and last day of every month that lies wholly in a period."""
    first = first_day if first_day.day == 1 else _month_end(first_day) + dt.timedelta(days=1)
    while (last := _month_end(first)) <= last_day:
        yield first, last
        first = last + dt.timedelta(days=1)


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def of_sources(placed: ir.Table, incidents: ir.Table, sources: Collection[str]) -> ir.Table:
    """The incidents of each source, where and when the source itself has them.

    Args:
        placed: located records with their incident.
        incidents: with ``status``; withdrawn ones are left out.
        sources: the census sources.

    Returns:
        ``source``, ``incident_id``, ``country_iso3``, ``admin1_code``, ``admin_vintage``, ``month`` (null where its
        days lie in several): one row for each source and incident, by its first record.
    """
    own = _of_sources(placed, sources)
    order = ibis.window(group_by=["source", "incident_id"], order_by="record_id")
    t = own.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0)
    standing = incidents.filter(incidents.status != "withdrawn").select("incident_id")
    month = t.date_start.truncate("M")
    one_month = ibis.ifelse(month == t.date_end.truncate("M"), month, ibis.null("date"))
    return t.mutate(month=one_month).semi_join(standing, "incident_id").select("incident_id", *KEY)


def own_claims(claims: ir.Table, records: ir.Table, sources: Collection[str]) -> ir.Table:
    """The claims that a source itself makes, about its own view of an incident: ``source|incident_id``.

    Args:
        claims: the claims.
        records: those whose claims are wanted, with ``source``.
        sources: the census sources.
    """
    own = _of_sources(records, sources).select("record_id", "source")
    t = claims.filter(claims.subject_type == "incident").join(own, "record_id")
    return t.mutate(subject_id=t.source + "|" + t.subject_id).select(*claims.columns)


def own_figures(figures: ir.Table, records: ir.Table, sources: Collection[str]) -> ir.Table:
    """Tolls of incidents of one record, which are what its source says: about ``source|incident_id``.

    Args:
        figures: what `tolls.decide` returns.
        records: those that are alone in their incident, with ``source`` and ``incident_id``.
        sources: the census sources.
    """
    own = _of_sources(records, sources).select("source", "incident_id")
    t = figures.filter(figures.unit_type == "incident").join(own, [("unit_id", "incident_id")])
    return t.mutate(unit_id=t.source + "|" + t.unit_id).select(*figures.columns)


def _of_sources(t: ir.Table, sources: Collection[str]) -> ir.Table:
    return t.filter(t.source.isin(list(sources)))


def with_figures(named: ir.Table, tolls: ir.Table) -> ir.Table:
    """The incidents of each source with what that source says of their dead.

    Args:
        named: what `of_sources` returns.
        tolls: what `own_figures` returns, and those decided from what `own_claims` returns.

    Returns:
        ``named`` with low, best and high of each group, and ``<group>_counts`` (whether there is a toll of it).
    """
    deaths = tolls.filter((tolls.unit_type == "incident") & (tolls.metric == "killed"))
    figures = deaths.group_by("unit_id").agg(
        **{
            f"{name}_{bound}": deaths[bound].max(where=deaths.population_group == group)
            for name, group in GROUPS.items()
            for bound in BOUNDS
        },
        **{f"{name}_counts": (deaths.population_group == group).any() for name, group in GROUPS.items()},
    )
    t = named.mutate(unit_id=named.source + "|" + named.incident_id)
    return t.left_join(figures, "unit_id").drop("unit_id_right")


def panel(framed: ir.Table, figured: ir.Table) -> ir.Table:
    """Counts and tolls of the incidents of each census source, by what that source says of them.

    An incident counts in its month, in its unit. Where a whole country is covered, units of another
    division that incidents name have rows of their own. Other sources with records of the same incidents change
    nothing. What is in no row, `rest` has.

    Args:
        framed: what `frame` returns.
        figured: what `with_figures` returns.
    """
    counted = _summed(figured.filter(figured.admin1_code.notnull() & figured.month.notnull()), KEY)
    months_covered = framed.filter(framed.is_whole).select("source", "country_iso3", "month").distinct()
    elsewhere = counted.semi_join(months_covered, ["source", "country_iso3", "month"]).select(*KEY)
    rows = framed.select(*KEY).union(elsewhere).distinct()
    joined = rows.left_join(counted, list(KEY)).drop(*(f"{name}_right" for name in KEY))
    is_none = joined.incident_count.isnull()
    return joined.mutate(**{name: ibis.ifelse(is_none, 0, joined[name]).cast("int64") for name in SUMS})


def covered_months(census: Sequence[Covered], countries: Mapping[str, str], gaps: Sequence[Gap] = ()) -> pa.Table:
    """The months that a census covers as a whole in a country or a part of it.

    Args:
        census: what is covered.
        countries: the country of an area that is a part of one.
        gaps: what is not held whole.

    Returns:
        ``source``, ``country_iso3``, ``month``, ``has_gap``.
    """
    left_out = _gap_months(gaps)
    rows = sorted(
        {
            (covered.source, countries.get(covered.area_code, covered.area_code), first)
            for covered in census
            for first, _ in months(covered.first_day, covered.last_day)
        }
    )
    arrays = [
        pa.array([row[at] for row in rows], kind) for at, kind in enumerate((pa.string(), pa.string(), pa.date32()))
    ]
    has_gap = pa.array([row in left_out for row in rows], pa.bool_())
    return pa.table([*arrays, has_gap], ["source", "country_iso3", "month", "has_gap"])


def rest(found: ir.Table, framed: ir.Table, covered: ir.Table, figured: ir.Table) -> ir.Table:
    """The incidents of the census sources that are in no row of the panel, by what keeps them out.

    Panel and rest add up to the incidents of a source, and to their dead.

    Args:
        found: what `panel` returns.
        framed: what `frame` returns.
        covered: what `covered_months` returns.
        figured: what `with_figures` returns.
    """
    t = figured.anti_join(found, list(KEY))
    month = ["source", "country_iso3", "month"]
    divided = framed.select(*month).distinct().mutate(is_divided=True)
    for known in (covered.mutate(is_covered=True), divided):
        t = t.left_join(known, month).drop(*(f"{name}_right" for name in month))
    reason = ibis.cases(
        (t.month.isnull(), "month_not_known"),
        (t.is_covered.isnull(), "outside_coverage"),
        (t.has_gap, "quarantined_rows"),
        (t.is_divided.isnull(), "division_not_known"),
        (t.admin1_code.isnull(), "unit_not_known"),
        else_="unit_not_covered",
    )
    return _summed(t.mutate(reason=reason), ("source", "country_iso3", "reason"))


def _summed(t: ir.Table, key: Sequence[str]) -> ir.Table:
    """Sums: an upper bound is open where one of them is, or where nobody says how many of the dead are meant."""
    sums: dict[str, ir.IntegerValue] = {}
    has_dead = t.killed_counts.fill_null(False) & (t.killed_high.isnull() | (t.killed_high > 0))
    for name in GROUPS:
        sums |= {f"{name}_{bound}": t[f"{name}_{bound}"].sum() for bound in ("low", "best")}
        is_counted = t[f"{name}_counts"].fill_null(False)
        is_open = ibis.ifelse(is_counted, t[f"{name}_high"].isnull(), has_dead).any()
        sums[f"{name}_high"] = ibis.ifelse(is_open, ibis.null("int64"), t[f"{name}_high"].sum())
    return t.group_by(key).agg(incident_count=t.count(), **sums)
