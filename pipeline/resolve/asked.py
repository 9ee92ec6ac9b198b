"""Tolls by another rule than that of the release, decided on demand from the claims of a package."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.engine import connect, in_order, read_table
from pipeline.problems import CannotDo, did_you_mean
from pipeline.resolve import additive, linked, tolls
from pipeline.schema import Schema

TABLES = ("claims", "claim_reports", "reports", "records", "incidents", "operations")
SUMS = ("low", "best", "high", "toll_count", "no_best_count", "open_count")
Row = dict[str, Any]


def tolls_by(package: Path, schema: Schema, engine: str, rule: str, units: Sequence[str] = ()) -> list[Row]:
    """Decide the tolls of a package by a rule.

    Args:
        package: the folder of a package.
        schema: of this project; the package has the same tables.
        engine: which decides.
        rule: a code of the list `toll_rule`.
        units: ids of incidents and operations; all when empty.

    Returns:
        Rows of `tolls`, in the order in which they are published.

    Raises:
        CannotDo: the rule or a unit is not known, or the package lacks a table.
    """
    known = schema.codelists["toll_rule"].codes
    if rule not in known:
        raise CannotDo(f"there is no rule '{rule}'{did_you_mean(rule, known)}; the rules are {', '.join(known)}")
    missing = [name for name in TABLES if not (package / f"{name}.parquet").is_file()]
    if missing:
        raise CannotDo(f"{package}: has no {missing[0]}.parquet: run make release first")
    backend = connect(engine)
    read = {name: read_table(backend, package, schema.tables[name]) for name in TABLES}
    codes = schema.codelists["population"].rows
    populations = pa.Table.from_pylist([{name: row[name] for name in ("code", "population_group")} for row in codes])
    members = linked.of_records(read["records"])
    decide = partial(
        tolls.decide,
        claim_reports=read["claim_reports"],
        reports=read["reports"],
        populations=backend.create_table("populations", populations),
        rule=rule,
    )
    figures = decide(linked.heard(read["claims"], members)).cache()
    own = decide(linked.by_record(read["claims"], members)).cache()
    added = additive.add_up(figures, additive.units(read["incidents"], read["operations"]))
    counted = additive.parts_once(added, own, linked.parts(read["records"], read["incidents"], members))
    rows: list[Row] = in_order(counted, schema.tables["tolls"]).to_pyarrow().to_pylist()
    published = {
        identifier
        for name in ("incident", "operation")
        for identifier in read[f"{name}s"][f"{name}_id"].to_pyarrow().to_pylist()
    }
    for unit in units:
        if unit not in published:
            raise CannotDo(f"there is no incident or operation '{unit}'{did_you_mean(unit, published)}")
    return [row for row in rows if not units or row["unit_id"] in units]


def totals(rows: Sequence[Row]) -> list[Row]:
    """Sums of the additive figures of all persons by country (null where an operation spans several) and metric.

    A sum has no upper bound where one of its figures has none: ``open_count`` says how many. A figure without ``best``,
    like "up to 20", adds nothing to that of the sum: ``no_best_count``.
    """
    sums: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row["is_additive"] and row["population_group"] == "all":
            key = (row["country_iso3"] or "", row["metric"])
            empty = {"country_iso3": row["country_iso3"], "metric": row["metric"], **dict.fromkeys(SUMS, 0)}
            total = sums.setdefault(key, empty)
            total["low"] += row["low"] or 0
            total["best"] += row["best"] or 0
            is_open = total["high"] is None or row["high"] is None
            total["high"] = None if is_open else total["high"] + row["high"]
            total["toll_count"] += 1
            total["open_count"] += row["high"] is None
            total["no_best_count"] += row["best"] is None
    return [sums[key] for key in sorted(sums)]


def above_their_total(rows: Sequence[Row]) -> list[str]:
    """The figures of groups that are above that of all persons, in a sentence each: they rest on other claims."""
    totals_of = {(row["unit_id"], row["metric"]): row["best"] for row in rows if row["population_group"] == "all"}
    said = []
    for row in rows:
        whole = totals_of.get((row["unit_id"], row["metric"]))
        if whole is not None and row["best"] is not None and row["best"] > whole:
            group = f"{row['best']} {row['metric']} of {row['population_group']}"
            said.append(f"{row['unit_id']}: {group}, but {whole} in all: each figure is decided from its own claims")
    return said
