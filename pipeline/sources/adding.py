"""Adds a file to a source that is not our own: checked, stored with its record, turned on; or nothing at all."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.addresses import without_credentials
from pipeline.checksums import sha256
from pipeline.config import Project
from pipeline.download import Progress, download
from pipeline.problems import CannotDo, printable
from pipeline.schema import load_schema
from pipeline.sources.declaration import load_sources
from pipeline.sources.keeping import keep
from pipeline.sources.stored import StoredFile, folder_of, overlapping, stored_files
from pipeline.sources.tabular.countries import load_countries
from pipeline.sources.tabular.declaration import check_fields, load_table_source
from pipeline.sources.tabular.declared import TableSource
from pipeline.sources.tabular.files import Opened, open_table

VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,40}")
DIGEST = re.compile(r"[0-9A-Fa-f]{64}")
PLAIN_NAME = re.compile(r"[^A-Za-z0-9._-]+")
WEB = ("http://", "https://")


@dataclass(frozen=True)
class Given:
    """What is said of a file that is to be added.

    Attributes:
        file: a file, or an address to download it from.
        version: the version that its publisher gives it.
        areas: the countries of the region that the file covers as a whole, or ``none``; empty: as its rows tell.
        digest: the SHA-256 that the file is to have, in hexadecimal digits; None: any.
        first: the first day that it covers there, for a source whose versions do not tell it.
        last: the last day.
        replaces_rows: its rows take the place of those with the same ids in files of other versions.
    """

    file: str
    version: str
    areas: Sequence[str] = ()
    digest: str | None = None
    replaces_rows: bool = False
    first: dt.date | None = None
    last: dt.date | None = None

    @property
    def is_web(self) -> bool:
        """Whether it is an address."""
        return self.file.lower().startswith(WEB)


@dataclass(frozen=True)
class Added:
    """What `add` did: the record of the file, and what is to be told beside it."""

    stored: StoredFile
    notes: tuple[str, ...]


def add(project: Project, name: str, given: Given, today: dt.date, progress: Progress | None = None) -> Added:
    """Add a file to a source and turn the source on, with bounds for the number of its rows.

    A file that may be redistributed is tracked with DVC under ``data/raw/external/<name>/``; one that may not lies
    under ``data/local/raw/<name>/``, which git and DVC ignore, and only a local build reads it. A file of the same
    name and version is replaced once the new one is checked.

    Args:
        project: the checkout.
        name: a source that is declared as a table.
        given: the file, and what is said of it.
        today: the date of access.
        progress: told how far a download is.

    Raises:
        NotWell: the file has no layout of the source, its rows cannot be told apart, or it is cut.
        CannotDo: the source is not declared, another file has this version, the file cannot be had, is another than
            its SHA-256 says, has ids that mean other rows already, or it is not known what it covers. In every case
            all is as it was.
    """
    # Ibis takes over a second to import
    from pipeline.sources.tabular.extent import Said, check_said, check_time, extent_of, notes, survey

    declared = load_table_source(project.schemas, name)
    schema = load_schema(project.schemas)
    check_fields(declared, schema)
    if not VERSION.fullmatch(given.version):
        raise CannotDo(f"the version '{given.version}' is to be letters, digits, points and hyphens, like 26.0.2")
    check_said(Said(given.areas, given.first, given.last), given.version, declared)
    folder = folder_of(project, declared.source)
    with tempfile.TemporaryDirectory(prefix="sahel.") as made:
        scratch = Path(made)
        got, is_known_whole = _got(given, scratch, progress)
        _check_digest(got, given.digest)
        opened = open_table(got, got.name, scratch)
        found = survey(opened, declared, load_countries(project.schemas, schema, declared), scratch)
        check_time(found, given.version, declared, got.name)
        extent = extent_of(found, given.areas, given.version, declared, schema, got.name)
        stored = StoredFile(
            source=name,
            source_version=given.version,
            file=_file_name(given),
            layout=found.layout,
            publisher=declared.source.publisher,
            citation=declared.source.citation,
            licence=declared.source.licence,
            url=given.file if given.is_web else None,
            accessed_date=today,
            sha256=opened.sha256,
            row_count=found.row_count,
            areas=extent.areas,
            areas_from=extent.areas_from,
            covers_from=given.first,
            covers_to=given.last,
        )
        held = stored_files(folder)
        stored, replaced = _placed(stored, held, folder)
        others = [file for file in held if file is not replaced]
        if overlapping([*others, stored]):
            more = " for some of these countries" if extent.areas else ""
            raise CannotDo(
                f"version {given.version} of '{name}' is there already{more}, in a file of another name: give the file "
                f"that name to replace it, or: sahel source remove {name} --version {given.version}. Nothing was added"
            )
        told = list(_shared(declared, opened, stored, others, folder, scratch, given.replaces_rows))
        keep(project, declared.source, stored, got, scratch)
    return Added(
        stored,
        (
            *_left_out(given),
            *([] if is_known_whole or given.digest else [_may_be_cut(stored)]),
            *([_replaced(replaced)] if replaced else []),
            *told,
            *notes(found, extent, given.version, declared, stored.file, is_said=given.first is not None),
            *_revised(project, stored),
        ),
    )


def _placed(stored: StoredFile, held: Sequence[StoredFile], folder: Path) -> tuple[StoredFile, StoredFile | None]:
    """The record under a name that is free, or is that of the file which it replaces, and the record of that one."""
    stem, dot, suffix = stored.file.partition(".")
    named = {file.file: file for file in held}
    version, areas = stored.source_version, "-".join(stored.areas)
    for more in ("", f"-{version}", f"-{version}-{areas}"):
        candidate = replace(stored, file=f"{stem}{more}{dot}{suffix}")
        there = named.get(candidate.file)
        if there is None and not (folder / candidate.file).exists():
            return candidate, None
        if there is not None and there.source_version == version and overlapping([there, candidate]):
            return candidate, there
    raise CannotDo(f"{folder.name}/{stored.file}: is there already: give the file another name. Nothing was added")


def _shared(
    declared: TableSource,
    opened: Opened,
    stored: StoredFile,
    others: Sequence[StoredFile],
    folder: Path,
    scratch: Path,
    replaces_rows: bool,
) -> Iterator[str]:
    """What is told of ids that stand in other files of the source too.

    Raises:
        CannotDo: nobody says that they mean the same events.
    """
    from pipeline.sources.tabular.ids import shared_ids
    from pipeline.sources.tabular.superseded import in_order

    for other, count in shared_ids(declared, opened, others, folder, scratch).items():
        if count is None:
            yield f"{other.file}: is not there (dvc pull gets it), so its ids were not compared with these"
            continue
        earlier, later = in_order(declared, [other, stored])
        if not (declared.keeps_ids or replaces_rows):
            raise CannotDo(
                f"{count:,} ids of {stored.file} stand in {other.file} (version {other.source_version}) too: these "
                f"rows of {earlier.file} would give way to those of {later.file}. Where numbers start anew in each "
                f"file, make the ids unique ({later.source_version}-1); where they are the same events, add "
                f"--replace-rows. Nothing was added"
            )
        yield (
            f"{count:,} ids of {stored.file} stand in {other.file} (version {other.source_version}) too: these rows "
            f"of {earlier.file} give way to those of {later.file}"
        )


def _replaced(old: StoredFile) -> str:
    rows = "" if old.row_count is None else f", {old.row_count:,} rows"
    return f"{old.file}: takes the place of the file that was added on {old.accessed_date}{rows}, SHA-256 {old.sha256}"


def _revised(project: Project, stored: StoredFile) -> Iterator[str]:
    """What is to be told where a file and its publisher's revision of it, which is another source, are both there."""
    from pipeline.sources.tabular.superseded import overlap

    tables = [source for source in load_sources(project.schemas, "incidents") if source.table is not None]
    for early in (load_table_source(project.schemas, source.source) for source in tables):
        if early.revised_in is None or stored.source not in (early.source.source, early.revised_in):
            continue
        later = load_table_source(project.schemas, early.revised_in)
        files, others = (stored_files(folder_of(project, one.source)) for one in (early, later))
        for old, new in overlap(early, files, later, others):
            if stored in (old, new):
                yield (
                    f"{new.source} {new.source_version} takes the place of {old.source} {old.source_version}, by its "
                    f"publisher's practice, and both are there: sahel source remove {old.source} --version "
                    f"{old.source_version}, unless both are wanted"
                )


def _got(given: Given, scratch: Path, progress: Progress | None) -> tuple[Path, bool]:
    """The file, downloaded where it is an address, and whether it is known to be whole."""
    if given.is_web:
        path = scratch / _file_name(given)
        return path, download(given.file, path, progress=progress).is_known_whole
    path = Path(given.file)
    if not path.is_file():
        raise CannotDo(f"{given.file}: there is no such file")
    return path, True


def _check_digest(path: Path, wanted: str | None) -> None:
    if wanted is None:
        return
    if not DIGEST.fullmatch(wanted):
        raise CannotDo(f"--sha256 {printable(wanted)}: is to be the 64 hexadecimal digits that the publisher states")
    if (found := sha256(path)) != wanted.lower():
        raise CannotDo(
            f"{path.name}: has the SHA-256 {found}, not {wanted.lower()}: it is cut, altered or another file. "
            "Nothing was added"
        )


def _may_be_cut(stored: StoredFile) -> str:
    return (
        f"{stored.file}: the server did not say how long the file is, so it may have come short. It has "
        f"{stored.row_count:,} rows: compare that with what the publisher says, or add it with --sha256"
    )


def _left_out(given: Given) -> Iterator[str]:
    """What is told where an address opens the file with an account or a key: these are not stored."""
    if given.is_web and (names := without_credentials(given.file)[1]):
        yield f"the address is stored without {', '.join(names)}: its record is published"


def _file_name(given: Given) -> str:
    name = unquote(urlsplit(given.file).path.rsplit("/", 1)[-1]) if given.is_web else Path(given.file).name
    return PLAIN_NAME.sub("_", name).lstrip(".") or "table.csv"
