"""The region of the project (``schemas/codelists/region.csv``) and the admin units that rows name.

Names are looked up once for each that occurs, whatever the number of rows; the rows are then joined to what was found.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import ibis
import ibis.expr.types as ir

from pipeline.distance import distance_km
from pipeline.reference import Reference
from pipeline.schema import Schema

INSIDE, BY_COORDINATES = "inside", "by_coordinates"
OTHER_COUNTRY, OTHER_UNIT, NO_UNIT = "region.other_country", "region.other_unit", "region.no_unit"
NEAREST_KM = 50.0
"""A row that names no unit lies in the unit of the nearest known point, if that is no further."""
AMBIGUOUS_KM = 5.0
"""It cannot be placed where a point on the other side of the region's edge is no more than this further away."""
KIND_OF_UNIT = re.compile(
    r"\b(region|state|province|department|departement|district|governorate|autonomous|area|of|de|du|la|the|capital)\b"
)
DIRECTIONS = {"nord": "north", "sud": "south", "est": "east", "ouest": "west"}
"""Units that are called by them have these names in both languages."""
FOREVER = dt.date(9999, 12, 31)
BEGINNING = dt.date(1, 1, 1)


@dataclass(frozen=True)
class Unit:
    """A unit of the region, with the folded names by which sources call it."""

    code: str
    country: str
    level: str
    parent: str
    admin1_code: str
    admin2_name: str
    names: frozenset[str]


@dataclass(frozen=True)
class Span:
    """The unit that a name means in a country from a day to a day."""

    country_iso3: str
    admin1_text: str
    first_day: dt.date
    last_day: dt.date
    admin1_code: str
    admin_vintage: int


def folded_unit(name: str) -> str:
    """A unit's name as it is compared: without accents, capitals, hyphens and the kind of unit that it is.

    >>> folded_unit("Kuilsé region"), folded_unit("Nord-Ouest"), folded_unit("Niger state"), folded_unit("-")
    ('kuilse', 'north west', 'niger', '')
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))
    bare = KIND_OF_UNIT.sub(" ", re.sub(r"[^a-z0-9]+", " ", plain))
    words = bare.split() or re.sub(r"[^a-z0-9]+", " ", plain).split()
    return " ".join(DIRECTIONS.get(word, word) for word in words)


def region_units(schema: Schema) -> list[Unit]:
    """The units of the region, as ``schemas/codelists/region.csv`` lists them."""
    return [
        Unit(
            row["code"],
            row["country_iso3"],
            row["level"],
            folded_unit(row["parent"]),
            row["admin1_code"],
            row["admin2_name"],
            frozenset(
                folded_unit(name)
                for name in (row["label_en"], row["label_fr"], *row["aliases"].split(";"))
                if name.strip()
            ),
        )
        for row in schema.codelists["region"].rows
    ]


def countries_of_region(schema: Schema) -> frozenset[str]:
    """The countries of the region, whole or in part (ISO 3166-1 alpha-3)."""
    return frozenset(row["country_iso3"] for row in schema.codelists["region"].rows)


def other_units(reference: Reference, units: Sequence[Unit]) -> dict[str, frozenset[str]]:
    """The folded names of the units outside the region, by country: those of every division that is known.

    Args:
        reference: for the admin units, and for the units of the second level in which known points lie.
        units: the region.
    """
    found: dict[str, set[str]] = {}
    for row in reference.admin_units:
        found.setdefault(str(row["country_iso3"]), set()).add(folded_unit(str(row["admin1_name"])))
    for row in reference.unit_points:
        if row["admin2_name"]:
            found.setdefault(str(row["country_iso3"]), set()).add(folded_unit(str(row["admin2_name"])))
    ours: dict[str, set[str]] = {}
    for unit in units:
        ours.setdefault(unit.country, set()).update(unit.names, {unit.parent})
    return {country: frozenset(names - ours.get(country, set())) for country, names in found.items()}


def placed_by_name(
    units: Sequence[Unit], others: Mapping[str, Collection[str]], country: str, admin1: str | None, admin2: str | None
) -> str:
    """Where a row lies by what it names: ``inside``, ``by_coordinates`` or the clause that leaves it out.

    A name that is not known leaves nothing out: it may be a unit of the region, misspelt.

    Args:
        units: the region.
        others: what `other_units` returns.
        country: ISO 3166-1 alpha-3 code, or one that is not of the region.
        admin1: the first-level unit as the source names it.
        admin2: the second-level unit.
    """
    here = [unit for unit in units if unit.country == country]
    if not here:
        return OTHER_COUNTRY
    if any(unit.level == "country" for unit in here):
        return INSIDE
    first, second = (folded_unit(name) if name else "" for name in (admin1, admin2))
    if not first:
        return BY_COORDINATES
    for unit in here:
        if first in unit.names or (unit.level == "admin2" and second in unit.names):
            return INSIDE
    lies_in_part = any(unit.parent == first for unit in here)
    known = others.get(country, ())
    return OTHER_UNIT if (second if lies_in_part else first) in known else BY_COORDINATES


def unit_spans(
    reference: Reference, units: Sequence[Unit], divisions: Mapping[str, int], names: Iterable[tuple[str, str]]
) -> Iterator[Span]:
    """What each name of a first-level unit means, from day to day.

    A name is that of the unit in the division in force on the day; where that division has no such unit, of the one in
    the latest division that has it, so that an older or newer name keeps its vintage.

    Args:
        reference: for the admin units with the days they were in force.
        units: the region, for further names of its units.
        divisions: the last vintage that the source uses in a country, where it does not follow later ones.
        names: country codes and units as the source names them.
    """
    by_country: dict[str, dict[int, tuple[dt.date, dict[str, str]]]] = {}
    aliases: dict[str, frozenset[str]] = {}
    for (
        unit
    ) in units:  # where a source names a district (of Côte d'Ivoire) as its first level, the unit above it is meant
        aliases[unit.admin1_code] = aliases.get(unit.admin1_code, frozenset()) | unit.names
    for row in reference.admin_units:
        country, vintage, code = str(row["country_iso3"]), int(str(row["admin_vintage"])), str(row["admin1_code"])
        start = row["valid_from"]
        if vintage <= divisions.get(country, vintage) and isinstance(start, dt.date):
            held = by_country.setdefault(country, {}).setdefault(vintage, (start, {}))[1]
            held |= dict.fromkeys({folded_unit(str(row["admin1_name"])), *aliases.get(code, ())}, code)
    for country, text in sorted(set(names)):
        vintages = sorted(by_country.get(country, {}).items())
        wanted = folded_unit(text)
        having = [(vintage, held[wanted]) for vintage, (_, held) in vintages if wanted in held]
        if not having:
            continue
        starts = [BEGINNING, *(start for _, (start, _) in vintages[1:]), FOREVER]
        for (vintage, (_, held)), (start, after) in zip(vintages, pairwise(starts), strict=True):
            found, code = (vintage, held[wanted]) if wanted in held else having[-1]
            last = FOREVER if after == FOREVER else after - dt.timedelta(days=1)
            yield Span(country, text, start, last, code, found)


def placed_points(points: ir.Table, places: ir.Table, units: Sequence[Unit]) -> ir.Table:
    """Whether points lie in the region, by the known points around them in the same country.

    The nearest decides, if it is no further than 50 km, and if none on the other side of the region's edge lies within
    5 km more.

    Args:
        points: ``country_iso3``, ``latitude``, ``longitude``, each point once.
        places: ``country_iso3``, ``admin1_code``, ``admin2_name``, ``latitude``, ``longitude``.
        units: the region.

    Returns:
        The points that can be placed, with ``is_inside``.
    """
    there = places.rename(place_latitude="latitude", place_longitude="longitude")
    pairs = points.join(there, "country_iso3")
    pairs = pairs.filter((pairs.latitude - pairs.place_latitude).abs() <= 1.0)  # more than 50 km; most fall out here
    apart = distance_km(pairs.latitude, pairs.longitude, pairs.place_latitude, pairs.place_longitude)
    near = pairs.mutate(apart_km=apart, is_inside=_is_in(units, pairs)).filter(lambda t: t.apart_km <= NEAREST_KM)
    key = ["country_iso3", "latitude", "longitude"]
    found = near.group_by(key).agg(
        inside_km=near.apart_km.min(where=near.is_inside), outside_km=near.apart_km.min(where=~near.is_inside)
    )
    none = NEAREST_KM + AMBIGUOUS_KM + 1
    inside_km, outside_km = found.inside_km.fill_null(none), found.outside_km.fill_null(none)
    return found.filter((inside_km - outside_km).abs() > AMBIGUOUS_KM).select(*key, is_inside=inside_km < outside_km)


def _is_in(units: Sequence[Unit], places: ir.Table) -> ir.BooleanValue:
    """Whether places lie in a unit of the region; where only second-level units belong to it, in one of these."""
    whole = [unit.admin1_code for unit in units if unit.level == "admin1"]
    conditions = [places.admin1_code.isin(whole)]
    conditions += [
        (places.admin1_code == unit.admin1_code) & (places.admin2_name == unit.admin2_name).fill_null(False)
        for unit in units
        if unit.level == "admin2"
    ]
    return ibis.or_(*conditions)
