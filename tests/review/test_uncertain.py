"""Which pairs are shown, how their score is taken apart, and when nothing can be shown."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io

import pyarrow.parquet as pq
import pytest

from pipeline.config import Params, Project
from pipeline.link import link
from pipeline.link.decisions import append_decision
from pipeline.link.stage import decision_files, known_records
from pipeline.problems import CannotDo, NotWell
from pipeline.review import uncertain_pairs
from pipeline.review.show import as_json, console, show_pair

LATER = dt.date(2026, 11, 22)
TILLIT = ("curated:tillit", "ucdp_candidate:tillit")
KAYES = ("curated:kayes", "ucdp_candidate:kayes")
NARA = ("curated:nara", "ucdp_candidate:nara")


def ids(project: Project, params: Params, **asked: object) -> list[tuple[str, str]]:
    shown = uncertain_pairs(project, params, **{"limit": 20, **asked}).pairs  # type: ignore[arg-type]
    return [(pair.left.record_id, pair.right.record_id) for pair in shown]


def decide(project: Project, params: Params, left: str, right: str, decision: str, why: str = "read both") -> None:
    known = known_records(project, params)
    append_decision(decision_files(project), (left, right, decision, why, LATER), known)


def test_the_least_sure_pair_comes_first(small: Project, small_params: Params) -> None:
    found = uncertain_pairs(small, small_params, limit=20)
    assert {(pair.left.record_id, pair.right.record_id) for pair in found.pairs} == {TILLIT, KAYES, NARA}
    distance = [abs(pair.weight) for pair in found.pairs]  # two records are linked from 0.5 on: a weight of 0
    assert found.links_from == 0.5
    assert distance == sorted(distance)
    assert found.pairs[-1].left.record_id == "curated:tillit"
    assert found.pairs[-1].is_linked


def test_the_weights_and_the_prior_add_up_to_the_score(small: Project, small_params: Params) -> None:
    for pair in uncertain_pairs(small, small_params, limit=20).pairs:
        assert pair.prior + sum(part.weight for part in pair.parts) == pytest.approx(pair.weight, abs=0.01)
        assert pair.probability == pytest.approx(2**pair.weight / (1 + 2**pair.weight))
    (nara,) = uncertain_pairs(small, small_params, limit=20, record="curated:nara").pairs
    labels = {part.comparison: part.label for part in nara.parts}
    assert labels["time"] == "one day apart"
    assert labels["killed"] == "one of the records says nothing"


def test_pairs_can_be_asked_for(small: Project, small_params: Params) -> None:
    assert ids(small, small_params, record="ucdp_candidate:kayes") == [KAYES]
    assert ids(small, small_params, between=(0.9, 1.0)) == [TILLIT]
    assert uncertain_pairs(small, small_params, limit=1).others == 2
    with pytest.raises(CannotDo, match="there is no record 'curated:kaye'; did you mean 'curated:kayes'"):
        ids(small, small_params, record="curated:kaye")


def test_what_is_decided_is_not_asked_again(small: Project, small_params: Params) -> None:
    decide(small, small_params, *KAYES, "different")
    assert KAYES not in ids(small, small_params)
    decide(small, small_params, "curated:tillit", "curated:nara", "same")
    decide(small, small_params, "ucdp_candidate:tillit", "curated:tillit", "same")
    assert TILLIT not in ids(small, small_params)
    decide(small, small_params, "ucdp_candidate:tillit", "ucdp_candidate:nara", "different")
    assert ids(small, small_params) == []  # the two of Nara differ, since one of them is the same as Tillit


def test_what_both_sides_say_stands_side_by_side(small: Project, small_params: Params) -> None:
    found = uncertain_pairs(small, small_params, limit=20, record="curated:tillit")
    (pair,) = found.pairs
    assert pair.left.said["claims"] == ["hospital: injured civilians 3–? (at_least)"]
    assert pair.left.said["actors"] == ["perpetrator: JNIM", "target: state_forces_mli"]
    assert pair.right.said["reports"] == ["RFI, 2026-02-16, Attack"]
    assert pair.right.said["row"] == ["data/ucdp_candidate.csv:1"]
    out = io.StringIO()
    show_pair(console(out), pair, found, "1 of 1")
    printed = out.getvalue()
    assert "\x1b" not in printed
    (line,) = (line for line in printed.splitlines() if line.lstrip().startswith("date"))
    assert line.count("2026-02-14 (day)") == 2
    assert "linked now" in printed
    assert as_json(found)["pairs"][0]["left"]["claims"] == pair.left.said["claims"]


def test_without_scored_pairs_it_says_what_to_run(small: Project, small_params: Params) -> None:
    path = small.ingested / "curated" / "claims.parquet"
    before = path.read_bytes()
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    with pytest.raises(
        CannotDo, match=r"curated/claims.parquet changed after the pairs were scored: run `.venv/bin/dvc"
    ):
        uncertain_pairs(small, small_params, limit=1)
    path.write_bytes(before)
    alone = dataclasses.replace(small_params, sources=("curated",))
    with pytest.raises(CannotDo, match="changed after the pairs were scored"):
        uncertain_pairs(small, alone, limit=1)
    for file in small.linked.iterdir():
        file.unlink()
    with pytest.raises(CannotDo, match="data/interim/link has no scored pairs yet: run"):
        uncertain_pairs(small, small_params, limit=1)


def test_a_decision_is_written_and_has_the_last_word(small: Project, small_params: Params) -> None:
    decide(small, small_params, "ucdp_candidate:nara", "curated:nara", "same", "the page says  so, with a comma")
    assert small.link_decisions.read_text(encoding="utf-8") == (
        "record_id_left,record_id_right,decision,why,date\n"
        'curated:nara,ucdp_candidate:nara,same,"the page says so, with a comma",2026-11-22\n'
    )
    link(small, small_params)
    table = pq.read_table(small.linked / "clusters.parquet").to_pylist()
    assert {row["cluster_id"] for row in table if "nara" in row["record_id"]} == {"curated:nara"}


@pytest.mark.parametrize(
    ("left", "right", "decision", "why", "told"),
    [
        ("curated:nara", "ucdp_candidate:tillit", "different", "x", "curated:nara = ucdp_candidate:nara (line 2)"),
        ("curated:nara", "ucdp_candidate:nara", "same", "x", "are same by line 2 already"),
        ("curated:kayes", "ucdp_candidate:kayes", "same", " ", "why: is empty: a decision gives its reason"),
        ("curated:kayes", "ucdp_candidate:kays", "same", "x", "did you mean 'ucdp_candidate:kayes'"),
        ("curated:kayes", "ucpd:1", "same", "x", "there is no record 'ucpd:1'"),
        ("curated:kayes", "curated:kayes", "same", "x", "not with itself"),
        ("curated:kayes", "ucdp_candidate:kayes", "perhaps", "x", "is 'perhaps'; it is 'same' or 'different'"),
    ],
)
def test_what_cannot_stand_is_told_before_anything_is_written(
    small: Project, small_params: Params, left: str, right: str, decision: str, why: str, told: str
) -> None:
    decide(small, small_params, "curated:nara", "ucdp_candidate:nara", "same")
    decide(small, small_params, "ucdp_candidate:nara", "ucdp_candidate:tillit", "same")
    before = small.link_decisions.read_bytes()
    with pytest.raises(NotWell) as refused:
        decide(small, small_params, left, right, decision, why)
    assert told in str(refused.value.problems[0])
    assert str(refused.value.problems[0]).startswith("data/reference/link_decisions.csv:4: ")
    assert refused.value.consequence == "nothing was written"
    assert small.link_decisions.read_bytes() == before
    assert [path.name for path in small.reference.glob("link_decisions*")] == ["link_decisions.csv"]


def test_a_decision_about_a_source_that_is_off_waits(small: Project, small_params: Params) -> None:
    decide(small, small_params, *KAYES, "different")
    alone = dataclasses.replace(small_params, sources=("curated",))
    assert "1 decisions wait for a source that is turned off" in link(small, alone)
    assert "wait" not in link(small, small_params)
