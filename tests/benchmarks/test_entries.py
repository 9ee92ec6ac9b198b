"""What `make bench` measures is what curators write: entries that the check finds nothing wrong with."""

from __future__ import annotations

from pathlib import Path

from benchmarks.entries import many_entries
from pipeline.config import Params, Project
from pipeline.schema import Schema
from pipeline.sources.curated.read import read_curated


def test_a_thousand_entries_pass_the_check(project: Project, params: Params, schema: Schema, tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    path.write_text(many_entries(project.root, 1_000), encoding="utf-8")
    curated = read_curated(project, params, schema, [path])
    assert sum(entry.file == str(path) for entry in curated.entries) == 1_000
    assert curated.errors == []
