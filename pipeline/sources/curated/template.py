"""An empty entry to fill in, laid out by the declared form, with ids that no entry has."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from pipeline.config import Project
from pipeline.problems import CannotDo, did_you_mean
from pipeline.schema import Schema
from pipeline.schema.cells import parse
from pipeline.sources.curated.form import Key, Part, load_form
from pipeline.sources.declaration import load_source

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # without i, l, o and u, which are misread (Crockford's base 32)
ID_LENGTH = 6
PREFIXES = {"incident_id": "i", "operation_id": "o", "report_id": "r", "claim_id": "c"}
GIVEN = {"status": "candidate"}
LONGEST_CODES = 100


def template(project: Project, schema: Schema, country: str, date: str, kind: str, reports: int, claims: int) -> str:
    """Lay out one entry.

    Args:
        project: whose ids are not used again.
        schema: the declaration.
        country: ISO 3166-1 alpha-3 code.
        date: first day as YYYY-MM-DD, or empty.
        kind: ``incident`` or ``operation``.
        reports: how many reports to lay out.
        claims: how many claims.

    Returns:
        YAML text to be pasted under ``incidents:`` or ``operations:``; what a key takes stands behind it as
        a comment.

    Raises:
        CannotDo: the country is not one of ours, or the date is no date.
    """
    countries = schema.codelists["country"].codes
    if country not in countries:
        raise CannotDo(f"unknown country '{country}'{did_you_mean(country, countries)} (codes: {', '.join(countries)})")
    if date:
        try:
            parse(date, schema.tables["incidents"]["date_start"])
        except ValueError as error:
            raise CannotDo(str(error)) from None
    declared = load_source(project.schemas, "curated").form
    assert declared is not None
    part = next(part for part in load_form(declared, schema).lists.values() if part.name == kind)
    ids = _FreshIds(project)
    report_ids = [ids.fresh("report_id") for _ in range(reports)]
    values = {"country_iso3": country, "date_start": date, "date_end": date, **GIVEN}
    layout = _Layout(schema, ids, values, report_ids, claims)
    return "\n".join(layout.entry(part, 2)) + "\n"


class _FreshIds:
    """Random ids that occur nowhere in the curated files."""

    def __init__(self, project: Project) -> None:
        self.used: set[str] = set()
        pattern = re.compile(r"\b[iorc]-[0-9a-z]{6,12}\b")
        for path in project.curated.rglob("*.yaml"):
            self.used |= set(pattern.findall(path.read_text(encoding="utf-8", errors="replace")))

    def fresh(self, key: str) -> str:
        while True:
            made = PREFIXES[key] + "-" + "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))
            if made not in self.used:
                self.used.add(made)
                return made


class _Layout:
    def __init__(
        self, schema: Schema, ids: _FreshIds, values: dict[str, str], report_ids: list[str], claims: int
    ) -> None:
        self.schema = schema
        self.ids = ids
        self.values = values
        self.report_ids = report_ids
        self.claims = claims

    def entry(self, part: Part, indent: int) -> list[str]:
        """The lines of one part, the first with its dash."""
        lines = [line for key in part.keys.values() for line in self.lines(part, key)]
        return [" " * indent + ("- " if at == 0 else "  ") + line for at, line in enumerate(lines)]

    def lines(self, part: Part, key: Key) -> Iterator[str]:
        if key.part is None:
            if not key.is_list and key.key != "archive_url":
                yield self.line(part, key)
            return
        inner = {"reports": len(self.report_ids), "claims": self.claims, "actors": 1}.get(key.key, 0)
        if inner:
            yield f"{key.key}:"
            pending = list(self.report_ids)
            for _ in range(inner):
                if key.key == "reports":
                    self.values["report_id"] = pending.pop(0)
                else:
                    self.values["report_id"] = self.report_ids[0]
                yield from self.entry(key.part, 2)

    def line(self, part: Part, key: Key) -> str:
        own = key.key in (f"{part.name}_id",) and key.key in PREFIXES and part.name != "report"
        value = self.ids.fresh(key.key) if own else self.values.get(key.key, "")
        if part.name == "actor" and key.key == "report_id":
            value = ""
        return f"{key.key}: {value}".rstrip() + ("" if value else "  # " + self.hint(key))

    def hint(self, key: Key) -> str:
        """What a key takes: its codes, or its title and an example."""
        codes = self.schema.codes(key.field)
        said = " | ".join(codes)
        if not codes or len(said) > LONGEST_CODES:
            name = f"schemas/codelists/{key.field.codelist}.csv" if codes else f"like {key.field.example}"
            said = f"{key.field.title.en}, {name}"
        return said + {"optional": " (optional)", "nullable": " (null where open)"}.get(key.presence, "")
