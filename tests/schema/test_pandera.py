"""The declaration as pandera checks: what is compiled, and that it catches what it should by the rule's name."""

from __future__ import annotations

from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from pipeline.problems import NotWell, Problem
from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_table
from pipeline.schema.pandera import pandera_schema, validate
from tests.schema.cases import FRESH, GOOD, PRESENT, ROWS, TABLES, TYPES, VALUES, Case, Row

# ibis asks pandas for an option that pandas 3 deprecates


def as_ibis(small: Schema, table: str, rows: list[Row]) -> ir.Table:
    return ibis.memtable(arrow_table(small.tables[table], rows))


def problems(small: Schema, table: str, data: ir.Table, others: dict[str, ir.Table]) -> list[Problem]:
    try:
        validate(small, table, data, others, where="test")
    except NotWell as error:
        return error.problems
    return []


def of_row(small: Schema, table: str, row: Row) -> list[Problem]:
    tables = {name: as_ibis(small, name, rows) for name, rows in PRESENT.items()}
    tables[table] = as_ibis(small, table, [*PRESENT[table], row])
    return problems(small, table, tables[table], tables)


def test_the_checks_are_those_of_the_golden_file(small: Schema, golden: Path) -> None:
    lines = []
    tables = {name: as_ibis(small, name, rows) for name, rows in PRESENT.items()}
    for name, table in small.tables.items():
        made = pandera_schema(small, table, tables)
        assert made.strict and made.ordered
        lines.append(name)
        lines += [f"  {column} {declared.dtype}" for column, declared in made.columns.items()]
        lines += [f"  {check.name}" for check in made.checks]
    assert lines == (golden / "checks.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", [*VALUES, *ROWS, *TABLES], ids=str)
def test_a_bad_row_is_caught_by_the_name_of_its_rule(small: Schema, case: Case) -> None:
    assert [problem.rule for problem in of_row(small, case.table, case.row)] == [case.rule]


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_a_good_row_passes(small: Schema, case: Case) -> None:
    assert of_row(small, case.table, case.row) == []


def test_the_problem_names_stage_field_value_and_key(small: Schema) -> None:
    [problem] = of_row(small, "visits", FRESH["visits"] | {"purpose": "holiday"})
    assert (problem.file, problem.field) == ("test: visits", "purpose")
    assert "1 rows" in problem.message
    assert "holiday" in problem.message
    assert "s-1|2025-07-02" in problem.message


@pytest.mark.parametrize("table", ["regions", "sites", "visits"])
def test_an_empty_table_passes(small: Schema, table: str) -> None:
    assert problems(small, table, as_ibis(small, table, []), {}) == []


def test_without_the_other_table_a_reference_is_not_checked(small: Schema) -> None:
    data = as_ibis(small, "visits", [FRESH["visits"] | {"site_id": "s-9"}])
    assert problems(small, "visits", data, {}) == []


def test_parts_of_a_key_are_not_run_together(small: Schema) -> None:
    rows = [FRESH["visits"], FRESH["visits"] | {"site_id": "s-1|2025-07-02"}]
    assert problems(small, "visits", as_ibis(small, "visits", rows), {}) == []
    sites = as_ibis(small, "sites", [FRESH["sites"] | {"region_code": "R|1", "vintage": 2}])
    regions = ibis.memtable(pa.table({"region_code": ["R"], "vintage": ["1|2"]}))
    [problem] = problems(small, "sites", sites, {"regions": regions})
    assert problem.rule == "sites.region_code.foreign_key"


def test_a_null_in_the_other_table_hides_no_lost_reference(small: Schema) -> None:
    sites = as_ibis(small, "sites", [PRESENT["sites"][0], FRESH["sites"] | {"site_id": None}])
    visits = as_ibis(small, "visits", [FRESH["visits"] | {"site_id": "s-9"}])
    assert [found.rule for found in problems(small, "visits", visits, {"sites": sites})] == [
        "visits.site_id.foreign_key"
    ]


def test_where_nothing_refers_the_other_table_may_be_empty(small: Schema) -> None:
    """As in data without one operation."""
    row = FRESH["sites"] | {"parent_id": None, "region_code": None, "vintage": None}
    empty = {name: as_ibis(small, name, []) for name in small.tables}
    assert problems(small, "sites", as_ibis(small, "sites", [row]), empty) == []


@pytest.mark.parametrize(("table", "column", "text"), TYPES)
def test_a_column_of_another_type_is_one_problem_without_traceback(
    small: Schema, table: str, column: str, text: str
) -> None:
    good = arrow_table(small.tables[table], PRESENT[table])
    at = good.schema.get_field_index(column)
    [found] = problems(small, table, ibis.memtable(good.set_column(at, column, pa.array([text]))), {})
    assert column in found.message
    assert "Traceback" not in found.message


def test_a_number_in_a_column_of_text_is_caught(small: Schema) -> None:
    good = arrow_table(small.tables["regions"], PRESENT["regions"])
    [found] = problems(small, "regions", ibis.memtable(good.set_column(0, "region_code", pa.array([5]))), {})
    assert "region_code" in found.message


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"vintage": [2023]}, "region_code"),
        ({"region_code": ["R-1"], "vintage": [2023], "more": [1]}, "more"),
        ({"vintage": [2023], "region_code": ["R-1"]}, "vintage"),
    ],
    ids=["missing", "more", "order"],
)
def test_other_columns_are_one_problem_without_traceback(small: Schema, columns: Row, named: str) -> None:
    [found] = problems(small, "regions", ibis.memtable(pa.table(columns)), {})
    assert named in found.message
    assert "Traceback" not in found.message
