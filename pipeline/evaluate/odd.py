"""What is odd about a labelled file: columns that say nothing. And how much of what is told of it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.problems import Problem

FIRST = 5
"""Of problems of one column and rule, so many are shown; the others are counted."""
VARIED = ("place_text", "date_start", "latitude", "longitude", "target")
"""Keys of the layout whose columns say nothing where every row has the same."""


def odd_columns(layout: Mapping[str, Any], rows: Sequence[Mapping[str, str]], shown: str) -> Iterator[Problem]:
    """The columns that comparisons use and that say nothing, as every row is empty or has the same there.

    Args:
        layout: as it is declared.
        rows: the rows by column; an absent column is empty, and was told of before.
        shown: the path as it is shown to people.
    """
    if len(rows) < 2:
        return
    one_each = {key: layout[key] for key in ("origin", *VARIED, "geo_precision")}
    ranges = {f"{metric}_{end}": layout[metric][end] for metric in ("killed", "injured") for end in ("low", "high")}
    actors = {key: layout["actors"][key].format(n=1) for key in ("actor_id", "tactics")}
    for key, column in (one_each | ranges | actors).items():
        said = {row[column] for row in rows}
        if said == {""}:
            told = (
                "each row counts as a document of its own" if key == "origin" else "it takes no part in any comparison"
            )
            yield _odd(shown, column, f"is empty in every row: {told}")
        elif len(said) == 1 and key == "origin":
            told = "the rows of one document are different events, so nothing is linked"
            yield _odd(shown, column, f"is {min(said)!r} in every row: {told}")
        elif len(said) == 1 and key in VARIED:
            yield _odd(shown, column, f"is {min(said)!r} in every row: it tells no event from another")


def _odd(shown: str, column: str, message: str) -> Problem:
    return Problem(shown, 1, column, message, "labelled.silent_column", "warning")


def shortened(problems: Sequence[Problem]) -> Iterator[Problem]:
    """The problems, but of many with one rule in one column the first few and how many more there are."""
    said: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        kind = (problem.rule, problem.field)
        said[kind] += 1
        last[kind] = problem
        if said[kind] <= FIRST:
            yield problem
    for kind, count in said.items():
        if count > FIRST:
            of = last[kind]
            more = f"{count - FIRST} more rows like these"
            yield Problem(of.file, 0, of.field, more, of.rule, of.severity)
