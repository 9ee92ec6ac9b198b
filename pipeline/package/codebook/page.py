"""A document as one HTML page that needs nothing beside it.

The page is built as a tree and serialised, so that no text of a package or a declaration can become markup.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from xml.etree.ElementTree import Element, SubElement, tostring

from pipeline.json_script import LD_JSON, for_script
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
    plain,
)


def page(document: Document) -> str:
    """Write the whole page: nothing that runs, one style, headings in order, every anchor of the document as an id.

    Its policy lets the browser load and run nothing but that style. `frame-ancestors` has no effect in a page; the
    server has to send it.
    """
    html = Element("html", {"lang": document.language})
    head = SubElement(html, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    style = _style()
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": policy(style)})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"})
    SubElement(head, "meta", {"name": "color-scheme", "content": "light dark"})
    _add(head, "title", (Words(document.title),))
    SubElement(head, "style").text = style
    if document.dataset:
        SubElement(head, "script", {"type": LD_JSON}).text = for_script(document.dataset)
    body = SubElement(html, "body")
    _add(body, "a", (Words(document.skip),), {"href": "#text", "class": "skip"})
    contents = SubElement(body, "nav", {"aria-label": document.contents})
    folded = SubElement(contents, "details", {"open": "open"})
    _add(folded, "summary", (Words(document.contents),))
    _contents(folded, document.sections)
    main = SubElement(body, "main", {"id": "text"})
    _add(main, "h1", (Words(document.title),))
    for block in document.lead:
        _block(main, block)
    for section in document.sections:
        _section(main, section, 2)
    return "<!DOCTYPE html>\n" + tostring(html, encoding="unicode", method="html") + "\n"


def policy(style: str) -> str:
    """The Content-Security-Policy of a page with one style sheet, which is known by its SHA-256."""
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{known}'; base-uri 'none'; form-action 'none'"


def _style() -> str:
    """The style sheet, which may hold nothing that ends the element in which it stands."""
    text = (files("pipeline.package.codebook") / "style.css").read_text(encoding="utf-8")
    assert "<" not in text
    return text


def _contents(parent: Element, sections: tuple[Section, ...]) -> None:
    listing = SubElement(parent, "ul")
    for section in sections:
        item = SubElement(listing, "li")
        _add(item, "a", section.title, {"href": f"#{section.anchor}"})
        if section.sections:
            _contents(item, section.sections)


def _section(parent: Element, section: Section, level: int) -> None:
    made = SubElement(parent, "section", {"id": section.anchor, "aria-labelledby": f"{section.anchor}-title"})
    heading = _add(made, f"h{level}", section.title, {"id": f"{section.anchor}-title"})
    _anchor(heading, section.anchor)
    for block in section.blocks:
        _block(made, block)
    for inner in section.sections:
        _section(made, inner, level + 1)


def _block(parent: Element, block: Block) -> None:
    match block:
        case Paragraph():
            _add(parent, "p", block.parts)
        case Listing():
            listing = SubElement(parent, "ol" if block.is_ordered else "ul")
            for item in block.items:
                _add(listing, "li", item)
        case Grid():
            _grid(parent, block)
        case Entries():
            _entries(parent, block)
        case Facts():
            _facts(parent, block.pairs)
        case Notes():
            _notes(parent, block.label, block.notes)
        case Picture():
            figure = SubElement(parent, "figure", {"class": "wide"})
            figure.append(block.drawing)
            _add(figure, "figcaption", block.caption)


def _table(parent: Element, caption: Inlines, head: tuple[Inlines, ...], kind: str) -> tuple[Element, Element]:
    """A table with its caption and head, in a box that scrolls where the page is narrow; returns box and body."""
    box = SubElement(parent, "div", {"class": "wide"})
    table = SubElement(box, "table", {"class": kind})
    _add(table, "caption", caption)
    row = SubElement(SubElement(table, "thead"), "tr")
    for cell in head:
        _add(row, "th", cell, {"scope": "col"})
    return box, SubElement(table, "tbody")


def _grid(parent: Element, grid: Grid) -> None:
    box, body = _table(parent, grid.caption, grid.head, "grid")
    for row in grid.rows:
        first, *others = row.cells
        made = SubElement(body, "tr", {"id": row.anchor} if row.anchor else {})
        name = _add(made, "th", first, {"scope": "row"})
        if row.anchor:
            _anchor(name, row.anchor)
        for cell in others:
            _add(made, "td", cell)
    if box.find(".//a") is None:  # without a link in it, the keyboard would not reach what is out of sight
        box.attrib |= {"tabindex": "0", "role": "group", "aria-label": "".join(plain(grid.caption))}


def _entries(parent: Element, entries: Entries) -> None:
    _, body = _table(parent, entries.caption, entries.head, "entries")
    for entry in entries.entries:
        _entry(SubElement(body, "tr", {"id": entry.anchor}), entry, entries.notes_label)


def _entry(row: Element, entry: Entry, notes_label: Inlines) -> None:
    name = SubElement(row, "th", {"scope": "row"})
    _add(name, "code", (Words(entry.name),))
    _anchor(name, entry.anchor)
    if entry.title:
        _add(name, "span", (Words(entry.title),), {"class": "title"})
    meaning = SubElement(row, "td")
    _add(meaning, "p", entry.body)
    if entry.notes:
        _notes(meaning, notes_label, entry.notes)
    others = SubElement(row, "td")
    if entry.facts:
        _facts(others, entry.facts)
    if entry.folded:
        folded = SubElement(others, "details")
        _add(folded, "summary", (Words(entry.folded.label),))
        _add(SubElement(folded, "pre"), "code", (Words(entry.folded.lines),))


def _facts(parent: Element, pairs: tuple[tuple[Inlines, Inlines], ...]) -> None:
    listing = SubElement(parent, "dl")
    for label, value in pairs:
        pair = SubElement(listing, "div")
        _add(pair, "dt", label)
        _add(pair, "dd", value)


def _notes(parent: Element, label: Inlines, notes: tuple[Inlines, ...]) -> None:
    made = SubElement(parent, "ul", {"class": "notes", "aria-label": "".join(plain(label))})
    for note in notes:
        _add(made, "li", note)


def _anchor(parent: Element, anchor: str) -> None:
    """A sign that shows the address of what it stands beside."""
    SubElement(parent, "a", {"href": f"#{anchor}", "class": "anchor", "aria-label": f"#{anchor}"}).text = "#"


def _add(parent: Element, tag: str, parts: Inlines, attributes: dict[str, str] | None = None) -> Element:
    element = SubElement(parent, tag, attributes or {})
    _fill(element, parts)
    return element


def _fill(element: Element, parts: tuple[Inline, ...]) -> None:
    last: Element | None = None
    for part in parts:
        match part:
            case Words(text, None):
                if last is None:
                    element.text = (element.text or "") + text
                else:
                    last.tail = (last.tail or "") + text
            case Words(text, language):
                last = SubElement(element, "span", {"lang": str(language)})
                last.text = text
            case Code(text):
                last = SubElement(element, "code")
                last.text = text
            case Strong(inner):
                last = SubElement(element, "strong")
                _fill(last, inner)
            case Link(inner, target):
                last = SubElement(element, "a", {"href": target})
                _fill(last, inner)
