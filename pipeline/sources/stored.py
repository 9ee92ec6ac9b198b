"""Files of sources that are not our own, as they were added: where they lie, and the record that goes with each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from pipeline.addresses import without_credentials
from pipeline.config import Project
from pipeline.problems import CannotDo
from pipeline.sources.declaration import Source

SUFFIX = ".source.yaml"


@dataclass(frozen=True)
class StoredFile:
    """What is known of a file of a source: ``<file>.source.yaml`` beside it.

    Attributes:
        file: its name.
        layout: the layout that it was recognised by.
        url: where it was downloaded, or None for a file that was handed over; an account and keys are left out of it.
        accessed_date: the day it was obtained.
        row_count: its rows, as they were counted when it was added.
        areas: the countries of the region (ISO 3166-1 alpha-3) in which it leaves nothing out; none where that is not
            known, and then it has no coverage.
        areas_from: how that is known: ``said`` when it was added, ``one_country`` (it holds rows of no other),
            ``whole`` (it holds as many countries as its source's declaration asks for), else ``not_known``.
        covers_from, covers_to: the first and last day that it covers there, where its version does not tell them.
    """

    source: str
    source_version: str
    file: str
    layout: str
    publisher: str
    citation: str
    licence: str
    url: str | None
    accessed_date: dt.date
    sha256: str
    row_count: int | None = None
    areas: tuple[str, ...] = ()
    areas_from: str = "not_known"
    covers_from: dt.date | None = None
    covers_to: dt.date | None = None

    def __post_init__(self) -> None:
        """Records are committed and published: no account and no key stays in an address, whoever wrote it there."""
        if self.url is not None:
            object.__setattr__(self, "url", without_credentials(self.url)[0])

    def write(self, folder: Path) -> Path:
        """Write the record beside the file."""
        path = folder / (self.file + SUFFIX)
        text = yaml.safe_dump(asdict(self), sort_keys=False, allow_unicode=True, width=1000)
        path.write_text(text, encoding="utf-8")
        return path


def folder_of(project: Project, source: Source) -> Path:
    """Where the files of a source lie: one that a release may not hold has its own below ``data/local/``."""
    if source.form is not None:
        return project.curated
    return project.external(source.source) if source.redistributable else project.licensed(source.source)


def stored_files(folder: Path) -> list[StoredFile]:
    """The records of a source's files, the oldest version first.

    Raises:
        CannotDo: a record is not readable, or lacks a key.
    """
    found = [_read(path) for path in sorted(folder.glob("*" + SUFFIX))]
    return sorted(found, key=lambda stored: (version_order(stored.source_version), stored.file))


def overlapping(files: Sequence[StoredFile]) -> set[str]:
    """Versions that are there twice; two files of one version may stand side by side if they cover other countries.

    A publisher may give one version out country by country.
    """
    versions: dict[str, list[StoredFile]] = {}
    for file in files:
        versions.setdefault(file.source_version, []).append(file)
    return {
        version
        for version, held in versions.items()
        if len(held) > 1
        and (
            not all(file.areas for file in held)
            or len({area for file in held for area in file.areas}) < sum(len(file.areas) for file in held)
        )
    }


def version_order(version: str) -> list[tuple[int, int, str]]:
    """A key by which versions sort: 26.0.2 before 26.0.10, both before 26.01.26.03.

    >>> sorted(["26.01.26.03", "26.0.10", "26.0.2"], key=version_order)
    ['26.0.2', '26.0.10', '26.01.26.03']
    """
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"[.\-_ ]", version)]


def _read(path: Path) -> StoredFile:
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return StoredFile(**raw | {"areas": tuple(raw.get("areas", ()))})
    except (OSError, yaml.YAMLError, AttributeError, TypeError, UnicodeDecodeError) as error:
        wanted = ", ".join(field.name for field in fields(StoredFile))
        raise CannotDo(f"{path.name}: is no record of a source's file: {error}; its keys are {wanted}") from error
