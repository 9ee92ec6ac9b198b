"""Incidents of several records: nothing is lost, values come by rules, divergence is a figure, parts add up once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import pyarrow as pa
import pytest

from pipeline.problems import NotWell
from pipeline.resolve import linked, values
from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_table

Row = dict[str, Any]
OURS, THEIRS, ALONE = "curated:i-aaaaaa", "ucdp:1", "ucdp:2"
OWN = {OURS: "i-aaaaaa", THEIRS: "i-u00001", ALONE: "i-u00002"}
DAY = dt.date(2026, 2, 14)
BASE: Row = {
    "date_start": DAY,
    "date_end": DAY,
    "date_precision": "day",
    "country_iso3": "BFA",
    "geo_precision": "exact",
    "event_type": "ambush",
    "status": "compiled",
    "confidence": "high",
    "latitude": 12.0,
    "longitude": 0.0,
}


def table(schema: Schema, name: str, rows: list[Row]) -> ibis.Table:
    data = arrow_table(schema.tables[name], rows)
    return ibis.memtable(data.cast(pa.schema([field.with_nullable(True) for field in data.schema])))


def record(record_id: str, **said: Any) -> Row:
    return BASE | {"record_id": record_id, "source": record_id.partition(":")[0], "incident_id": OWN[record_id]} | said


def members(schema: Schema, *said: Row) -> ibis.Table:
    """Our record and theirs in one incident, another one alone; a record that is not given says what all say."""
    given = {row["record_id"]: row for row in said}
    rows = [given.get(record_id, record(record_id)) for record_id in OWN]
    clusters = pa.table(
        {
            "record_id": list(OWN),
            "cluster_id": [OURS, OURS, ALONE],
            "link_probability": [0.9, 0.9, None],
            "link_method": ["model", "model", "none"],
        }
    )
    found = linked.members(table(schema, "records", rows), ibis.memtable(clusters), ("ucdp", "curated"))
    ids = pa.table({"cluster_id": [OURS, ALONE], "incident_id": ["i-aaaaaa", "i-u00002"]})
    return linked.with_incidents(found, ibis.memtable(ids))


def listed(found: ibis.Table, *columns: str) -> list[tuple[Any, ...]]:
    rows = found.select(*columns).to_pyarrow().to_pylist()
    return sorted((tuple(row.values()) for row in rows), key=repr)


def test_every_actor_of_every_record_stays_and_a_party_whose_part_is_known_is_not_listed_twice(
    schema: Schema,
) -> None:
    def acts(record_id: str, actor: str, role: str, letter: str | None = None, basis: str = "attributed") -> Row:
        row = {"incident_id": OWN[record_id], "actor_id": actor, "role": role, "basis": basis, "record_id": record_id}
        return row | {"alternative_group": letter}

    actors = [
        acts(OURS, "JNIM", "perpetrator", "a", "claimed"),
        acts(OURS, "ISSP", "perpetrator", "a"),
        acts(THEIRS, "JNIM", "party"),
        acts(THEIRS, "JNIM", "perpetrator", None, "suspected"),
        acts(THEIRS, "army", "party"),
        acts(THEIRS, "militia", "target", "a"),
        acts(THEIRS, "villagers", "target", "a"),
        acts(ALONE, "army", "party", "b"),
    ]
    found = linked.incident_actors(table(schema, "incident_actors", actors), members(schema))
    assert listed(found, "incident_id", "actor_id", "role", "basis", "alternative_group", "record_id") == [
        ("i-aaaaaa", "ISSP", "perpetrator", "attributed", "a", OURS),
        ("i-aaaaaa", "JNIM", "perpetrator", "claimed", "a", OURS),
        ("i-aaaaaa", "army", "party", "attributed", None, THEIRS),
        ("i-aaaaaa", "militia", "target", "attributed", "b", THEIRS),
        ("i-aaaaaa", "villagers", "target", "attributed", "b", THEIRS),
        ("i-u00002", "army", "party", "attributed", "b", ALONE),
    ]


def test_reports_keep_their_strongest_role_and_claims_one_sequence_in_which_ours_come_last(schema: Schema) -> None:
    used = [
        {"subject_type": "incident", "subject_id": OWN[record_id], "report_id": report, "role": role}
        for record_id, report, role in (
            (OURS, "r-1", "describes"),
            (THEIRS, "r-1", "carries_claim"),
            (THEIRS, "r-2", "locates"),
            (ALONE, "r-2", "describes"),
        )
    ]
    used.append({"subject_type": "operation", "subject_id": "o-aaaaaa", "report_id": "r-1", "role": "describes"})
    found = linked.incident_reports(table(schema, "incident_reports", used), members(schema))
    assert listed(found, "subject_id", "report_id", "role") == [
        ("i-aaaaaa", "r-1", "carries_claim"),
        ("i-aaaaaa", "r-2", "locates"),
        ("i-u00002", "r-2", "describes"),
        ("o-aaaaaa", "r-1", "describes"),
    ]
    said = [
        {"claim_id": name, "subject_type": "incident", "subject_id": OWN[of], "record_id": of, "sequence": at}
        for name, of, at in (("c-1", OURS, 1), ("c-2", OURS, 2), ("c-3", THEIRS, 13), ("c-4", ALONE, 13))
    ]
    said.append({"claim_id": "c-5", "subject_type": "operation", "subject_id": "o-aaaaaa", "sequence": 1})
    found = linked.claims(table(schema, "claims", said), members(schema))
    assert listed(found, "claim_id", "subject_id", "sequence") == [
        ("c-1", "i-aaaaaa", 2),
        ("c-2", "i-aaaaaa", 3),
        ("c-3", "i-aaaaaa", 1),
        ("c-4", "i-u00002", 13),
        ("c-5", "o-aaaaaa", 1),
    ]


def test_revisions_of_linked_entries_are_numbered_through(schema: Schema) -> None:
    rows = [
        {"subject_type": "incident", "subject_id": OWN[of], "position": at, "reason": f"{of} {at}"}
        for of, at in ((OURS, 1), (OURS, 2), (THEIRS, 1))
    ]
    found = linked.revisions(table(schema, "revisions", rows), members(schema))
    assert listed(found, "subject_id", "position", "reason") == [
        ("i-aaaaaa", 1, f"{OURS} 1"),
        ("i-aaaaaa", 2, f"{OURS} 2"),
        ("i-aaaaaa", 3, f"{THEIRS} 1"),
    ]


def decided(schema: Schema, ours: Row, theirs: Row) -> tuple[Row, dict[str, str]]:
    """The incident of our record and theirs, and from which record each group of values comes."""
    rows = [record(OURS, **ours), record(THEIRS, **theirs), record(ALONE)]
    of = members(schema, *rows)
    placed = linked.records(table(schema, "records", rows), of)
    more = {"admin1_name", "admin2_name", "place_name", "match_state"}
    placed = placed.mutate(
        **dict.fromkeys(more, ibis.null("string")),
        geo_radius_km=ibis.null("float64"),
        priogrid_gid=ibis.null("int64"),
    )
    values.one_operation_each(placed)
    found, sources = values.decide(placed, of, values.load_groups(schema))
    incident = found.filter(found.incident_id == "i-aaaaaa").to_pyarrow().to_pylist()
    assert len(incident) == 1
    assert sources.filter(sources.incident_id != "i-aaaaaa").count().to_pyarrow().as_py() == 0, "one record: no row"
    return incident[0], dict(listed(sources, "value_group", "record_id"))


def test_equal_records_give_our_values(schema: Schema) -> None:
    later = dt.date(2026, 2, 15)
    incident, come_from = decided(schema, {}, {"date_start": later, "date_end": later, "latitude": 13.0})
    assert (incident["date_start"], incident["latitude"]) == (DAY, 12.0)
    assert set(come_from.values()) == {OURS}
    assert "operation" not in come_from, "what no record says comes from none"


@pytest.mark.parametrize(
    ("ours", "theirs", "group", "source"),
    [
        ({"date_precision": "week"}, {}, "date", THEIRS),
        ({"date_precision": "week"}, {"date_precision": "month"}, "date", OURS),
        ({"geo_precision": "near"}, {}, "place", OURS),
        ({"geo_precision": "admin1"}, {"geo_precision": "near"}, "place", THEIRS),
        ({"geo_precision": "area"}, {"geo_precision": "admin2"}, "place", THEIRS),
        ({"event_type": "other"}, {}, "event_type", THEIRS),
        ({"target_type": None}, {"target_type": "military"}, "target_type", THEIRS),
        ({"operation_id": None}, {"operation_id": "o-aaaaaa"}, "operation", THEIRS),
        ({"status": "disputed"}, {"status": "candidate"}, "status", OURS),
        ({"status": "withdrawn"}, {"status": "candidate"}, "status", THEIRS),
        ({"status": "withdrawn"}, {"date_precision": "year"}, "date", THEIRS),
    ],
)
def test_values_come_from_the_record_that_the_rule_names(
    schema: Schema, ours: Row, theirs: Row, group: str, source: str
) -> None:
    assert decided(schema, ours, theirs)[1][group] == source


def test_two_operations_in_one_incident_are_refused_with_both_records(schema: Schema) -> None:
    with pytest.raises(NotWell) as refused:
        decided(schema, {"operation_id": "o-aaaaaa"}, {"operation_id": "o-bbbbbb"})
    assert f"{OURS} in o-aaaaaa, {THEIRS} in o-bbbbbb" in str(refused.value.problems[0])


def test_how_far_records_lie_apart(schema: Schema) -> None:
    later = dt.date(2026, 2, 16)
    rows = [record(OURS), record(THEIRS, date_start=later, latitude=13.0), record(ALONE)]
    of = members(schema, *rows)
    placed = linked.records(table(schema, "records", rows), of)
    point = {"date_start": DAY, "latitude": 12.0, "longitude": 0.0}
    incidents = pa.Table.from_pylist([{"incident_id": "i-aaaaaa", "killed_best": 60} | point])
    own = pa.Table.from_pylist([{"unit_id": THEIRS, "metric": "killed", "population_group": "all", "best": 52}])
    found = values.divergence(placed, ibis.memtable(incidents), of, ibis.memtable(own))
    columns = ("record_id", "date_difference_days", "place_difference_km", "killed_difference")
    # a degree of a meridian of a sphere of 6,371 km
    assert listed(found, *columns) == [(OURS, 0, 0.0, None), (THEIRS, 2, 111.2, -8)]


def test_a_withdrawn_record_is_not_heard_where_another_stands(schema: Schema) -> None:
    said = table(schema, "claims", [{"claim_id": f"c-{at}", "record_id": of} for at, of in enumerate(OWN)])
    withdrawn = [record(OURS, status="withdrawn"), record(ALONE, status="withdrawn")]
    assert listed(linked.heard(said, members(schema, *withdrawn)), "record_id") == [(THEIRS,), (ALONE,)]
