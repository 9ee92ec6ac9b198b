"""Events that were looked at and that a clause of the scope excludes: ``data/raw/curated/outside_scope.csv``.

They are rows of the source like the entries, and stand in the ledger under their clause.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.problems import Problem, did_you_mean
from pipeline.reference import csv_lines
from pipeline.schema import Field, Schema
from pipeline.schema.cells import parse, unsafe_text, violations
from pipeline.sources.curated.claim_checks import malformed

FILE = "outside_scope.csv"
COLUMNS = ("date_start", "country_iso3", "place_text", "scope_clause", "reason", "url")


def read_outside(path: Path, shown: str, schema: Schema) -> tuple[list[str], list[Problem]]:
    """Read the list.

    Args:
        path: the file; none is as good as an empty one.
        shown: its name in messages.
        schema: the declaration, for the types of the columns and the code list `scope_clause`.

    Returns:
        The clause of each row, and the problems found.
    """
    if not path.is_file():
        return [], []
    lines, problems = csv_lines(path, shown)
    if not problems and (not lines or tuple(lines[0][1]) != COLUMNS):
        problems.append(Problem(shown, 1, "", f"the columns are {','.join(COLUMNS)}", "curated.outside_columns"))
    if problems:
        return [], problems
    clauses = []
    for at, cells in lines[1:]:
        if len(cells) != len(COLUMNS):
            message = f"has {len(cells)} cells where the header has {len(COLUMNS)}"
            problems.append(Problem(shown, at, "", message, "curated.outside_columns"))
            continue
        row = dict(zip(COLUMNS, cells, strict=True))
        problems += _problems(row, shown, at, schema)
        clauses.append(row["scope_clause"])
    return clauses, problems


def _problems(row: dict[str, str], shown: str, at: int, schema: Schema) -> list[Problem]:
    found: list[tuple[str, str]] = []
    for column in ("date_start", "country_iso3"):
        found += [(column, message) for message in _wrong(row[column], schema.tables["incidents"][column], schema)]
    clauses = schema.codelists["scope_clause"].codes
    if row["scope_clause"] not in clauses:
        near = did_you_mean(row["scope_clause"], clauses)
        found.append(("scope_clause", f"unknown code '{row['scope_clause']}'{near} (codes: {', '.join(clauses)})"))
    for column in ("place_text", "reason"):
        unsafe = "is empty" if not row[column] else unsafe_text(row[column])
        found += [(column, unsafe)] if unsafe else []
    wrong = malformed(row["url"])
    found += [("url", f"'{row['url']}' is no address of a page: {wrong}")] if wrong else []
    return [Problem(shown, at, column, message, "curated.outside_row") for column, message in found]


def _wrong(text: str, field: Field, schema: Schema) -> list[str]:
    try:
        value = parse(text, field)
    except ValueError as error:
        return [str(error)]
    return [message for _, message in violations(value, field, schema)]
