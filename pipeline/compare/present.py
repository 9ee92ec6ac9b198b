"""A difference as text for a terminal, as Markdown for a pull request, and as JSON for a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.compare.details import Detail, details, value_counts
from pipeline.compare.difference import Difference, told
from pipeline.compare.languages import ENGLISH, Language
from pipeline.compare.structure import WHOLE
from pipeline.compare.totals import Total
from pipeline.problems import printable

LONGEST_VALUE = 80
SELECTION = "sums of additive tolls; a selection, not a count of all violence"
LONGEST_REASON = 300
Grid = list[list[str]]
Place = tuple[str, str, str]
"""Table, key and field."""


def as_text(difference: Difference, limit: int) -> str:
    """What differs, for people at a terminal: deaths first, then structure, rows, and the first values.

    Args:
        difference: of two sides.
        limit: how many values and totals are shown at most.
    """
    parts = [_headline(difference)]
    for title, grid in _grids(difference, limit):
        parts.append(title)
        widths = [max(len(row[at]) for row in grid) for at in range(len(grid[0]))]
        parts += [
            "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in grid
        ]
    return "\n".join(parts) + "\n"


def as_markdown(difference: Difference, limit: int, largest: int) -> str:
    """The same as Markdown.

    Args:
        difference: of two sides.
        limit: how many values and totals are shown at most.
        largest: how many characters at most; what does not fit is left out from the end, and that is said.
    """
    parts = [f"**{escaped(_headline(difference))}**"]
    parts += [f"### {title}\n\n{markdown_table(grid)}" for title, grid in _grids(difference, limit)]
    return cut("\n\n".join(parts) + "\n", largest)


def as_json(difference: Difference, limit: int) -> dict[str, Any]:
    """The same for programs, as ``schemas/json/difference.schema.json`` declares it."""
    counts = value_counts(difference)
    return {
        "report_version": 1,
        "old": {"version": difference.old.version, "schema_version": difference.old.schema.version},
        "new": {"version": difference.new.version, "schema_version": difference.new.schema.version},
        "is_different": difference.is_different,
        "not_compared": dict(difference.rows.not_compared),
        "deaths": None if difference.totals is None else [asdict(total) for total in difference.totals],
        "package": [asdict(change) for change in difference.package],
        "structure": [asdict(change) for change in difference.structure],
        "reused": list(difference.reused),
        "id_changes": [asdict(change) for change in difference.id_changes],
        "tables": {name: asdict(table) for name, table in difference.rows.tables.items()},
        "values": [asdict(detail) for detail in details(difference, limit)],
        "values_left_out": max(0, sum(counts.values()) - limit),
    }


def totals_grid(totals: Sequence[Total], limit: int, say: Language = ENGLISH) -> Grid:
    """Totals that differ, by the size of the difference, with the sum over all countries and years first."""
    differing = sorted((total for total in totals if total.differs), key=_size, reverse=True)
    if not differing:
        return []
    whole = Total(
        None,
        None,
        *(
            sum(getattr(total, name) or 0 for total in totals)
            for name in ("old_low", "old_best", "new_low", "new_best")
        ),
    )
    rows = [[say("country"), say("year"), "low", "best"], [say("all"), say("all"), *_both(whole, say)]]
    rows += [[total.country or say("several"), str(total.year), *_both(total, say)] for total in differing[:limit]]
    if len(differing) > limit:
        rows.append([_more(len(differing) - limit, say), "", "", ""])
    return rows


def values_grid(
    listed: Sequence[Detail], total: int, reasons: Mapping[Place, str] | None = None, say: Language = ENGLISH
) -> Grid:
    """Changed values, one a row, and how many more there are.

    Args:
        listed: those to be shown.
        total: how many there are.
        reasons: why, by table, key and field; None where they are not known, and the column is left out.
        say: in which language.
    """
    rows = [[say(head) for head in ("table", "key", "field", "old", "new")] + [say("incident").split("|")[0]]]
    for detail in listed:
        field = say(detail.change_type) if detail.field == WHOLE else detail.field
        rows.append(
            [detail.table, _short(detail.key), field, _short(detail.old), _short(detail.new), _short(detail.label)]
        )
    if total > len(listed):
        rows.append([_more(total - len(listed), say), "", "", "", "", ""])
    if reasons is not None:
        said = [_short(reasons.get((detail.table, detail.key, detail.field)), LONGEST_REASON) for detail in listed]
        column = [say("why"), *said, *([""] * (len(rows) - 1 - len(said)))]
        rows = [[*row, why] for row, why in zip(rows, column, strict=True)]
    return rows


def markdown_table(grid: Grid) -> str:
    """A grid as a Markdown table; text from the data cannot become markup."""
    head, *rows = ([escaped(cell) for cell in row] for row in grid)
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def cut(text: str, largest: int, say: Language = ENGLISH) -> str:
    """A text of at most so many characters, cut at the end of a line."""
    if len(text) <= largest:
        return text
    note = f"\n\n{say('The rest does not fit here.')}\n"
    room = largest - len(note)
    return text[: max(text.rfind("\n", 0, room), 0) or room] + note


def escaped(text: str) -> str:
    """A text that Markdown shows as it is."""
    for character in "\\`*_{}[]<>#|~":
        text = text.replace(character, "\\" + character)
    return text.replace("@", "&#64;").replace("://", ":&#47;&#47;")


def _headline(difference: Difference) -> str:
    old, new = difference.old, difference.new
    schemas = (
        "" if old.schema.version == new.schema.version else f" (schema {old.schema.version} → {new.schema.version})"
    )
    verdict = "different" if difference.is_different else "not different"
    if difference.rows.not_compared:
        verdict += f"; {ENGLISH.counted(len(difference.rows.not_compared), 'table')} not compared"
    elif not difference.is_different:
        verdict = "the same"
    return f"{old.version or 'OLD'} → {new.version or 'NEW'}{schemas}: {verdict}"


def _grids(difference: Difference, limit: int) -> Iterator[tuple[str, Grid]]:
    if difference.totals is None:
        yield "Deaths", [["not compared", "a side has no tolls"]]
    elif grid := totals_grid(difference.totals, limit):
        yield f"Deaths ({SELECTION})", grid
    elif difference.is_different:
        yield f"Deaths ({SELECTION})", [["the same in every country and year"]]
    described = [*difference.package, *difference.structure]
    if described:
        shown = described[:limit]
        rows = [["table", "field", "change", "old", "new"]]
        rows += [[c.table, c.field, c.change.replace("_", " "), _short(c.old), _short(c.new)] for c in shown]
        if len(described) > limit:
            rows.append([f"and {len(described) - limit:,} more", "", "", "", ""])
        yield "Structure", rows
    if difference.id_changes or difference.reused:
        rows = [["old id", "", "new id", "why"]]
        rows += [[identifier, "means something else", identifier, ""] for identifier in difference.reused]
        rows += [[c.old_id, c.kind, c.new_id or "", _short(c.reason)] for c in difference.id_changes]
        more = [[f"and {len(rows) - 1 - limit:,} more", "", "", ""]] if len(rows) - 1 > limit else []
        yield "Ids", rows[: limit + 1] + more
    differing = {name: table for name, table in difference.rows.tables.items() if table}
    if differing:
        rows = [[name, told(t.added, t.removed, t.changed)] for name, t in differing.items()]
        yield "Rows", [["table", "rows"], *rows]
    if difference.rows.not_compared:
        yield "Not compared", [["table", "why"], *([name, why] for name, why in difference.rows.not_compared.items())]
    if differing:
        yield "Values", values_grid(details(difference, limit), sum(value_counts(difference).values()))


def _more(count: int, say: Language = ENGLISH) -> str:
    return say("and {count} more", count=say.number(count))


def _both(total: Total, say: Language = ENGLISH) -> tuple[str, str]:
    return _arrow(total.old_low, total.new_low, say), _arrow(total.old_best, total.new_best, say)


def _arrow(old: int | None, new: int | None, say: Language) -> str:
    shown = ["–" if value is None else say.number(value) for value in (old, new)]
    return shown[0] if old == new else " → ".join(shown)


def _size(total: Total) -> tuple[int, int]:
    best = abs((total.new_best or 0) - (total.old_best or 0))
    return best, abs((total.new_low or 0) - (total.old_low or 0))


def _short(value: str | None, longest: int = LONGEST_VALUE) -> str:
    return "" if value is None else printable(" ".join(value.split()), longest)
