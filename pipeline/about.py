"""What the package says of itself as a whole, whatever is in it: title, licence, publisher, sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.config import SEMANTIC_VERSION, Params, Project
from pipeline.problems import CannotDo
from pipeline.schema.texts import LANGUAGES, Text
from pipeline.sources.declaration import Source, load_source, load_sources

ADDRESS = re.compile(r"https?://[^\s/<>\"()]+(?:/[^\s/<>\"()]+)*")
"""An address on the web, without a slash at its end."""
EMAIL = re.compile(r"[^\s@<>:/\"]+@[^\s@<>:/\"]+\.[^\s@<>:/\"]+")


@dataclass(frozen=True)
class Home:
    """Where the project lives; an address that there is not is None, and is said nowhere.

    Attributes:
        repository: of the source code and the issues.
        packages: under which the store is served.
        contact: e-mail of the maintainers.
    """

    repository: str | None
    packages: str | None
    contact: str | None

    def edition(self, version: str) -> str | None:
        """The address at which the files of a version lie, with a slash at its end; of a published number alone."""
        return f"{self.packages}/{version}/" if self.packages and SEMANTIC_VERSION.match(version) else None


@dataclass(frozen=True)
class About:
    """``schemas/about.yaml``: what every edition says of itself.

    Attributes:
        region: the name of the area that the incidents lie in.
        licence: its SPDX identifier (``name``), its ``title`` and its address (``path``).
        home: where the project lives.
    """

    title: Text
    description: Text
    region: Text
    keywords: tuple[str, ...]
    publisher: str
    licence: Mapping[str, str]
    home: Home


def load_about(schemas: Path) -> About:
    """Read ``schemas/about.yaml``.

    Raises:
        CannotDo: it is missing, a key is missing or unknown, or an address is none.
    """
    path = schemas / "about.yaml"
    try:
        raw: Any = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        texts = {
            key: Text(*(raw[key][language] for language in LANGUAGES)) for key in ("title", "description", "region")
        }
        licence = {key: raw["licence"][key] for key in ("name", "title", "path")}
        home = Home(**{key: raw["home"][key] for key in ("repository", "packages", "contact")})
        about = About(**texts, keywords=tuple(raw["keywords"]), publisher=raw["publisher"], licence=licence, home=home)
        unknown = (raw.keys() - vars(about).keys()) | (raw["home"].keys() - vars(home).keys())
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise CannotDo(f"schemas/about.yaml: is missing, is no YAML or lacks a key: {error!r}") from error
    if unknown:
        raise CannotDo(f"schemas/about.yaml: does not know the key {', '.join(sorted(unknown))}")
    for key, form, what in (
        ("repository", ADDRESS, "an address on the web (https://…) without a slash at its end"),
        ("packages", ADDRESS, "an address on the web (https://…) without a slash at its end"),
        ("contact", EMAIL, "an e-mail address"),
    ):
        value = getattr(home, key)
        if value is not None and not (isinstance(value, str) and form.fullmatch(value)):
            raise CannotDo(f"schemas/about.yaml: home.{key}: is {value!r}; right would be {what}, or null")
    return about


def properties(about: About, sources: Sequence[Source], versions: Mapping[str, str]) -> dict[str, Any]:
    """The properties of ``datapackage.json`` that hold for all of its files and not for the build alone.

    Args:
        about: the declaration.
        sources: of the package.
        versions: of the sources, where they are to be said.
    """
    home = {"homepage": about.home.repository} if about.home.repository else {}
    reached = {"email": about.home.contact} if about.home.contact else {}
    return {
        "title": about.title.en,
        "title_fr": about.title.fr,
        "description": about.description.en,
        "description_fr": about.description.fr,
        **home,
        "keywords": list(about.keywords),
        "licenses": [dict(about.licence)],
        "contributors": [{"title": about.publisher, **reached, "roles": ["creator", "publisher"]}],
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
