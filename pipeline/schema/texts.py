"""Texts in every language of the project, and the lists of ``schemas/`` whose rows carry them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.problems import CannotDo

LANGUAGES = ("en", "fr")
TEXTS = ("label", "definition", "description")
"""Texts that every row of a list has in each language, without the ending of the language."""
TEXTS_NOWHERE = ("definition",)
"""Those of them that a list may do without, in all of its rows: the name of a country says what it is."""


@dataclass(frozen=True)
class Text:
    """A text in the languages of the project."""

    en: str
    fr: str


def shown(path: Path) -> str:
    """A file of the declaration as messages name it."""
    return "/".join(path.parts[-3:])


def rows_with_texts(path: Path, key: str) -> list[Mapping[str, str]]:
    """The rows of a list, each with its key and its texts in each language.

    Raises:
        CannotDo: it is no CSV file in UTF-8, a row has too many or too few cells or no key, or a text is blank.
    """
    name = shown(path)
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), strict=True)
        found = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CannotDo(f"{name}: is no CSV file in UTF-8: {error}") from error
    rows: list[Mapping[str, str]] = []
    for line, row in found:
        if None in row or None in row.values() or not row.get(key):
            raise CannotDo(f"{name}:{line}: a row has as many cells as the header, and a {key}")
        rows.append(row)
    for line, row in found:
        blank = [column for column in row if not row[column].strip() and _needs_text(column, row, rows)]
        if blank:
            raise CannotDo(f"{name}:{line}: {row[key]}: {', '.join(blank)} is blank: a text is needed in each language")
    return rows


def _needs_text(column: str, row: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> bool:
    """Whether a cell must hold a text: its kind stands in every row, or the row has it in another language."""
    stem, _, language = column.rpartition("_")
    if language not in LANGUAGES:
        return False
    columns = [name for name in (f"{stem}_{other}" for other in LANGUAGES) if name in row]
    if any(row[each].strip() for each in columns):
        return True
    return stem in TEXTS and (stem not in TEXTS_NOWHERE or any(one[name].strip() for one in rows for name in columns))
