"""The kinds of charts: from the rows of a query and the words of a language to a Vega-Lite chart.

Colours can be told apart by people who do not see them all (Okabe and Ito) and differ in lightness; what a colour says,
a shape or a text says too. Months are drawn in UTC, so that the time zone of the machine changes nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import altair as alt
from altair.typing import ChartType

from pipeline.geography import EARTH_RADIUS_KM
from pipeline.schema.claimants import UNKNOWN, Claimants

Row = Mapping[str, Any]
WIDTH = 720
LIGHT, DARK = "#9ecae1", "#08519c"
BLUE, ORANGE, GREEN, PINK, GREY = "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#999999"
INK, LAND, BORDER = "#222222", "#f3f0e8", "#8a8a8a"
SMALLEST_CIRCLE_KM = 25
LABELS = 380
"""Pixels for the names of claimants."""
WIDTH_OF_PANEL = 350
"""Pixels for the scale of a panel of claims."""
KEY_COLUMNS, KEY_RANGE = (-LABELS + 26, -LABELS + 300, -LABELS + 520), 20
"""Where the columns of the key of claims stand, from the scale of a panel; how long a range is there."""
CORNERS = 32
WHOLE_NUMBERS = alt.Axis(
    tickCount=3,
    labelExpr="datum.value % 1 ? '' : format(datum.value, ',d')",
    gridOpacity={"condition": {"test": "datum.value % 1", "value": 0}, "value": 1},
    tickOpacity={"condition": {"test": "datum.value % 1", "value": 0}, "value": 1},
)
SKY, VERMILION, PURPLE = "#56b4e9", "#d55e00", "#7b4fa3"
CLAIMANTS = {
    "state": BLUE,
    "security_source": SKY,
    "non_state_armed_group": VERMILION,
    "un": GREEN,
    "ngo": "#66c2a5",
    "local_official": PURPLE,
    "witness": PINK,
    "media": ORANGE,
    "dataset": "#5d4037",
    "unknown": GREY,
}
"""Colour of a claim by the type of its claimant; kinds that are near to each other have colours that are."""
HOLLOW = "white"
"""What is inside a mark that stands for no number."""
BARE = alt.Axis(labels=False, ticks=False, domain=False, grid=False)
PRECISIONS = {"exact": (BLUE, "circle"), "near": (ORANGE, "square"), "unit": (PINK, "triangle-up")}
"""Colour and shape of a mark on the map, by how well the place is known."""


@dataclass(frozen=True)
class Drawing:
    """What a chart is drawn from.

    Attributes:
        rows: what the query of the figure found.
        words: what the figure writes, in the language.
        language: of the columns that there are in each (``row_en``, ``row_fr``).
        countries: outlines as GeoJSON, each with `name` in the language.
        claimants: what claimants are called in French.
    """

    rows: Sequence[Row]
    words: Mapping[str, str]
    language: str
    countries: Mapping[str, Any]
    claimants: Claimants = UNKNOWN

    def claimant(self, row: Row) -> str:
        """The name of a claimant in the language, or in English where it is not known."""
        name = str(row["claimant_name"])
        return (self.claimants.french(name) or name) if self.language == "fr" else name

    def named(self, row: Row, column: str) -> str:
        """The text of a column in the language."""
        return str(row[f"{column}_{self.language}"])

    @property
    def colon(self) -> str:
        """A colon as the language writes it."""
        return "\u00a0:" if self.language == "fr" else ":"

    def number(self, value: int) -> str:
        """A number as the language writes it."""
        return f"{value:,}".replace(",", "\u202f" if self.language == "fr" else ",")


def months(drawing: Drawing) -> ChartType:
    """Bars by month, one strip a row (`row`, with its `total`): a light bar, and a dark one in it."""
    heads = {
        row["row_en"]: f"{drawing.named(row, 'row')}{drawing.colon} {drawing.number(row['total'])}"
        for row in drawing.rows
    }
    shades = {"light": drawing.words["light"], "dark": drawing.words["dark"]}
    values = [
        {"month": row["month"], "strip": heads[row["row_en"]], "shade": shade, "value": row[key]}
        for row in drawing.rows
        for key, shade in shades.items()
    ]
    bars: alt.Chart = (
        _chart(values)
        .properties(width=WIDTH, height=46)
        .mark_bar(size=3)
        .encode(
            x=alt.X("month:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format="%Y", tickCount="year")),
            y=alt.Y("value:Q", title=None, stack=None, axis=WHOLE_NUMBERS),
            color=alt.Color(
                "shade:N",
                title=None,
                scale=alt.Scale(domain=list(shades.values()), range=[LIGHT, DARK]),
                legend=alt.Legend(orient="top"),
            ),
        )
    )
    strips = alt.Row(
        "strip:N",
        sort=list(heads.values()),
        title=None,
        header=alt.Header(labelOrient="top", labelAnchor="start", labelFontWeight="bold", labelPadding=2),
    )
    drawn: alt.FacetChart = bars.facet(row=strips, spacing=10).resolve_scale(y="independent")
    return drawn


def stacked(drawing: Drawing) -> ChartType:
    """Bars by year, stacked by `kind` in the order of the rows."""
    kinds = list(dict.fromkeys(drawing.named(row, "kind") for row in drawing.rows))
    values = [
        {
            "year": row["year"],
            "kind": (kind := drawing.named(row, "kind")),
            "at": kinds.index(kind),
            "value": row["value"],
        }
        for row in drawing.rows
    ]
    bars: alt.Chart = (
        _chart(values)
        .properties(width=WIDTH, height=320)
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("value:Q", title=drawing.words["axis"]),
            order=alt.Order("at:Q"),
            color=alt.Color(
                "kind:N",
                title=drawing.words["colour"],
                scale=alt.Scale(domain=kinds, range=[DARK, ORANGE, GREEN, PINK, GREY][-len(kinds) :]),
                legend=alt.Legend(orient="top"),
            ),
        )
    )
    return bars


def claims(drawing: Drawing) -> ChartType:
    """The claims of one unit below each other by claimant, one panel a unit, each with its own scale; first a key."""
    panels = [_key(drawing)]
    for _, found in groupby(drawing.rows, key=lambda row: row["unit_id"]):
        rows = list(found)
        labels = [f"{drawing.claimant(row)} ({_population(drawing, row)})" for row in rows]
        values = [_claim(drawing, at, row) for at, row in enumerate(rows)]
        best = f"{drawing.words['best']}{drawing.colon} {drawing.number(rows[0]['best'])}"
        best += f" ({drawing.words['sum']})" if rows[0]["best_is_sum"] else ""
        panels.append(_panel(drawing.named(rows[0], "unit"), labels, values, rows[0]["best"], best))
    return alt.vconcat(*panels, spacing=14)


def _key(drawing: Drawing) -> ChartType:
    """What a mark means, and what its colour says, for the types of claimants that there are."""
    types = {row["claimant_type"]: drawing.named(row, "type") for row in drawing.rows}
    marks = [
        ("exact", "circle"),
        ("range", "circle"),
        ("open_above", "triangle-right"),
        ("open_below", "triangle-left"),
        ("no_number", "circle"),
    ]
    left = [
        {"shape": shape, "colour": INK, "inside": HOLLOW if word == "no_number" else INK, "said": drawing.words[word]}
        for word, shape in marks
    ]
    right = [
        {"shape": "square", "colour": CLAIMANTS[code], "inside": CLAIMANTS[code], "said": types[code]}
        for code in CLAIMANTS
        if code in types
    ]
    half = -(-len(right) // 2)
    placed = [
        {**row, "x": x, "row": at}
        for x, column in zip(KEY_COLUMNS, (left, right[:half], right[half:]), strict=True)
        for at, row in enumerate(column)
    ]
    decided = {"x": KEY_COLUMNS[0], "row": len(left), "said": drawing.words["best"]}
    base = _chart([*placed, decided])
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, WIDTH_OF_PANEL], nice=False), title=None, axis=BARE)
    y = alt.Y("row:O", title=None, axis=BARE)
    points = _marks(_chart(placed)).encode(x=x, y=y)
    other = _chart([{"x": KEY_COLUMNS[0], "row": 1, "end": KEY_COLUMNS[0] - KEY_RANGE}])
    line = other.mark_rule(color=INK, strokeWidth=3).encode(x=x, x2="end:Q", y=y)
    end = other.mark_point(filled=True, size=60, color=INK, stroke=INK, strokeWidth=1.5, opacity=1).encode(
        x="end:Q", y=y
    )
    best = _chart([decided]).mark_tick(color=INK, thickness=1.5, size=15, orient="vertical").encode(x=x, y=y)
    text = base.mark_text(align="left", dx=10, color=INK, clip=False).encode(x=x, y=y, text="said:N")
    heading = alt.TitleParams([drawing.words["key"]], anchor="start", frame="group", dx=-LABELS, fontSize=12, offset=4)
    return alt.layer(line, end, points, best, text).properties(width=WIDTH_OF_PANEL, height=alt.Step(17), title=heading)


def _marks(base: alt.Chart) -> alt.Chart:
    """Marks of a shape, with an edge in a colour and the same inside, or nothing where there is no number."""
    marks: alt.Chart = base.mark_point(filled=True, size=60, opacity=1, strokeWidth=1.5).encode(
        shape=alt.Shape("shape:N", scale=None),
        fill=alt.Fill("inside:N", scale=None),
        stroke=alt.Stroke("colour:N", scale=None),
    )
    return marks


def _population(drawing: Drawing, row: Row) -> str:
    label = drawing.named(row, "population")
    return drawing.words["unspecified"] if row["population"] == "unspecified" else label[:1].lower() + label[1:]


def _claim(drawing: Drawing, at: int, row: Row) -> Row:
    known = [value for value in (row["low"], row["high"]) if value is not None]
    closed = len(known) != 1
    shape = "circle" if closed else "triangle-right" if row["high"] is None else "triangle-left"
    ends = {"from": min(known, default=0), "to": max(known, default=0)}
    colour = CLAIMANTS[row["claimant_type"]]
    look = {"shape": shape, "colour": colour, "inside": colour if known else HOLLOW}
    return {"at": at, **ends, **look, "said": _worded(drawing, row)}


def _worded(drawing: Drawing, row: Row) -> str:
    """A figure as it was said, in signs: ≥ at least, > more than, ≤ up to, ≈ about; in words where it is no number."""
    low, high = (None if value is None else drawing.number(value) for value in (row["low"], row["high"]))
    if low is None and high is None:
        return drawing.words[row["qualifier"]]
    if high is None:
        return f"{'>' if row['qualifier'] == 'more_than' else '≥'} {low}"
    if low is None:
        return f"≤ {high}"
    return f"{low}–{high}" if low != high else f"≈ {low}" if row["qualifier"] == "about" else f"{low}"


def _panel(title: str, labels: Sequence[str], values: Sequence[Row], best: int, said: str) -> ChartType:
    base = _chart(list(values))
    names = alt.Axis(
        labelExpr=f"{json.dumps(list(labels), ensure_ascii=False)}[datum.value]",
        labelLimit=LABELS - 8,
        labelPadding=8,
        minExtent=LABELS,
        ticks=False,
        domain=False,
        grid=True,
    )
    y = alt.Y("at:O", title=None, axis=names)
    start = alt.X("from:Q", title=None, scale=alt.Scale(zero=True, nice=True), axis=alt.Axis(tickCount=6, grid=False))
    mark = _marks(base).encode(x=start, y=y)
    other_end = mark.encode(x="to:Q")
    line = base.mark_rule(strokeWidth=3).encode(x=start, x2="to:Q", y=y, color=alt.Color("colour:N", scale=None))
    text = base.mark_text(align="left", dx=9, color=INK).encode(x="to:Q", y=y, text="said:N")
    halo = text.mark_text(align="left", dx=9, stroke="white", strokeWidth=8, strokeJoin="round")
    decided = _chart([{"best": best}]).mark_rule(color=INK, strokeWidth=1.5, strokeDash=[5, 3]).encode(x="best:Q")
    heading = alt.TitleParams(
        [title],
        subtitle=[said],
        anchor="start",
        frame="group",
        dx=-LABELS,
        fontSize=12,
        subtitleColor="#555555",
        offset=4,
    )
    return alt.layer(decided, halo, line, other_end, mark, text).properties(
        width=WIDTH_OF_PANEL, height=alt.Step(17), title=heading
    )


def points(drawing: Drawing) -> ChartType:
    """A map: outlines with their names, circles of uncertainty, marks by place with the number at it."""
    land = [oriented(feature) for feature in drawing.countries["features"]]
    kinds = {kind: drawing.words[kind] for kind in PRECISIONS}
    values = [{**row, "precision": kinds[row["precision"]]} for row in drawing.rows]
    colours, shapes = (
        alt.Scale(domain=list(kinds.values()), range=[look[at] for look in PRECISIONS.values()]) for at in (0, 1)
    )
    known = alt.Legend(title=drawing.words["precision"], orient="top", direction="horizontal")
    sizes = alt.Legend(title=drawing.words["count"], orient="top", direction="horizontal", values=[1, 5, 15])
    names = [{"name": feature["properties"]["name"], **middle(feature)} for feature in land]
    outlines = _chart(land).mark_geoshape(fill=LAND, stroke=BORDER, strokeWidth=0.8)
    marks = (
        _chart(values)
        .mark_point(filled=True, opacity=0.75, stroke="white", strokeWidth=0.4)
        .encode(
            longitude="longitude:Q",
            latitude="latitude:Q",
            color=alt.Color("precision:N", scale=colours, legend=known),
            shape=alt.Shape("precision:N", scale=shapes, legend=known),
            size=alt.Size("incidents:Q", scale=alt.Scale(type="sqrt", range=[12, 190]), legend=sizes),
        )
    )
    written = (
        _chart(names)
        .mark_text(fontSize=12, fontWeight="bold", color="#444444")
        .encode(longitude="longitude:Q", latitude="latitude:Q", text="name:N")
    )
    halo = written.mark_text(fontSize=12, fontWeight="bold", stroke="white", strokeWidth=4, strokeJoin="round")
    layers = [outlines, *(uncertain(drawing.rows, kind) for kind in PRECISIONS), marks, halo, written]
    return alt.layer(*layers).project(type="mercator").properties(width=WIDTH + 40, height=470)


def uncertain(rows: Sequence[Row], kind: str) -> ChartType:
    """The circles around the places that are known in one way, where they are large enough to be seen."""
    found = {
        (row["longitude"], row["latitude"], row["radius"])
        for row in rows
        if row["precision"] == kind and (row["radius"] or 0) >= SMALLEST_CIRCLE_KM
    }
    rings = [{"type": "Feature", "geometry": circle(*where)} for where in sorted(found)]
    colour = PRECISIONS[kind][0]
    look = alt.MarkDef("geoshape", fill=colour, fillOpacity=0.07, stroke=colour, strokeOpacity=0.4, strokeWidth=0.6)
    return alt.Chart(alt.InlineData(values=rings), mark=look)


def circle(longitude: float, latitude: float, radius: float) -> dict[str, Any]:
    """A circle around a point as a polygon, clockwise as Vega draws it.

    Args:
        longitude: of the point, in degrees.
        latitude: of the point, in degrees.
        radius: in km.
    """
    north = math.degrees(radius / EARTH_RADIUS_KM)
    east = north / math.cos(math.radians(latitude))
    turns = (2 * math.pi * corner / CORNERS for corner in range(CORNERS + 1))
    ring = [[round(longitude + east * math.sin(at), 3), round(latitude + north * math.cos(at), 3)] for at in turns]
    return {"type": "Polygon", "coordinates": [ring]}


def oriented(feature: Mapping[str, Any]) -> dict[str, Any]:
    """An outline with its outer rings clockwise, as Vega draws them; GeoJSON has them the other way round.

    Its points are rounded to a hundredth of a degree, about a kilometre and less than a pixel.
    """
    shape = feature["geometry"]
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    rounded = [[_rounded(ring) for ring in polygon] for polygon in polygons]
    turned = [
        [ring if (_area(ring) < 0) == (at == 0) else ring[::-1] for at, ring in enumerate(polygon)]
        for polygon in rounded
        if len(polygon[0]) > 3
    ]
    return {**feature, "geometry": {"type": "MultiPolygon", "coordinates": turned}}


def middle(feature: Mapping[str, Any]) -> dict[str, float]:
    """The centroid of the largest polygon of an outline, in degrees: where its name is written."""
    ring = max((polygon[0] for polygon in feature["geometry"]["coordinates"]), key=lambda ring: abs(_area(ring)))
    area = _area(ring)
    pairs = list(pairwise(ring))
    x = sum((a[0] + b[0]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / (6 * area)
    y = sum((a[1] + b[1]) * (a[0] * b[1] - b[0] * a[1]) for a, b in pairs) / (6 * area)
    return {"longitude": round(x, 3), "latitude": round(y, 3)}


def _chart(values: Iterable[Mapping[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(values)))


def _rounded(ring: Sequence[Sequence[float]]) -> list[list[float]]:
    points = [[round(degrees, 2) for degrees in point] for point in ring]
    return [point for at, point in enumerate(points) if at == 0 or point != points[at - 1]]


def _area(ring: Sequence[Sequence[float]]) -> float:
    """The area within a ring in square degrees, negative where it runs clockwise."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


CHARTS: Mapping[str, Callable[[Drawing], ChartType]] = {
    "months": months,
    "stacked": stacked,
    "claims": claims,
    "map": points,
}
