"""``ingest`` of a source that comes as a table: written as a whole, within its limits, the same bytes every time."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import shutil
import zipfile
from pathlib import Path

import pytest

from pipeline.config import Bounds, Params, Project
from pipeline.ingest import ingest
from pipeline.problems import CannotDo, NotWell
from tests.conftest import ROOT
from tests.sources.tabular.rows import add, as_csv, columns, ged

NAME = "ucdp_candidate"
PARAMS = Params("1.0.0", dt.date(2026, 11, 22), "duckdb", ("curated", NAME), 0.5)


@pytest.fixture
def folder(project: Project, tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.schemas.symlink_to(project.schemas)
    shutil.copytree(project.reference, made.reference)
    return made


def given(folder: Project, *changes: dict[str, str]) -> None:
    shutil.rmtree(folder.external(NAME), ignore_errors=True)
    add(folder, NAME, "invented.csv", as_csv(columns(folder, NAME), ged(*changes)), "26.0.2")


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.*"))}


def test_it_says_what_became_of_every_row_and_writes_the_same_bytes_again(folder: Project) -> None:
    given(folder, *[{}] * 50, {"low": "9"}, {"best": "x"}, {"country": "Mexico"})
    said = ingest(folder, PARAMS, NAME)
    assert "53 rows, 51 released, 1 outside, 1 quarantined, 0 omitted; warnings: tabular.toll_order 1" in said
    first = digests(folder.ingested) | digests(folder.quarantine)
    assert {"records.parquet", "claims.parquet", "ledger.parquet", "rows.csv"} <= set(first)
    ingest(folder, PARAMS, NAME)
    assert digests(folder.ingested) | digests(folder.quarantine) == first
    assert [path.name for path in folder.ingested.parent.iterdir() if path.name.startswith("ingest.")] == []


def test_a_failed_run_leaves_what_was_there(folder: Project) -> None:
    given(folder, {})
    ingest(folder, PARAMS, NAME)
    before = digests(folder.ingested)
    given(folder, {"best": "x"}, {"best": "y"}, {})
    with pytest.raises(NotWell) as refused:
        ingest(folder, PARAMS, NAME)
    assert "66.7 % of the 3 rows" in refused.value.consequence
    assert [problem.rule for problem in refused.value.problems] == ["tabular.count"]
    assert digests(folder.ingested) == before
    waiting = (folder.quarantine / NAME / "rows.csv").read_text(encoding="utf-8")
    assert waiting.count("tabular.count") == 2  # they are there to be looked at


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def bad_files(project: Project) -> dict[str, tuple[str, bytes]]:
    """Files that cannot be read as a whole, each with its name."""
    names = columns(project, NAME)
    good = as_csv(names, ged({}, {}))
    return {
        "empty": ("a.csv", b""),
        "header only": ("a.csv", as_csv(names, [])),
        "truncated zip": ("a.zip", zipped(a_csv=good)[:-30]),
        "zip bomb": ("a.zip", zipped(a_csv=b"0" * 100_000_000)),
        "name that leads out": ("a.zip", zipped(**{"../a_csv": good})),
        "two tables": ("a.zip", zipped(a_csv=good, b_csv=good)),
        "UTF-16": ("a.csv", good.decode().encode("utf-16")),
        "a column twice": ("a.csv", as_csv((*names, "best"), ged({}))),
        "a column less": ("a.csv", as_csv([name for name in names if name != "best"], ged({}))),
        "an open quote": ("a.csv", good.replace(b"Bamba town", b'"Bamba town', 1) * 3),
        "no spreadsheet": ("a.xlsx", b"PK\x03\x04 and no more"),
        "a line too long": ("a.csv", good + b"x" * 3_000_000 + b"\n" + good),
    }


@pytest.mark.parametrize("kind", bad_files(Project(ROOT)))
def test_of_a_file_that_cannot_be_read_nothing_is_half_written(folder: Project, kind: str) -> None:
    given(folder, {})
    ingest(folder, PARAMS, NAME)
    before = digests(folder.root / "data" / "interim")
    name, content = bad_files(folder)[kind]
    shutil.rmtree(folder.external(NAME))
    add(folder, NAME, name, content, "26.0.2")
    with pytest.raises(NotWell) as refused:
        ingest(folder, PARAMS, NAME)
    assert [problem.file for problem in refused.value.problems] == [f"data/raw/external/{NAME}/{name}"]
    assert digests(folder.root / "data" / "interim") == before
    assert {path.name for path in folder.ingested.parent.iterdir()} == {"ingest", "quarantine"}


def test_too_few_rows_stop_and_too_many_warn(folder: Project) -> None:
    given(folder, {}, {})
    with pytest.raises(NotWell) as refused:
        ingest(folder, Params(**vars(PARAMS) | {"rows": {NAME: Bounds(minimum=3)}}), NAME)
    assert [problem.rule for problem in refused.value.problems] == ["tabular.too_few_rows"]
    assert not folder.ingested.exists()
    said = ingest(folder, Params(**vars(PARAMS) | {"rows": {NAME: Bounds(maximum=1)}}), NAME)
    assert "2 rows, more than the 1" in said


def test_a_source_without_a_file_says_what_to_do(folder: Project) -> None:
    with pytest.raises(CannotDo, match="sahel source add ucdp_candidate FILE"):
        ingest(folder, PARAMS, NAME)
