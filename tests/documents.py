"""The fenced blocks of the documents, so that tests run what people paste."""

from __future__ import annotations

import re
from pathlib import Path

FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def fenced(path: Path, language: str, heading: str | None = None) -> list[str]:
    """The blocks of a language in a document, or in the part of it under one heading."""
    text = path.read_text(encoding="utf-8")
    if heading is not None:
        text = _under(text, heading)
    return [body for kind, body in FENCE.findall(text) if kind == language]


def _under(text: str, heading: str) -> str:
    """What stands between a heading and the next one; a line of a block that looks like one is none."""
    blocks = [match.span() for match in FENCE.finditer(text)]
    found = [at for at in HEADING.finditer(text) if not any(start < at.start() < end for start, end in blocks)]
    [number] = [number for number, at in enumerate(found) if at[1] == heading]
    end = found[number + 1].start() if number + 1 < len(found) else len(text)
    return text[found[number].end() : end]
