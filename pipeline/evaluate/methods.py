"""The frozen model and the baselines, run on the same records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.engine import connect
from pipeline.evaluate.baselines import Clusters, reports, same_day_same_place, windows
from pipeline.evaluate.labelled import Labelled
from pipeline.evaluate.measures import Score, b_cubed, pairwise
from pipeline.link.declaration import Comparisons
from pipeline.link.model import Model, cluster_scored, score_records

WINDOW_DAYS = (0, 1, 2, 3)
WINDOW_KM = (1, 5, 10, 25, 50)


@dataclass(frozen=True)
class Row:
    """One line of the table: a method, its pairwise score and its B-cubed score, where it was measured."""

    method: str
    pairs: Score
    b_cubed: Score | None


def compare(labelled: Labelled, declared: Comparisons, model: Model) -> list[Row]:
    """The model and both baselines on a labelled file, the model first."""
    found = reports(labelled)
    chosen: Mapping[str, Any] = model.training["windows"]
    made = {
        "model": linked(labelled, declared, model, [model.threshold])[model.threshold],
        "same day and place name": same_day_same_place(found),
        f"MELTT window, {chosen['days']} days and {chosen['km']} km": windows(found, chosen["days"], chosen["km"]),
    }
    return [Row(name, *scores(clusters, labelled.events)) for name, clusters in made.items()]


def scores(clusters: Clusters, events: Mapping[str, str]) -> tuple[Score, Score]:
    """The pairwise and the B-cubed score."""
    return pairwise(clusters, events), b_cubed(clusters, events)


def linked(
    labelled: Labelled, declared: Comparisons, model: Model, thresholds: Sequence[float]
) -> dict[float, Clusters]:
    """Clusters of the model at some thresholds. None is refused for its size here: a wrong one costs precision."""
    backend = connect("duckdb")
    score_records(backend, labelled.tables, declared, model.settings, declared.keep_probability)
    found = {at: cluster_scored(backend, declared, [], at) for at in thresholds}
    backend.disconnect()
    return found


def best_windows(labelled: Labelled) -> dict[str, int]:
    """The windows with the highest pairwise F1, so that the baseline is shown at its best; ties: the narrower."""
    found = reports(labelled)
    tried = {
        (days, km): pairwise(windows(found, days, km), labelled.events).f1 for days in WINDOW_DAYS for km in WINDOW_KM
    }
    days, km = max(tried, key=lambda window: (tried[window], -window[0], -window[1]))
    return {"days": days, "km": km}
