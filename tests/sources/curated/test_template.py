"""`sahel new`: what it lays out is valid, has ids of its own, and passes the check once it is filled in."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.config import Params, Project
from pipeline.problems import CannotDo
from pipeline.schema import Schema
from pipeline.sources.curated.read import read_curated
from pipeline.sources.curated.template import template
from tests.copied import copy_project
from tests.sources.curated.entries import Check

ID = re.compile(r"\b[iorc]-[0-9a-z]{6}\b")
VALUES = {
    "date_precision": "day",
    "place_id": "mli_bamba",
    "place_text": "Bamba",
    "geo_precision": "near",
    "event_type": "ambush",
    "target_type": "military",
    "confidence": "medium",
    "note": "Convoy on the road to Bamba.",
    "actor_id": "JNIM",
    "role": "perpetrator",
    "basis": "claimed",
    "publisher": "Reuters",
    "agency": "AFP",
    "published_date": "2024-11-20",
    "language": "fr",
    "claimant_name": "Malian army",
    "claimant_type": "state",
    "metric": "killed",
    "population": "soldiers",
    "qualifier": "exactly",
    "kind": "operation",
    "operation_name_en": "Attacks around Bamba, Mali, 19 November 2024",
    "operation_name_fr": "Attaques autour de Bamba, Mali, 19 novembre 2024",
    "perpetrator_id": "JNIM",
}
"""What a curator writes behind each key; a key that is not here is taken out."""


def filled(text: str) -> str:
    """The template as a curator fills it in: each figure and page another, reports without a role."""
    lines = []
    for at, line in enumerate(text.splitlines()):
        key = line.split("#")[0].strip().removeprefix("- ").rstrip(":")
        if "  # " not in line:
            lines.append(line)
        elif key in VALUES and not (key == "role" and "carries_claim" in line):
            lines.append(f"{line.split('#')[0].rstrip()} {VALUES[key]}")
        elif key == "url":
            lines.append(f"{line.split('#')[0].rstrip()} https://www.example.org/{at}")
        elif key in ("value_low", "value_high"):
            lines.append(f"{line.split('#')[0].rstrip()} 7")
    return "\n".join(lines) + "\n"


def ids(text: str) -> list[str]:
    """The ids of a template, without those in its comments."""
    return ID.findall("\n".join(line.partition("#")[0] for line in text.splitlines()))


def laid_out(project: Project, schema: Schema, kind: str = "incident", reports: int = 1, claims: int = 1) -> str:
    return template(project, schema, "MLI", "2024-11-19", kind, reports, claims)


@pytest.mark.parametrize(("kind", "top"), [("incident", "incidents"), ("operation", "operations")])
@pytest.mark.parametrize(("reports", "claims"), [(1, 0), (1, 1), (3, 4)])
def test_filled_in_it_passes_the_check(
    project: Project, schema: Schema, check: Check, kind: str, top: str, reports: int, claims: int
) -> None:
    curated = check(f"{top}:\n{filled(laid_out(project, schema, kind, reports, claims))}")
    to_come = {"operation": ["curated.operation_too_small"]}  # its incidents are written after it
    assert [problem.rule for problem in curated.problems] == to_come.get(kind, [])
    [entry] = [entry for entry in curated.entries if entry.file.endswith("entry.yaml")]
    assert entry.part == kind
    assert len(entry.parts["reports"]) == reports
    assert len(entry.parts.get("claims", [])) == claims


@pytest.mark.parametrize("kind", ["incident", "operation"])
def test_it_is_valid_yaml_as_it_is_printed(project: Project, schema: Schema, kind: str) -> None:
    [entry] = yaml.safe_load(laid_out(project, schema, kind, 2, 2))
    assert entry["reports"][0].keys() >= {"report_id", "url", "publisher", "language"}
    assert [claim["report_id"] for claim in entry["claims"]] == [entry["reports"][0]["report_id"]] * 2


def test_its_ids_are_fresh(project: Project, schema: Schema) -> None:
    used = set(chain.from_iterable(ID.findall(path.read_text("utf-8")) for path in project.curated.rglob("*.yaml")))
    assert len(used) > 500
    made = [one for _ in range(20) for one in set(ids(laid_out(project, schema, "incident", 3, 3)))]
    assert len(made) == len(set(made)) == 20 * 7
    assert not used & set(made)


def test_an_id_has_no_letter_that_is_misread(project: Project, schema: Schema) -> None:
    for one in ids(laid_out(project, schema, "incident", 20, 20)):
        assert not set(one[2:]) & set("ilou")


def test_every_code_stands_behind_its_key(project: Project, schema: Schema) -> None:
    text = laid_out(project, schema)
    for key in ("geo_precision", "metric", "qualifier", "basis"):
        [line] = [line for line in text.splitlines() if line.strip().startswith(f"{key}:")]
        [field] = [table[key] for table in schema.tables.values() if key in table.columns][:1]
        codes = schema.codes(field)
        assert " | ".join(codes) in line or f"schemas/codelists/{field.codelist}.csv" in line


def test_what_is_not_filled_in_is_named_by_the_check(project: Project, schema: Schema, check: Check) -> None:
    problems = check("incidents:\n" + laid_out(project, schema)).problems
    named = {problem.field for problem in problems}
    assert {"event_type", "actors[0].actor_id", "reports[0].url", "claims[0].metric"} <= named
    assert {problem.rule for problem in problems} == {"curated.missing_field"}


def test_a_date_may_be_left_open(project: Project, schema: Schema) -> None:
    [entry] = yaml.safe_load(template(project, schema, "NER", "", "incident", 1, 1))
    assert entry["country_iso3"] == "NER"
    assert entry["date_start"] is None


@pytest.mark.parametrize(
    ("country", "date", "said"),
    [
        ("MIL", "", "did you mean 'MLI'?"),
        ("mli", "", "did you mean 'MLI'?"),
        ("XXX", "", "codes: MLI, BFA"),
        ("MLI", "1 July 2025", "YYYY-MM-DD"),
        ("MLI", "2025-7-1", "YYYY-MM-DD"),
        ("MLI", "2025-02-30", "2025-02-30"),
    ],
)
def test_a_wrong_country_or_date_is_told(project: Project, schema: Schema, country: str, date: str, said: str) -> None:
    with pytest.raises(CannotDo) as refused:
        template(project, schema, country, date, "incident", 1, 1)
    assert said in str(refused.value)


def test_it_can_be_pasted_into_a_real_file(project: Project, params: Params, schema: Schema, tmp_path: Path) -> None:
    copied = copy_project(project, tmp_path)
    path = copied.curated / "MLI" / "2024.yaml"
    path.write_text(path.read_text(encoding="utf-8") + filled(laid_out(copied, schema, reports=2)), encoding="utf-8")
    before: Any = read_curated(project, params, schema)
    after = read_curated(copied, params, schema)
    assert after.problems == ()
    assert len(after.entries) == len(before.entries) + 1
