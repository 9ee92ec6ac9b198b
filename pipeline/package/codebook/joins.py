"""Which field refers to which table, and a drawing of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from pipeline.schema import Schema

WIDTH, HEAD, LINE = 184, 24, 17
"""Of a box, of the band with the table's name, and of a line with a field."""
ACROSS, DOWN, EDGE = 44, 16, 4
"""Room between two columns of boxes, between two boxes of a column, and around the drawing."""
SWEEPS = 8


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


@dataclass(frozen=True)
class Box:
    """A table in the drawing: where its box stands and which fields it lists, a line each."""

    x: int
    y: int
    fields: tuple[tuple[str, ...], ...]

    @property
    def height(self) -> int:
        """Of the whole box."""
        return HEAD + LINE * len(self.fields) + (5 if self.fields else 0)

    def line(self, fields: tuple[str, ...]) -> int:
        """The height at which a field's text stands in the middle."""
        return self.y + HEAD + LINE * self.fields.index(fields) + LINE // 2 + 1


def drawing(schema: Schema, found: Sequence[Join], description: str) -> Element:
    """Draw the tables as boxes and the joins as lines from left to right; every box leads to its table.

    The drawing depends on the declaration alone; colours come from the style of the page.

    Args:
        schema: the declaration.
        found: what `joins` returns.
        description: what the drawing shows, for who cannot see it.
    """
    boxes = _placed(schema, found)
    width = max(box.x for box in boxes.values()) + WIDTH + EDGE
    height = max(box.y + box.height for box in boxes.values()) + EDGE
    attributes = {"viewBox": f"0 0 {width} {height}", "role": "group", "aria-label": description, "class": "joins"}
    svg = Element("svg", attributes | {"xmlns": "http://www.w3.org/2000/svg"})
    for join in found:
        if join.table != join.reference:
            kind = "line by-type" if join.by else "line"
            SubElement(svg, "path", {"class": kind, "d": _curve(boxes, join)})
    for name, box in boxes.items():
        _draw(svg, name, box, {join.fields for join in found if join.table == join.reference == name})
    return svg


def _curve(boxes: Mapping[str, Box], join: Join) -> str:
    here, there = boxes[join.table], boxes[join.reference]
    x1, y1, x2, y2 = here.x + WIDTH, here.line(join.fields), there.x, there.y + HEAD // 2
    bend = max(ACROSS, (x2 - x1) // 3)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def _draw(svg: Element, name: str, box: Box, to_itself: set[tuple[str, ...]]) -> None:
    link = SubElement(svg, "a", {"href": f"#{name}"})
    place = {"x": str(box.x), "y": str(box.y), "width": str(WIDTH), "rx": "4"}
    SubElement(link, "rect", place | {"height": str(box.height), "class": "box"})
    SubElement(link, "rect", place | {"height": str(HEAD), "class": "head"})
    SubElement(link, "text", {"x": str(box.x + 8), "y": str(box.y + 17), "class": "name"}).text = name
    for fields in box.fields:
        at = {"x": str(box.x + 8), "y": str(box.line(fields) + 4), "class": "field"}
        SubElement(link, "text", at).text = ", ".join(fields) + (" ↺" if fields in to_itself else "")


def _placed(schema: Schema, found: Sequence[Join]) -> dict[str, Box]:
    """Columns by how far a table is from those that refer to none; in a column near to what is joined to it."""
    columns = _ordered(_columns(schema, found), found)
    fields = {
        name: tuple(dict.fromkeys(join.fields for join in found if join.table == name))
        for column in columns
        for name in column
    }
    heights = [sum(Box(0, 0, fields[name]).height + DOWN for name in column) - DOWN for column in columns]
    boxes = {}
    for number, column in enumerate(columns):
        y = EDGE + (max(heights) - heights[number]) // 2
        for name in column:
            boxes[name] = Box(EDGE + number * (WIDTH + ACROSS), y, fields[name])
            y += boxes[name].height + DOWN
    return boxes


def _columns(schema: Schema, found: Sequence[Join]) -> list[list[str]]:
    left_out = set(alone(schema, found))
    depth: dict[str, int] = {}
    waiting = [name for name in schema.tables if name not in left_out]
    while waiting:
        for name in list(waiting):
            targets = {join.reference for join in found if join.table == name} - {name}
            if targets <= depth.keys():
                depth[name] = max((depth[target] + 1 for target in targets), default=0)
                waiting.remove(name)
    return [[name for name in schema.tables if depth.get(name) == level] for level in sorted({*depth.values()})[::-1]]


def _ordered(columns: list[list[str]], found: Sequence[Join]) -> list[list[str]]:
    """Order each column by the mean place of what is joined to it, from left to right and back, some times."""
    near = defaultdict(set)
    for join in found:
        near[join.table].add(join.reference)
        near[join.reference].add(join.table)
    for sweep in range(SWEEPS):
        places = {name: (2 * row + 1) / (2 * len(column)) for column in columns for row, name in enumerate(column)}
        for column in columns if sweep % 2 else columns[::-1]:
            column.sort(key=lambda name: (sum(places[other] for other in near[name]) / len(near[name]), name))
            places |= {name: (2 * row + 1) / (2 * len(column)) for row, name in enumerate(column)}
    return columns
