"""What claimants are called in French: a table, in which a proper name is the same in both languages."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import yaml

from pipeline.config import Project
from pipeline.problems import CannotDo
from pipeline.schema.claimants import Claimants, load_claimants

HEAD = "claimant_name,claimant_name_fr\n"


@pytest.fixture(scope="module")
def claimants(project: Project) -> Claimants:
    return load_claimants(project.schemas)


def test_every_claimant_of_the_entries_has_a_name_in_french(project: Project, claimants: Claimants) -> None:
    said = re.compile(r"^ *(?:- )?claimant_name: (.+)$", re.MULTILINE)
    names = {
        str(yaml.safe_load(found))
        for path in (project.root / "data" / "raw" / "curated").rglob("*.yaml")
        for found in said.findall(path.read_text(encoding="utf-8"))
    }
    assert len(names) > 400
    missing = sorted(name for name in names if claimants.french(name) is None)
    assert missing == [], "give each a row in schemas/claimants.csv; a proper name is the same in both columns"


def test_a_name_that_is_the_same_in_both_languages_is_a_proper_name(project: Project) -> None:
    with (project.schemas / "claimants.csv").open(encoding="utf-8", newline="") as lines:
        same = [
            row["claimant_name"] for row in csv.DictReader(lines) if row["claimant_name"] == row["claimant_name_fr"]
        ]
    assert same
    roles = re.compile(r"\b(army|sources?|officials?|ministry|police|governor|mayor|residents?|the|of|and|not)\b")
    assert [name for name in same if roles.search(name) or name[0].islower()] == []


def test_an_ending_is_put_behind_the_name_in_french() -> None:
    known = Claimants({"Wikipedia": "Wikipédia", "AFP": "AFP"}, {", source not stated": ", source non précisée"})
    assert known.french("Wikipedia, source not stated") == "Wikipédia, source non précisée"
    assert known.french("AFP") == "AFP"
    assert known.french("mayor of nowhere") is None
    assert known.french("nobody, source not stated") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{HEAD}residents,\n", r"claimants\.csv:2: a row has a name"),
        (f"{HEAD}residents\n", r"claimants\.csv:2: a row has a name"),
        (f"{HEAD}residents,habitants\nresidents,riverains\n", r"claimants\.csv:3: 'residents' stands twice"),
        ("name,name_fr\nresidents,habitants\n", r"claimants\.csv:1: the columns are claimant_name,claimant_name_fr"),
        ("", r"claimants\.csv:1: the columns are"),
        (None, r"claimants\.csv: is no CSV file"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str | None, told: str) -> None:
    if text is not None:
        (tmp_path / "claimants.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CannotDo, match=told):
        load_claimants(tmp_path)
