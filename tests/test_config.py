"""The parameters of a build: read, or refused with the key that is wrong."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from pipeline.config import Bounds, Params, Project, load_local_params, load_params
from pipeline.problems import CannotDo

GOOD = """\
release:
  version: 1.2.0
  date: '2026-01-31'
engine: duckdb
sources:
  curated: data/raw/curated
limits:
  quarantine_share: 0.02
  rows:
    curated: {minimum: 700}
"""


def of(folder: Path, text: str) -> Params:
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    return load_params(Project(folder))


def test_the_real_parameters_are_read(params: Params) -> None:
    assert params.version is None, "a number is set only to be higher than the one that is due"
    assert "curated" in params.sources


def test_good_parameters_are_read(tmp_path: Path) -> None:
    wanted = Params("1.2.0", dt.date(2026, 1, 31), "duckdb", ("curated",), 0.02, {"curated": Bounds(minimum=700)})
    assert of(tmp_path, GOOD) == wanted
    for none in ("  version: null\n", ""):
        assert of(tmp_path, GOOD.replace("  version: 1.2.0\n", none)) == dataclasses.replace(wanted, version=None)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1.2.0", "1.2", "release.version"),
        ("1.2.0", "01.2.0", "release.version"),
        ("1.2.0", "v1.2.0", "release.version"),
        ("'2026-01-31'", "'2026-02-31'", "release.date"),
        ("'2026-01-31'", "2026-01-31", "release.date"),
        ("duckdb", "spork", "engine"),
        ("duckdb", "spark\nspark_master: 7077", "spark_master"),
        ("engine: duckdb\n", "", "engine"),
        ("  curated: data/raw/curated\n", "", "sources"),
        ("  curated: data/raw/curated\n", "  - curated\n", "sources"),
        ("data/raw/curated", "data/raw/external/curated", "data/raw/curated"),
        ("  curated: data/raw/curated", "  - [", "params.yaml"),
        ("release:", "releases:", "release"),
        ("  quarantine_share: 0.02\n", "", "quarantine_share"),
        ("quarantine_share: 0.02", "quarantine_share: 2", "quarantine_share"),
        ("quarantine_share: 0.02", "quarantine_share: .nan", "quarantine_share"),
        ("quarantine_share: 0.02", "quarantine_share: true", "quarantine_share"),
        ("minimum: 700", "least: 700", "rows"),
        ("minimum: 700", "minimum: many", "rows"),
        ("limits:", "limit:", "limits"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(CannotDo, match=r"params\.yaml") as refused:
        of(tmp_path, GOOD.replace(old, new))
    assert said in str(refused.value)


def local(folder: Path, text: str) -> Params:
    project = Project(folder)
    project.local.mkdir(parents=True)
    project.local_sources.write_text(text, encoding="utf-8")
    return load_local_params(project, of(folder, GOOD))


def test_a_local_build_adds_its_sources_and_may_have_limits_of_its_own(tmp_path: Path) -> None:
    alone = local(tmp_path / "a", "sources: [acled, gtd]\n")
    assert (alone.sources, alone.quarantine_share) == (("curated", "acled", "gtd"), 0.02)
    limited = local(tmp_path / "b", "sources: [acled]\nlimits: {quarantine_share: 0.5, rows: {acled: {maximum: 9}}}\n")
    assert limited.quarantine_share == 0.5
    assert limited.rows == {"curated": Bounds(minimum=700), "acled": Bounds(maximum=9)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources: acled", "like 'sources: [acled]'"),
        ("[acled]", "like 'sources: [acled]'"),
        ("", "like 'sources: [acled]'"),
        ("sources: [1]", "like 'sources: [acled]'"),
        ("sources: [", "like 'sources: [acled]'"),
        ("sources: [acled]\nlimits: {quarantine_share: 5}", "quarantine_share"),
        ("sources: [acled]\nlimits: [5]", "quarantine_share"),
    ],
)
def test_a_wrong_list_of_local_sources_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(CannotDo, match=r"^data/local/sources\.yaml: ") as refused:
        local(tmp_path / "a", text)
    assert said in str(refused.value)


def test_missing_parameters_are_told(tmp_path: Path) -> None:
    with pytest.raises(CannotDo, match=r"params\.yaml"):
        load_params(Project(tmp_path))


def test_a_path_is_shown_relative_to_the_project_where_it_lies_inside(tmp_path: Path) -> None:
    project = Project(tmp_path / "checkout")
    assert project.relative(project.curated / "MLI" / "2025.yaml") == "data/raw/curated/MLI/2025.yaml"
    assert project.relative(tmp_path / "draft.yaml") == str(tmp_path / "draft.yaml")
