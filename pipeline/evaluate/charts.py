"""Two small charts as SVG, written out so that the same figures give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from pipeline.evaluate.measures import Score
from pipeline.evaluate.methods import Row

COLOURS = ("#1b6ca8", "#7fb3d5", "#d1495b")
WIDTH, HEIGHT, LEFT, TOP, INNER_WIDTH, INNER_HEIGHT = 640, 400, 50, 30, 560, 300


def bars(rows: Sequence[Row]) -> str:
    """Precision, recall and F1 of each method, side by side."""
    parts = list(_axes("pairs of reports, test split"))
    group = INNER_WIDTH / len(rows)
    for at, row in enumerate(rows):
        left = LEFT + group * at
        figures = (row.pairs.precision, row.pairs.recall, row.pairs.f1)
        for place, (colour, figure) in enumerate(zip(COLOURS, figures, strict=True)):
            x, y = left + group * (0.14 + 0.25 * place), _y(figure)
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{group * 0.22:.1f}" '
                f'height="{TOP + INNER_HEIGHT - y:.1f}" fill="{colour}"/>'
            )
            parts.append(_text(x + group * 0.11, y - 4, f"{figure:.2f}"))
        parts.append(_text(left + group / 2, TOP + INNER_HEIGHT + 18, row.method))
    for place, (colour, name) in enumerate(zip(COLOURS, ("precision", "recall", "F1"), strict=True)):
        x = LEFT + 150 * place
        parts.append(f'<rect x="{x}" y="{HEIGHT - 30}" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(x + 18, HEIGHT - 20, name, "start"))
    return _svg("Precision, recall and F1 of each method", parts)


def curve(by_threshold: Mapping[float, Score], chosen: float, others: Sequence[Row]) -> str:
    """Precision over recall as the threshold moves, with the chosen threshold and the other methods as points."""
    parts = list(_axes("precision (up) and recall (right) on the test split"))
    parts += [_text(_x(step / 10), TOP + INNER_HEIGHT + 18, f"{step / 10:.1f}") for step in range(11)]
    points = " ".join(f"{_x(score.recall):.1f},{_y(score.precision):.1f}" for score in by_threshold.values())
    parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"/>')
    for at, score in by_threshold.items():
        is_chosen = at == chosen
        parts.append(_dot(score, COLOURS[2] if is_chosen else COLOURS[0], 6 if is_chosen else 3))
        if is_chosen:
            parts.append(_text(_x(score.recall) + 8, _y(score.precision) - 8, f"model at {at}", "start"))
    for row in others:
        parts += [_dot(row.pairs, "#555555", 5)]
        parts.append(_text(_x(row.pairs.recall) + 8, _y(row.pairs.precision) + 18, row.method, "start"))
    return _svg("Precision and recall of the model at each threshold", parts)


def _axes(title: str) -> Iterable[str]:
    yield _text(LEFT, TOP - 12, title, "start")
    for step in range(0, 11, 2):
        y = _y(step / 10)
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + INNER_WIDTH}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield _text(LEFT - 8, y + 4, f"{step / 10:.1f}", "end")


def _x(figure: float) -> float:
    return LEFT + INNER_WIDTH * figure


def _y(figure: float) -> float:
    return TOP + INNER_HEIGHT * (1 - figure)


def _dot(score: Score, colour: str, radius: int) -> str:
    return f'<circle cx="{_x(score.recall):.1f}" cy="{_y(score.precision):.1f}" r="{radius}" fill="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(title: str, parts: Iterable[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12">\n<title>{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )
