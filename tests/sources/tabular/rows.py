"""Invented rows in the layouts of sources, written as files, and what becomes of them."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ibis.backends import BaseBackend

from pipeline.config import Params, Project
from pipeline.engine import connect
from pipeline.reference import Reference
from pipeline.schema import Schema
from pipeline.sources.declaration import load_source
from pipeline.sources.stored import StoredFile, folder_of
from pipeline.sources.tabular.declaration import load_table_source
from pipeline.sources.tabular.read import read_source
from pipeline.sources.tabular.work import Tabular

GED_ROW = {
    "id": "1",
    "relid": "MLI-2026-1-1-1",
    "year": "2026",
    "active_year": "True",
    "code_status": "Clear",
    "type_of_violence": "1",
    "side_a_new_id": "72",
    "side_a": "Government of Mali",
    "side_b_new_id": "6716",
    "side_b": "JNIM",
    "number_of_sources": "1",
    "source_office": "AFP",
    "source_date": "2026-02-11",
    "source_headline": "Invented headline",
    "where_prec": "1",
    "where_coordinates": "Bamba town",
    "adm_1": "Gao region",
    "adm_2": "Bourem cercle",
    "latitude": "17.0",
    "longitude": "-1.4",
    "country": "Mali",
    "country_id": "432",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2026-02-10",
    "date_end": "2026-02-10",
    "deaths_a": "2",
    "deaths_b": "3",
    "deaths_civilians": "0",
    "deaths_unknown": "1",
    "best": "6",
    "high": "8",
    "low": "5",
}
"""Nothing in it happened; the point lies in Mali."""


@dataclass
class Result:
    """What was read, as plain rows."""

    read: Tabular
    backend: BaseBackend

    def rows(self, table: str) -> list[dict[str, Any]]:
        data = self.read.tables[table].to_pyarrow().to_pylist()
        return sorted(data, key=lambda row: str(next(iter(row.values()))))

    @property
    def quarantine(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.read.quarantine.to_pyarrow().to_pylist()
        return sorted(rows, key=lambda row: (row["file"], row["row"]))

    @property
    def outcomes(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for (_, outcome, rule), count in self.read.outcomes.items():
            found[outcome, rule] = found.get((outcome, rule), 0) + count
        return found

    @property
    def rules(self) -> list[str]:
        return [row["rule"] for row in self.quarantine]


REGION = ("BEN", "BFA", "CIV", "CMR", "GHA", "MLI", "MRT", "NER", "NGA", "SEN", "TCD", "TGO")
"""The countries of the region, whole or in part."""
Given = Mapping[str, bytes]
Reader = Callable[..., Result]


def reader(project: Project, params: Params, schema: Schema, reference: Reference, folder: Path) -> Reader:
    """A function that reads files as those of a source.

    Args:
        project: for the declarations.
        params: for the release date.
        schema: the declaration.
        reference: the reference data.
        folder: an empty folder.
    """
    made = Project(folder / "project")
    made.root.mkdir()
    (made.root / "schemas").symlink_to(project.schemas)

    def read(
        source: str,
        files: Given | bytes,
        version: str = "26.0.2",
        *,
        versions: Sequence[str] = (),
        areas: Sequence[Sequence[str]] = (),
        covers: Sequence[tuple[dt.date, dt.date] | None] = (),
    ) -> Result:
        """Read files: of one version, of the ``versions`` given for each, or of January on; covering ``areas`` each.

        ``covers`` are first and last day of each, where they are said.
        """
        given = {"invented.csv": files} if isinstance(files, bytes) else files
        if given:
            shutil.rmtree(folder_of(made, load_source(made.schemas, source)), ignore_errors=True)
        for at, (name, content) in enumerate(given.items()):
            of_file = versions[at] if versions else version if len(given) == 1 else f"26.0.{at + 1}"
            said = covers[at] if covers else None
            add(made, source, name, content, of_file, areas[at] if areas else REGION, said)
        scratch = folder / "scratch"
        scratch.mkdir(exist_ok=True)
        backend = connect("duckdb")
        return Result(read_source(backend, made, params, schema, reference, source, scratch), backend)

    return read


def add(
    project: Project,
    source: str,
    name: str,
    content: bytes,
    version: str,
    areas: Sequence[str] = REGION,
    covers: tuple[dt.date, dt.date] | None = None,
) -> None:
    """Put a file of a source with its record into a project."""
    folder = folder_of(project, load_source(project.schemas, source))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    first, last = covers or (None, None)
    replace(record_of(source, name, content, version, areas), covers_from=first, covers_to=last).write(folder)


def record_of(source: str, name: str, content: bytes, version: str, areas: Sequence[str] = REGION) -> StoredFile:
    """The record of a file."""
    return StoredFile(
        source=source,
        source_version=version,
        file=name,
        layout="any",
        publisher="Invented",
        citation="Invented",
        licence="CC-BY-4.0",
        url=None,
        accessed_date=dt.date(2026, 11, 22),
        sha256=hashlib.sha256(content).hexdigest(),
        areas=tuple(areas),
    )


def columns(project: Project, source: str, layout: int = 0) -> tuple[str, ...]:
    """The columns of a layout of a source, in order."""
    return load_table_source(project.schemas, source).layouts[layout].columns


def as_csv(names: Sequence[str], rows: Sequence[Mapping[str, str]], *, header: bool = True) -> bytes:
    """Rows as CSV; a cell that a row lacks is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if header:
        writer.writerow(names)
    writer.writerows([[row.get(name, "") for name in names] for row in rows])
    return out.getvalue().encode()


def ged(*changes: Mapping[str, str]) -> list[dict[str, str]]:
    """Rows of GED, each an invented one with an id of its own and its changes."""
    return [
        GED_ROW | {"id": str(at), "relid": f"MLI-2026-1-1-{at}"} | dict(change) for at, change in enumerate(changes, 1)
    ]
