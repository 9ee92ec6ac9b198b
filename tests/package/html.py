"""A page as a reader of its elements sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}


@dataclass
class Node:
    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    def all(self, tag: str = "") -> list[Node]:
        """This element and those inside it, or those of one tag."""
        inside = [found for child in self.children if isinstance(child, Node) for found in child.all(tag)]
        return [self, *inside] if tag in ("", self.tag) else inside

    @property
    def text(self) -> str:
        """All words inside that a reader sees, with single blanks; no-break spaces stay."""
        if self.tag in ("script", "style"):
            return ""
        parts = [child.text if isinstance(child, Node) else child for child in self.children]
        return " ".join(word for word in "".join(parts).replace("\n", " ").split(" ") if word)


class Page(HTMLParser):
    """Builds the tree, and fails on an element that is closed out of turn or never."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self._open = [self.root]
        self.feed(text)
        self.close()
        assert [node.tag for node in self._open] == [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    @cached_property
    def by_id(self) -> dict[str, Node]:
        """The elements that have an id; one that stands twice is a mistake."""
        found = [node for node in self.root.all() if "id" in node.attributes]
        ids = [node.attributes["id"] for node in found]
        assert len(ids) == len(set(ids)), {name for name in ids if ids.count(name) > 1}
        return dict(zip(ids, found, strict=True))
