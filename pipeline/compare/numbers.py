"""Version numbers: which one is due after what changed, by the rules in ``schemas/version_rules.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import SEMANTIC_VERSION
from pipeline.problems import CannotDo

LEVELS = ("patch", "minor", "major")
FIRST = "1.0.0"
UNCHANGED = "+unchanged"


@dataclass(frozen=True)
class Reason:
    """Why a number is due.

    Attributes:
        change: its code in ``schemas/version_rules.csv``.
        level: patch, minor or major, as that file says.
        said: what changed, for people.
    """

    change: str
    level: str
    said: str


@dataclass(frozen=True)
class Due:
    """The number that is due.

    Attributes:
        last: the last published version; None before the first.
        version: the number that is due; the last one when nothing changed.
        level: the highest level among the reasons; None when nothing changed or nothing was published.
        reasons: highest level first.
    """

    last: str | None
    version: str
    level: str | None
    reasons: Sequence[Reason]

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing differs from the last published version."""
        return self.last is not None and not self.reasons


def load_rules(schemas: Path) -> dict[str, str]:
    """The level of each kind of change.

    Raises:
        CannotDo: a level is none of patch, minor, major, or a column is missing.
    """
    rows = list(csv.DictReader(io.StringIO((schemas / "version_rules.csv").read_text(encoding="utf-8"))))
    try:
        levels = {row["change"]: row["level"] for row in rows}
    except KeyError as error:
        raise CannotDo(f"schemas/version_rules.csv: has no column {error}") from error
    wrong = [change for change, level in levels.items() if level not in LEVELS]
    if wrong:
        raise CannotDo(f"schemas/version_rules.csv: {', '.join(wrong)}: the level is one of {', '.join(LEVELS)}")
    return levels


def due(last: str | None, changes: Iterable[tuple[str, str]], levels: Mapping[str, str]) -> Due:
    """The number that follows from what changed.

    Args:
        last: the last published version.
        changes: pairs of a code of ``version_rules.csv`` and what changed, for people.
        levels: from `load_rules`.

    Raises:
        CannotDo: the rules say nothing of a change.
    """
    if last is None:
        return Due(None, FIRST, None, ())
    changes = list(changes)
    unruled = [f"{change} ({said})" for change, said in changes if change not in levels]
    if unruled:
        raise CannotDo(f"schemas/version_rules.csv: has no row for {', '.join(unruled)}: say there which level it has")
    reasons = sorted(
        (Reason(change, levels[change], said) for change, said in changes),
        key=lambda reason: -LEVELS.index(reason.level),
    )
    if not reasons:
        return Due(last, last, None, ())
    level = reasons[0].level
    return Due(last, raised(last, level), level, reasons)


def raised(version: str, level: str) -> str:
    """The next version of a level: ``raised("1.2.3", "minor")`` is ``"1.3.0"``."""
    major, minor, patch = parts(version)
    return {"major": f"{major + 1}.0.0", "minor": f"{major}.{minor + 1}.0", "patch": f"{major}.{minor}.{patch + 1}"}[
        level
    ]


def parts(version: str) -> tuple[int, int, int]:
    """The three numbers of a version, for comparing; what follows a ``+`` says nothing of the order.

    Raises:
        CannotDo: it is not three numbers.
    """
    plain = version.partition("+")[0]
    if not SEMANTIC_VERSION.match(plain):
        raise CannotDo(f"'{version}' is no version: it is three numbers, like 1.2.0")
    major, minor, patch = map(int, plain.split("."))
    return major, minor, patch
