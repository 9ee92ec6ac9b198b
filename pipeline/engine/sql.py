"""One SQL for all engines: DuckDB's, with functions of the project's own, written anew for whichever engine runs it."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

Functions = Mapping[str, tuple[tuple[str, ...], str]]
"""What the project's own functions are called, the names of their arguments, and the expression that they stand for."""
NAMES: Mapping[str, Mapping[str, str]] = {
    "spark": {
        "LIST_HAS_ANY": "ARRAYS_OVERLAP",
        "LIST_INTERSECT": "ARRAY_INTERSECT",
        "LIST_MAX": "ARRAY_MAX",
        "JARO_WINKLER_SIMILARITY": "JARO_WINKLER",  # of the jar that Splink brings
    }
}
"""What a function of DuckDB is called elsewhere, where sqlglot does not know."""


def translated(sql: str, dialect: str, functions: Functions) -> str:
    """A query or condition in DuckDB's SQL as one for an engine, with the project's own functions written out."""
    names = NAMES.get(dialect, {})

    def written_out(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Anonymous) and node.name in functions:
            arguments, body = functions[node.name]
            given = dict(zip(arguments, node.expressions, strict=True))
            return exp.paren(sqlglot.parse_one(body, read="duckdb").transform(filled_in, given)).transform(renamed)
        return renamed(node)

    def filled_in(node: exp.Expression, given: Mapping[str, exp.Expression]) -> exp.Expression:
        return given[node.name].copy() if isinstance(node, exp.Column) and node.name in given else node

    def renamed(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.ArrayOverlaps):
            node = exp.Anonymous(this="LIST_HAS_ANY", expressions=[node.this, node.expression])
        if isinstance(node, exp.Anonymous) and node.name.upper() in names:
            node.set("this", names[node.name.upper()])
        return node

    return sqlglot.parse_one(sql, read="duckdb").transform(written_out).sql(dialect=dialect)
