"""Sources that are not our own: listed and removed, with their files and what ``params.yaml`` says of them."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.config import Params, Project, local_sources
from pipeline.problems import CannotDo
from pipeline.sources.declaration import Source, load_sources
from pipeline.sources.keeping import discard
from pipeline.sources.stored import StoredFile, folder_of, stored_files
from pipeline.sources.switch import turn
from pipeline.sources.tabular.declaration import load_table_source


@dataclass(frozen=True)
class Listed:
    """A source as it is listed: its declaration, its files, and whether the release (or a local build) reads it."""

    source: Source
    files: tuple[StoredFile, ...]
    is_on: bool


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
        discard(project, folder, file)
    left = stored_files(folder)
    turn(project, source, left)
    if not left and not any(folder.iterdir()):
        folder.rmdir()
    return gone
