"""The declaration as Arrow schemas, with titles, descriptions and units as metadata of table and column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config import THIS_RELEASE
from pipeline.schema.declaration import Field, Table

ARROW_TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table.

    Args:
        table: a declared table.

    Returns:
        A schema whose columns are nullable where the field is not required. Its metadata carry the
        table's title, description and primary key, those of a column its description and unit.
    """
    metadata = {
        "title": table.title.en,
        "title_fr": table.title.fr,
        "description": table.description.en,
        "description_fr": table.description.fr,
        "primary_key": ",".join(table.primary_key),
    }
    return pa.schema([_arrow_field(field) for field in table.fields], metadata)


def arrow_table(table: Table, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table of the declared layout.

    Args:
        table: a declared table.
        rows: mappings from column to value; a column that a row lacks is null there.

    Returns:
        The rows in the order given.

    Raises:
        pyarrow.ArrowInvalid: a value is not of the declared type.
    """
    schema = arrow_schema(table)
    listed = list(rows)
    arrays = [_array([row.get(name) for row in listed], schema.field(name).type) for name in schema.names]
    return pa.Table.from_arrays(arrays, schema=schema)


def stamped(data: pa.Table, table: Table, version: str) -> pa.Table:
    """Rows in which the word that stands for this release, where a field follows from the release, is its version.

    Args:
        data: rows of the table; columns that it lacks are passed over.
        table: the declaration, which marks such fields (``set_at_release``).
        version: what the release is called.
    """
    for field in table.fields:
        if field.set_at_release and field.type == "string" and field.name in data.column_names:
            column = data.column(field.name)
            filled = pc.if_else(pc.equal(column, THIS_RELEASE), pa.scalar(version), column)
            data = data.set_column(data.column_names.index(field.name), data.schema.field(field.name), filled)
    return data


def _array(values: list[Any], wanted: pa.DataType) -> pa.Array:
    """Values of the wanted type; Arrow alone would cut a fraction off and take a number for a day."""
    made = pa.array(values)
    widened = pa.types.is_integer(made.type) and pa.types.is_floating(wanted)
    if not (widened or pa.types.is_null(made.type) or made.type == wanted):
        raise pa.ArrowInvalid(f"values of type {made.type} where {wanted} is declared")
    return made.cast(wanted)


def _arrow_field(field: Field) -> pa.Field:
    metadata = {
        "title": field.title.en,
        "title_fr": field.title.fr,
        "description": field.description.en,
        "description_fr": field.description.fr,
    }
    if field.unit:
        metadata["unit"] = field.unit
    if field.codelist:
        metadata["codelist"] = field.codelist
    return pa.field(field.name, ARROW_TYPES[field.type], nullable=not field.required, metadata=metadata)


def loose(data: pa.Table) -> pa.Table:
    """The same rows with every column nullable: what is required is checked by name, not refused unnamed."""
    return data.cast(pa.schema([field.with_nullable(True) for field in data.schema]))
