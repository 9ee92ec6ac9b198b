"""A YAML file as nodes that know their line, read so that no file can harm: no tags, anchors or giants.

PyYAML's C loader composes the nodes; no value is constructed from YAML's own guesses, so ``no`` stays a
text and ``2025-02-30`` is judged by the declared type of its key.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from pipeline.problems import Problem

LARGEST_FILE = 10_000_000
"""Bytes. A thousand entries are about three million; anything larger is not a file that somebody reviews."""
LONGEST_LINE = 5_000
DEEPEST = 100
MARKED = re.compile(r"""(^|[\s\[{,:"'])[&*!]\S""")
NULL_TAG = "tag:yaml.org,2002:null"


def read_nodes(path: Path, shown: str) -> tuple[yaml.MappingNode | None, list[Problem]]:
    """Compose one file.

    Args:
        path: the file.
        shown: its name in messages.

    Returns:
        The node of the whole file (None when there is nothing to go on with) and the problems found.
    """
    try:
        return _compose(_decode(path)), []
    except _Unfit as unfit:
        return None, [Problem(shown, line, "", unfit.message, f"curated.{unfit.rule}") for line in unfit.lines]


class _Unfit(Exception):
    """A file that cannot be read as entries at all."""

    def __init__(self, rule: str, message: str, *lines: int) -> None:
        self.rule = rule
        self.message = message
        self.lines = lines or (0,)
        super().__init__(message)


def _decode(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            message = f"holds {size / 1e6:.0f} MB; a curated file holds a year of a country and at most 10 MB"
            raise _Unfit("file_too_large", message)
        raw = path.read_bytes()
    except OSError as error:
        raise _Unfit("file_unreadable", f"cannot be read: {error.strerror}") from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        at = raw.count(b"\n", 0, error.start) + 1
        raise _Unfit("encoding", "is not UTF-8 text: save the file with the encoding UTF-8", at) from error
    if text.startswith("\ufeff"):
        raise _Unfit("encoding", "begins with a byte order mark: save the file as UTF-8 without BOM", 1)
    if "\t" in text:
        lines = [number for number, found in enumerate(text.split("\n"), 1) if "\t" in found]
        raise _Unfit("tab", "holds a tab: indent and space with blanks only", *lines[:20])
    _refuse_traps(text)
    return text


def _refuse_traps(text: str) -> None:
    """Refuse tags, anchors and what nests without end, on which the C library runs out of stack and ends the process.

    A level of block style needs a column, one of flow style a bracket. Files with many brackets, or with what
    looks like a tag, an anchor or an alias, are looked through event by event first, which does not recurse.
    """
    for number, found in enumerate(text.split("\n"), 1):
        if len(found) > LONGEST_LINE:
            raise _Unfit("line_too_long", f"holds {len(found)} characters; a line has at most {LONGEST_LINE}", number)
    if text.count("[") + text.count("{") <= DEEPEST and not MARKED.search(text):
        return
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            at = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST:
                raise _Unfit("too_deep", f"nests deeper than {DEEPEST} levels: write one key a line", at)
            if getattr(event, "anchor", None):
                raise _Unfit("anchor", "uses an anchor (&) or alias (*): write the value out", at)
            tag = getattr(event, "tag", None)
            if tag:
                raise _Unfit("anchor", f"uses the tag {tag}: take it out", at)
    except yaml.YAMLError:
        return  # composing tells it


def _compose(text: str) -> yaml.MappingNode | None:
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        cut_off = error.problem == "found unexpected end of stream"  # then the quote that was never closed says more
        mark = (error.context_mark if cut_off else error.problem_mark) or error.problem_mark or error.context_mark
        said = error.problem or error.context or "cannot be parsed"
        raise _Unfit("yaml", f"is not valid YAML here: {said}", mark.line + 1 if mark else 0) from error
    except yaml.reader.ReaderError as error:
        at = text.count("\n", 0, error.position) + 1
        found = f"U+{ord(text[error.position]):04X}"
        raise _Unfit("yaml", f"holds the control character {found}: take it out", at) from error
    except (yaml.YAMLError, ValueError) as error:
        raise _Unfit("yaml", f"is not valid YAML: {' '.join(str(error).split())}") from error
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode):
        raise _Unfit("not_a_mapping", "holds no 'incidents:' or 'operations:' at its top", 1)
    return node


def scalar(node: yaml.Node) -> str | None:
    """The text of a scalar node; None where nothing (or ``null``) is written."""
    return None if node.tag == NULL_TAG else str(node.value)


def line(node: yaml.Node) -> int:
    """The line of a node, counted from 1."""
    return int(node.start_mark.line) + 1
