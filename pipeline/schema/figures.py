"""The figures of a package as ``schemas/figures.yaml`` declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.config import FIGURES
from pipeline.problems import CannotDo
from pipeline.schema.texts import LANGUAGES, Text

FORMATS = {"svg": "image/svg+xml", "png": "image/png"}
"""The endings of the files of a figure, and their media types."""


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes:
        id: the name of its files, ``figures/<id>.<language>.<format>``.
        chart: the function that draws it.
        words: what it writes beside numbers and names.
        query: asks the tables of the package for what is drawn.
    """

    id: str
    chart: str
    title: Text
    caption: Text
    words: Mapping[str, Text]
    query: str

    def path(self, language: str, form: str) -> str:
        """The path of one of its files in the package."""
        return f"{FIGURES}/{self.id}.{language}.{form}"


@dataclass(frozen=True)
class Figures:
    """All figures, and the note that stands on each while a source is a selection."""

    note: Text
    figures: tuple[Figure, ...]


def load_figures(schemas: Path) -> Figures:
    """Read ``schemas/figures.yaml``.

    Raises:
        CannotDo: it is missing, or a key is missing or unknown; the message says where.
    """
    place = "schemas/figures.yaml"
    try:
        raw: Any = yaml.load((schemas / "figures.yaml").read_bytes(), Loader=yaml.CSafeLoader)
        figures = []
        for found in raw["figures"]:
            place = f"schemas/figures.yaml: {found.get('id')}"
            title, caption = _text(found.pop("title")), _text(found.pop("caption"))
            words = {key: _text(value) for key, value in found.pop("words").items()}
            figures.append(Figure(title=title, caption=caption, words=words, **found))
        return Figures(_text(raw["note"]), tuple(figures))
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise CannotDo(
            f"{place}: is missing, is no YAML, lacks a key or has one that is not known: {error!r}"
        ) from error


def _text(raw: Mapping[str, str]) -> Text:
    return Text(*(raw[language] for language in LANGUAGES))
