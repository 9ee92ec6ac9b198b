"""Which field refers to which table, and a drawing of it with the tables in layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from pipeline.package.codebook.frame import Layer
from pipeline.schema import Schema

NAME, RAIL, SLANT = 160, 20, 46
"""Width of a table's name, room between two rails, and room for the last slanted name."""
HEADS, TITLE, LINE, GAP, EDGE = 76, 22, 22, 8, 8
"""Height of the slanted names, of a layer's title, of a row; room between two layers, and at the edge."""


@dataclass(frozen=True)
class Join:
    """Fields of a table that refer to another, or to itself.

    Attributes:
        by: the field whose value names the table, where the reference is no foreign key.
    """

    table: str
    fields: tuple[str, ...]
    reference: str
    by: str | None = None


def joins(schema: Schema) -> list[Join]:
    """Every foreign key, and every id whose table the field before it names.

    Such a pair is called ``<x>_type`` and ``<x>_id``; a code of the first is the name of a table in the singular.
    """
    made = []
    for table in schema.tables.values():
        made += [Join(table.name, key.fields, key.reference) for key in table.foreign_keys]
        for field in table.fields:
            pointing = f"{field.name.removesuffix('_type')}_id"
            is_pair = field.codelist and field.name.endswith("_type") and pointing in table.columns
            if is_pair and not table[pointing].unique:  # the table's own id is no reference
                named = [f"{code}s" for code in schema.codes(field)]
                made += [Join(table.name, (pointing,), name, field.name) for name in named if name in schema.tables]
    return made


def alone(schema: Schema, found: Sequence[Join]) -> list[str]:
    """The tables that refer to none and to which none refers."""
    joined = {name for join in found for name in (join.table, join.reference)}
    return [name for name in schema.tables if name not in joined]


def diagram(schema: Schema, found: Sequence[Join]) -> str:
    """The tables and what refers to what as an entity relationship diagram of Mermaid.

    A whole line is a foreign key, a dashed one a reference by a field that names the table; a circle at the end of the
    table that is referred to stands where the fields may be null.
    """
    lines = [f"  {name}" for name in alone(schema, found)]
    for join in found:
        is_needed = all(schema.tables[join.table][name].required for name in join.fields)
        line = f"{'||' if is_needed else '|o'}{'..' if join.by else '--'}o{{"
        lines.append(f'  {join.reference} {line} {join.table} : "{", ".join(join.fields)}"')
    return "\n".join(["erDiagram", *lines])


def drawing(layers: Sequence[Layer], found: Sequence[Join], language: str, description: str) -> Element:
    """Draw a row for each table and a rail for each one that others refer to; every name leads to its table.

    A rail starts with a square in the row of its table. A dot on it stands in the row of a table that refers to it, a
    ring where the table is named by a field. The drawing depends on the declaration alone and is as wide as a phone;
    colours come from the style of the page.

    Args:
        layers: the tables by what they are about, from top to bottom.
        found: what `joins` returns.
        language: of the titles of layers.
        description: what the drawing shows, for who cannot see it.
    """
    heights = dict(_heights(layers))
    referred = {join.reference for join in found if join.table != join.reference}
    places = {name: EDGE + NAME + at * RAIL for at, name in enumerate(name for name in heights if name in referred)}
    width, height = max(places.values()) + SLANT, max(heights.values()) + LINE
    attributes = {"viewBox": f"0 0 {width} {height}", "role": "group", "aria-label": description, "class": "joins"}
    svg = Element("svg", attributes | {"xmlns": "http://www.w3.org/2000/svg"})
    for layer in layers:
        _band(
            svg, heights[layer.tables[0]] - LINE // 2 - TITLE, len(layer.tables), width, getattr(layer.title, language)
        )
    for name, y in heights.items():
        _row(svg, name, y, [places[join.reference] for join in found if join.table == name], places.get(name))
    for name, x in places.items():
        _rail(svg, name, x, heights, [join for join in found if join.reference == name])
    return svg


def _heights(layers: Sequence[Layer]) -> Iterator[tuple[str, int]]:
    """The height at which each table's row has its middle."""
    y = HEADS
    for layer in layers:
        y += TITLE
        for name in layer.tables:
            yield name, y + LINE // 2
            y += LINE
        y += GAP


def _band(svg: Element, y: int, rows: int, width: int, title: str) -> None:
    height = str(TITLE + rows * LINE)
    SubElement(svg, "rect", {"y": str(y), "width": str(width), "height": height, "rx": "4", "class": "band"})
    SubElement(svg, "text", {"x": str(EDGE), "y": str(y + 16), "class": "layer"}).text = title


def _row(svg: Element, name: str, y: int, ends: Sequence[int], own: int | None) -> None:
    link = SubElement(svg, "a", {"href": f"#{name}"})
    SubElement(link, "text", {"x": str(EDGE + 8), "y": str(y + 4), "class": "name"}).text = name
    reached = [*ends, *([] if own is None else [own])]
    if reached:
        start = EDGE + NAME - RAIL // 2
        SubElement(svg, "path", {"class": "reach", "d": f"M{start} {y}H{max(reached)}"})


def _rail(svg: Element, name: str, x: int, heights: Mapping[str, int], here: Sequence[Join]) -> None:
    """The rail of one table with its name above it, its square, and a mark for each table that refers to it."""
    rows = [heights[join.table] for join in here] + [heights[name]]
    rail = SubElement(svg, "g", {"class": "rail"})
    head = SubElement(rail, "a", {"href": f"#{name}"})
    turned = {"transform": f"translate({x + 3} {HEADS - 6}) rotate(-55)", "class": "head"}
    SubElement(head, "text", turned).text = name
    SubElement(rail, "path", {"class": "to-head", "d": f"M{x} {HEADS}V{min(rows)}"})
    SubElement(rail, "path", {"class": "line", "d": f"M{x} {min(rows)}V{max(rows)}"})
    square = {"x": str(x - 6), "y": str(heights[name] - 6), "width": "12", "height": "12", "rx": "2", "class": "own"}
    own = SubElement(rail, "rect", square)
    for join in here:
        if join.table == join.reference:  # the square is its mark
            SubElement(own, "title").text = _said(join)
        else:
            at = {"cx": str(x), "cy": str(heights[join.table]), "r": "5", "class": "by-type" if join.by else "key"}
            SubElement(SubElement(rail, "circle", at), "title").text = _said(join)


def _said(join: Join) -> str:
    return f"{join.table}.{', '.join(join.fields)} → {join.reference}"
