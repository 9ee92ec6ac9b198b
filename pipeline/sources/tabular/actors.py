"""Who is meant by what a source writes of a side: looked up once for each text that occurs, whatever the rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from pipeline.reference import Reference
from pipeline.sources.tabular.declared import TableSource
from pipeline.sources.tabular.work import Row, Work, text_table

UNNAMED, CIVILIANS = "unidentified_armed_group", "civilians"
"""Actors of the reference table for a side that nobody has named, and for people who are no armed actor."""
UNSPECIFIED = "unspecified"
COLUMNS = ("text", "name", "actor_type", "actor_id", "alternative_group", "population", "home", "is_known")
GROUPS = "abcdefgh"
"""Letters of alternatives: one for each side."""


def folded_name(name: str) -> str:
    """A name as it is compared: without accents, capitals, punctuation and doubled blanks.

    >>> folded_name("Jama'at Nusrat al-Islam"), folded_name("Ansar  Eddîne")
    ('jama at nusrat al islam', 'ansar eddine')
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


@dataclass(frozen=True)
class Known:
    """The actors by what a source calls them.

    Attributes:
        keys: an actor's id by folded name, or by the number that the source uses.
        actors: the rows of the reference table by id.
        populations: the population of the dead of each type of actor.
    """

    declared: TableSource
    keys: Mapping[str, str]
    actors: Mapping[str, Row]
    populations: Mapping[str, str]

    def one(self, text: str) -> str | None:
        """The actor that a text names: as a whole, else by the part of it that a declared form takes out."""
        tried = [text]
        for form in self.declared.actor_forms:
            tried += [found[1] for name in tuple(tried) if (found := re.fullmatch(form, name))]
        return next((self.keys[key] for name in tried if (key := folded_name(name)) in self.keys), None)

    def named(self, text: str) -> tuple[str, ...]:
        """The actors that a text names: several where only one of them was meant, none where one is not known."""
        between = self.declared.actor_alternatives
        found = [self.one(part) for part in (text.split(between) if between else [text])]
        return tuple(dict.fromkeys(actor for actor in found if actor)) if all(found) else ()

    def rows(self, text: str, name: str, actor_type: str | None, group: str) -> list[Row]:
        """What is known of a side: a row for each actor, or one without an actor."""
        found = self.named(text)
        if not found and self.declared.unnamed_actors and re.fullmatch(self.declared.unnamed_actors, name):
            found = (UNNAMED,)
        elif not found and actor_type == CIVILIANS:
            found = (CIVILIANS,)
        types = {str(self.actors[actor]["actor_type"]) for actor in found}
        told = types if types and found != (UNNAMED,) else {actor_type or UNSPECIFIED}
        populations = {self.populations.get(kind, UNSPECIFIED) for kind in told}
        homes = {self.actors[actor]["country_iso3"] for actor in found}
        row = {
            "text": text,
            "name": name,
            "actor_type": actor_type or "",
            "alternative_group": group if len(found) > 1 else None,
            "population": populations.pop() if len(populations) == 1 else UNSPECIFIED,
            "home": homes.pop() if len(homes) == 1 else None,
            "is_known": "yes" if found else None,
        }
        return [row | {"actor_id": actor} for actor in found or (None,)]


def known_actors(work: Work) -> Known:
    """The actors by the names, or by the number, by which a source calls them; a name of several is no name."""
    keys: dict[str, set[str]] = {}
    declared, reference = work.declared, work.reference
    for actor_id, row in reference.actors.items():
        for name in _named(declared, reference, actor_id, row):
            keys.setdefault(folded_name(name), set()).add(actor_id)
    own = {folded_name(name): actor_id for name, actor_id in declared.actor_names.items()}
    return Known(
        declared,
        {key: next(iter(ids)) for key, ids in keys.items() if len(ids) == 1} | own,
        reference.actors,
        work.schema.codelists["actor_type"].column("population"),
    )


def _named(declared: TableSource, reference: Reference, actor_id: str, row: Mapping[str, object]) -> set[str]:
    if declared.actors_by != "name":
        return {str(row[declared.actors_by])} if row[declared.actors_by] is not None else set()
    names = {str(row["actor_name_en"]), str(row["actor_name_fr"])}
    return names | {str(x["name"]) for x in reference.names if x["entity_id"] == actor_id}


def sides(work: Work, rows: ir.Table) -> dict[str, ir.Table]:
    """What is known of each text that occurs, by side.

    Args:
        work: what every step needs.
        rows: typed rows.

    Returns:
        For each side a table with ``text``, ``name`` and ``actor_type`` as the source gives them, and ``actor_id``,
        ``alternative_group``, ``population``, ``home`` (the country of state forces), ``is_known``; one row an actor.
    """
    known = known_actors(work)
    made = {}
    for actor, group in zip(work.declared.actors, GROUPS, strict=False):
        t = rows.select(
            text=rows[f"actor_{actor.side}"].fill_null(""),
            name=rows[f"actor_name_{actor.side}"].fill_null(""),
            actor_type=rows[f"actor_type_{actor.side}"].fill_null(""),
        )
        found = [
            row
            for side in t.filter(t.text != "").distinct().to_pyarrow().to_pylist()
            for row in known.rows(side["text"], side["name"], side["actor_type"] or None, group)
        ]
        made[actor.side] = work.backend.create_table(f"actors_{actor.side}", text_table(found, COLUMNS), overwrite=True)
    return made
