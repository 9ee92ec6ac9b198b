"""Reference data in ``data/reference/``: actors, places, names, admin units, publishers, country outlines."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.config import Project
from pipeline.geography import Outline, load_outlines
from pipeline.problems import CannotDo, Problem, did_you_mean
from pipeline.schema import Field, Schema, Value
from pipeline.schema.cells import broken, parse, unsafe_text, violations

Row = dict[str, Value | None]
"""A row by column. ``_file`` and ``_line`` say where it stands."""

LAYOUTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "actors.csv": ("actors", ()),
    "admin2_units.csv": ("admin2_units", ()),
    "admin_units.csv": ("admin_units", ()),
    "id_changes.csv": ("id_changes", ("old_id", "new_id", "kind", "reason")),
    "known_issues.csv": ("known_issues", ()),
    "names.csv": ("names", ()),
    "place_admin.csv": ("places", ("place_id", "admin_vintage", "admin1_code", "admin2_name")),
    "places.csv": (
        "places",
        (
            "place_id",
            "place_name",
            "country_iso3",
            "latitude",
            "longitude",
            "coordinates_source",
            "geonames_id",
            "geo_radius_km",
            "match_state",
        ),
    ),
    "unit_points.csv": (
        "places",
        ("country_iso3", "place_name", "admin1_code", "admin2_name", "latitude", "longitude"),
    ),
}
"""Each file with the table that declares its columns, and the columns where it does not have all of them.
A column ``note`` may follow; it is for curators and is not published."""
KEYS = {
    "actors.csv": ("actor_id",),
    "admin2_units.csv": ("admin1_code", "admin2_name", "admin_vintage"),
    "admin_units.csv": ("admin1_code", "admin_vintage"),
    "id_changes.csv": ("old_id", "new_id"),
    "known_issues.csv": ("issue_id",),
    "names.csv": ("entity_type", "entity_id", "name", "language"),
    "place_admin.csv": ("place_id", "admin_vintage"),
    "places.csv": ("place_id",),
    "unit_points.csv": ("country_iso3", "place_name", "latitude", "longitude"),
}
OPTIONAL_KEYS = ("new_id",)
"""Parts of a key that may be empty: what was retired has no new id."""
LOCATED = ("matched", "stated")


@dataclass(frozen=True)
class Reference:
    """The reference data of a project, as read; rows that are not well have been reported.

    Attributes:
        actors: by ``actor_id``.
        places: by ``place_id``.
        place_admin: the admin units of places, one row a place and vintage.
        admin_units: one row a unit and vintage.
        admin2_units: second-level units that a source locates, one row a unit and vintage.
        names: aliases and spellings of actors and places.
        id_changes: what became of published ids that are no longer used, one row for each new id.
        known_issues: doubts that curators could not decide.
        publishers: publishers and agencies by name, with their ``source_type``.
        outlines: country outlines by ISO 3166-1 alpha-3 code.
        unit_points: towns of GeoNames with their admin unit, in and up to 100 km around the units of the region in
            countries that lie in it only in part; they place rows that name no unit, and are not published.
    """

    actors: Mapping[str, Row]
    places: Mapping[str, Row]
    place_admin: Sequence[Row]
    admin_units: Sequence[Row]
    admin2_units: Sequence[Row]
    names: Sequence[Row]
    id_changes: Sequence[Row]
    known_issues: Sequence[Row]
    publishers: Mapping[str, Mapping[str, str]]
    outlines: Mapping[str, Outline]
    unit_points: Sequence[Row] = ()

    def vintage(self, country: str, date: dt.date) -> int | None:
        """The vintage of a country's admin units that is in force on a day, or None where none is known."""
        for year, start, end in self._vintages.get(country, []):
            if start <= date and (end is None or date <= end):
                return year
        return None

    @cached_property
    def _vintages(self) -> dict[str, list[tuple[int, dt.date, dt.date | None]]]:
        found: dict[str, set[tuple[int, dt.date, dt.date | None]]] = {}
        for row in self.admin_units:
            year, start, end = row["admin_vintage"], row["valid_from"], row["valid_to"]
            if isinstance(year, int) and isinstance(start, dt.date) and (end is None or isinstance(end, dt.date)):
                found.setdefault(str(row["country_iso3"]), set()).add((year, start, end))
        return {country: sorted(spans, key=lambda span: span[0]) for country, spans in found.items()}

    @cached_property
    def placed(self) -> frozenset[tuple[str, int]]:
        """The places and vintages whose admin unit is known (or known to be unknown)."""
        return frozenset((str(row["place_id"]), int(str(row["admin_vintage"]))) for row in self.place_admin)


def load_reference(project: Project, schema: Schema) -> tuple[Reference, list[Problem]]:
    """Read and check the reference data.

    Returns:
        The data and the problems found: cells, keys, references between the files, coordinates.
    """
    problems: list[Problem] = []
    rows = {}
    for name in LAYOUTS:
        rows[name], found = _read(project, name, schema)
        problems += found
    reference = Reference(
        actors={str(row["actor_id"]): row for row in rows["actors.csv"]},
        places={str(row["place_id"]): row for row in rows["places.csv"]},
        place_admin=rows["place_admin.csv"],
        admin_units=rows["admin_units.csv"],
        admin2_units=rows["admin2_units.csv"],
        names=rows["names.csv"],
        id_changes=rows["id_changes.csv"],
        known_issues=rows["known_issues.csv"],
        publishers={row["code"]: row for row in schema.codelists["publishers"].rows},
        outlines=load_outlines(project.reference / "countries.geojson"),
        unit_points=rows["unit_points.csv"],
    )
    problems += _reference_problems(reference)
    problems += _publisher_problems(schema)
    return reference, problems


def preferred_names(reference: Reference) -> list[Row]:
    """The preferred names that stand beside an actor or a place itself, as rows of `names`.

    An actor has one in each language; the name of a place belongs to none in particular (`und`), and
    ``names.csv`` may prefer another in a language.
    """
    actors = [
        _preferred("actor", row["actor_id"], row[f"actor_name_{language}"], language, row)
        for row in reference.actors.values()
        for language in ("en", "fr")
    ]
    return actors + [
        _preferred("place", row["place_id"], row["place_name"], "und", row) for row in reference.places.values()
    ]


def _preferred(entity_type: str, entity_id: Value | None, name: Value | None, language: str, row: Row) -> Row:
    return {
        "entity_type": entity_type,
        "entity_id": entity_id,
        "name": name,
        "language": language,
        "kind": "preferred",
        "_file": row["_file"],
        "_line": row["_line"],
    }


def outside(reference: Reference, country: str, latitude: Value | None, longitude: Value | None) -> str | None:
    """A message when coordinates lie outside a country's outline (5 km are forgiven), else None."""
    outline = reference.outlines.get(country)
    if outline is None or not isinstance(latitude, float) or not isinstance(longitude, float):
        return None
    if outline.holds(latitude, longitude):
        return None
    swapped = outline.holds(longitude, latitude)
    inside = [iso3 for iso3, other in reference.outlines.items() if other.holds(latitude, longitude)]
    hint = (
        "; exchanged, latitude and longitude lie inside"
        if swapped
        else f"; they lie in {' or '.join(inside)}"
        if inside
        else ""
    )
    return f"{latitude:g}, {longitude:g} lies outside {country}{hint}"


def _read(project: Project, name: str, schema: Schema) -> tuple[list[Row], list[Problem]]:
    table_name, columns = LAYOUTS[name]
    table = schema.tables[table_name]
    wanted = columns or table.columns
    path = project.reference / name
    shown = project.relative(path)
    lines, problems = csv_lines(path, shown)
    header = lines[0][1] if lines else []
    if not problems and tuple(header) not in (tuple(wanted), (*wanted, "note")):
        message = f"the columns are {','.join(wanted)} and may end with note, not {','.join(header)}"
        problems.append(Problem(shown, 1, "", message, "reference.columns"))
    if problems:
        return [], problems
    rows: list[Row] = []
    for at, cells in lines[1:]:
        if len(cells) != len(header):
            message = f"has {len(cells)} cells where the header has {len(header)}"
            problems.append(Problem(shown, at, "", message, "reference.columns"))
            continue
        row: Row = {"_file": shown, "_line": at}
        for column in wanted:
            text = cells[header.index(column)]
            required = column in KEYS[name] and column not in OPTIONAL_KEYS
            row[column], wrong = _cell(text, table[column], schema, required=required)
            problems += [
                Problem(shown, at, column, message, f"{table_name}.{column}.{kind}") for kind, message in wrong
            ]
        for rule in table.rules:
            found = broken(rule, row) if set(rule.fields) <= set(wanted) else None
            if found:
                problems.append(Problem(shown, at, found[0], found[1], rule.id))
        rows.append(row)
    key = [column for column in KEYS[name] if column not in OPTIONAL_KEYS]
    rows = [row for row in rows if all(row[column] is not None for column in key)]
    problems += _repeated(rows, KEYS[name])
    return rows, problems


def csv_lines(path: Path, shown: str) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    """The rows of a CSV file, each with the line on which it ends, and what makes it no CSV file."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CannotDo(f"{shown}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        return [], [Problem(shown, 0, "", f"is not UTF-8 text: {error.reason}", "reference.unreadable")]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines = []
    try:
        for cells in reader:
            lines.append((reader.line_num, cells))  # noqa: PERF401  # the line belongs to the row just read
    except csv.Error as error:
        return [], [Problem(shown, reader.line_num, "", f"is no CSV from here on: {error}", "reference.unreadable")]
    return lines, []


def _cell(text: str, field: Field, schema: Schema, *, required: bool) -> tuple[Value | None, list[tuple[str, str]]]:
    if text == "":
        return None, [("required", "is empty: a value is needed")] if field.required or required else []
    try:
        value = parse(text, field)
    except ValueError as error:
        return None, [("type", str(error))]
    wrong = list(violations(value, field, schema))
    unsafe = unsafe_text(text) if field.type == "string" else None
    return value, wrong + ([("unsafe_text", unsafe)] if unsafe else [])


def _repeated(rows: Sequence[Row], key: Sequence[str]) -> Iterator[Problem]:
    first: dict[tuple[Value | None, ...], Row] = {}
    for row in rows:
        values = tuple(row[name] for name in key)
        if values in first:
            message = f"{', '.join(map(str, values))} stands already in line {first[values]['_line']}"
            yield _at(row, key[0], message, "reference.key_twice")
        first.setdefault(values, row)


def _reference_problems(reference: Reference) -> Iterator[Problem]:
    for row in reference.actors.values():
        parent = row["parent_actor_id"]
        if parent is not None and parent not in reference.actors:
            message = f"unknown actor '{parent}'{did_you_mean(str(parent), reference.actors)}"
            yield _at(row, "parent_actor_id", message, "reference.unknown_actor")
    for row in reference.names:
        known = reference.actors if row["entity_type"] == "actor" else reference.places
        if row["entity_id"] not in known:
            near = did_you_mean(str(row["entity_id"]), known)
            message = f"unknown {row['entity_type']} '{row['entity_id']}'{near}"
            yield _at(row, "entity_id", message, "reference.unknown_entity")
    yield from _name_problems(reference)
    yield from _place_problems(reference)
    for row in reference.known_issues:
        among = {"place": reference.places, "actor": reference.actors}.get(str(row["subject_type"]))
        if among is not None and row["subject_id"] not in among:
            near = did_you_mean(str(row["subject_id"]), among)
            message = f"unknown {row['subject_type']} '{row['subject_id']}'{near}"
            yield _at(row, "subject_id", message, "reference.unknown_entity")


def _name_problems(reference: Reference) -> Iterator[Problem]:
    """A preferred name that is given again, and a second one of the same entity and language."""
    preferred = preferred_names(reference)
    by_name = {(row["entity_type"], row["entity_id"], row["language"], row["name"]): row for row in preferred}
    by_language = {(row["entity_type"], row["entity_id"], row["language"]): row for row in preferred}
    for row in reference.names:
        key = (row["entity_type"], row["entity_id"], row["language"])
        twin = by_name.get((*key, row["name"]))
        if row["kind"] == "preferred":
            twin = by_language.setdefault(key, row)
        if twin is not None and twin is not row:
            message = f"'{twin['name']}' is already its preferred name, in {twin['_file']} line {twin['_line']}"
            yield _at(row, "name", message, "reference.preferred_twice")


def _place_problems(reference: Reference) -> Iterator[Problem]:
    units = {(row["admin1_code"], row["admin_vintage"]): row["country_iso3"] for row in reference.admin_units}
    for row in reference.place_admin:
        if row["place_id"] not in reference.places:
            near = did_you_mean(str(row["place_id"]), reference.places)
            yield _at(row, "place_id", f"unknown place '{row['place_id']}'{near}", "reference.unknown_place")
    for row in (*reference.place_admin, *reference.admin2_units):
        if row["admin1_code"] is not None and (row["admin1_code"], row["admin_vintage"]) not in units:
            message = f"admin_units.csv has no {row['admin1_code']} of vintage {row['admin_vintage']}"
            yield _at(row, "admin1_code", message, "reference.unknown_unit")
    for row in reference.places.values():
        located = row["latitude"] is not None
        if located != (row["match_state"] in LOCATED):
            message = f"match_state {row['match_state']} {'has no' if located else 'needs'} coordinates"
            yield _at(row, "match_state", message, "reference.match_state")
    for row in (*reference.places.values(), *reference.admin_units, *reference.admin2_units):
        country = row.get("country_iso3") or units.get((row.get("admin1_code"), row.get("admin_vintage")))
        yield from _point_problems(reference, row, str(country))


def _point_problems(reference: Reference, row: Row, country: str) -> Iterator[Problem]:
    message = outside(reference, country, row["latitude"], row["longitude"])
    if message:
        yield _at(row, "latitude", message, "reference.outside_country")
    if row["coordinates_source"] == "geonames" and row["geonames_id"] is None:
        yield _at(row, "geonames_id", "coordinates from GeoNames need the geonames_id", "reference.geonames_id")


def _publisher_problems(schema: Schema) -> Iterator[Problem]:
    types = schema.codelists["source_type"].codes
    for at, row in enumerate(schema.codelists["publishers"].rows, 2):
        if row["source_type"] not in types:
            message = f"unknown code '{row['source_type']}'{did_you_mean(row['source_type'], types)}"
            yield Problem("schemas/codelists/publishers.csv", at, "source_type", message, "reference.source_type")


def _at(row: Row, column: str, message: str, rule: str) -> Problem:
    return Problem(str(row["_file"]), int(str(row["_line"])), column, message, rule)
