"""What is said to people when something examined is not well, and how it ends.

Exit codes, the same for every command: 0 well, 1 the thing examined is not well, 2 it could not be done.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

EXIT_WELL, EXIT_NOT_WELL, EXIT_NOT_DONE = 0, 1, 2
LONGEST_SHOWN = 120


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, where it stands and what would be right.

    Attributes:
        file: path of the file, relative to the project where it lies inside it.
        line: line in that file, counted from 1; 0 when the file as a whole is meant.
        field: the key or column concerned, with its path inside the entry (``claims[2].value_low``).
        message: what is wrong and what would be right, in one sentence.
        rule: id of the rule that was broken (``schemas/rules.csv`` or a constraint of a table).
        severity: ``error`` stops a build, ``warning`` does not.
    """

    file: str
    line: int
    field: str
    message: str
    rule: str
    severity: str = "error"

    def __str__(self) -> str:
        """The form that editors and people read: ``file:line: field: message``."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        label = "" if self.severity == "error" else f"{self.severity}: "
        middle = f" {self.field}:" if self.field else ""
        return f"{place}:{middle} {label}{self.message}"

    def as_json(self) -> dict[str, str | int]:
        """The same as a flat mapping, for ``--json``."""
        return {
            "file": self.file,
            "line": self.line,
            "field": self.field,
            "rule": self.rule,
            "severity": self.severity,
            "message": self.message,
        }


class NotWell(Exception):
    """The input was read and is not well: a list of problems for people, no traceback (exit 1)."""

    def __init__(self, problems: Iterable[Problem], consequence: str) -> None:
        self.problems = sorted(problems)
        self.consequence = consequence
        super().__init__(f"{len(self.problems)} problems; {consequence}")


class CannotDo(Exception):
    """The work could not be done at all, with the reason and the way out (exit 2)."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion for a misspelt word, or an empty string.

    Args:
        word: what was written.
        known: the words that would have been right.

    Returns:
        ``"; did you mean 'JNIM'?"`` for the nearest known word, else ``""``.
    """
    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"; did you mean '{by_folded[near[0]]}'?" if near else ""


def printable(text: str, longest: int = LONGEST_SHOWN) -> str:
    """A stranger's text as it can be shown: short, and without characters that steer a terminal."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(character if character.isprintable() else "�" for character in short)
