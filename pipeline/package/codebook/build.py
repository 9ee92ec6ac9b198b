"""The codebook in every language and form, from the declaration and the tables of one package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.about import Home
from pipeline.package.codebook.declared import (
    NAMES,
    Elsewhere,
    codelist_section,
    equivalents_grid,
    read_as,
    source_grid,
    table_section,
    to_field,
    to_table,
)
from pipeline.package.codebook.document import (
    Block,
    Code,
    Document,
    Entries,
    Entry,
    Grid,
    Inlines,
    Link,
    Listing,
    Paragraph,
    Picture,
    Row,
    Section,
    inlines,
    joined,
    plain,
    words,
)
from pipeline.package.codebook.examples import Example, example_section, find_examples
from pipeline.package.codebook.frame import Frame, Layer, load_cases, load_frames, load_layers
from pipeline.package.codebook.joins import Join, alone, diagram, drawing, joins
from pipeline.package.codebook.markdown import markdown
from pipeline.package.codebook.page import page
from pipeline.package.codebook.rules import rule_sections
from pipeline.package.codebook.warned import CODELIST, Warnings
from pipeline.package.edition import Edition
from pipeline.schema import Schema
from pipeline.schema.texts import LANGUAGES
from pipeline.sources.declaration import load_sources

FORMS = {"html": page, "md": markdown}
FORM_NAMES = {"html": "HTML", "md": "Markdown"}
MEDIA_TYPES = {"html": "text/html", "md": "text/markdown"}


@dataclass(frozen=True)
class Written:
    """A codebook that was written."""

    path: Path
    title: str
    language: str
    mediatype: str


@dataclass(frozen=True)
class Codebook:
    """What a codebook is made from, whatever its language.

    Attributes:
        schemas: the project's ``schemas/``.
        dataset: the package as a Dataset of schema.org, for the heads of pages.
        rows: number of rows by table.
        issues: number of known issues by kind of doubt and kind of subject.
    """

    schemas: Path
    schema: Schema
    edition: Edition
    dataset: Mapping[str, Any]
    source_versions: Mapping[str, str]
    elsewhere: Elsewhere
    rows: Mapping[str, int]
    issues: Mapping[tuple[str, str], int]
    examples: Sequence[Sequence[Example]]
    layers: Sequence[Layer]


def file_name(language: str, form: str) -> str:
    """The name of a codebook's file."""
    return f"codebook.{language}.{form}"


def write_codebooks(
    folder: Path, schemas: Path, schema: Schema, edition: Edition, dataset: Mapping[str, Any]
) -> list[Written]:
    """Write ``codebook.<language>.<form>`` beside the tables that they describe.

    Args:
        folder: where ``<table>.parquet`` lies for each table.
        schemas: the project's ``schemas/``.
        schema: the declaration that was read from it.
        edition: the package as a whole.
        dataset: the same as a Dataset of schema.org. The codebooks are not among its files: a page cannot state the
            checksum of itself.

    Returns:
        The files.

    Raises:
        CannotDo: a text is missing in one of the languages, a warning is about nothing, or a query does not run.
    """
    frames = load_frames(schemas)
    issues = pq.read_table(folder / "known_issues.parquet", columns=["issue_type", "subject_type"])
    versions = pq.read_table(folder / "sources.parquet", columns=["source", "source_version"])
    counted = issues.group_by(["issue_type", "subject_type"]).aggregate([([], "count_all")]).to_pylist()
    made = Codebook(
        schemas,
        schema,
        edition,
        dataset,
        source_versions={row["source"]: row["source_version"] for row in versions.to_pylist()},
        elsewhere=read_as([*load_sources(schemas, "incidents")], schema),
        rows={name: pq.read_metadata(folder / f"{name}.parquet").num_rows for name in schema.tables},
        issues={(row["issue_type"], row["subject_type"]): row["count_all"] for row in counted},
        examples=find_examples(folder, schema, load_cases(schemas)),
        layers=load_layers(schemas, schema.tables),
    )
    written = []
    for language, frame in frames.items():
        for form, write in FORMS.items():
            path, content = folder / file_name(language, form), document(made, frame, form)
            path.write_text(write(content), encoding="utf-8")
            written.append(Written(path, content.title, language, MEDIA_TYPES[form]))
    return written


def document(made: Codebook, frame: Frame, form: str) -> Document:
    """The codebook in one language.

    Args:
        made: what it is made from.
        frame: the texts of the language.
        form: ``html`` or ``md``: in which of them the links to the other files lie.
    """
    schema, warnings, found = made.schema, Warnings(made.schema, frame), joins(made.schema)
    lists = [one for name, one in schema.codelists.items() if name not in (NAMES, CODELIST)]
    sections = (
        Section("scope", _title(frame, "scope"), (Listing(_all(frame, "scope")),)),
        Section("reading", _title(frame, "reading"), (Listing(_all(frame, "reading")), _text(frame, "reading_fields"))),
        Section("joins", _title(frame, "joins"), tuple(_joins(made, frame, found, form))),
        _tolls(made, frame),
        _limits(made, frame, warnings),
        Section("removal", _title(frame, "removal"), (Listing(tuple(_removal(made.edition.about.home, frame))),)),
        _elsewhere(schema, frame),
        Section(
            "tables",
            _title(frame, "tables"),
            (),
            tuple(
                table_section(table, frame, warnings, found, made.rows[name]) for name, table in schema.tables.items()
            ),
        ),
        Section(
            "lists",
            _title(frame, "codes"),
            (_text(frame, "codes.lead"), _text(frame, "codes.publishers")),
            tuple(codelist_section(one, schema, made.elsewhere, frame) for one in lists),
        ),
        Section(
            "rules",
            _title(frame, "rules"),
            (_text(frame, "rules.lead"),),
            rule_sections(made.schemas, schema, frame),
        ),
        Section(
            "about-sources",
            _title(frame, "sources"),
            (_text(frame, "sources.lead"), source_grid(made.edition.sources, made.source_versions, frame)),
        ),
    )
    package = frame.of(made.edition.about.title)
    title = "".join(plain(inlines(frame("title"), package=package)))
    lead = tuple(_lead(made, frame, form))
    return Document(frame.language, title, frame("contents"), frame("skip"), lead, sections, made.dataset)


def _lead(made: Codebook, frame: Frame, form: str) -> Iterator[Block]:
    edition = made.edition
    about = {"version": edition.version, "date": frame.day(edition.date), "schema": made.schema.version}
    yield Paragraph(inlines(frame("version"), **about, licence=edition.licence))
    [other] = {*LANGUAGES} - {frame.language}
    [form_of_other] = FORMS.keys() - {form}
    there = inlines(frame("other_language"), file=file_name(other, form))
    beside = inlines(frame("other_form"), file=file_name(frame.language, form_of_other), form=FORM_NAMES[form_of_other])
    yield Paragraph((*there, *words(" · "), *beside))
    yield from (Paragraph(parts) for parts in _all(frame, "lead"))


def _joins(made: Codebook, frame: Frame, found: Sequence[Join], form: str) -> Iterator[Block]:
    yield _text(frame, "joins.lead")
    yield _text(frame, f"joins.reading_{form}")
    drawn = drawing(made.layers, found, frame.language, frame("joins.alt"))
    caption = words(frame(f"joins.caption_{form}"))
    yield Picture(drawn, diagram(made.schema, found), caption, frame("joins.alt"))
    lonely = alone(made.schema, found)
    if lonely:
        yield Paragraph(inlines(frame("joins.alone"), tables=joined(map(to_table, lonely))))
    rows = []
    for join in dict.fromkeys(replace(join, reference="") for join in found):
        fields = joined(to_field(join.table, name) for name in join.fields)
        targets = [one.reference for one in found if replace(one, reference="") == join]
        to_itself = words(f" ({frame('joins.itself')})") if join.table in targets else ()
        kind = inlines(frame("joins.by_type"), field=Code(join.by)) if join.by else words(frame("joins.foreign_key"))
        rows.append(Row((fields, (*joined(map(to_table, targets)), *to_itself), kind)))
    head = tuple(words(frame(f"joins.{name}")) for name in ("field", "refers_to", "kind"))
    yield Grid(words(frame("joins.listed")), head, tuple(rows))


def _tolls(made: Codebook, frame: Frame) -> Section:
    cases = tuple(example_section(found, frame, made.schema) for found in made.examples)
    lead = _text(frame, "examples.lead" if cases else "examples.none")
    examples = Section("examples", _title(frame, "examples"), (lead,), cases)
    steps = Listing(_all(frame, "tolls"), is_ordered=True)
    return Section("deciding", _title(frame, "tolls"), (steps, _text(frame, "tolls_named")), (examples,))


def _limits(made: Codebook, frame: Frame, warnings: Warnings) -> Section:
    head = tuple(words(frame(f"warnings.{name}")) for name in ("code", "meaning", "where"))
    entries = tuple(
        Entry(
            anchor=f"list.{CODELIST}.{row['code']}",
            name=row["code"],
            title=row[f"label_{frame.language}"],
            body=words(row[f"definition_{frame.language}"]),
            facts=(
                (
                    words(frame("warnings.applies")),
                    joined(Link((Code(name),), f"#{place}") for name, place in warnings.named(row["code"])),
                ),
            ),
        )
        for row in made.schema.codelists[CODELIST].rows
    )
    listed = Entries(_title(frame, "warnings"), (head[0], head[1], head[2]), words(frame("warnings.label")), entries)
    return Section(
        "limits",
        _title(frame, "limits"),
        (),
        (
            Section("warnings", _title(frame, "warnings"), (_text(frame, "warnings.lead"), listed)),
            Section("doubts", _title(frame, "issues"), tuple(_issues(made, frame))),
        ),
    )


def _removal(home: Home, frame: Frame) -> Iterator[Inlines]:
    """What becomes of a row that is wrong or does harm, and where to say so, as far as there is such an address."""
    yield from _all(frame, "removal")
    for name, start in (("repository", ""), ("contact", "mailto:"), ("packages", "")):
        address = getattr(home, name)
        if address:
            yield inlines(frame(f"home.{name}"), address=Link(words(address), start + address))


def _issues(made: Codebook, frame: Frame) -> Iterator[Block]:
    """How many doubts of each kind there are about each kind of subject."""
    yield Paragraph(inlines(frame("issues.lead"), count=str(sum(made.issues.values()))))
    kinds, subjects = (made.schema.codelists[name] for name in ("issue_type", "issue_subject"))
    label = f"label_{frame.language}"
    head = (
        words(frame("sections.issues")),
        *(words(row[label]) for row in subjects.rows),
        words(frame("issues.total")),
    )
    rows = []
    for row in kinds.rows:
        counts = [made.issues.get((row["code"], subject), 0) for subject in subjects.codes]
        rows.append(
            Row((words(row[label]), *(words(str(count) if count else "–") for count in (*counts, sum(counts)))))
        )
    yield Grid(words(frame("issues.caption")), head, tuple(rows))


def _elsewhere(schema: Schema, frame: Frame) -> Section:
    notes = Listing(_all(frame, "elsewhere.notes"))
    grid = equivalents_grid(schema.tables["incidents"], frame)
    return Section("elsewhere", _title(frame, "elsewhere"), (_text(frame, "elsewhere.lead"), notes, grid))


def _title(frame: Frame, key: str) -> Inlines:
    return words(frame(f"sections.{key}"))


def _text(frame: Frame, key: str) -> Paragraph:
    return Paragraph(inlines(frame(key)))


def _all(frame: Frame, key: str) -> tuple[Inlines, ...]:
    return tuple(inlines(text) for text in frame.all(key))
