"""The declaration as sections: tables with their fields, code lists and sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.package.codebook.document import (
    Block,
    Code,
    Entries,
    Entry,
    Facts,
    Grid,
    Inline,
    Inlines,
    Link,
    Notes,
    Paragraph,
    Row,
    Section,
    inlines,
    joined,
    words,
)
from pipeline.package.codebook.frame import Frame
from pipeline.package.codebook.joins import Join
from pipeline.package.codebook.warned import Warnings
from pipeline.schema import Codelist, Field, Schema, Table
from pipeline.schema.texts import LANGUAGES
from pipeline.sources.declaration import Source

NAMES = "publishers"
"""The list that holds proper names and no codes."""
TEXTS = ("label", "definition")
DATASETS = ("acled", "ucdp", "gtd", "hxl")
READERS = {"acled": "acled", "ucdp": "ucdp_ged", "gtd": "gtd"}
"""The sources whose declarations say how their codes are read."""
LEFT_OUT = ("country", "confidence")
"""Lists of which other data sets have no codes of their own: country names, and doubts of another kind."""


@dataclass(frozen=True)
class There:
    """What another data set has for a code of ours: codes that are read as it, and codes that hold it among others."""

    read: str = ""
    among: str = ""


Elsewhere = Mapping[str, Mapping[str, Mapping[str, There]]]


def to_table(name: str) -> Link:
    """A link to a table."""
    return Link((Code(name),), f"#{name}")


def to_field(table: str, name: str) -> Link:
    """A link to a field, which is shown with its table."""
    return Link((Code(f"{table}.{name}"),), f"#{table}.{name}")


def table_section(table: Table, frame: Frame, warnings: Warnings, found: Sequence[Join], rows: int) -> Section:
    """A table: what a row is, its keys and its fields.

    Args:
        table: the table.
        frame: the texts of a language.
        warnings: which warning applies where.
        found: all references between tables.
        rows: how many the table has in this package.
    """
    thousands = "\u202f" if frame.language == "fr" else ","
    facts: list[tuple[str, Inlines]] = [
        ("row", words(frame.of(table.row))),
        ("rows", words(f"{rows:,}".replace(",", thousands))),
        ("key", joined(Code(name) for name in table.primary_key) or words("–")),
        ("sorted", joined(Code(name) for name in table.sort_by)),
    ]
    here = dict.fromkeys(join.table for join in found if join.reference == table.name and join.table != table.name)
    if here:
        facts.append(("referred", joined(map(to_table, here))))
    if table.rules:
        facts.append(("rules", joined(Link((Code(rule.id),), f"#rule.{rule.id}") for rule in table.rules)))
    pairs = tuple((words(frame(f"tables.{label}")), value) for label, value in facts)
    blocks: list[Block] = [Paragraph(inlines(frame.of(table.description))), Facts(pairs)]
    applying = warnings.of(table.name)
    if applying:
        blocks.append(Notes(words(frame("warnings.label")), applying))
    head = (words(frame("tables.field")), words(frame("tables.definition")), words(frame("tables.values")))
    entries = tuple(_field(table, field, frame, warnings, found) for field in table.fields)
    caption = (*words(f"{frame.of(table.title)} "), Code(table.name))
    blocks.append(Entries(caption, head, words(frame("warnings.label")), entries))
    return Section(table.name, (*words(f"{frame.of(table.title)} "), Code(table.name)), tuple(blocks))


def _field(table: Table, field: Field, frame: Frame, warnings: Warnings, found: Sequence[Join]) -> Entry:
    facts: list[tuple[str, Inlines]] = [("tables.type", words(frame(f"types.{field.type}")))]
    if field.unit:
        facts.append(("tables.unit", words(frame(f"units.{field.unit}"))))
    constraints = list(_constraints(field, frame))
    if constraints:
        facts.append(("tables.constraints", joined(constraints)))
    if field.codelist:
        facts.append(("tables.codes", (Link((Code(field.codelist),), f"#list.{field.codelist}"),)))
    targets = dict.fromkeys(j.reference for j in found if j.table == table.name and field.name in j.fields)
    if targets:
        facts.append(("tables.refers_to", joined(map(to_table, targets))))
    facts.append(("tables.example", (Code(_value(field.example)),)))
    facts += [(f"datasets.{name}", _equivalent(field, name, frame)) for name in DATASETS if name in field.equivalents]
    return Entry(
        anchor=f"{table.name}.{field.name}",
        name=field.name,
        title=frame.of(field.title),
        body=inlines(frame.of(field.description)),
        notes=warnings.of(f"{table.name}.{field.name}"),
        facts=tuple((words(frame(label)), value) for label, value in facts),
    )


def _constraints(field: Field, frame: Frame) -> Iterator[Inlines]:
    if field.required:
        yield words(frame("tables.required"))
    if field.unique:
        yield words(frame("tables.unique"))
    if field.minimum is not None:
        yield inlines(frame("tables.minimum"), value=_value(field.minimum))
    if field.maximum is not None:
        yield inlines(frame("tables.maximum"), value=_value(field.maximum))
    if field.pattern is not None:
        yield inlines(frame("tables.pattern"), value=Code(field.pattern))
    if field.set_at_release:
        yield words(frame("tables.set_at_release"))


def _value(value: str | float | bool | dt.date) -> str:
    """A value as it stands in the CSV file of a table."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _equivalent(field: Field, dataset: str, frame: Frame) -> Inlines:
    """What another data set calls a field, and how it is related where it does not mean the same."""
    if dataset not in field.equivalents:
        return words("–")
    names = joined(Code(name) for name in field.equivalents[dataset].split(", "))
    if dataset not in field.relations:
        return names
    return (*names, *words(f" ({frame('relations.' + field.relations[dataset])})"))


def equivalents_grid(table: Table, frame: Frame) -> Grid:
    """The fields of a table that another data set has too."""
    head = (words(frame("elsewhere.ours")), *(words(frame(f"datasets.{name}")) for name in DATASETS))
    rows = tuple(
        Row(
            (
                (Link((Code(field.name),), f"#{table.name}.{field.name}"),),
                *(_equivalent(field, name, frame) for name in DATASETS),
            )
        )
        for field in table.fields
        if field.equivalents
    )
    return Grid(words(frame("elsewhere.caption")), head, rows)


def codelist_section(codelist: Codelist, schema: Schema, elsewhere: Elsewhere, frame: Frame) -> Section:
    """A list of codes with all its columns, those in the other language left out, and what other data sets call each.

    Args:
        codelist: the list.
        schema: the declaration.
        elsewhere: the codes of other data sets that are read as a code of ours, by list, data set and code.
        frame: the texts of a language.
    """
    using = [
        to_field(table.name, field.name)
        for table in schema.tables.values()
        for field in table.fields
        if field.codelist == codelist.name
    ]
    used = inlines(frame("codes.used"), fields=joined(using)) if using else words(frame("codes.unused"))
    own = f"_{frame.language}"
    ends = tuple(f"_{language}" for language in LANGUAGES)
    columns = [name for name in codelist.rows[0] if name != "code" and (name.endswith(own) or not name.endswith(ends))]
    columns = [name for name in columns if codelist.column(name)]
    head = [words(frame("codes.code"))]
    for name in columns:
        stem = name.removesuffix(own)
        head.append(words(frame(f"codes.{stem}" if stem in TEXTS else f"code_columns.{stem}")))
    read = {name: codes for name, codes in elsewhere.get(codelist.name, {}).items() if name not in columns}
    head += [words(frame(f"datasets.{name}")) for name in read]
    rows = tuple(
        Row(
            (
                (Code(row["code"]),),
                *(words(row[name] or "–") for name in columns),
                *(_told(codes.get(row["code"], There()), frame) for codes in read.values()),
            ),
            f"list.{codelist.name}.{row['code']}",
        )
        for row in codelist.rows
    )
    caption = inlines(frame("codes.caption"), list=Code(codelist.name))
    blocks = (Paragraph(used), Grid(caption, tuple(head), rows))
    return Section(f"list.{codelist.name}", (Code(codelist.name),), blocks)


def _told(there: There, frame: Frame) -> Inlines:
    among = frame("codes.among").format(codes=there.among) if there.among else ""
    return words("; ".join(text for text in (there.read, among) if text) or "–")


def read_as(sources: Sequence[Source], schema: Schema) -> Elsewhere:
    """Which codes of other data sets are read as which code of ours, as the declarations of sources say.

    Args:
        sources: all sources that are declared, those included that no package may hold.
        schema: the declaration.
    """
    made: dict[str, dict[str, dict[str, There]]] = {}
    for dataset, name in READERS.items():
        table = next((source.table for source in sources if source.source == name), None) or {}
        for field, cell in table.get("record", {}).items():
            codelist = schema.tables["records"][field].codelist if field in schema.tables["records"].columns else None
            if codelist is None or codelist in LEFT_OUT or not isinstance(cell, dict):
                continue
            if said := _there(cell):
                made.setdefault(codelist, {})[dataset] = said
    return made


def _there(cell: Mapping[str, Any]) -> dict[str, There]:
    """What a declared value reads as each code of ours, and what holds that code among other things."""
    there: dict[str, list[str]] = {}
    for case in cell.get("cases", []):
        there.setdefault(case["is"], []).append(
            ", ".join(f"{name} {_either(on)}" for name, on in case["where"].items())
        )
    for code, ours in cell.get("codes", {}).items():
        there.setdefault(ours, []).append(str(code))
    between, before = ("; ", "") if "cases" in cell else (", ", f"{cell.get('column', '')} ")
    read = {ours: before + between.join(codes) for ours, codes in there.items() if ours is not None}
    among = {ours: before + between.join(map(str, codes)) for ours, codes in cell.get("also", {}).items()}
    return {ours: There(read.get(ours, ""), among.get(ours, "")) for ours in (*read, *among)}


def _either(texts: object) -> str:
    return "/".join(map(str, texts)) if isinstance(texts, list) else str(texts)


def source_grid(sources: Sequence[Source], versions: Mapping[str, str], frame: Frame) -> Grid:
    """The sources with their licences.

    Args:
        sources: of the package.
        versions: of each source, as the table `sources` has it.
        frame: the texts of a language.
    """
    head = tuple(words(frame(f"sources.{name}")) for name in ("source", "title", "version", "licence", "citation"))
    rows = []
    for source in sources:
        licence: Inline = Code(source.licence)
        version = versions[source.source]
        title = words(source.title_fr if frame.language == "fr" else source.title_en)
        rows.append(
            Row(
                (
                    (Code(source.source),),
                    (Link(title, source.url),) if source.url else title,
                    words(french if frame.language == "fr" and (french := source.source_version_fr) else version),
                    (Link((licence,), source.licence_url),) if source.licence_url else (licence,),
                    words(source.citation),
                )
            )
        )
    return Grid(words(frame("sources.caption")), head, tuple(rows))
