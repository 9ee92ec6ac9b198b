"""The declaration as DuckDB tables with keys, checks and comments."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.schema.declaration import Field, Rule, Schema

DUCKDB_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
}


def create_statements(schema: Schema) -> Iterator[str]:
    """The statements that create every table, each after those it refers to, and comment it.

    Returns:
        ``CREATE TABLE`` with NOT NULL, UNIQUE, CHECK, PRIMARY KEY and FOREIGN KEY, then ``COMMENT ON``
        for the table and its columns. A code list is a CHECK.
    """
    for table in schema.in_dependency_order():
        parts = [_column(field, schema, table.primary_key) for field in table.fields]
        parts += [f"CHECK ({rule_condition(rule)})" for rule in table.rules]
        if table.primary_key:
            parts.append(f"PRIMARY KEY ({_names(table.primary_key)})")
        parts += [
            f"FOREIGN KEY ({_names(key.fields)}) REFERENCES {quote(key.reference)} ({_names(key.reference_fields)})"
            for key in table.foreign_keys
        ]
        yield f"CREATE TABLE {quote(table.name)} (\n  " + ",\n  ".join(parts) + "\n)"
        yield f"COMMENT ON TABLE {quote(table.name)} IS {literal(table.description.en)}"
        for field in table.fields:
            unit = f" [{field.unit}]" if field.unit else ""
            comment = literal(field.description.en + unit)
            yield f"COMMENT ON COLUMN {quote(table.name)}.{quote(field.name)} IS {comment}"


def field_conditions(field: Field, schema: Schema) -> Iterator[tuple[str, str]]:
    """The constraints of a single value as SQL conditions that hold (or are null) for a good value.

    Returns:
        Pairs of the constraint's name and the condition.
    """
    name = quote(field.name)
    if field.required:
        yield "required", f"{name} IS NOT NULL"
    codes = schema.codes(field)
    if codes:
        yield "codelist", f"{name} IN ({', '.join(map(literal, codes))})"
    if field.pattern:
        yield "pattern", f"regexp_matches({name}, {literal(field.pattern)})"
    if field.minimum is not None:
        yield "minimum", f"{name} >= {field.minimum!r}"
    if field.maximum is not None:
        yield "maximum", f"{name} <= {field.maximum!r}"


def rule_condition(rule: Rule) -> str:
    """A rule over several fields as an SQL condition that is false for a bad row."""
    names = [quote(name) for name in rule.fields]
    if rule.kind == "together":
        filled = " + ".join(f"({name} IS NOT NULL)::INTEGER" for name in names)
        return f"{filled} IN (0, {len(names)})"
    pairs = [(low, high) for at, low in enumerate(names) for high in names[at + 1 :]]
    return " AND ".join(f"coalesce({low} <= {high}, true)" for low, high in pairs)


def quote(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _column(field: Field, schema: Schema, primary_key: tuple[str, ...]) -> str:
    checks = [
        "NOT NULL" if kind == "required" else f"CHECK ({condition})"
        for kind, condition in field_conditions(field, schema)
    ]
    if field.unique and primary_key != (field.name,):
        checks.append("UNIQUE")
    return " ".join([quote(field.name), DUCKDB_TYPES[field.type], *checks])


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(map(quote, names))
