"""The texts that frame the codebook, ``schemas/codebook/<language>.yaml``, and the cases it shows."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.problems import CannotDo
from pipeline.schema.claimants import UNKNOWN, Claimants, load_claimants
from pipeline.schema.texts import LANGUAGES, Text

PLACEHOLDER = re.compile(r"\{\w+\}")


class Frame:
    """The texts of one language by their key, ``tables.row``; `CannotDo` where there is none."""

    def __init__(self, language: str, texts: Mapping[str, Any], claimants: Claimants = UNKNOWN) -> None:
        self.language = language
        self.claimants = claimants
        self._texts = texts

    def __call__(self, key: str) -> str:
        """One text."""
        found = self._at(key)
        assert isinstance(found, str), key
        return found

    def all(self, key: str) -> list[str]:
        """The texts of a list."""
        found = self._at(key)
        return [found] if isinstance(found, str) else list(found)

    def of(self, text: Text) -> str:
        """A text of the declaration in this language."""
        return str(getattr(text, self.language))

    def day(self, date: dt.date) -> str:
        """A day as prose of this language writes it: 1 July 2025, 1er juillet 2025."""
        first = self("first_of_month") if date.day == 1 else str(date.day)
        return f"{first} {self.all('months')[date.month - 1]} {date.year}"

    def _at(self, key: str) -> Any:
        found: Any = self._texts
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                raise CannotDo(f"schemas/codebook/{self.language}.yaml: {key} has no text")
            found = found[part]
        return found


@dataclass(frozen=True)
class Case:
    """A worked example.

    Attributes:
        rule: how it is chosen, in words.
        finds: the same as a query, which returns unit_type, unit_id and metric, a row for each metric of one unit.
    """

    id: str
    title: Text
    rule: Text
    text: Text
    finds: str


@dataclass(frozen=True)
class Layer:
    """Tables that are about the same kind of thing."""

    title: Text
    tables: tuple[str, ...]


def load_layers(schemas: Path, tables: Iterable[str]) -> list[Layer]:
    """The groups of tables.

    Args:
        schemas: the project's ``schemas/``.
        tables: all that are declared.

    Raises:
        CannotDo: a key or a language is missing, or a table stands in no group, in two, or is none.
    """
    path = "schemas/codebook/layers.yaml"
    try:
        layers = [
            Layer(Text(**raw["title"]), tuple(raw["tables"])) for raw in _read(schemas / "codebook" / "layers.yaml")
        ]
    except (KeyError, TypeError) as error:
        raise CannotDo(f"{path}: a group has a title in each language, and tables: {error!r}") from error
    listed = Counter(name for layer in layers for name in layer.tables)
    wrong = sorted(name for name in {*listed, *tables} if listed[name] != 1 or name not in set(tables))
    if wrong:
        raise CannotDo(f"{path}: every table stands in one group; look at {', '.join(wrong)}")
    return layers


def load_frames(schemas: Path) -> dict[str, Frame]:
    """The texts of every language.

    Raises:
        CannotDo: a file cannot be read, or a text is missing or has other placeholders in one of the languages.
    """
    read = {language: _read(schemas / "codebook" / f"{language}.yaml") for language in LANGUAGES}
    texts = {language: dict(_texts(raw)) for language, raw in read.items()}
    for language in LANGUAGES:
        for key in sorted({key for found in texts.values() for key in found}):
            said = texts[language].get(key)
            if not isinstance(said, str) or not said.strip():
                raise CannotDo(f"schemas/codebook/{language}.yaml: {key} has no text")
            wanted = {
                name: _placeholders(found[key]) for name, found in texts.items() if isinstance(found.get(key), str)
            }
            if any(names != wanted[language] for names in wanted.values()):
                raise CannotDo(f"schemas/codebook: {key} has not the same {{placeholders}} in each language")
    claimants = load_claimants(schemas)
    return {language: Frame(language, raw, claimants) for language, raw in read.items()}


def load_cases(schemas: Path) -> list[Case]:
    """The worked examples.

    Raises:
        CannotDo: a key or a language is missing.
    """
    try:
        return [
            Case(raw["id"], Text(**raw["title"]), Text(**raw["rule"]), Text(**raw["text"]), raw["finds"])
            for raw in _read(schemas / "codebook" / "examples.yaml")
        ]
    except (KeyError, TypeError) as error:
        raise CannotDo(f"schemas/codebook/examples.yaml: a case lacks {error}") from error


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise CannotDo(f"schemas/codebook/{path.name}: cannot be read: {error}") from error


def _texts(raw: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(raw, dict):
        for name, inner in raw.items():
            yield from _texts(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(raw, list):
        for number, inner in enumerate(raw, 1):
            yield from _texts(inner, f"{key}.{number}")
    else:
        yield key, raw


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))
