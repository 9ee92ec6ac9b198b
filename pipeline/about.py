"""What the package says of itself as a whole: title, licence, publisher, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.config import TITLE, Params, Project
from pipeline.sources.declaration import Source, load_source, load_sources

DESCRIPTION = (
    "Attacks in the Sahel and its borderlands with every published claim about their tolls: who said which figure, "
    "in which report, and how the figure that may be counted was decided. A documented selection, not a count of "
    "all violence."
)
LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0 International",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}


def about(sources: Sequence[Source], versions: Mapping[str, str]) -> dict[str, Any]:
    """The properties of ``datapackage.json`` that hold for all of its files and not for the build alone.

    Args:
        sources: of the package.
        versions: of the sources, where they are to be said.
    """
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "keywords": ["Sahel", "political violence", "armed conflict", "event data", "fatalities", "claims"],
        "licenses": [LICENCE],
        "contributors": [{"title": "Sahel Attacks", "roles": ["publisher"]}],
        "sources": [_source(source, versions.get(source.source)) for source in sources],
    }


def sources_of(project: Project, params: Params) -> list[Source]:
    """The sources of the package: those of incidents that ``params.yaml`` names, then all of reference data."""
    return [load_source(project.schemas, name) for name in params.sources] + load_sources(project.schemas, "reference")


def _source(source: Source, version: str | None) -> dict[str, Any]:
    made = {
        "title": source.title_en,
        "version": version,
        "licence": source.licence,
        "citation": source.citation,
        "path": source.url or None,
    }
    return {key: value for key, value in made.items() if value is not None}
