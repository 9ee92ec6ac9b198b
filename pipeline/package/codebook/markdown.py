"""A document as Markdown, as GitHub and Pandoc read it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.package.codebook.document import (
    Block,
    Code,
    Document,
    Entries,
    Entry,
    Facts,
    Grid,
    Inline,
    Inlines,
    Link,
    Listing,
    Notes,
    Paragraph,
    Picture,
    Section,
    Strong,
    Words,
)

SPECIAL = re.compile(r"([\\`*_\[\]<>|#~$&])")


def markdown(document: Document) -> str:
    """Write the whole document; of a picture, the diagram."""
    colon = "\u00a0:" if document.language == "fr" else ":"
    parts = [f"# {_escaped(document.title)}"]
    parts += [part for block in document.lead for part in _block(block, colon)]
    parts.append(f"## {_escaped(document.contents)}")
    parts.append("\n".join(_contents(document.sections, 0)))
    parts += [part for section in document.sections for part in _section(section, 2, colon)]
    return "\n\n".join(parts) + "\n"


def _contents(sections: tuple[Section, ...], depth: int) -> Iterator[str]:
    for section in sections:
        yield f"{'  ' * depth}- [{_inline(section.title)}](#{section.anchor})"
        yield from _contents(section.sections, depth + 1)


def _section(section: Section, level: int, colon: str) -> Iterator[str]:
    yield f'<a id="{_attribute(section.anchor)}"></a>'
    yield f"{'#' * level} {_inline(section.title)}"
    for block in section.blocks:
        yield from _block(block, colon)
    for inner in section.sections:
        yield from _section(inner, level + 1, colon)


def _block(block: Block, colon: str) -> Iterator[str]:
    match block:
        case Paragraph():
            yield _inline(block.parts)
        case Listing():
            marks = (f"{number}. " if block.is_ordered else "- " for number in range(1, len(block.items) + 1))
            yield "\n".join(mark + _inline(item) for mark, item in zip(marks, block.items, strict=True))
        case Grid():
            yield f"*{_inline(block.caption)}*"
            yield "\n".join(_grid(block))
        case Entries():
            for entry in block.entries:
                yield from _entry(entry, block.notes_label, colon)
        case Facts():
            yield _facts(block.pairs, colon)
        case Notes():
            yield _notes(block.label, block.notes, colon)
        case Picture():
            yield _fenced(block.diagram, "mermaid")
            yield f"*{_inline(block.caption)}*"


def _grid(grid: Grid) -> Iterator[str]:
    yield _cells([_inline(cell) for cell in grid.head])
    yield "|---" * len(grid.head) + "|"
    for row in grid.rows:
        first, *others = [_inline(cell) for cell in row.cells]
        anchor = f'<a id="{_attribute(row.anchor)}"></a>' if row.anchor else ""
        yield _cells([anchor + first, *others])


def _cells(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _entry(entry: Entry, notes_label: Inlines, colon: str) -> Iterator[str]:
    title = f" – {_escaped(entry.title)}" if entry.title else ""
    yield f'<a id="{_attribute(entry.anchor)}"></a>**{_code(entry.name)}**{title}'
    yield _inline(entry.body)
    if entry.notes:
        yield _notes(notes_label, entry.notes, colon)
    if entry.facts:
        yield _facts(entry.facts, colon)
    if entry.folded:
        yield f"<details><summary>{_escaped(entry.folded.label)}</summary>"
        yield _fenced(entry.folded.lines, entry.folded.language)
        yield "</details>"


def _fenced(lines: str, language: str) -> str:
    """Lines as they stand; nothing in them can end the fence."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", lines)), default=0))
    return f"{fence}{language}\n{lines}\n{fence}"


def _facts(pairs: tuple[tuple[Inlines, Inlines], ...], colon: str) -> str:
    return "\n".join(f"- {_inline(label)}{colon} {_inline(value)}" for label, value in pairs)


def _notes(label: Inlines, notes: tuple[Inlines, ...], colon: str) -> str:
    return f"⚠ {_inline(label)}{colon} {', '.join(_inline(note) for note in notes)}"


def _inline(parts: tuple[Inline, ...]) -> str:
    return "".join(_one(part) for part in parts)


def _one(part: Inline) -> str:
    match part:
        case Words():
            return _escaped(part.words)
        case Code():
            return _code(part.words)
        case Strong():
            return f"**{_inline(part.parts)}**"
        case Link():
            return f"[{_inline(part.parts)}]({part.target})"


def _escaped(text: str) -> str:
    """Words of which no character is markup, on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split("\n")))


def _code(text: str) -> str:
    """A span of code; a bar would end the cell of a table, a grave accent the span."""
    inside = " ".join(text.split("\n")).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", inside)), default=0) + 1)
    blank = " " if "`" in inside else ""
    return f"{fence}{blank}{inside}{blank}{fence}"


def _attribute(text: str) -> str:
    return re.sub(r"[^\w.-]", "-", text)
