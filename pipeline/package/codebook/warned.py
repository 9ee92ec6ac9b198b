"""Which warning of the code list `warning` applies to which table and field."""

from __future__ import annotations

from fnmatch import fnmatchcase

from pipeline.package.codebook.document import Inlines, Link, words
from pipeline.package.codebook.frame import Frame
from pipeline.problems import CannotDo
from pipeline.schema import Schema

CODELIST = "warning"
PLACES = "applies_to"
"""The column that names tables (``claims``) and fields (``incidents.killed_*``), with blanks between them."""


class Warnings:
    """The warnings in one language, by the table or field to which they apply."""

    def __init__(self, schema: Schema, frame: Frame) -> None:
        self.places = applying(schema)
        self._rows = schema.codelists[CODELIST].rows
        self._labels = schema.codelists[CODELIST].column(f"label_{frame.language}")

    def named(self, code: str) -> list[tuple[str, str]]:
        """The places of a warning as they are declared, ``incidents.killed_*``, each with the first that is meant."""
        row = next(row for row in self._rows if row["code"] == code)
        return [
            (pattern, next(place for place in self.places[code] if fnmatchcase(place, pattern)))
            for pattern in row[PLACES].split()
        ]

    def of(self, place: str) -> tuple[Inlines, ...]:
        """The warnings of a table or a field, each a link to its meaning."""
        return tuple(
            (Link(words(self._labels[code]), f"#list.{CODELIST}.{code}"),)
            for code, places in self.places.items()
            if place in places
        )


def applying(schema: Schema) -> dict[str, tuple[str, ...]]:
    """The tables and fields to which each warning applies.

    Raises:
        CannotDo: a warning names a table or field that there is not, or none at all.
    """
    known = [
        place
        for table in schema.tables.values()
        for place in (table.name, *(f"{table.name}.{name}" for name in table.columns))
    ]
    made = {}
    for row in schema.codelists[CODELIST].rows:
        patterns = row[PLACES].split()
        for pattern in patterns or [""]:
            if not any(fnmatchcase(place, pattern) for place in known):
                raise CannotDo(
                    f"schemas/codelists/{CODELIST}.csv: {row['code']}: there is no table or field {pattern!r}"
                )
        # a table is meant only where it is named: its fields have their own
        made[row["code"]] = tuple(
            place
            for place in known
            if any(fnmatchcase(place, p) and p.count(".") == place.count(".") for p in patterns)
        )
    return made
