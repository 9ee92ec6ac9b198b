"""The command `sahel review`: uncertain pairs of records, and what a curator decides about them."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.config import Project, load_params
from pipeline.problems import CannotDo, NotWell

if TYPE_CHECKING:
    from pipeline.link.stage import Known

ANSWERS = {"s": "same", "d": "different", "k": "skip", "q": "quit"}
TAKEN_UP = "`.venv/bin/dvc repro` takes it into the build"


def review(
    decide: Annotated[
        tuple[str, str, str] | None,
        typer.Option(help="LEFT RIGHT same|different: decide about one pair, without asking.", show_default=False),
    ] = None,
    why: Annotated[str, typer.Option(help="The reason of --decide.", show_default=False)] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many pairs at most.")] = 20,
    between: Annotated[
        tuple[float, float], typer.Option(help="Only pairs of at least the first and at most the second probability.")
    ] = (0.0, 1.0),
    record: Annotated[str | None, typer.Option(help="Only pairs of this record.", show_default=False)] = None,
    list_only: Annotated[bool, typer.Option("--list", help="List the pairs, ask nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="List the pairs as JSON.")] = False,
) -> None:
    """Show the pairs of records about which the score is least sure, side by side, and take down decisions.

    On a terminal it asks about each pair: same, different, skip (nothing is written) or quit. What is decided goes into
    data/reference/link_decisions.csv at once, with its reason and the day, and beats the score in the next build.

    Example: sahel review --between 0.2 0.8 --limit 5
    """
    from pipeline.review import uncertain_pairs
    from pipeline.review.show import as_json as json_of
    from pipeline.review.show import console, show_pair

    project = Project.here()
    params = load_params(project)
    if decide is not None:
        from pipeline.link.stage import known_records

        _decide(project, known_records(project, params), *decide, why)
        return
    if why:
        raise CannotDo("--why goes with --decide LEFT RIGHT same")
    found = uncertain_pairs(project, params, limit, between, record)
    if as_json:
        print(json.dumps(json_of(found), ensure_ascii=False, indent=2))
        return
    out = console(sys.stdout)
    asks = not list_only and sys.stdin.isatty() and sys.stdout.isatty()
    for number, pair in enumerate(found.pairs, start=1):
        show_pair(out, pair, found, f"{number} of {len(found.pairs)}")
        if not asks:
            continue
        answer = _ask()
        if answer == "quit":
            break
        if answer != "skip":
            _ask_why_and_write(project, found.known, pair.left.record_id, pair.right.record_id, answer)
    more = f", {found.others} more: --limit shows them" if found.others else ""
    print(f"{len(found.pairs)} pairs without a decision{more}", file=sys.stderr)


def _ask() -> str:
    while True:
        answer = str(typer.prompt("same (s), different (d), skip (k), quit (q)")).strip().casefold()
        known = [word for letter, word in ANSWERS.items() if answer in (letter, word)]
        if known:
            return known[0]


def _ask_why_and_write(project: Project, known: Known, left: str, right: str, answer: str) -> None:
    why = ""
    while not why:
        why = str(typer.prompt("why", default="", show_default=False)).strip()
    try:
        _decide(project, known, left, right, answer, why)
    except NotWell as error:
        for problem in error.problems:
            print(problem)
        print(error.consequence, file=sys.stderr)


def _decide(project: Project, known: Known, left: str, right: str, decision: str, why: str) -> None:
    from pipeline.link.decisions import append_decision

    row = (left, right, decision, why, dt.datetime.now(dt.UTC).date())
    written = append_decision(project.link_decisions, row, known.records, known.parts, known.off)
    waits = "; it waits for a source that is turned off" if written.waits else f"; {TAKEN_UP}"
    print(f"{project.relative(project.link_decisions)}:{written.line}: {decision}{waits}", file=sys.stderr)
