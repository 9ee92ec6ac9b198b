"""One edition of the package as a whole: what it is, its version and day, its sources, what it spans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.about import About
from pipeline.geoparquet import box
from pipeline.problems import CannotDo
from pipeline.sources.declaration import Source


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
        versions: the version of each source by its name; our own records carry that of the release.
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
    def address(self) -> str | None:
        """Where its files lie, with a slash at the end; None where no such address is declared."""
        return self.about.home.edition(self.version)

    @property
    def licence(self) -> str:
        """The name of the licence as people write it."""
        return self.about.licence["name"].replace("-", " ")


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
