"""The command `sahel review`: uncertain pairs of records, and what a curator decides about them."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.config import Project, load_local_params, load_params
from pipeline.problems import CannotDo, NotWell, did_you_mean

if TYPE_CHECKING:
    from pipeline.link.decisions import Decision, Known

ANSWERS = {"s": "same", "d": "different", "k": "skip", "q": "quit"}
TAKES_UP = {False: "`.venv/bin/dvc repro`", True: "`.venv/bin/sahel local build`"}


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
    as_csv: Annotated[bool, typer.Option("--csv", help="List the pairs as CSV: ids, score, whether linked.")] = False,
    which: Annotated[
        str,
        typer.Option(
            "--pairs",
            help="kept: those that the build kept. between: every pair of two sources that is looked at. within: pairs "
            "of one source, scored as if its rows might be of one event.",
        ),
    ] = "kept",
    is_local: Annotated[
        bool, typer.Option("--local", help="The pairs of a local build; what is decided stays on this machine.")
    ] = False,
) -> None:
    """Show the pairs of records about which the score is least sure, side by side, and take down decisions.

    On a terminal it asks about each pair: same, different, skip (nothing is written) or quit. What is decided goes into
    data/reference/link_decisions.csv at once, with its reason and the day, and beats the score in the next build. What
    follows from it is not asked. With --local it goes into data/local/link_decisions.csv, which git does not see.

    Example: sahel review --between 0.2 0.8 --limit 5
    """
    from pipeline.link.decisions import decided_chain
    from pipeline.review import uncertain_pairs
    from pipeline.review.scored import WHICH
    from pipeline.review.show import as_csv as csv_of
    from pipeline.review.show import as_json as json_of
    from pipeline.review.show import console, show_pair

    project = Project.here()
    params = load_params(project)
    if is_local:
        project, params = replace(project, is_local=True), load_local_params(project, params)
    if decide is not None:
        from pipeline.link.stage import known_records

        _decide(project, known_records(project, params), *decide, why)
        return
    if why:
        raise CannotDo("--why goes with --decide LEFT RIGHT same")
    if not 0 <= between[0] <= between[1] <= 1:
        said = f"--between {between[0]:g} {between[1]:g} holds no probability"
        raise CannotDo(f"{said}: it takes two from 0 to 1, the smaller first, like --between 0.2 0.8")
    if which not in WHICH:
        raise CannotDo(f"there are no pairs '{which}'{did_you_mean(which, WHICH)}; they are {', '.join(WHICH)}")
    found = uncertain_pairs(project, params, limit, between, record, which)
    if as_csv:
        print(csv_of(found), end="")
        return
    if as_json:
        print(json.dumps(json_of(found), ensure_ascii=False, indent=2))
        return
    out = console(sys.stdout)
    asks = which == "kept" and not list_only and sys.stdin.isatty() and sys.stdout.isatty()
    decisions, followed = list(found.decisions), 0
    for number, pair in enumerate(found.pairs, start=1):
        ids = (pair.left.record_id, pair.right.record_id)
        if len(decisions) > len(found.decisions) and decided_chain(decisions, *ids):
            followed += 1
            continue
        show_pair(out, pair, found, f"{number} of {len(found.pairs)}")
        if not asks:
            continue
        answer = _ask()
        if answer == "quit":
            break
        if answer != "skip":
            decisions += _ask_why_and_write(project, found.known, *ids, answer)
    more = f", {found.others} more: --limit shows them" if found.others else ""
    more += f"; {followed} not asked, for they follow from what was decided" if followed else ""
    print(f"{len(found.pairs)} pairs without a decision{more}", file=sys.stderr)


def _ask() -> str:
    while True:
        answer = str(typer.prompt("same (s), different (d), skip (k), quit (q)")).strip().casefold()
        known = [word for letter, word in ANSWERS.items() if answer in (letter, word)]
        if known:
            return known[0]


def _ask_why_and_write(project: Project, known: Known, left: str, right: str, answer: str) -> list[Decision]:
    """The decision, once it is written; none where it cannot stand."""
    why = ""
    while not why:
        why = str(typer.prompt("why", default="", show_default=False)).strip()
    try:
        return [_decide(project, known, left, right, answer, why)]
    except NotWell as error:
        for problem in error.problems:
            print(problem)
        print(error.consequence, file=sys.stderr)
        return []


def _decide(project: Project, known: Known, left: str, right: str, decision: str, why: str) -> Decision:
    from pipeline.link.decisions import append_decision
    from pipeline.link.stage import decision_files

    row = (left, right, decision, why, dt.datetime.now(dt.UTC).date())
    written = append_decision(decision_files(project), row, known)
    waits = (
        "it waits for a source that is turned off, whose file is not read: nobody looked whether there is such a record"
    )
    then = waits if written.waits else f"{TAKES_UP[project.is_local]} takes it into the build"
    print(f"{written.file}:{written.line}: {decision}; {then}", file=sys.stderr)
    return written
