"""Points on the globe: inside which country they lie, how far apart they are, which PRIO-GRID cell holds them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from pipeline.problems import CannotDo

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG
BORDER_TOLERANCE_KM = 5.0
"""Natural Earth at 1:10 million and a gazetteer need not agree on which side of a border a town lies."""

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Outline:
    """The outline of a country: rings of (longitude, latitude), outer ones and holes alike."""

    iso3: str
    rings: tuple[Ring, ...]

    @cached_property
    def _boxes(self) -> list[tuple[float, float, float, float]]:
        return [
            (
                min(x for x, _ in ring),
                min(y for _, y in ring),
                max(x for x, _ in ring),
                max(y for _, y in ring),
            )
            for ring in self.rings
        ]

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a point lies inside, or within 5 km of the border."""
        inside = False
        for ring, (west, south, east, north) in zip(self.rings, self._boxes, strict=True):
            if south <= latitude <= north and west <= longitude <= east:
                inside ^= _crossings(ring, latitude, longitude) % 2 == 1
        return inside or any(self._near(ring, latitude, longitude) for ring in self.rings)

    def _near(self, ring: Ring, latitude: float, longitude: float) -> bool:
        margin = 0.1  # degrees, more than the tolerance anywhere south of 60 degrees north
        around = (
            (start, end)
            for start, end in pairwise(ring)
            if min(start[1], end[1]) - margin <= latitude <= max(start[1], end[1]) + margin
            and min(start[0], end[0]) - margin <= longitude <= max(start[0], end[0]) + margin
        )
        return any(_to_segment_km(latitude, longitude, *segment) <= BORDER_TOLERANCE_KM for segment in around)


def load_outlines(path: Path) -> dict[str, Outline]:
    """Country outlines from a GeoJSON file of polygons with the property ``iso3``, by that code."""
    outlines = {}
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
    except (OSError, ValueError, KeyError) as error:
        raise CannotDo(f"{path}: is no GeoJSON with country outlines: {error}") from error
    for feature in features:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings = tuple([(x, y) for x, y in ring] for polygon in polygons for ring in polygon)
        iso3 = feature["properties"]["iso3"]
        outlines[iso3] = Outline(iso3, rings)
    return outlines


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance between two points in degrees, by the haversine formula."""
    phi, other_phi = math.radians(latitude), math.radians(other_latitude)
    half_chord = (
        math.sin((other_phi - phi) / 2) ** 2
        + math.cos(phi) * math.cos(other_phi) * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half_chord))


def _crossings(ring: Ring, latitude: float, longitude: float) -> int:
    """How often a ray to the east crosses the ring."""
    return sum(
        (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (y2 - y1) + x1
        for (x1, y1), (x2, y2) in pairwise(ring)
    )


def _to_segment_km(latitude: float, longitude: float, start: tuple[float, float], end: tuple[float, float]) -> float:
    """Distance to a short segment, on a plane that touches the globe at the point."""
    scale = math.cos(math.radians(latitude))
    x1, y1 = (start[0] - longitude) * scale, start[1] - latitude
    x2, y2 = (end[0] - longitude) * scale, end[1] - latitude
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    along = max(0.0, min(1.0, -(x1 * (x2 - x1) + y1 * (y2 - y1)) / length)) if length else 0.0
    x, y = x1 + along * (x2 - x1), y1 + along * (y2 - y1)
    return math.radians(math.hypot(x, y)) * EARTH_RADIUS_KM
