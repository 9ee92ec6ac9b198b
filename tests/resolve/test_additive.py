"""Which tolls may be added: of an operation and its incidents one side, parts of a figure once, no person twice."""

from __future__ import annotations

import datetime as dt

import ibis
import pyarrow as pa

from pipeline.resolve import additive, linked, tolls
from pipeline.schema import Schema
from tests.resolve.claims import claim, tables


def _added(rows: list[tuple[str, str | None, int | None]], withdrawn: str | None = None) -> dict[str, bool]:
    """Whether each unit's toll is additive: (unit, its operation, best), operations having none."""
    kinds = {"i": "incident", "o": "operation"}
    figures = pa.table(
        {
            "unit_type": [kinds[unit[0]] for unit, _, _ in rows],
            "unit_id": [unit for unit, _, _ in rows],
            "metric": ["killed"] * len(rows),
            "population_group": ["all"] * len(rows),
            "low": pa.array([best for _, _, best in rows], pa.int64()),
            "best": pa.array([best for _, _, best in rows], pa.int64()),
            "high": pa.array([None] * len(rows), pa.int64()),
        }
    )
    units = pa.table(
        {
            "unit_type": [kinds[unit[0]] for unit, _, _ in rows],
            "unit_id": [unit for unit, _, _ in rows],
            "operation_id": pa.array([operation for _, operation, _ in rows], pa.string()),
            "is_withdrawn": [unit == withdrawn for unit, _, _ in rows],
            "date_start": [dt.date(2025, 7, 1)] * len(rows),
            "country_iso3": ["MLI"] * len(rows),
            "admin1_code": ["ML-1"] * len(rows),
        }
    )
    found = additive.add_up(ibis.memtable(figures), ibis.memtable(units)).to_pyarrow().to_pylist()
    return {row["unit_id"]: row["is_additive"] for row in found}


def test_the_operation_s_figure_is_added_and_not_those_of_its_incidents() -> None:
    assert _added([("o1", None, 132), ("i1", "o1", 30), ("i2", "o1", 5)]) == {"o1": True, "i1": False, "i2": False}


def test_unless_these_add_up_to_more() -> None:
    assert _added([("o1", None, 132), ("i1", "o1", 100), ("i2", "o1", 60)]) == {"o1": False, "i1": True, "i2": True}


def test_incidents_count_where_the_operation_has_no_figure() -> None:
    assert _added([("i1", "o1", 100), ("i2", None, 60)]) == {"i1": True, "i2": True}


def test_an_operation_whose_incidents_have_no_figure_is_added() -> None:
    assert _added([("o1", None, 80)]) == {"o1": True}


def test_a_withdrawn_incident_is_never_added_nor_weighed() -> None:
    rows: list[tuple[str, str | None, int | None]] = [("o1", None, 10), ("i1", "o1", 50), ("i2", "o1", 3)]
    assert _added(rows, withdrawn="i1") == {"o1": True, "i1": False, "i2": False}
    assert _added([("i1", None, 50)], withdrawn="i1") == {"i1": False}


def added(schema: Schema, ours: int | None, parts: dict[str, int], operation: int | None = None) -> dict[str, bool]:
    """Which incidents and operations are additive: two parts of one figure, the first in an incident with ours.

    Args:
        schema: the schema.
        ours: what our record says of the incident.
        parts: the dead of both parts by incident.
        operation: what is said of an operation of the incident.
    """
    first = next(iter(parts))
    claims = [
        claim("UCDP", "unspecified", dead, dead, unit=name, record=f"ucdp:{name}", publisher="UCDP")
        for name, dead in parts.items()
    ]
    if ours is not None:
        claims.append(claim("army", "unspecified", ours, ours, unit=first, record="curated:x", publisher="AFP"))
    if operation is not None:
        claims.append(claim("army", "unspecified", operation, operation, unit="o-1", unit_type="operation"))
    t = tables(schema, claims)
    records = {f"c-{at:06d}": said.get("record") for at, said in enumerate(claims, 1)}
    own_claims = (
        t["claims"]
        .drop("subject_id")
        .join(
            ibis.memtable(pa.table({"claim_id": list(records), "subject_id": pa.array(records.values(), pa.string())})),
            "claim_id",
        )
    )
    others = (t["claim_reports"], t["reports"], t["populations"])
    units = [
        {"unit_type": "incident", "unit_id": name, "operation_id": "o-1" if name == first and operation else None}
        for name in parts
    ]
    units.append({"unit_type": "operation", "unit_id": "o-1", "operation_id": None})
    typed = pa.table(
        {
            **{name: pa.array([unit[name] for unit in units], pa.string()) for name in units[0]},
            "is_withdrawn": [False] * len(units),
        }
    )
    figures = additive.add_up(tolls.decide(t["claims"], *others), ibis.memtable(typed))
    split = pa.table(
        {
            "record_id": [f"ucdp:{name}" for name in parts],
            "incident_id": list(parts),
            "part_of": ["ucdp:figure"] * len(parts),
            "operation_id": pa.array([unit["operation_id"] for unit in units[: len(parts)]], pa.string()),
            "is_one_of_several": [name == first and ours is not None for name in parts],
        }
    )
    own = tolls.decide(own_claims.filter(own_claims.subject_id.startswith("ucdp:" + first)), *others)
    found = additive.parts_once(figures, own, ibis.memtable(split))
    rows = found.filter(found.population_group == "all").to_pyarrow().to_pylist()
    assert len(rows) == len({row["unit_id"] for row in rows})
    return {row["unit_id"]: row["is_additive"] for row in rows}


def test_parts_of_a_figure_add_up_to_it(schema: Schema) -> None:
    assert added(schema, None, {"i-1": 5, "i-2": 10}) == {"i-1": True, "i-2": True}
    assert added(schema, 7, {"i-1": 5, "i-2": 10}) == {"i-1": True, "i-2": True}


def test_parts_that_another_figure_holds_are_not_added_to_it(schema: Schema) -> None:
    assert added(schema, 15, {"i-1": 5, "i-2": 10}) == {"i-1": True, "i-2": False}
    assert added(schema, 20, {"i-1": 5, "i-2": 10}) == {"i-1": True, "i-2": False}


def test_parts_that_the_figure_of_an_operation_holds_are_not_added_to_it(schema: Schema) -> None:
    found = added(schema, 5, {"i-1": 5, "i-2": 10}, operation=80)
    assert found == {"o-1": True, "i-1": False, "i-2": False}


def test_parts_that_a_figure_holds_all_but_a_few_of_are_not_added_to_it(schema: Schema) -> None:
    """UCDP has 100 fighters of 19 February 2026 as 50 at Tongomayel and 50 at Béléhédé, and 15 as 5 in three regions.

    A figure that is nearer to the sum than to the part speaks of all; one that is as near to both is no such figure.
    """
    halves = {"i-1": 50, "i-2": 50}
    assert added(schema, 95, halves) == {"i-1": True, "i-2": False}
    assert added(schema, 76, halves) == {"i-1": True, "i-2": False}
    assert added(schema, 75, halves) == {"i-1": True, "i-2": True}
    assert added(schema, 54, halves) == {"i-1": True, "i-2": True}
    thirds = {"i-1": 5, "i-2": 5, "i-3": 5}
    assert added(schema, 12, thirds) == {"i-1": True, "i-2": False, "i-3": False}
    assert added(schema, 6, thirds) == {"i-1": True, "i-2": True, "i-3": True}


def test_parts_are_counted_once_with_an_operation_whose_figure_is_a_little_lower(schema: Schema) -> None:
    found = added(schema, 45, {"i-1": 50, "i-2": 50}, operation=96)
    assert found == {"o-1": True, "i-1": False, "i-2": False}


SITES = ("i-1", "i-2", "i-3")


def counted(
    schema: Schema,
    rows: dict[str, int],
    entries: dict[str, int],
    *,
    operation: int | None = None,
    parts: tuple[str, ...] = (),
    withdrawn: tuple[str, ...] = (),
) -> dict[str, int]:
    """What is added of an operation of three incidents, each with an entry, by unit.

    Args:
        schema: the schema.
        rows: how many dead the row of a dataset counts that is linked to an incident: ``ucdp:1`` to the first.
        entries: how many an entry counts, by incident.
        operation: how many somebody counts for the operation.
        parts: the rows that are parts of one split figure.
        withdrawn: incidents, or rows, that are withdrawn.
    """
    of = {record: f"i-{record[-1]}" for record in rows}
    claims = [claim("UCDP", "unspecified", n, n, unit=of[r], record=r, source_type="dataset") for r, n in rows.items()]
    claims += [claim("AFP", "unspecified", n, n, unit=i, record=f"curated:{i}") for i, n in entries.items()]
    if operation is not None:
        claims.append(claim("AFP", "unspecified", operation, operation, unit="o-1", unit_type="operation"))
    t = tables(schema, claims)
    owners = {f"curated:{name}": name for name in SITES} | of
    records = ibis.memtable(
        pa.table(
            {
                "record_id": list(owners),
                "incident_id": list(owners.values()),
                "source": [record.partition(":")[0] for record in owners],
                "part_of": pa.array(["ucdp:f" if record in parts else None for record in owners], pa.string()),
                "status": ["withdrawn" if {record, name} & set(withdrawn) else "" for record, name in owners.items()],
            }
        )
    )
    members = linked.of_records(records)
    members = members.mutate(is_curated=members.record_id.startswith("curated:"))
    incidents = ibis.memtable(
        pa.table(
            {
                "incident_id": SITES,
                "operation_id": ["o-1"] * 3,
                "status": ["withdrawn" if name in withdrawn else "" for name in SITES],
                "date_start": [dt.date(2022, 6, 18)] * 3,
                "country_iso3": ["MLI"] * 3,
                "admin1_code": ["ML-5"] * 3,
            }
        )
    )
    operations = ibis.memtable(pa.table({"operation_id": ["o-1"], "date_start": [dt.date(2022, 6, 18)]}))

    def decide(said: ibis.Table) -> ibis.Table:
        return tolls.decide(said, t["claim_reports"], t["reports"], t["populations"])

    own = decide(linked.by_record(t["claims"], members))
    figures = decide(linked.heard(t["claims"], members))
    whole = additive.of_operations(records, incidents, members, figures, own)
    said = linked.of_operations(t["claims"], whole)
    added = additive.add_up(decide(linked.heard(said, members)), additive.units(incidents, operations))
    found = added.filter(added.is_additive & (added.population_group == "all")).to_pyarrow().to_pylist()
    assert len(found) == len({row["unit_id"] for row in found})
    return {row["unit_id"]: row["best"] for row in found}


def test_a_dataset_s_figure_for_a_whole_operation_is_not_added_to_its_other_incidents(schema: Schema) -> None:
    """One row for the attack on three villages, linked to the first: 132, of whom our entries count 5 at the second."""
    assert counted(schema, {"ucdp:1": 132}, {"i-2": 5}) == {"o-1": 132}
    assert counted(schema, {"ucdp:1": 132}, {"i-2": 5}, operation=100) == {"o-1": 100}, "a dataset has no voice"
    assert counted(schema, {"ucdp:1": 132}, {"i-1": 30, "i-2": 5}, operation=100) == {"o-1": 100}


def test_nothing_is_lost_where_our_entries_add_up_to_more_than_the_dataset_s_whole(schema: Schema) -> None:
    entries = {"i-1": 30, "i-2": 100, "i-3": 60}
    assert counted(schema, {"ucdp:1": 132}, entries) == entries
    assert counted(schema, {}, entries) == entries


def test_a_dataset_s_figure_for_one_incident_stays_there(schema: Schema) -> None:
    assert counted(schema, {"ucdp:1": 28}, {"i-1": 30, "i-2": 100}) == {"i-1": 30, "i-2": 100}
    assert counted(schema, {"ucdp:1": 2}, {"i-2": 5}) == {"i-1": 2, "i-2": 5}, "nearer to nothing than to all five"
    assert counted(schema, {"ucdp:1": 3}, {}) == {"i-1": 3}, (
        "nobody else says anything: there is nothing to count twice"
    )
    assert counted(schema, {"ucdp:1": 20}, {"i-1": 40}) == {"i-1": 40}, "what is said of all is what is said of one"


def test_rows_of_a_dataset_on_several_incidents_are_its_own_account_of_each(schema: Schema) -> None:
    """UCDP has the attacks of 12 to 15 February 2026 in Burkina Faso in a row for each place."""
    assert counted(schema, {"ucdp:1": 40, "ucdp:3": 30}, {"i-2": 50}) == {"i-1": 40, "i-2": 50, "i-3": 30}
    assert counted(schema, {"ucdp:1": 90, "ucdp:3": 30}, {"i-2": 50}, operation=100) == {
        "i-1": 90,
        "i-2": 50,
        "i-3": 30,
    }


def test_parts_of_a_split_figure_and_what_is_withdrawn_say_nothing_of_the_whole(schema: Schema) -> None:
    assert counted(schema, {"ucdp:1": 60}, {"i-2": 50}, parts=("ucdp:1",)) == {"i-1": 60, "i-2": 50}
    assert counted(schema, {"ucdp:1": 60}, {"i-2": 50}, withdrawn=("i-2", "i-3")) == {"i-1": 60}
    assert counted(schema, {"ucdp:1": 60}, {"i-2": 50}, withdrawn=("ucdp:1",)) == {"i-2": 50}


def test_a_row_for_diallassagou_is_of_the_operation(schema: Schema) -> None:
    """18 June 2022: the government counts 132 for Diallassagou and the villages around, one entry counts one dead.

    A dataset that has all of them at Diallassagou (the row is made; no file with that month is at hand) adds none.
    """
    assert counted(schema, {"ucdp:1": 132}, {"i-2": 1}, operation=132) == {"o-1": 132}
    assert counted(schema, {"ucdp:1": 140}, {"i-2": 1}, operation=132) == {"o-1": 132}
