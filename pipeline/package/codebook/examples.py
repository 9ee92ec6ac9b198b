"""Worked examples: real units of the package with their claims side by side and which of them gave which figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipeline.package.codebook.decided import Decided, Said, decided
from pipeline.package.codebook.document import (
    Block,
    Code,
    Grid,
    Inlines,
    Listing,
    Paragraph,
    Row,
    Section,
    Words,
    inlines,
    joined,
    words,
)
from pipeline.package.codebook.frame import Case, Frame
from pipeline.problems import CannotDo
from pipeline.schema import Schema
from pipeline.schema.duckdb import literal, quote

CLAIMS = """
    SELECT c.claim_id, c.sequence, c.claimant_name, c.population, c.qualifier, c.value_low, c.value_high,
      c.included_in_claim_id, r.report_id, coalesce(r.agency, r.publisher) AS voice
    FROM claims c JOIN claim_reports USING (claim_id) JOIN reports r ON r.report_id = claim_reports.report_id
    WHERE c.subject_type = ? AND c.subject_id = ? AND c.metric = ?
    ORDER BY c.sequence, c.claim_id, r.report_id
"""
TOLLS = """
    SELECT t.unit_type, t.unit_id, t.population_group, t.low, t.best, t.high, t.toll_status, t.is_additive
    FROM tolls t LEFT JOIN incidents i ON i.incident_id = t.unit_id
    WHERE t.metric = $metric AND (t.unit_id = $unit OR (i.operation_id = $unit AND t.population_group = 'all'))
    ORDER BY t.unit_id <> $unit, t.date_start, t.unit_id, t.population_group <> 'all', t.population_group
"""
NAMES = """
    SELECT operation_name_en AS en, operation_name_fr AS fr FROM operations WHERE operation_id = $unit
    UNION ALL SELECT label_en, label_fr FROM incidents WHERE incident_id = $unit
"""
Found = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """A unit that was found for a case, and what was said of it in one metric.

    Attributes:
        names: of the unit and of its incidents, by id and language.
        claims: one mapping a claim and report that carries it.
        tolls: those of the unit, then those of all persons of its incidents.
    """

    case: Case
    unit_type: str
    unit_id: str
    metric: str
    names: dict[str, dict[str, str]]
    claims: list[Found]
    tolls: list[Found]


def find_examples(folder: Path, schema: Schema, cases: Sequence[Case]) -> list[list[Example]]:
    """Look for each case in the tables of a package; one that it does not hold is left out.

    Args:
        folder: where ``<table>.parquet`` lies for each table.
        schema: the declaration.
        cases: what to look for.

    Returns:
        For each case that was found the unit in one metric or several.

    Raises:
        CannotDo: the query of a case does not run.
    """
    with duckdb.connect() as connection:
        for name in schema.tables:
            path = literal(str(folder / f"{name}.parquet"))
            connection.execute(f"CREATE VIEW {quote(name)} AS FROM read_parquet({path})")
        return [found for case in cases if (found := list(_found(connection, case)))]


def _found(connection: duckdb.DuckDBPyConnection, case: Case) -> Iterator[Example]:
    try:
        units = connection.execute(case.finds).fetchall()
    except duckdb.Error as error:
        raise CannotDo(f"schemas/codebook/examples.yaml: {case.id}: the query does not run: {error}") from error
    for unit_type, unit_id, metric in units:
        tolls = _rows(connection, TOLLS, {"unit": unit_id, "metric": metric})
        ids = dict.fromkeys([unit_id, *(toll["unit_id"] for toll in tolls)])
        yield Example(
            case,
            unit_type,
            unit_id,
            metric,
            names={found: _rows(connection, NAMES, {"unit": found})[0] for found in ids},
            claims=_rows(connection, CLAIMS, [unit_type, unit_id, metric]),
            tolls=tolls,
        )


def _rows(connection: duckdb.DuckDBPyConnection, query: str, values: Any) -> list[Found]:
    result = connection.execute(query, values)
    columns = [column[0] for column in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def said(claims: Sequence[Found], groups: dict[str, str]) -> list[Said]:
    """The claims that count for a toll, as `decided` reads them."""
    counted = [
        claim
        for claim in claims
        if claim["value_low"] is not None or claim["value_high"] is not None or claim["qualifier"] == "dozens"
    ]
    ids = {claim["claim_id"] for claim in counted}
    return [
        Said(
            claim["claim_id"],
            claim["claimant_name"],
            claim["report_id"],
            claim["voice"],
            claim["population"],
            groups[claim["population"]],
            claim["value_low"],
            claim["value_high"],
            claim["sequence"],
            claim["included_in_claim_id"] in ids,
        )
        for claim in counted
    ]


def example_section(examples: Sequence[Example], frame: Frame, schema: Schema) -> Section:
    """One worked example: how it was chosen, what was said, what follows and why, in each metric."""
    case = examples[0].case
    blocks: list[Block] = [
        Paragraph(inlines(frame("examples.chosen"), rule=words(frame.of(case.rule)))),
        Paragraph(inlines(frame.of(case.text))),
    ]
    for example in examples:
        blocks.append(_claims(example, frame, schema))
        blocks.append(Listing(tuple(_reasons(example, frame, schema))))
        blocks.append(_tolls(example, frame, schema))
    return Section(f"example.{case.id}", words(frame.of(case.title)), tuple(blocks))


def _claims(example: Example, frame: Frame, schema: Schema) -> Grid:
    metric = _inside(_label(schema, frame, "metric", example.metric))
    caption = inlines(frame("examples.claims"), unit=_unit(example, example.unit_id, frame), metric=metric)
    each: dict[str, list[Found]] = {}
    for claim in example.claims:
        each.setdefault(claim["claim_id"], []).append(claim)
    head = ("order", "claimant", "population", "wording", "low", "high", "carried_by")
    rows = []
    for carried in each.values():
        claim = carried[0]
        voices = sorted({one["voice"] for one in carried})
        remark = words(f" ({frame('examples.contained')})") if claim["included_in_claim_id"] in each else ()
        cells = (
            words(str(claim["sequence"])),
            (_name(claim["claimant_name"], frame),),
            (*words(_label(schema, frame, "population", claim["population"])), *remark),
            words(_label(schema, frame, "qualifier", claim["qualifier"])),
            _number(claim["value_low"]),
            _number(claim["value_high"]),
            words(", ".join(voices)),
        )
        rows.append(Row(cells))
    return Grid(caption, tuple(_head(frame, name) for name in head), tuple(rows))


def _tolls(example: Example, frame: Frame, schema: Schema) -> Grid:
    caption = inlines(frame("examples.tolls"), metric=_inside(_label(schema, frame, "metric", example.metric)))
    head = ("unit", "group", "low", "best", "high", "status", "additive")
    rows = [
        Row(
            (
                _unit(example, toll["unit_id"], frame),
                words(_label(schema, frame, "population_group", toll["population_group"])),
                _number(toll["low"]),
                _number(toll["best"]),
                _number(toll["high"]),
                words(_label(schema, frame, "toll_status", toll["toll_status"])),
                words(frame("examples.yes" if toll["is_additive"] else "examples.no")),
            )
        )
        for toll in example.tolls
    ]
    return Grid(caption, tuple(_head(frame, name) for name in head), tuple(rows))


def _reasons(example: Example, frame: Frame, schema: Schema) -> Iterator[Inlines]:
    """Who gave the figures for all persons, and whether they are counted."""
    toll = next(toll for toll in example.tolls if toll["unit_id"] == example.unit_id)
    found = decided(
        said(example.claims, schema.codelists["population"].column("population_group")),
        *(toll[name] for name in ("low", "best", "high")),
    )
    yield _low(toll["low"], found, frame)
    yield _best(toll["best"], found, frame, schema, example)
    if len(found.votes) > 1:
        votes = (inlines(frame("examples.vote"), figure=str(figure), voices=str(n)) for figure, n in found.votes)
        yield inlines(frame("examples.votes"), votes=joined(votes))
    yield _high(toll["high"], found, frame)
    parts = [other["best"] for other in example.tolls if other["unit_id"] != example.unit_id and other["best"]]
    if example.unit_type == "operation" and toll["is_additive"]:
        yield inlines(frame("examples.additive_operation"))
    elif example.unit_type == "operation":
        added = " + ".join(map(str, parts)) + (f" = {sum(parts)}" if len(parts) > 1 else "")
        yield inlines(frame("examples.additive_parts"), parts=added)


def _low(value: int | None, found: Decided, frame: Frame) -> Inlines:
    if value is None:
        return inlines(frame("examples.low_open"))
    return inlines(frame("examples.low"), value=str(value), names=_names(found.low, frame))


def _best(value: int | None, found: Decided, frame: Frame, schema: Schema, example: Example) -> Inlines:
    if value is None:
        return inlines(frame("examples.best_none"))
    if found.best:
        return inlines(frame("examples.best_stated"), value=str(value), names=_names(found.best, frame))
    if found.summed is None:
        here = [toll for toll in example.tolls if toll["unit_id"] == example.unit_id and toll["best"] == value]
        label = _inside(_label(schema, frame, "population_group", here[-1]["population_group"]))
        return inlines(frame("examples.best_floor"), value=str(value), group=label)
    names, parts = _names((found.summed.claimant,), frame), found.summed.parts
    if len(parts) > 1:
        added = " + ".join(str(part.low) for part in parts if part.low is not None)
        return inlines(frame("examples.best_sum"), value=str(value), sum=added, names=names)
    population = _inside(_label(schema, frame, "population", parts[0].population))
    return inlines(frame("examples.best_group"), value=str(value), names=names, population=population)


def _high(value: int | None, found: Decided, frame: Frame) -> Inlines:
    if value is None:
        return inlines(frame("examples.high_open"), names=_names(found.high, frame))
    if not found.high:
        return inlines(frame("examples.high_best"), value=str(value))
    return inlines(frame("examples.high"), value=str(value), names=_names(found.high, frame))


def _names(names: Sequence[str], frame: Frame) -> Inlines:
    return joined((_name(name, frame) for name in names), "; ")


def _name(name: str, frame: Frame) -> Words:
    """The name of a claimant, in English where it is not known in French."""
    if frame.language == "en":
        return Words(name)
    french = frame.claimants.french(name)
    return Words(name, "en") if french is None else Words(french)


def _unit(example: Example, unit_id: str, frame: Frame) -> Inlines:
    return (*words(example.names[unit_id][frame.language] + " "), Code(unit_id))


def _number(value: int | None) -> Inlines:
    return words("–" if value is None else str(value))


def _label(schema: Schema, frame: Frame, codelist: str, code: str) -> str:
    return schema.codelists[codelist].column(f"label_{frame.language}")[code]


def _inside(label: str) -> str:
    """A label as it stands inside a sentence."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def _head(frame: Frame, name: str) -> Inlines:
    return (Code(name),) if name in ("low", "best", "high") else words(frame(f"examples.{name}"))
