"""One edition of the package as a whole: what it is, its version and day, its sources, what it spans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from pipeline.config import THIS_RELEASE
from pipeline.geoparquet import box
from pipeline.problems import CannotDo
from pipeline.schema.declaration import LANGUAGES, Text
from pipeline.sources.declaration import Source


@dataclass(frozen=True)
class About:
    """``schemas/about.yaml``: what every edition says of itself.

    Attributes:
        region: the name of the area that the incidents lie in.
        licence: its SPDX identifier (``name``), its ``title`` and its address (``path``).
    """

    title: Text
    description: Text
    region: Text
    keywords: tuple[str, ...]
    publisher: str
    licence: Mapping[str, str]


@dataclass(frozen=True)
class Extent:
    """What the incidents span.

    Attributes:
        first: the first day of the earliest.
        last: the last day of the latest.
        box: west, south, east, north of their points in degrees, or None where none has coordinates.
        countries: ISO 3166-1 alpha-3 codes, sorted.
    """

    first: dt.date
    last: dt.date
    box: list[float] | None
    countries: tuple[str, ...]


@dataclass(frozen=True)
class Edition:
    """All that the descriptions of one package share.

    Attributes:
        sources: the sources of the package, those of incidents first.
        versions: the version of each source as it was read, by its name.
    """

    about: About
    version: str
    date: dt.date
    sources: Sequence[Source]
    versions: Mapping[str, str]
    extent: Extent

    @property
    def citation(self) -> str:
        """How the edition is cited."""
        what = f"{self.about.title.en}, version {self.version} [data package]"
        return f"{self.about.publisher} ({self.date.year}): {what}. Licence {self.licence}."

    @property
    def licence(self) -> str:
        """The name of the licence as people write it."""
        return self.about.licence["name"].replace("-", " ")

    def version_of(self, source: Source) -> str:
        """The version of a source; our own records carry that of the release."""
        read = self.versions[source.source]
        return self.version if read == THIS_RELEASE else read


def load_about(schemas: Path) -> About:
    """Read ``schemas/about.yaml``.

    Raises:
        CannotDo: it is missing, or a key is missing or unknown.
    """
    path = schemas / "about.yaml"
    try:
        raw: Any = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
        texts = {
            key: Text(*(raw[key][language] for language in LANGUAGES)) for key in ("title", "description", "region")
        }
        licence = {key: raw["licence"][key] for key in ("name", "title", "path")}
        about = About(**texts, keywords=tuple(raw["keywords"]), publisher=raw["publisher"], licence=licence)
        unknown = raw.keys() - vars(about).keys()
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise CannotDo(f"schemas/about.yaml: is missing, is no YAML or lacks a key: {error!r}") from error
    if unknown:
        raise CannotDo(f"schemas/about.yaml: does not know the key {', '.join(sorted(unknown))}")
    return about


def extent(incidents: pa.Table) -> Extent:
    """What the rows of the table `incidents` span in time and space.

    Raises:
        CannotDo: there is no incident.
    """
    if not incidents.num_rows:
        raise CannotDo("there is no incident to be packaged")
    return Extent(
        first=pc.min(incidents["date_start"]).as_py(),
        last=pc.max(incidents["date_end"]).as_py(),
        box=box(incidents),
        countries=tuple(sorted(pc.unique(incidents["country_iso3"]).to_pylist())),
    )
