"""What a package says of itself as a whole, and what its incidents span."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.about import load_about
from pipeline.config import Project
from pipeline.package.edition import extent
from pipeline.problems import CannotDo
from pipeline.sources.declaration import load_sources


def incidents(*rows: tuple[str, str, str, float | None, float | None]) -> pa.Table:
    days = [[dt.date.fromisoformat(row[at]) for row in rows] for at in (0, 1)]
    return pa.table(
        {
            "date_start": pa.array(days[0], pa.date32()),
            "date_end": pa.array(days[1], pa.date32()),
            "country_iso3": pa.array([row[2] for row in rows], pa.string()),
            "longitude": pa.array([row[3] for row in rows], pa.float64()),
            "latitude": pa.array([row[4] for row in rows], pa.float64()),
        }
    )


def test_the_extent_spans_all_incidents() -> None:
    spanned = extent(
        incidents(
            ("2020-03-29", "2020-04-02", "TCD", 14.0, 13.5),
            ("2012-01-17", "2012-01-17", "MLI", None, None),
            ("2015-01-03", "2015-01-07", "NGA", -2.5, 14.25),
        )
    )
    assert (spanned.first, spanned.last) == (dt.date(2012, 1, 17), dt.date(2020, 4, 2))
    assert spanned.countries == ("MLI", "NGA", "TCD")
    assert spanned.box == [-2.5, 13.5, 14.0, 14.25]


def test_without_a_point_there_is_no_box_and_without_an_incident_no_package() -> None:
    assert extent(incidents(("2012-01-17", "2012-01-17", "MLI", None, None))).box is None
    with pytest.raises(CannotDo, match="no incident"):
        extent(incidents())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("publisher:", "publishers:", "lacks a key: KeyError('publisher')"),
        ("  fr: Attaques au Sahel\n", "", "lacks a key: KeyError('fr')"),
        ("publisher:", "colour: red\npublisher:", "does not know the key colour"),
        ("title:", "title: [", "is no YAML"),
    ],
)
def test_a_fault_in_the_declaration_is_told(project: Project, tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (project.schemas / "about.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "about.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CannotDo) as raised:
        load_about(tmp_path)
    assert said in str(raised.value)
    assert str(raised.value).startswith("schemas/about.yaml: ")


def test_every_work_that_a_citation_names_is_declared_for_machines_too(project: Project) -> None:
    sources = [source for kind in ("incidents", "reference") for source in load_sources(project.schemas, kind)]
    assert any(source.works for source in sources)
    for source in sources:
        named = re.findall(r"doi (10\.\d+/[^\s;]+)", source.citation)
        assert [work["doi"] for work in source.works] == named, source.source
        for work in source.works:
            assert all(name in source.citation for name in work["authors"]), source.source
