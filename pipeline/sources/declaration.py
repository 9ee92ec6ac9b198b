"""What is declared of a source in ``schemas/sources/<source>.yaml``: who made it, under which licence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipeline.problems import CannotDo, did_you_mean

KEYS = (
    *("source", "title", "kind", "publisher", "source_version", "licence", "licence_url", "citation", "url"),
    *("accessed_date", "redistributable", "attribution", "coverage", "divisions", "form", "table", "works"),
)
"""The keys of a declaration; `form` is that of curated files alone."""


@dataclass(frozen=True)
class Source:
    """A source of incidents or of reference data.

    Attributes:
        kind: ``incidents`` or ``reference``.
        redistributable: whether its licence lets its rows into a release.
        attribution: the words its licence asks for, or None.
        coverage: what a source of incidents covers: area_code, date_start, date_end, kind.
        divisions: the last vintage of admin units that the source uses in a country (by ISO 3166-1 alpha-3 code),
            where it does not follow the division in force.
        works: the works that `citation` names, each with its `doi` and the family names of its `authors`.
        form: for curated records, the declared form of a file; else None.
        table: for a source that comes as a table, how it is read; else None.
    """

    source: str
    title_en: str
    title_fr: str
    kind: str
    publisher: str
    source_version: str
    licence: str
    licence_url: str | None
    citation: str
    url: str | None
    accessed_date: dt.date | None
    redistributable: bool
    attribution: str | None
    coverage: tuple[Mapping[str, Any], ...]
    form: Mapping[str, Any] | None
    table: Mapping[str, Any] | None = None
    divisions: Mapping[str, int] = field(default_factory=dict)
    works: tuple[Mapping[str, Any], ...] = ()


def load_source(folder: Path, name: str) -> Source:
    """Read the declaration of one source.

    Args:
        folder: the project's ``schemas/``.
        name: the source's name.

    Raises:
        CannotDo: it is not declared, or a key is missing or unknown.
    """
    path = folder / "sources" / f"{name}.yaml"
    declared = sorted(found.stem for found in path.parent.glob("*.yaml"))
    if name not in declared:
        raise CannotDo(
            f"params.yaml: sources: '{name}' is not declared in schemas/sources{did_you_mean(name, declared)}"
        )
    raw: Any = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    try:
        source = Source(
            source=raw.pop("source"),
            title_en=raw["title"]["en"],
            title_fr=raw.pop("title")["fr"],
            kind=raw.pop("kind"),
            publisher=raw.pop("publisher"),
            source_version=str(raw.pop("source_version")),
            licence=raw.pop("licence"),
            licence_url=raw.pop("licence_url"),
            citation=raw.pop("citation"),
            url=raw.pop("url"),
            accessed_date=raw.pop("accessed_date"),
            redistributable=raw.pop("redistributable"),
            attribution=raw.pop("attribution"),
            coverage=tuple(raw.pop("coverage", [])),
            form=raw.pop("form", None),
            table=raw.pop("table", None),
            divisions=raw.pop("divisions", {}),
            works=tuple(raw.pop("works", [])),
        )
    except KeyError as error:
        raise CannotDo(f"schemas/sources/{name}.yaml: has no {error}") from error
    if raw or source.source != name:
        raise CannotDo(f"schemas/sources/{name}.yaml: unknown key {', '.join(raw)} or another name than the file's")
    return source


def load_sources(folder: Path, kind: str) -> list[Source]:
    """All declared sources of a kind (``incidents`` or ``reference``), by name."""
    names = sorted(path.stem for path in (folder / "sources").glob("*.yaml"))
    return [source for source in (load_source(folder, name) for name in names) if source.kind == kind]
