"""Lists of sources as reports: whom they show, and whom they do not."""

from __future__ import annotations

import pytest

from pipeline.config import Project
from pipeline.sources.tabular.reports import shown_publishers
from tests.sources.tabular.rows import Reader, as_csv, columns, ged

PUBLISHERS = {"RTB": {"source_type": "broadcaster"}, "AFP": {"source_type": "agency"}}


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("RTB", ("RTB", "broadcaster")),
        ("rtb", ("RTB", "broadcaster")),
        ("Agence France Presse", ("AFP", "agency")),
        ("RTB on Youtube", ("RTB", "broadcaster")),
        ("@somebody", ("X account", "social_media")),
        ("Some Body @somebody", ("X account", "social_media")),
        ("Some Body on Twitter (X)", ("X account", "social_media")),
        ("Some Body on Telegram", ("Telegram account", "social_media")),
        ("Some Body on Facebook", ("Facebook account", "social_media")),
        ("Some Body", ("Publisher not listed", None)),
    ],
)
def test_only_listed_publishers_are_shown_by_name(written: str, wanted: tuple[str, str | None]) -> None:
    assert shown_publishers([written], {"Agence France Presse": "AFP"}, PUBLISHERS) == {written: wanted}


def test_lists_are_taken_apart_in_order(read: Reader, project: Project) -> None:
    lists = {
        "source_office": "AFP; Some Body on Facebook;RFI",
        "source_date": "2026-02-11 00:00:00.000;2026-02-12;1753-01-01",
        "source_headline": "One;Two;Three",
    }
    halves = {"source_office": "AFP;RFI", "source_date": "2026-02-11;2026-02-12", "source_headline": "A; B; C"}
    content = as_csv(columns(project, "ucdp_candidate"), ged(lists, halves, {"source_office": "", "source_date": ""}))
    found = read("ucdp_candidate", content)
    rows = {
        (row["publisher"], str(row["published_date"]), row["headline"])
        for row in found.rows("reports")
        if row["source_type"] != "dataset"
    }
    assert rows == {
        ("AFP", "2026-02-11", "One"),
        ("Facebook account", "2026-02-12", None),
        ("RFI", "None", "Three"),  # 1753 is no date
        ("AFP", "2026-02-11", None),  # a list of three headlines for two reports says nothing
        ("RFI", "2026-02-12", None),
    }
    used: dict[str, list[str]] = {}
    for row in found.rows("incident_reports"):
        used.setdefault(row["subject_id"], []).append(row["role"])
    assert sorted(sorted(roles) for roles in used.values()) == [
        ["carries_claim"],
        ["carries_claim", "describes", "describes"],
        ["carries_claim", "describes", "describes", "describes"],
    ]


def test_the_same_article_behind_two_rows_is_one_report(read: Reader, project: Project) -> None:
    found = read("ucdp_candidate", as_csv(columns(project, "ucdp_candidate"), ged({}, {})))
    assert [row["publisher"] for row in found.rows("reports") if row["source_type"] == "agency"] == ["AFP"]
    assert len([row for row in found.rows("incident_reports") if row["role"] == "describes"]) == 2
