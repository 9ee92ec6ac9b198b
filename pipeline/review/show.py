"""A pair of records as people and programs see it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.problems import printable
from pipeline.review.uncertain import Review, UncertainPair

PLAIN_WIDTH = 120
"""Columns where the output goes to no terminal."""
LONGEST_LINE = 400
CSV_COLUMNS = ("record_id_left", "record_id_right", "match_probability", "is_linked", "has_evidence")


def console(out: TextIO) -> Console:
    """Where pairs are printed: with lines and colours on a terminal, plain elsewhere."""
    width = None if out.isatty() else PLAIN_WIDTH
    return Console(file=out, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


def show_pair(out: Console, pair: UncertainPair, review: Review, heading: str) -> None:
    """Print both sides next to each other, and how the score comes about."""
    state = "linked now" if pair.is_linked else "not linked now"
    out.print()
    out.print(Text(f"{heading}: probability {pair.probability:.3f}, {state}", style="bold"))
    out.print(_sides(out, pair))
    out.print(_score(out, pair))
    if not pair.has_evidence:
        out.print("Beyond time and place too little agrees: only a decision links them.")
    out.print(f"Two records are linked from {review.links_from:.2f} on, where no third one has a say.")


def as_json(review: Review) -> dict[str, Any]:
    """The same for a program."""
    return {
        "links_from": review.links_from,
        "others": review.others,
        "pairs": [
            {
                "left": _side_json(pair.left.record_id, pair.left.said),
                "right": _side_json(pair.right.record_id, pair.right.said),
                "probability": round(pair.probability, 6),
                "weight": round(pair.weight, 3),
                "prior_weight": round(pair.prior, 3),
                "comparisons": [vars(part) for part in pair.parts],
                "is_linked": pair.is_linked,
                "has_evidence": pair.has_evidence,
            }
            for pair in review.pairs
        ],
    }


def as_csv(review: Review) -> str:
    """The pairs alone, a line each."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    for pair in review.pairs:
        said = ("true" if value else "false" for value in (pair.is_linked, pair.has_evidence))
        rows.writerow([pair.left.record_id, pair.right.record_id, f"{pair.probability:.4f}", *said])
    return out.getvalue()


def _side_json(record_id: str, said: Mapping[str, Any]) -> dict[str, Any]:
    return {"record_id": record_id, **{heading: list(lines) for heading, lines in said.items() if lines}}


def _sides(out: Console, pair: UncertainPair) -> Table:
    table = Table(box=box.SIMPLE_HEAD if out.is_terminal else None, padding=(0, 1), expand=True)
    table.add_column("", style="dim", ratio=1)
    for side in (pair.left, pair.right):
        table.add_column(Text(side.record_id), ratio=4, overflow="fold")
    for heading in pair.left.said:
        lines = [side.said[heading] for side in (pair.left, pair.right)]
        if any(lines):
            cells = [Text("\n".join(printable(line, LONGEST_LINE) for line in each) or "–") for each in lines]
            table.add_row(Text(heading), *cells)
    return table


def _score(out: Console, pair: UncertainPair) -> Table:
    table = Table(box=box.SIMPLE_HEAD if out.is_terminal else None, padding=(0, 1))
    table.add_column("compared", style="dim")
    table.add_column("level")
    table.add_column("weight", justify="right")
    table.add_row("before", "two records that are looked at", f"{pair.prior:+.2f}")
    for part in pair.parts:
        colour = "green" if part.weight > 0 else "red" if part.weight < 0 else ""
        table.add_row(Text(part.comparison), Text(part.label), Text(f"{part.weight:+.2f}", style=colour))
    table.add_row("sum", f"odds of 2 to the power of it: probability {pair.probability:.3f}", f"{pair.weight:+.2f}")
    return table
