"""A document as headings, paragraphs, lists and tables, from which HTML and Markdown are both written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element


@dataclass(frozen=True)
class Words:
    """Plain words; nothing in them is markup.

    Attributes:
        language: where it is not that of the document.
    """

    words: str
    language: str | None = None


@dataclass(frozen=True)
class Code:
    """A name or a value, set in a fixed width."""

    words: str


@dataclass(frozen=True)
class Strong:
    """Words that stand out."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True)
class Link:
    """Words that lead to an anchor (``#incidents``) or to a file beside this one."""

    parts: tuple[Inline, ...]
    target: str


Inline = Words | Code | Strong | Link
Inlines = tuple[Inline, ...]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    parts: Inlines


@dataclass(frozen=True)
class Listing:
    """A list of points, numbered where their order counts."""

    items: tuple[Inlines, ...]
    is_ordered: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a grid; its first cell names it, and has an anchor where it can be cited."""

    cells: tuple[Inlines, ...]
    anchor: str | None = None


@dataclass(frozen=True)
class Grid:
    """A table with a caption and a head."""

    caption: Inlines
    head: tuple[Inlines, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Folded:
    """Lines in a fixed width that are shown when they are asked for.

    Attributes:
        label: what opens them.
        language: in which they are written (sql).
    """

    label: str
    lines: str
    language: str


@dataclass(frozen=True)
class Entry:
    """A thing that is defined: its name, its title, what it means, what is warned of, and what else is known of it.

    Attributes:
        facts: pairs of a label and what stands under it.
        folded: what can be opened under them.
    """

    anchor: str
    name: str
    title: str
    body: Inlines
    notes: tuple[Inlines, ...] = ()
    facts: tuple[tuple[Inlines, Inlines], ...] = ()
    folded: Folded | None = None


@dataclass(frozen=True)
class Entries:
    """Things of one kind that are defined one below the other.

    Attributes:
        head: what stands above the names, the definitions and the facts.
        notes_label: what stands before the warnings of an entry.
    """

    caption: Inlines
    head: tuple[Inlines, Inlines, Inlines]
    notes_label: Inlines
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Facts:
    """Pairs of a label and what stands under it."""

    pairs: tuple[tuple[Inlines, Inlines], ...]


@dataclass(frozen=True)
class Notes:
    """Warnings about the whole that a section is about."""

    label: Inlines
    notes: tuple[Inlines, ...]


@dataclass(frozen=True)
class Picture:
    """A drawing; what it shows is said in words beside it too.

    Attributes:
        diagram: the same in the language of Mermaid, which those who show Markdown draw.
        description: for who cannot see it.
    """

    drawing: Element
    diagram: str
    caption: Inlines
    description: str


Block = Paragraph | Listing | Grid | Entries | Facts | Notes | Picture


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it."""

    anchor: str
    title: Inlines
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Document:
    """A document in one language.

    Attributes:
        contents: the heading of the table of contents.
        skip: what leads past it.
        dataset: what the document describes, as statements of schema.org for machines.
    """

    language: str
    title: str
    contents: str
    skip: str
    lead: tuple[Block, ...]
    sections: tuple[Section, ...] = ()
    dataset: Mapping[str, Any] = field(default_factory=dict)


MARKUP = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|\[([^]]+)\]\(([^)]+)\)|\{(\w+)\}")


def inlines(template: str, **values: str | Inline | Inlines) -> Inlines:
    """Read a text of the declaration: `code`, **strong**, [words](target) and {placeholders}.

    Args:
        template: a text that stands in ``schemas/``.
        values: what stands for the placeholders; words among them are taken as they are, whatever they hold.

    Raises:
        KeyError: a placeholder has no value.
    """
    made: list[Inline] = []
    end = 0
    for found in MARKUP.finditer(template):
        made += words(template[end : found.start()])
        code, strong, linked, target, name = found.groups()
        if code is not None:
            made.append(Code(code))
        elif strong is not None:
            made.append(Strong(inlines(strong, **values)))
        elif linked is not None:
            filled = "".join(plain(inlines(target, **values)))
            made.append(Link(inlines(linked, **values), filled))
        else:
            value = values[name]
            made += words(value) if isinstance(value, str) else value if isinstance(value, tuple) else (value,)
        end = found.end()
    return (*made, *words(template[end:]))


def words(text: str) -> Inlines:
    """A text that is no markup."""
    return (Words(text),) if text else ()


def plain(parts: Iterable[Inline]) -> Iterator[str]:
    """The words alone."""
    for part in parts:
        if isinstance(part, Words | Code):
            yield part.words
        else:
            yield from plain(part.parts)


def joined(items: Iterable[Inline | Inlines], between: str = ", ") -> Inlines:
    """Several parts with a text between each two."""
    made: Inlines = ()
    for number, item in enumerate(items):
        made += (words(between) if number else ()) + (item if isinstance(item, tuple) else (item,))
    return made
