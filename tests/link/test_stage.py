"""The stage ``link`` on the curated records, and on a second source that tells of the same incidents."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.config import Params, Project
from pipeline.link import link, prepare
from pipeline.problems import CannotDo, NotWell
from tests.copied import swap

HEADER = "record_id_left,record_id_right,decision,why,date\n"


@pytest.fixture
def linked(built: Project, tmp_path: Path) -> Project:
    """A folder of its own with what the stage reads."""
    for name in ("schemas", "data/reference", "data/interim/ingest"):
        shutil.copytree(built.root / name, tmp_path / name)
    return Project(tmp_path)


@pytest.fixture
def two(linked: Project, params: Params) -> Params:
    """A second source with the same incidents, each first day and each tactic as in the first."""
    first, second = linked.ingested / "curated", linked.ingested / "other"
    shutil.copytree(first, second)
    for name in ("records", "claims", "incident_actors"):
        table = pq.read_table(second / f"{name}.parquet")
        ids = pc.replace_substring(table["record_id"], "curated:", "other:")
        table = table.set_column(table.schema.get_field_index("record_id"), "record_id", ids)
        if name == "records":
            source = pa.array(["other"] * table.num_rows, pa.string())
            table = table.set_column(table.schema.get_field_index("source"), "source", source)
        pq.write_table(table, second / f"{name}.parquet")
    return dataclasses.replace(params, sources=("curated", "other"))


def clusters(project: Project) -> dict[str, str]:
    table = pq.read_table(project.linked / "clusters.parquet").to_pydict()
    return dict(zip(table["record_id"], table["cluster_id"], strict=True))


def test_records_of_one_source_stay_apart(linked: Project, params: Params) -> None:
    link(linked, params)
    found = clusters(linked)
    assert len(found) == pq.read_metadata(linked.ingested / "curated" / "records.parquet").num_rows
    assert all(record == cluster for record, cluster in found.items())


def test_a_withdrawn_record_takes_no_other_with_it(linked: Project, two: Params) -> None:
    path = linked.ingested / "curated" / "records.parquet"
    link(linked, two)
    linked_before = next(
        record for record, first in clusters(linked).items() if record.startswith("other:") and first != record
    )
    twin = linked_before.replace("other:", "curated:")
    assert clusters(linked)[linked_before] == twin
    table = pq.read_table(path)
    status = [
        "withdrawn" if record == twin else said
        for record, said in zip(table["record_id"].to_pylist(), table["status"].to_pylist(), strict=True)
    ]
    column = table.schema.get_field_index("status")
    pq.write_table(table.set_column(column, "status", pa.array(status, pa.string())), path)
    link(linked, two)
    assert clusters(linked)[linked_before] != twin
    assert clusters(linked)[twin] == twin
    (linked.reference / "link_decisions.csv").write_text(f"{HEADER}{twin},{linked_before},same,the same,2026-11-22\n")
    link(linked, two)
    assert clusters(linked)[linked_before] == clusters(linked)[twin]


def test_a_second_source_is_linked_and_every_pair_explained(linked: Project, two: Params) -> None:
    link(linked, two)
    found = clusters(linked)
    twins = [record for record in found if record.startswith("curated:")]
    together = [record for record in twins if found[record.replace("curated:", "other:")] == record]
    assert len(together) > 0.95 * len(twins)
    wrong = [record for record, first in found.items() if record.split(":")[1] != first.split(":")[1]]
    assert wrong == []
    pairs = pq.read_table(linked.linked / "pairs.parquet").to_pylist()
    for pair in pairs:
        weights = sum(value for name, value in pair.items() if name.endswith("_weight") and name != "match_weight")
        prior = pair["match_weight"] - weights
        assert prior == pytest.approx(pairs[0]["match_weight"] - _weights(pairs[0]), abs=0.01)


def _weights(pair: dict[str, float]) -> float:
    return sum(value for name, value in pair.items() if name.endswith("_weight") and name != "match_weight")


def test_two_runs_write_the_same_bytes(linked: Project, two: Params) -> None:
    link(linked, two)
    first = {path.name: path.read_bytes() for path in linked.linked.iterdir()}
    link(linked, two)
    assert {path.name: path.read_bytes() for path in linked.linked.iterdir()} == first


def test_a_decision_has_the_last_word(linked: Project, two: Params) -> None:
    link(linked, two)
    found = clusters(linked)
    left = next(record for record in found if found.get(record.replace("curated:", "other:")) == record)
    right = left.replace("curated:", "other:")
    alone = next(record for record, first in sorted(found.items()) if record.startswith("curated:") and record != left)
    rows = f"{left},{right},different,for a test,2026-11-22\n{left},{alone},same,for a test,2026-11-22\n"
    linked.link_decisions.write_text(HEADER + rows, encoding="utf-8")
    link(linked, two)
    found = clusters(linked)
    assert found[left] == found[alone] != found[right]
    table = pq.read_table(linked.linked / "clusters.parquet").to_pylist()
    methods = {row["record_id"]: row["link_method"] for row in table}
    assert {methods[left], methods[alone]} == {"decision"}
    assert methods[right] == ("kept_apart" if list(found.values()).count(found[right]) == 1 else "model")


def test_rows_that_a_revision_took_over_under_their_ids_are_of_one_incident(linked: Project, two: Params) -> None:
    """The same rows as Candidate and as GED; a curator's word on one of them goes before the shared id."""
    for name, source in (("curated", "ucdp_candidate"), ("other", "ucdp_ged")):
        shutil.move(linked.ingested / name, linked.ingested / source)
        for table in ("records", "claims", "incident_actors"):
            path = linked.ingested / source / f"{table}.parquet"
            data = pq.read_table(path)
            ids = pc.replace_substring(data["record_id"], f"{name}:", f"{source}:")
            data = data.set_column(data.schema.get_field_index("record_id"), "record_id", ids)
            if table == "records":
                of = pa.array([source] * data.num_rows, pa.string())
                data = data.set_column(data.schema.get_field_index("source"), "source", of)
            pq.write_table(data, path)
    params = dataclasses.replace(two, sources=("ucdp_candidate", "ucdp_ged"))
    linked.link_decisions.write_text(HEADER, encoding="utf-8")
    link(linked, params)
    rows = pq.read_table(linked.linked / "clusters.parquet").to_pylist()
    found = {row["record_id"]: row["cluster_id"] for row in rows}
    early = [record for record in found if record.startswith("ucdp_candidate:")]
    assert all(found[record] == found[record.replace("candidate", "ged")] == record for record in early)
    assert {row["link_method"] for row in rows} == {"source"}
    one = min(early)
    linked.link_decisions.write_text(HEADER + f"{one},{one.replace('candidate', 'ged')},different,other,2026-11-22\n")
    link(linked, params)
    found = clusters(linked)
    assert found[one] != found[one.replace("candidate", "ged")]
    assert sum(found[record] == found[record.replace("candidate", "ged")] for record in early) == len(early) - 1


def test_a_decision_about_an_unknown_record_stops_the_stage(linked: Project, params: Params) -> None:
    linked.link_decisions.write_text(HEADER + "curated:i-none00,curated:i-none01,same,why,2026-11-22\n")
    with pytest.raises(NotWell) as refused:
        link(linked, params)
    assert "there is no record 'curated:i-none00'" in str(refused.value.problems[0])
    assert not linked.linked.exists()


def test_records_without_coordinates_or_place_are_counted(linked: Project, two: Params) -> None:
    path = linked.ingested / "other" / "records.parquet"
    table = pq.read_table(path)
    for name in ("place_id", "place_text", "latitude", "longitude"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.nulls(table.num_rows, table.schema.field(at).type))
    pq.write_table(table, path)
    assert f"{table.num_rows} records without coordinates or place name" in link(linked, two)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<= 3\n", "<= 4\n"),
        ("near_days: 10", "near_days: 9"),
        ("near_km: 50", "near_km: 40"),
        ("crowd_km: 5", "crowd_km: 6"),
        ("least_evidence: 0.25 ", "least_evidence: 0.3 "),
        ("  near: 25", "  near: 30"),
        ("[area, camp,", "[area,"),
        ("  - name: target\n    evidence: true\n", "  - name: target\n"),
        ("        neutral: true\n", ""),
        ("        absence: true\n", ""),
    ],
)
def test_a_model_that_does_not_fit_what_is_declared_is_refused(
    linked: Project, params: Params, before: str, after: str
) -> None:
    swap(linked.schemas / "link" / "comparisons.yaml", before, after)
    with pytest.raises(CannotDo, match=r"was changed after the model was trained.* train it anew with"):
        link(linked, params)


def test_a_model_does_not_fit_other_queries(linked: Project, params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    swapped = prepare.LINK_INPUT.replace("<= 1", "<= 2")
    assert swapped != prepare.LINK_INPUT
    monkeypatch.setattr(prepare, "LINK_INPUT", swapped)
    with pytest.raises(CannotDo, match="or how pipeline/link prepares records, was changed"):
        link(linked, params)


def test_labels_and_the_largest_cluster_need_no_new_model(linked: Project, params: Params) -> None:
    path = linked.schemas / "link" / "comparisons.yaml"
    swap(path, "label: other targets", "label: targets of two types")
    swap(path, "largest_cluster: 60", "largest_cluster: 50")
    link(linked, params)


def test_without_a_model_it_is_told_how_to_get_one(linked: Project, params: Params) -> None:
    linked.link_model.unlink()
    with pytest.raises(CannotDo, match="is no trained model"):
        link(linked, params)


def test_cells_too_small_for_what_is_near_are_refused(linked: Project, params: Params) -> None:
    path = linked.schemas / "link" / "comparisons.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("near_km: 50", "near_km: 80"), encoding="utf-8")
    with pytest.raises(CannotDo, match="near_km is wider than a cell"):
        link(linked, params)
