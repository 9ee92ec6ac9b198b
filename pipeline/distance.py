"""Distances between points as expressions of the engine."""

from __future__ import annotations

import ibis.expr.types as ir

from pipeline.geography import EARTH_RADIUS_KM


def distance_km(
    latitude: ir.FloatingValue, longitude: ir.FloatingValue, other_latitude: ir.FloatingValue, other: ir.FloatingValue
) -> ir.FloatingValue:
    """Great-circle distance by the haversine formula, as `pipeline.geography.distance_km`."""
    phi, other_phi = latitude.radians(), other_latitude.radians()
    half_chord = ((other_phi - phi) / 2).sin() ** 2 + phi.cos() * other_phi.cos() * (
        (other - longitude).radians() / 2
    ).sin() ** 2
    return half_chord.sqrt().asin() * (2 * EARTH_RADIUS_KM)
