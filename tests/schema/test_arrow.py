"""The declaration as Arrow schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.config import Project
from pipeline.schema import Schema, load_schema
from pipeline.schema.arrow import arrow_schema, arrow_table, stamped
from tests.schema.cases import PRESENT


def as_text(made: pa.Schema) -> list[str]:
    """A schema in lines: type, null or not, and the metadata."""

    def said(metadata: dict[bytes, bytes]) -> str:
        return " ".join(f"{key.decode()}={value.decode()}" for key, value in metadata.items())

    lines = [said(made.metadata)]
    for field in made:
        null = "" if field.nullable else " not null"
        lines.append(f"  {field.name}: {field.type}{null} {said(field.metadata)}")
    return lines


def test_the_schema_is_that_of_the_golden_file(small: Schema, golden: Path) -> None:
    lines = [line for name, table in small.tables.items() for line in (name, *as_text(arrow_schema(table)))]
    assert lines == (golden / "arrow.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("table", list(PRESENT))
def test_rows_keep_their_values(small: Schema, table: str) -> None:
    assert arrow_table(small.tables[table], PRESENT[table]).to_pylist() == [
        {name: row.get(name) for name in small.tables[table].columns} for row in PRESENT[table]
    ]


def test_what_a_row_lacks_is_null(small: Schema) -> None:
    [row] = arrow_table(small.tables["sites"], [{"site_id": "s-1"}]).to_pylist()
    assert row == {name: "s-1" if name == "site_id" else None for name in small.tables["sites"].columns}


def test_no_rows_give_the_columns_all_the_same(small: Schema) -> None:
    table = small.tables["visits"]
    assert arrow_table(table, []).schema.equals(arrow_schema(table), check_metadata=True)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("visits", "seen_best", "2"),
        ("visits", "seen_best", 1.5),
        ("visits", "seen_best", True),
        ("visits", "date_end", "2025-07-01"),
        ("visits", "date_end", 20250701),
        ("sites", "latitude", "17"),
        ("sites", "is_open", 1),
        ("sites", "site_id", 1),
    ],
)
def test_a_value_of_another_type_is_refused(small: Schema, table: str, column: str, value: Any) -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        arrow_table(small.tables[table], [{column: value}])


def test_only_fields_that_follow_from_the_release_get_its_number(project: Project) -> None:
    """Elsewhere the word that stands for it may be a value like any other."""
    sources = load_schema(project.schemas).tables["sources"]
    row = {"source": "release", "source_version": "release", "sha256": None}
    other = {"source": "ucdp_ged", "source_version": "25.1", "sha256": "ab"}
    made = stamped(pa.Table.from_pylist([row, other]), sources, "1.2.0").to_pylist()
    assert made == [row | {"source_version": "1.2.0"}, other]
