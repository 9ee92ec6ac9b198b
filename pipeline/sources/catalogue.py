"""Sources that are not our own: added, listed and removed, with their files and what ``params.yaml`` says of them."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.addresses import without_credentials
from pipeline.checksums import sha256
from pipeline.config import Params, Project, local_sources
from pipeline.download import Progress, download
from pipeline.problems import CannotDo, printable
from pipeline.schema import load_schema
from pipeline.sources.declaration import Source, load_sources
from pipeline.sources.stored import SUFFIX, StoredFile, folder_of, overlapping, stored_files
from pipeline.sources.switch import turn
from pipeline.sources.tabular.countries import load_countries
from pipeline.sources.tabular.declaration import check_fields, load_table_source
from pipeline.sources.tabular.files import open_table

VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,40}")
DIGEST = re.compile(r"[0-9A-Fa-f]{64}")
PLAIN_NAME = re.compile(r"[^A-Za-z0-9._-]+")
WEB = ("http://", "https://")


@dataclass(frozen=True)
class Listed:
    """A source as it is listed: its declaration, its files, and whether the release (or a local build) reads it."""

    source: Source
    files: tuple[StoredFile, ...]
    is_on: bool


@dataclass(frozen=True)
class Added:
    """What `add` did: the record of the file, and what is to be told beside it."""

    stored: StoredFile
    notes: tuple[str, ...]


def add(
    project: Project,
    name: str,
    given: str,
    version: str,
    today: dt.date,
    *,
    areas: Sequence[str] = (),
    digest: str | None = None,
    progress: Progress | None = None,
) -> Added:
    """Add a file to a source and turn the source on, with bounds for the number of its rows.

    A file that may be redistributed is tracked with DVC under ``data/raw/external/<name>/``; one that may not lies
    under ``data/local/raw/<name>/``, which git and DVC ignore, and only a local build reads it.

    Args:
        project: the checkout.
        name: a source that is declared as a table.
        given: a file, or an address to download it from.
        version: the version that its publisher gives it.
        today: the date of access.
        areas: the countries of the region that the file covers as a whole, or ``none``; empty: as its rows tell.
        digest: the SHA-256 that the file is to have, in hexadecimal digits; None: any.
        progress: told how far a download is.

    Raises:
        NotWell: the file has no layout of the source, its rows cannot be told apart, or it is cut.
        CannotDo: the source is not declared, the version is there already, the file cannot be had, is another than
            its SHA-256 says, or it is not known what it covers. In every case nothing is left behind.
    """
    from pipeline.sources.tabular.extent import check_time, extent_of, notes, survey  # Ibis: over a second to import

    declared = load_table_source(project.schemas, name)
    schema = load_schema(project.schemas)
    check_fields(declared, schema)
    if not VERSION.fullmatch(version):
        raise CannotDo(f"the version '{version}' is to be letters, digits, points and hyphens, like 26.0.2")
    folder = folder_of(project, declared.source)
    is_web = given.lower().startswith(WEB)
    with tempfile.TemporaryDirectory(prefix="sahel.") as scratch:
        got, is_known_whole = _got(given, Path(scratch), progress)
        _check_digest(got, digest)
        opened = open_table(got, got.name, Path(scratch))
        found = survey(opened, declared, load_countries(project.schemas, schema, declared), Path(scratch))
        check_time(found, version, declared, got.name)
        extent = extent_of(found, areas, version, declared, schema, got.name)
        target = folder / _file_name(given, is_web)
        if target.exists():
            raise CannotDo(
                f"{project.relative(target)} is there already: give the file another name, or remove that one"
            )
        stored = StoredFile(
            source=name,
            source_version=version,
            file=target.name,
            layout=found.layout,
            publisher=declared.source.publisher,
            citation=declared.source.citation,
            licence=declared.source.licence,
            url=given if is_web else None,
            accessed_date=today,
            sha256=opened.sha256,
            row_count=found.row_count,
            areas=extent.areas,
            areas_from=extent.areas_from,
        )
        if overlapping([*stored_files(folder), stored]):
            more = " for some of these countries" if extent.areas else ""
            raise CannotDo(
                f"version {version} of '{name}' is there already{more}: sahel source remove {name} --version {version}"
            )
        _keep(project, declared.source, stored, got, target)
    told = [
        *_left_out(given, is_web),
        *([] if is_known_whole or digest else [_may_be_cut(stored)]),
        *notes(found, extent, version, declared, stored.file),
        *_revised(project, stored),
    ]
    return Added(stored, tuple(told))


def listed(project: Project, params: Params) -> list[Listed]:
    """Every source of incidents, with its files, our own first."""
    local = local_sources(project)
    return [
        Listed(
            source,
            tuple(stored_files(folder_of(project, source))) if source.table is not None else (),
            source.source in params.sources or source.source in local,
        )
        for source in sorted(load_sources(project.schemas, "incidents"), key=lambda s: (s.form is None, s.source))
    ]


def remove(project: Project, name: str, version: str | None) -> list[StoredFile]:
    """Remove the files of a source, or that of one version; without a file left, the source is turned off.

    Returns:
        The records of what was removed.

    Raises:
        CannotDo: there is no such file.
    """
    source = load_table_source(project.schemas, name).source
    folder = folder_of(project, source)
    stored = stored_files(folder)
    gone = [file for file in stored if version in (None, file.source_version)]
    if not gone:
        held = ", ".join(file.source_version for file in stored) or "none"
        raise CannotDo(f"'{name}' has no version {version or ''}: it has {held}")
    for file in gone:
        path = folder / file.file
        if (folder / (file.file + ".dvc")).is_file():
            _dvc(project, "remove", "--quiet", project.relative(folder / (file.file + ".dvc")))
        path.unlink(missing_ok=True)
        (folder / (file.file + SUFFIX)).unlink()
    left = stored_files(folder)
    turn(project, source, left)
    if not left and not any(folder.iterdir()):
        folder.rmdir()
    return gone


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


def _got(given: str, scratch: Path, progress: Progress | None) -> tuple[Path, bool]:
    """The file, downloaded where it is an address, and whether it is known to be whole."""
    if given.lower().startswith(WEB):
        path = scratch / _file_name(given, is_web=True)
        return path, download(given, path, progress=progress).is_known_whole
    path = Path(given)
    if not path.is_file():
        raise CannotDo(f"{given}: there is no such file")
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


def _left_out(given: str, is_web: bool) -> Iterator[str]:
    """What is told where an address opens the file with an account or a key: these are not stored."""
    if is_web and (names := without_credentials(given)[1]):
        yield f"the address is stored without {', '.join(names)}: its record is published"


def _file_name(given: str, is_web: bool) -> str:
    name = unquote(urlsplit(given).path.rsplit("/", 1)[-1]) if is_web else Path(given).name
    return PLAIN_NAME.sub("_", name).lstrip(".") or "table.csv"


def _keep(project: Project, source: Source, stored: StoredFile, got: Path, target: Path) -> None:
    """Put a file and its record into place and turn the source on; undone when a step fails."""
    folder = target.parent
    is_new = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{target.name}.part"
    try:
        shutil.copyfile(got, beside)
        beside.replace(target)
        stored.write(folder)
        if source.redistributable:
            _dvc(project, "add", "--quiet", project.relative(target))
        turn(project, source, stored_files(folder))
    except BaseException:
        for leftover in (beside, target, folder / (target.name + SUFFIX), folder / (target.name + ".dvc")):
            leftover.unlink(missing_ok=True)
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _dvc(project: Project, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], cwd=project.root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CannotDo(f"dvc {' '.join(arguments)}: {said[0] if said else 'failed'}")
