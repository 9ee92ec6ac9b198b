"""What country a source means, however it spells it: the names stand in ``schemas/country_names.csv``."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from pipeline.schema import Schema
from pipeline.sources.tabular.declared import TableSource

FILE = "country_names.csv"
MOST_ODD = 100
"""Spellings that are told apart while a file is read; of a file with more, every row is read in full."""


def folded_country(name: str) -> str:
    """A country's name as it is compared: letters alone, without accents and capitals.

    >>> folded_country("BURKINA  FASO"), folded_country("Côte d’Ivoire")
    ('burkinafaso', 'cotedivoire')
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", plain)


@dataclass(frozen=True)
class Countries:
    """The countries that a source may name.

    Attributes:
        codes: ISO 3166-1 alpha-3 by folded name.
        region: the countries of the region.
        usual: how those of the region are mostly spelt.
    """

    codes: Mapping[str, str]
    region: frozenset[str]
    usual: tuple[str, ...]

    def usual_in(self, declared: TableSource) -> tuple[str, ...] | None:
        """The usual spellings, where a source has the country as the text of one column; else nothing."""
        country = declared.record["country_iso3"]
        return self.usual if len(country.columns) == 1 and not country.is_joined and not country.form else None

    def meant(self, text: str) -> str | None:
        """The country that a text means; what stands in brackets behind a name may be left out of it."""
        bare = re.sub(r"\s*\([^()]*\)\s*$", "", text)
        return self.codes.get(folded_country(text)) or self.codes.get(folded_country(bare))

    def of_texts(self, texts: Iterable[str]) -> Named:
        """What the texts of a file mean."""
        meant = {text: self.meant(text) for text in texts}
        inside = {text: code for text, code in meant.items() if code in self.region and code is not None}
        return Named(inside, tuple(text for text, code in meant.items() if code is None))


@dataclass(frozen=True)
class Named:
    """The texts of a file that name a country.

    Attributes:
        inside: those of a country of the region, with its code.
        unknown: those that are no country at all.
    """

    inside: Mapping[str, str]
    unknown: tuple[str, ...]

    @cached_property
    def looked_at(self) -> tuple[str, ...]:
        """All but those of countries outside the region."""
        return (*self.inside, *self.unknown)

    def declared(self, source: TableSource) -> TableSource:
        """A declaration that reads exactly these texts as countries."""
        country = replace(source.record["country_iso3"], codes=dict(self.inside))
        return replace(source, record={**source.record, "country_iso3": country})


def load_countries(schemas: Path, schema: Schema, declared: TableSource) -> Countries:
    """The names of all countries, and those that a source declares beside them.

    Args:
        schemas: the project's ``schemas/``.
        schema: for the region.
        declared: the source, whose own spellings go before those of the table.
    """
    with (schemas / FILE).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, strict=True))
    own = {text: code for text, code in (declared.record["country_iso3"].codes or {}).items() if code}
    codes = {folded_country(row["name"]): row["country_iso3"] for row in rows}
    region = frozenset(row["country_iso3"] for row in schema.codelists["region"].rows)
    labels = [row["label_en"] for row in schema.codelists["country"].rows if row["code"] in region]
    others = [row["name"] for row in rows if row["country_iso3"] in region and row["origin"] == "other"]
    return Countries(
        codes | {folded_country(text): code for text, code in own.items()},
        region,
        tuple(dict.fromkeys((*labels, *others, *own))),
    )
