"""Claims in a few words, decided by the real code on the real engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import ibis
import pyarrow as pa

from pipeline.resolve import tolls
from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_table

Row = dict[str, Any]
Toll = tuple[int | None, int | None, int | None]


def claim(who: str, of: str, low: int | None, high: int | None, **more: Any) -> Row:
    """One claim of killed about the incident i-000001 in a report of its own publisher.

    ``day`` is the day of July 2025 on which the report came out (None: unknown), ``carried_by`` the
    publishers of further reports that repeat it, ``also_in`` the ids of such reports,
    ``agency`` whose dispatch the report carries, ``source_type`` what kind of source it is.
    """
    return {"who": who, "of": of, "low": low, "high": high} | more


def tables(schema: Schema, claims: Sequence[Row]) -> dict[str, ibis.Table]:
    """The claims with their reports as the tables that `tolls.decide` reads."""
    rows: dict[str, list[Row]] = {"claims": [], "claim_reports": [], "reports": []}
    for number, said in enumerate(claims, 1):
        claim_id, report_id = f"c-{number:06d}", said.get("report", f"r-{number:06d}")
        rows["claims"].append(
            {
                "claim_id": said.get("id", claim_id),
                "subject_type": said.get("unit_type", "incident"),
                "subject_id": said.get("unit", "i-000001"),
                "report_id": report_id,
                "sequence": said.get("sequence", number),
                "claimant_name": said["who"],
                "claimant_type": "dataset" if said.get("source_type") == "dataset" else "media",
                "record_id": said.get("record"),
                "metric": said.get("metric", "killed"),
                "population": said["of"],
                "value_low": said["low"],
                "value_best": said.get("best"),
                "value_high": said["high"],
                "qualifier": said.get("qualifier", "unknown"),
                "included_in_claim_id": said.get("included_in"),
            }
        )
        carriers = [(report_id, said.get("publisher", f"paper of {report_id}"), said.get("agency"))]
        carriers += [(f"{report_id}-{at}", name, None) for at, name in enumerate(said.get("carried_by", []))]
        carriers += [(identifier, f"paper of {identifier}", None) for identifier in said.get("also_in", [])]
        for at, (identifier, publisher, agency) in enumerate(carriers):
            role = "repeats_claim" if at else "carries_claim"
            rows["claim_reports"].append({"claim_id": said.get("id", claim_id), "report_id": identifier, "role": role})
            day = said.get("day")
            published = None if day is None else dt.date(2025, 7, day)
            report = {"report_id": identifier, "publisher": publisher, "agency": agency, "published_date": published}
            if identifier not in [other["report_id"] for other in rows["reports"]]:
                rows["reports"].append(
                    {
                        **report,
                        "url": "https://example.org",
                        "language": "en",
                        "source_type": said.get("source_type", "website"),
                    }
                )
    made = {name: ibis.memtable(_nullable(arrow_table(schema.tables[name], found))) for name, found in rows.items()}
    codes = [
        {"code": row["code"], "population_group": row["population_group"]}
        for row in schema.codelists["population"].rows
    ]
    made["populations"] = ibis.memtable(pa.Table.from_pylist(codes))
    return made


def decided(schema: Schema, claims: Sequence[Row], rule: str = tolls.RULE) -> dict[tuple[str, str, str], Row]:
    """The tolls by unit, metric and group."""
    t = tables(schema, claims)
    decide = tolls.decide(t["claims"], t["claim_reports"], t["reports"], t["populations"], rule)
    found = decide.to_pyarrow().to_pylist()
    keyed = {(row["unit_id"], row["metric"], row["population_group"]): row for row in found}
    assert len(keyed) == len(found), "one toll for each unit, metric and group"
    return keyed


def killed(schema: Schema, claims: Sequence[Row], group: str = "all", rule: str = tolls.RULE) -> Toll:
    """Low, best and high of those killed in i-000001."""
    row = decided(schema, claims, rule)["i-000001", "killed", group]
    return row["low"], row["best"], row["high"]


def _nullable(data: pa.Table) -> pa.Table:
    return data.cast(pa.schema([field.with_nullable(True) for field in data.schema]))
