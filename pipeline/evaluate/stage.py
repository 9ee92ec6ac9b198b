"""The command behind ``make evaluate``: the frozen model and two baselines on labelled reports."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

from pipeline.config import Params, Project
from pipeline.evaluate.charts import bars, curve
from pipeline.evaluate.labelled import LABELLED_FILE, Labelled, labelled_path, read_labelled
from pipeline.evaluate.measures import Score
from pipeline.evaluate.methods import Row, compare, linked, scores
from pipeline.evaluate.odd import shortened
from pipeline.link.declaration import Comparisons, load_comparisons
from pipeline.link.model import Model, load_model
from pipeline.problems import NotWell, Problem
from pipeline.schema import load_schema

THRESHOLDS = tuple(step / 20 for step in range(1, 20))
HEADINGS = ("method", "precision", "recall", "F1", "B³ precision", "B³ recall", "B³ F1")


def evaluate(project: Project, _params: Params, file: str = "") -> str:
    """Print the table of methods; for the file of the training also write ``docs/evaluation/``.

    Args:
        project: the checkout.
        file: a labelled file of the same layout; without one that of the training. Events of which the training saw a
            report do not count, whichever file they stand in.

    Returns:
        What was done, in one line.

    Raises:
        NotWell: the file is not of the layout.
        CannotDo: there is no such file, or no trained model.
    """
    schema, declared = load_schema(project.schemas), load_comparisons(project.schemas)
    model = load_model(project.link_model, declared)
    path = Path(file) if file else labelled_path(project)
    whole = read_labelled(path, schema, project.schemas, file or LABELLED_FILE)
    for problem in shortened(whole.told):
        print(problem, file=sys.stderr)
    labelled = whole.without(model.training["prints"].split())
    seen = len(whole.events) - len(labelled.events)
    if not labelled.events:
        raise NotWell(
            [Problem(file, 0, "", "the training saw every event of it", "labelled.rows")], "nothing was evaluated"
        )
    rows = compare(labelled, declared, model)
    part = "events that the training did not see" if seen else "all events"
    print(f"{file or LABELLED_FILE}, {part}: {_counts(labelled)}\n")
    if not file:
        rows += _beside(whole, declared, model)
    print(_table(rows))
    print(f"\nF1 {rows[0].pairs.f1:.3f}\n")
    if file:
        more = f", {seen} of events that the training saw" if seen else ""
        return f"{len(labelled.events)} reports, {len(whole.left_out)} left out{more}"
    _write(project, labelled, declared, model, rows)
    return f"wrote {project.relative(project.evaluation)}"


def _beside(whole: Labelled, declared: Comparisons, model: Model) -> list[Row]:
    """What the test split alone does not show: the score within the training events, and on all events together."""
    training = model.training
    (chosen,) = (
        row
        for row in training["cross_validation"]
        if (row["pull"], row["threshold"]) == (training["pull"], model.threshold)
    )
    crossed = Row("model, cross-validated in training", Score(chosen["precision"], chosen["recall"]), None)
    every = [
        dataclasses.replace(row, method=f"{row.method}, whole file") for row in compare(whole, declared, model)[:2]
    ]
    return [crossed, *every]


def _counts(labelled: Labelled) -> str:
    events = list(labelled.events.values())
    several = sum(events.count(event) > 1 for event in set(events))
    return f"{len(events)} reports of {len(set(events))} events, {several} with several reports"


def _table(rows: list[Row]) -> str:
    cells = [HEADINGS, *((row.method, *_figures(row.pairs), *_figures(row.b_cubed)) for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _figures(score: Score | None) -> tuple[str, str, str]:
    if score is None:
        return "", "", ""
    return f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}"


def _write(project: Project, labelled: Labelled, declared: Comparisons, model: Model, rows: list[Row]) -> None:
    folder = project.evaluation
    folder.mkdir(parents=True, exist_ok=True)
    by_threshold = {
        at: scores(clusters, labelled.events)[0]
        for at, clusters in linked(labelled, declared, model, THRESHOLDS).items()
    }
    (folder / "methods.svg").write_text(bars(rows[:3]), encoding="utf-8")
    (folder / "thresholds.svg").write_text(curve(by_threshold, model.threshold, rows[1:3]), encoding="utf-8")
    training = model.training
    text = f"""# How well linking works

Made by `make evaluate`; do not edit. The labelled file is MAVERICK's event reports from Kenya (van Baalen & Höglund
2026), whose coders said which reports are of the same event. Split by the MD5 of the event id modulo 10: 0–5 train, 6–9
test. No weight, threshold or window of MELTT was computed from a test event. But the comparisons and the rule that
chooses the threshold were settled after test figures had been seen, so that the figure of the test split flatters; what
was changed stands in [linking.md](../linking.md), with cross-validated figures and those of the whole file.

Test split: {_counts(labelled)}. Pairwise figures are over pairs of reports, B³ over reports. The first three rows are
those of the test split. The others tell how far to trust them: the model on training events that it had not seen, which
is the best of those tried there, and on the whole file, where events stand as close together as they do in the country,
but most of them were seen.

{_table(rows)}

![Precision, recall and F1 of the three methods](methods.svg)

![Precision and recall of the model at each threshold](thresholds.svg)

Threshold: {model.threshold} (average probability over all pairs of two clusters), chosen with the strength of the fit
by cross-validation within the training events; see [training.md](training.md). What the model compares, and what
follows for our own records, stands in [linking.md](../linking.md).
"""
    (folder / "README.md").write_text(text, encoding="utf-8")
    lines = [
        "| comparison | level | pairs of one event | pairs of two events | weight (bits) |",
        "|---|---|--:|--:|--:|",
    ]
    lines += [
        f"| {row['comparison']} | {row['level']} | {row['pairs_same_event']} | {row['pairs_other_event']} "
        f"| {row['weight']:+.2f} |"
        for row in training["levels"]
    ]
    tried = ["| pull | threshold | precision | recall | F1 |", "|--:|--:|--:|--:|--:|"]
    tried += [
        f"| {row['pull']:g} | {row['threshold']} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} |"
        for row in training["cross_validation"]
    ]
    bounds = ["| least evidence (bits) | threshold | F1 |", "|--:|--:|--:|"]
    bounds += [f"| {row['bits']:g} | {row['threshold']} | {row['f1']:.3f} |" for row in training["bounds"]]
    weights, choices, curve_of_bounds = "\n".join(lines), "\n".join(tried), "\n".join(bounds)
    text = f"""# On what the model was trained

Made by `make evaluate` from `data/reference/link_model.json`; do not edit.

Training split of {training["file"]}: {training["records"]} reports of
{training["events"]} events; {training["pairs_same_event"]} pairs of one event and {training["pairs_other_event"]} pairs
of two events were looked at. Chosen: pull {training["pull"]:g}, threshold {model.threshold}.

## Weights

A weight is the logarithm to base 2 of m/u; the sum of the weights and of the prior is the logarithm of the odds. Levels
with one weight were made one, as those that agree less would have weighed more; some weights are bounded or fixed by
declaration (schemas/link/comparisons.yaml).

{weights}

## Cross-validation within training

The training events were dealt into four folds, twice. Every pair was scored by a model that had seen neither of its two
events, then all training records were clustered together. Taken was the choice with the best F1 on
the average of its own and the two neighbouring thresholds, as single figures are noisy. `pull` holds the fit back to
Splink's own estimate from labels.

{choices}

What is asked of the agreement beyond time and place costs links. For each bound, the score at the threshold that would
be taken there; `least_evidence` is the largest of them whose F1 lies within 0.005 of the best.

{curve_of_bounds}
"""
    (folder / "training.md").write_text(text, encoding="utf-8")
