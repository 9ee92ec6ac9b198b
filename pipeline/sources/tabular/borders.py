"""Points against country outlines, as tables: the same test as `pipeline.geography.Outline.holds`, for many points."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from pipeline.geography import BORDER_TOLERANCE_KM, EARTH_RADIUS_KM, Outline

MARGIN = 0.1
"""Degrees around a piece of border within which it is measured; more than the tolerance south of 60 degrees north."""


def border_pieces(outlines: Mapping[str, Outline]) -> pa.Table:
    """The straight pieces of all outlines: ``iso3`` and their ends ``x1``, ``y1``, ``x2``, ``y2`` in degrees."""
    rows = [
        (iso3, *start, *end)
        for iso3, outline in outlines.items()
        for ring in outline.rings
        for start, end in pairwise(ring)
        if start != end
    ]
    columns = list(zip(*rows, strict=True))
    return pa.table(dict(zip(("iso3", "x1", "y1", "x2", "y2"), map(pa.array, columns), strict=True)))


def placed(points: ir.Table, pieces: ir.Table) -> ir.Table:
    """Whether points lie in their country as they are given, and with latitude and longitude exchanged.

    Args:
        points: ``country_iso3``, ``latitude``, ``longitude``, each point once.
        pieces: the outlines of all these countries.

    Returns:
        The points with ``is_abroad`` (outside by more than 5 km) and ``is_exchanged`` (outside, and inside once
        exchanged).
    """
    given = points.select("country_iso3", "latitude", "longitude", y=points.latitude, x=points.longitude)
    turned = points.select("country_iso3", "latitude", "longitude", y=points.longitude, x=points.latitude)
    inside = _inside(given, pieces).mutate(is_turned=ibis.literal(False))
    inside_turned = _inside(turned, pieces).mutate(is_turned=ibis.literal(True))
    key = ["country_iso3", "latitude", "longitude"]
    held = inside.union(inside_turned)
    found = held.group_by(key).agg(
        is_home=(~held.is_turned).any().fill_null(False), is_home_turned=held.is_turned.any().fill_null(False)
    )
    t = points.left_join(found, key).select(*key, "is_home", "is_home_turned")
    is_abroad = ~t.is_home.fill_null(False)
    return t.select(*key, is_abroad=is_abroad, is_exchanged=is_abroad & t.is_home_turned.fill_null(False))


def _inside(points: ir.Table, pieces: ir.Table) -> ir.Table:
    """The points that lie inside the outline or within 5 km of it."""
    key = ["country_iso3", "latitude", "longitude"]
    p = pieces.mutate(
        south=ibis.least(pieces.y1, pieces.y2),
        north=ibis.greatest(pieces.y1, pieces.y2),
        west=ibis.least(pieces.x1, pieces.x2),
        east=ibis.greatest(pieces.x1, pieces.x2),
    )
    beside = points.join(p, [points.country_iso3 == p.iso3, p.south <= points.y, points.y < p.north])
    height = (beside.y2 - beside.y1).nullif(0.0)  # an engine may divide before it looks whether a point lies beside
    to_the_east = beside.x < (beside.x2 - beside.x1) * (beside.y - beside.y1) / height + beside.x1
    crossed = beside.filter(to_the_east).group_by(key).agg(crossings=lambda t: t.count())
    within = crossed.filter(crossed.crossings % 2 == 1).select(key)
    near = points.join(
        p,
        [
            points.country_iso3 == p.iso3,
            p.south - MARGIN <= points.y,
            points.y <= p.north + MARGIN,
            p.west - MARGIN <= points.x,
            points.x <= p.east + MARGIN,
        ],
    )
    return within.union(near.filter(_km_to_piece(near) <= BORDER_TOLERANCE_KM).select(key)).distinct()


def _km_to_piece(t: ir.Table) -> ir.FloatingValue:
    """Distance from a point to a piece of border, on a plane that touches the globe at the point."""
    scale = t.y.radians().cos()
    x1, y1, x2, y2 = (t.x1 - t.x) * scale, t.y1 - t.y, (t.x2 - t.x) * scale, t.y2 - t.y
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = ibis.greatest(0.0, ibis.least(1.0, -(x1 * (x2 - x1) + y1 * (y2 - y1)) / length))
    x, y = x1 + along * (x2 - x1), y1 + along * (y2 - y1)
    return (x**2 + y**2).sqrt() * math.radians(1) * EARTH_RADIUS_KM
