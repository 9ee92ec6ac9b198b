"""What ``params.yaml`` says of a source that is added: that it is on, and between which bounds its rows may number.

The text is changed line by line, so that remarks and order stay. Of licensed sources ``data/local/sources.yaml`` tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from pipeline.config import Bounds, Project, local_sources
from pipeline.problems import CannotDo
from pipeline.sources.declaration import Source
from pipeline.sources.stored import StoredFile, folder_of

FEWEST, MOST = 80, 200
"""Percent of the rows that the files of a source have: with fewer the build stops, with more it warns."""


def bounds_of(files: Sequence[StoredFile]) -> Bounds | None:
    """The bounds of a source with these files; None where the rows of one were never counted."""
    counts = [file.row_count for file in files if file.row_count is not None]
    if not files or len(counts) < len(files):
        return None
    return Bounds(sum(counts) * FEWEST // 100, sum(counts) * MOST // 100)


def turn(project: Project, source: Source, files: Sequence[StoredFile]) -> None:
    """Turn a source on with the bounds of its files, or off where it has none.

    Raises:
        CannotDo: ``params.yaml`` is not written as blocks, so that no line can be added.
    """
    bounds = bounds_of(files)
    if not source.redistributable:
        _turn_local(project, source.source, bounds, on=bool(files))
        return
    path = project.root / "params.yaml"
    text = without_bounds(without_source(path.read_text(encoding="utf-8"), source.source), source.source)
    if files:
        text = with_source(text, source.source, project.relative(folder_of(project, source)))
    if bounds:
        text = with_bounds(text, source.source, bounds)
    path.write_text(text, encoding="utf-8")


def with_source(text: str, name: str, folder: str) -> str:
    """``params.yaml`` with a source turned on: a line below the others, everything else as it stood."""
    return _with_line(text, "sources:", f"  {name}: {folder}\n")


def without_source(text: str, name: str) -> str:
    """``params.yaml`` with a source turned off: its line is gone, everything else as it stood."""
    return re.sub(rf"^  {re.escape(name)}: data/\S*\s*?(#.*)?\n", "", text, flags=re.MULTILINE)


def with_bounds(text: str, name: str, bounds: Bounds) -> str:
    """``params.yaml`` with bounds for the rows of a source: a line below the others, everything else as it stood."""
    return _with_line(text, "  rows:", f"    {name}: {{minimum: {bounds.minimum}, maximum: {bounds.maximum}}}\n")


def without_bounds(text: str, name: str) -> str:
    """``params.yaml`` without bounds for the rows of a source; everything else as it stood."""
    return re.sub(rf"^    {re.escape(name)}: \{{[^}}\n]*\}}\s*?(#.*)?\n", "", text, flags=re.MULTILINE)


def _with_line(text: str, key: str, line: str) -> str:
    """A line below those of a block."""
    lines = text.splitlines(keepends=True)
    at = next((i for i, found in enumerate(lines) if re.match(rf"{key}\s*(#.*)?$", found)), None)
    if at is None:
        raise CannotDo(f"params.yaml: has no line '{key.strip()}' with a block below it; write it so, and add again")
    indent = len(key) - len(key.lstrip())
    end = at + 1
    while end < len(lines) and re.match(rf"\s{{{indent + 1},}}\S", lines[end]):
        end += 1
    return "".join([*lines[:end], line, *lines[end:]])


def _turn_local(project: Project, name: str, bounds: Bounds | None, *, on: bool) -> None:
    """Write ``data/local/sources.yaml``; what else stands there, stays."""
    path = project.local_sources
    others = [known for known in local_sources(project) if known != name]
    held: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    held["sources"] = sorted([*others, name] if on else others)
    limits = held.pop("limits", {})
    rows = {known: found for known, found in limits.pop("rows", {}).items() if known != name}
    if bounds:
        rows[name] = {"minimum": bounds.minimum, "maximum": bounds.maximum}
    limits |= {"rows": rows} if rows else {}
    held |= {"limits": limits} if limits else {}
    path.write_text(yaml.safe_dump(held, sort_keys=False), encoding="utf-8")
