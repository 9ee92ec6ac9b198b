"""The declaration as DuckDB tables: the statements, and what an INSERT is refused for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.problems import CannotDo
from pipeline.schema import Field, Schema, Text
from pipeline.schema.duckdb import create_statements, field_conditions, quote
from tests.schema.cases import FRESH, GOOD, PRESENT, ROWS, TABLES, TYPES, VALUES, Case, Row


@pytest.fixture
def database(small: Schema) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for statement in create_statements(small):
            connection.execute(statement)
        for table, rows in PRESENT.items():
            for row in rows:
                insert(connection, table, row)
        yield connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, row: Row) -> None:
    places = ", ".join("?" for _ in row)
    names = ", ".join(map(quote, row))
    connection.execute(f"INSERT INTO {quote(table)} ({names}) VALUES ({places})", list(row.values()))


def test_the_statements_are_those_of_the_golden_file(small: Schema, golden: Path) -> None:
    made = "".join(f"{statement};\n" for statement in create_statements(small))
    assert made == (golden / "tables.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", [*VALUES, *ROWS, *TABLES], ids=str)
def test_a_bad_row_is_refused(database: duckdb.DuckDBPyConnection, case: Case) -> None:
    with pytest.raises(duckdb.ConstraintException):
        insert(database, case.table, case.row)


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_a_good_row_is_taken(database: duckdb.DuckDBPyConnection, case: Case) -> None:
    insert(database, case.table, case.row)
    names = ", ".join(map(quote, case.row))
    assert tuple(case.row.values()) in database.execute(f"SELECT {names} FROM {quote(case.table)}").fetchall()


@pytest.mark.parametrize(("table", "column", "text"), TYPES)
def test_a_value_of_another_type_is_refused(
    database: duckdb.DuckDBPyConnection, table: str, column: str, text: str
) -> None:
    with pytest.raises(duckdb.ConversionException):
        insert(database, table, FRESH[table] | {column: text})


def test_a_condition_holds_a_bound_to_its_last_digit() -> None:
    text = Text("", "")
    field = Field("x", "integer", text, text, 0, minimum=1234567, maximum=7654321)
    schema = Schema("1", {}, {})
    conditions = dict(field_conditions(field, schema))
    for value, kept in ((1234566, False), (1234567, True), (7654321, True), (7654322, False)):
        holds = " AND ".join(f"({condition})" for condition in conditions.values())
        assert duckdb.execute(f"SELECT {holds} FROM (SELECT {value} AS x)").fetchone() == (kept,)


def test_names_and_texts_with_quotes_are_harmless(small: Schema) -> None:
    table = small.tables["regions"]
    odd = dataclasses.replace(table, name='re"gions', description=Text('it\'s "odd"; DROP', ""))
    with duckdb.connect() as connection:
        for statement in create_statements(Schema("1", {odd.name: odd}, {})):
            connection.execute(statement)
        found = connection.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall()
    assert found == [('re"gions', 'it\'s "odd"; DROP')]


def test_tables_that_refer_to_each_other_in_a_circle_are_refused(small: Schema) -> None:
    key = dataclasses.replace(small.tables["visits"].foreign_keys[0], reference="visits")
    sites = dataclasses.replace(small.tables["sites"], foreign_keys=(key,))
    circle = Schema("1", {**small.tables, "sites": sites}, small.codelists)
    with pytest.raises(CannotDo, match=r"sites.*circle"):
        list(create_statements(circle))


def test_the_published_schema_can_be_created(schema: Schema) -> None:
    with duckdb.connect() as connection:
        for statement in create_statements(schema):
            connection.execute(statement)
        made = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert made == set(schema.tables)
