"""The change log in its two languages."""

from __future__ import annotations

import re

from pipeline.compare import compare
from pipeline.compare.languages import ENGLISH, load_french
from pipeline.compare.numbers import load_rules
from pipeline.config import CHANGELOGS, Params, Project
from tests.compare.edited import edit, first, setter


def test_the_change_log_is_there_in_french(published: Project, params: Params) -> None:
    claim = first(published, "claims", subject_type="incident", metric="killed", qualifier="exactly")
    incident = first(published, "incidents", incident_id=claim["subject_id"])
    edit(published, "claims", setter("claim_id", claim["claim_id"], "value_low", claim["value_low"] - 1))
    edit(published, "incidents", setter("incident_id", incident["incident_id"], "killed_low", 1234))
    compare(published, params)
    log = (published.compared / CHANGELOGS["fr"]).read_text(encoding="utf-8")
    assert log.startswith("# Changements\n")
    section = log.split("## 1.0.1")[1].split("## 1.0.0")[0]
    for said in (
        "Depuis 1.0.0\u00a0:",
        "- claims\u00a0: 1 valeur avec un autre contenu, dans 1 ligne (corrective)",
        "| table | clé | champ | avant | après | incident | motif |",
        f"| incidents | {incident['incident_id']} | killed\\_low | ",
    ):
        assert said in section
    assert incident["label_fr"][:40] in section
    english = ("Since", "changed", "(patch)", "key", incident["label_en"][:30], " :", " ;")
    assert [word for word in english if word in section] == []


def test_every_change_and_level_of_the_rules_has_a_french_text(project: Project) -> None:
    say = load_french(project.schemas)
    levels = load_rules(project.schemas)
    structural = {change.replace("_", " ") for change in levels} & {
        f"{what} {how}"
        for what in ("table", "field", "fields", "key", "constraint", "licence", "source", "texts")
        for how in (
            "removed",
            "added",
            "retyped",
            "inserted",
            "appended",
            "reordered",
            "changed",
            "tightened",
            "loosened",
        )
    }
    assert len(structural) == 14
    assert structural | set(levels.values()) <= say.texts.keys()
    placeholder = re.compile(r"\{\w+\}")
    for english, french in say.texts.items():
        assert set(placeholder.findall(english)) == set(placeholder.findall(french)), english
        assert not re.search(r" [:;?!»]", french), french


def test_numbers_and_nouns_are_those_of_the_language(project: Project) -> None:
    say = load_french(project.schemas)
    assert [ENGLISH.counted(number, "row") for number in (0, 1, 1200)] == ["0 rows", "1 row", "1,200 rows"]
    assert [say.counted(number, "row") for number in (0, 1, 1200)] == ["0 ligne", "1 ligne", "1\u202f200 lignes"]
