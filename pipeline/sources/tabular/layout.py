"""Which of a source's layouts a file has, or what is missing and what is new in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.problems import did_you_mean
from pipeline.sources.tabular.declared import Layout, TableSource, folded
from pipeline.sources.tabular.files import Head, refused

SHOWN = 12


@dataclass(frozen=True)
class Recognised:
    """A file's layout.

    Attributes:
        names: the file's columns in its order, folded; a column without a name is empty.
        rows_before: how many rows stand before the data: the header, and the HXL tags below it.
        lines_before: how many lines these take.
    """

    layout: Layout
    names: tuple[str, ...]
    rows_before: int
    lines_before: int


def recognise(head: Head, declared: TableSource, shown: str) -> Recognised:
    """Find the layout of a file by the names in its first row, else by the forms of the cells there.

    The order of named columns does not matter, nor do capitals. A second row of HXL tags (``#date+start``) is
    passed over.

    Raises:
        NotWell: the file has no rows, a column twice, or no layout of the source; told are the columns that the
            nearest layout misses and those it does not know.
    """
    names = tuple(folded(name) for name in head.first)
    if not any(names):
        raise refused(shown, "has no columns", "tabular.empty", 1)
    if headless := without_header(names, declared.layouts):
        return headless
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    fitting = [layout for layout in declared.layouts if _fits(set(names), layout)]
    if not fitting:
        raise refused(shown, _unlike(names, declared), "tabular.layout", 1)
    if twice:
        raise refused(shown, f"has the column {', '.join(twice)} twice", "tabular.column_twice", 1)
    if not head.second:
        raise refused(shown, "has a header and no rows", "tabular.empty", 1)
    tagged = [cell.strip() for cell in head.second if cell.strip()]
    has_tags = bool(tagged) and all(cell.startswith("#") for cell in tagged)
    lines = head.second_lines if has_tags else head.first_lines
    return Recognised(fitting[0], names, 1 + has_tags, lines)


def _fits(names: set[str], layout: Layout) -> bool:
    return set(layout.columns) <= names <= set(layout.columns) | layout.more


def without_header(cells: Sequence[str], layouts: Sequence[Layout]) -> Recognised | None:
    """The layout that the first row of a file without a header has by the forms of its cells."""
    for layout in layouts:
        if layout.without_header and len(cells) == len(layout.columns):
            row = dict(zip(layout.columns, cells, strict=True))
            if all(re.fullmatch(form, row[column]) for column, form in layout.without_header.items()):
                return Recognised(layout, layout.columns, 0, 0)
    return None


def _unlike(names: tuple[str, ...], declared: TableSource) -> str:
    def distance(layout: Layout) -> int:
        return len(set(layout.columns) - set(names)) + len(set(names) - set(layout.columns) - layout.more)

    near = min(declared.layouts, key=distance)
    missing = [name for name in near.columns if name not in names]
    new = [name for name in names if name not in near.columns and name not in near.more]
    hint = did_you_mean(new[0], missing) if len(new) == 1 and missing else ""
    return (
        f"has no layout of {declared.source.source} that is known ({', '.join(x.name for x in declared.layouts)}); "
        f"against '{near.name}' it misses {_listed(missing)} and has beside it {_listed(new)}{hint}"
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return (", ".join(names[:SHOWN]) or "nothing") + more
