"""The published schema: its declaration and what is compiled from it."""

from pipeline.schema.declaration import (
    Codelist,
    Field,
    ForeignKey,
    Rule,
    Schema,
    Table,
    Value,
    load_codelist,
    load_schema,
)
from pipeline.schema.texts import Text

__all__ = [
    "Codelist",
    "Field",
    "ForeignKey",
    "Rule",
    "Schema",
    "Table",
    "Text",
    "Value",
    "load_codelist",
    "load_schema",
]
