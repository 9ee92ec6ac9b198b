"""What was checked of a package, what does not hold, and what could not be checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.problems import Problem, printable

REPORT_VERSION = 1
STATED = ("name", "version", "schema_version")
ROWS_SHOWN = 3


@dataclass(frozen=True, order=True)
class Failure(Problem):
    """A check that does not hold.

    Attributes:
        count: how many rows, keys or values break the rule; 1 where it is about a file as a whole.
        first: the first of them, each by column; what is shown of a value is short and printable.
    """

    count: int = 1
    first: tuple[Mapping[str, str | None], ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        """Where, what and under which rule, in one line."""
        return f"{super().__str__()} [{self.rule}]"

    def as_json(self) -> dict[str, Any]:
        """The form that ``schemas/json/verification.schema.json`` declares."""
        return {
            "place": self.file,
            "field": self.field,
            "rule": self.rule,
            "message": self.message,
            "count": self.count,
            "first": [dict(row) for row in self.first],
        }


@dataclass
class Verification:
    """What was checked of a package.

    Attributes:
        package: what people know the package by.
        stated: what it says of itself: name, version, schema_version.
        checksum: SHA-256 of its ``SHA256SUMS``, which stands for all of its files; None where there is none.
        checks: how many checks were made.
        rows: rows by table.
        problems: what does not hold; every one names table or file, rule, number of rows and the first of them.
        not_checked: what could not be checked, with the reason. It is never taken for well.
    """

    package: str = ""
    stated: Mapping[str, str | None] = field(default_factory=dict)
    checksum: str | None = None
    checks: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    problems: list[Failure] = field(default_factory=list)
    not_checked: list[tuple[str, str]] = field(default_factory=list)

    def expect(
        self,
        holds: bool,
        place: str,
        rule: str,
        message: str,
        *,
        column: str = "",
        count: int = 1,
        first: Sequence[Mapping[str, str | None]] = (),
    ) -> bool:
        """Count a check and keep a failure when it does not hold."""
        self.checks += 1
        if not holds:
            shown = f"; first: {said(first)}" if first else ""
            said_of_it = printable(message, 1_000) + shown
            self.problems.append(
                Failure(printable(place), 0, printable(column), said_of_it, rule, count=count, first=tuple(first))
            )
        return holds

    def leave_out(self, what: str, why: str) -> None:
        """Say that something was not checked."""
        self.not_checked.append((printable(what), printable(why, 1_000)))

    def add(self, others: Iterable[Verification]) -> None:
        """Take over what was found elsewhere."""
        for other in others:
            self.checks += other.checks
            self.rows |= other.rows
            self.problems += other.problems
            self.not_checked += other.not_checked

    def summary(self) -> str:
        """What was checked and how much of it holds, in one line."""
        name, version = (printable(self.stated.get(key) or "without a " + key) for key in STATED[:2])
        held = self.checks - len(self.problems)
        left_out = f", {len(self.not_checked)} could not be made" if self.not_checked else ""
        return (
            f"{self.package}: {name} {version}: {held} of {self.checks} checks hold{left_out}, "
            f"{sum(self.rows.values())} rows in {len(self.rows)} tables"
        )

    def as_json(self) -> dict[str, Any]:
        """The report in the form that ``schemas/json/verification.schema.json`` declares."""
        return {
            "report_version": REPORT_VERSION,
            "package": self.package,
            **{key: self.stated.get(key) for key in STATED},
            "checksum": self.checksum,
            "well": not self.problems,
            "checks": self.checks,
            "rows": self.rows,
            "problems": [failure.as_json() for failure in sorted(self.problems)],
            "not_checked": [{"what": what, "why": why} for what, why in self.not_checked],
        }


def said(rows: Sequence[Mapping[str, str | None]]) -> str:
    """Rows in one line."""
    return "; ".join("|".join("null" if value is None else value for value in row.values()) for row in rows)
