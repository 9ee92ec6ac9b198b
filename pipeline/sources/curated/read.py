"""All curated files read and checked together: what ``sahel check`` shows and ``ingest`` starts from."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import Params, Project
from pipeline.problems import CannotDo, Problem
from pipeline.reference import Reference, load_reference
from pipeline.schema import Schema
from pipeline.sources.curated.checks import check_entries
from pipeline.sources.curated.form import Entry, Form, load_form, read_file
from pipeline.sources.curated.known import ENTRY_IDS
from pipeline.sources.curated.outside import FILE, read_outside
from pipeline.sources.declaration import load_source

EVIDENCE_LINES = "evidence_lines.csv"
"""Where each line of the evidence sheets went: for readers and a test, no input of the build."""


@dataclass(frozen=True)
class Curated:
    """The curated entries of a project with the reference data they use, and every problem found.

    Attributes:
        outside: the clause of the scope for each event that was looked at and left out.
        files: the files read, as shown in messages.
    """

    entries: tuple[Entry, ...]
    outside: tuple[str, ...]
    reference: Reference
    problems: tuple[Problem, ...]
    files: tuple[str, ...]

    @property
    def errors(self) -> list[Problem]:
        """The problems that stop a build."""
        return [problem for problem in self.problems if problem.severity == "error"]


def read_curated(project: Project, params: Params, schema: Schema, stand_ins: Sequence[Path] = ()) -> Curated:
    """Read every curated file and check the entries by themselves and beside each other.

    Args:
        project: where the files lie.
        params: for the release date.
        schema: the declaration.
        stand_ins: files outside ``data/raw/curated/``; each is read in place of the curated file when it has at
            least half of its ids, else its entries in place of those of the same ids, and what is new beside them.

    Raises:
        CannotDo: a stand-in does not exist.
    """
    declared = load_source(project.schemas, "curated").form
    assert declared is not None
    form = load_form(declared, schema)
    reference, problems = load_reference(project, schema)
    read: dict[str, tuple[list[Entry], list[Problem]]] = {}
    for path in sorted(project.curated.rglob("*")):
        if path.is_file() and path not in (project.curated / FILE, project.curated / EVIDENCE_LINES):
            read[project.relative(path)] = _read(path, project, form, schema)
    for path in stand_ins:
        shown = project.relative(path)
        if not path.is_file():
            raise CannotDo(f"{shown}: there is no such file")
        if shown in read:
            continue
        entries, found = read_file(path, shown, form, schema)
        ids = _ids(entries)
        for other, (held, _) in list(read.items()):
            shared = ids & _ids(held)
            if 2 * len(shared) >= len(held):
                del read[other]
            elif shared:
                read[other] = _without(read[other], shared)
        read[shown] = (entries, found)
    listed = project.curated / FILE
    outside, found = read_outside(listed, project.relative(listed), schema)
    problems += found
    entries = [entry for held, _ in read.values() for entry in held]
    for _, found in read.values():
        problems += found
    problems += check_entries(entries, reference, schema, params.date)
    return Curated(tuple(entries), tuple(outside), reference, tuple(sorted(set(problems))), tuple(read))


def _without(held: tuple[list[Entry], list[Problem]], replaced: set[str]) -> tuple[list[Entry], list[Problem]]:
    """A file less some entries, with what was found in them."""
    entries, problems = held
    starts = [entry.line for entry in entries] + [sys.maxsize]
    gone = [
        (entry.line, after)
        for entry, after in zip(entries, starts[1:], strict=True)
        if entry.text(ENTRY_IDS[entry.part]) in replaced
    ]
    kept = [entry for entry in entries if entry.text(ENTRY_IDS[entry.part]) not in replaced]
    return kept, [found for found in problems if not any(start <= found.line < end for start, end in gone)]


def _read(path: Path, project: Project, form: Form, schema: Schema) -> tuple[list[Entry], list[Problem]]:
    shown = project.relative(path)
    if path.suffix != ".yaml":
        message = "is no curated file: those are called <ISO3>/<year>.yaml"
        return [], [Problem(shown, 0, "", message, "curated.wrong_file")]
    return read_file(path, shown, form, schema)


def _ids(entries: Sequence[Entry]) -> set[str]:
    return {entry.text(ENTRY_IDS[entry.part]) or "" for entry in entries} - {""}
