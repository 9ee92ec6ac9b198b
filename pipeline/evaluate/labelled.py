"""Labelled files: reports of events, linked by human coders, brought to the shape of our own records."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from pipeline.config import Project
from pipeline.evaluate.odd import odd_columns, shortened
from pipeline.problems import CannotDo, NotWell, Problem
from pipeline.reference import csv_lines
from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_table

LABELLED_FILE = "maverick/maverick_kenya.csv"
"""The labelled file of the training, in the folder of shared data."""
NEEDED = ("label", "record_id", "date_start")
"""Without these columns of the layout nothing can be evaluated."""
TRAINING_REMAINDERS = range(6)
"""Which remainders of the MD5 of an event id, modulo 10, are training; the others are test."""


PRINTED = ("record_id", "origin", "date_start", "place_text")
UNIDENTIFIED = "unidentified"
"""The one id and type of every actor of whom nothing is known."""
NO_PLACE = "0,0 lies in the Gulf of Guinea: it is taken for no point"
PRINT = 12
"""Hexadecimal digits of the print of a report: two of some thousand do not meet by chance."""


@dataclass(frozen=True)
class Labelled:
    """A labelled file.

    Attributes:
        tables: the input of linking, as `prepare` wants it.
        events: the event of each record id, as the coders decided.
        prints: what tells a report from others, by record id: SHA-256, shortened, of its id, document, first day
            and place, whatever its event is called.
        told: columns that are absent and rows that were left out, one problem each.
    """

    tables: Mapping[str, pa.Table]
    events: Mapping[str, str]
    prints: Mapping[str, str]
    told: list[Problem]

    @property
    def left_out(self) -> list[Problem]:
        """Why rows were left out, one problem a row."""
        return [problem for problem in self.told if problem.rule == "labelled.row"]

    def split(self, part: str) -> Labelled:
        """The records of the events of one part: ``train`` or ``test``."""
        kept = {record: event for record, event in self.events.items() if is_training(event) == (part == "train")}
        return self.only(kept)

    def only(self, events: Mapping[str, str]) -> Labelled:
        """The records of some events alone."""
        wanted = pa.array(list(events), pa.string())
        tables = {
            name: table.filter(pa.compute.is_in(table["record_id"], wanted))
            if "record_id" in table.schema.names
            else table
            for name, table in self.tables.items()
        }
        return Labelled(tables, events, {record: self.prints[record] for record in events}, self.told)

    def without(self, prints: Collection[str]) -> Labelled:
        """The records of the events of which no report is among those given by their print."""
        seen = {event for record, event in self.events.items() if self.prints[record] in prints}
        return self.only({record: event for record, event in self.events.items() if event not in seen})


def is_training(event: str) -> bool:
    """Whether an event is used for training: MD5 of its id as a number, modulo 10, is at most 5."""
    return int(hashlib.md5(event.encode(), usedforsecurity=False).hexdigest(), 16) % 10 in TRAINING_REMAINDERS


def labelled_path(project: Project) -> Path:
    """Where the labelled file of the training lies: under SAHEL_TEST_DATA, else beside the checkout.

    Raises:
        CannotDo: it is not there.
    """
    folder = Path(os.environ.get("SAHEL_TEST_DATA", project.root.parent / "shared" / "data"))
    path = folder / LABELLED_FILE
    if not path.is_file():
        raise CannotDo(
            f"{path} is not there: set SAHEL_TEST_DATA to the folder that holds {LABELLED_FILE}, "
            "or name a file of the same layout: make evaluate LABELLED=FILE"
        )
    return path


def read_labelled(path: Path, schema: Schema, schemas: Path, shown: str) -> Labelled:
    """Read a labelled file by its declared layout, ``schemas/link/maverick.yaml``.

    Args:
        path: the CSV file.
        schema: for the layout of our tables and the country codes.
        schemas: the folder of the declarations.
        shown: the path as it is shown to people.

    A column that is absent counts as empty and is reported; without the ids and the first day nothing can be done. Rows
    without them, or with an id that stands already, are left out and reported.

    Raises:
        CannotDo: the file cannot be read.
        NotWell: it is no CSV file in UTF-8, a column without which nothing can be done is absent, or no row is left.
    """
    layout: Any = yaml.load((schemas / "link" / "maverick.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    lines, problems = csv_lines(path, shown)
    header = lines[0][1] if lines else []
    header = [name.removeprefix("\ufeff").strip('" ') for name in header]
    absent = [name for name in _columns(layout) if name not in header]
    needed = [layout[key] for key in NEEDED]
    problems += [
        Problem(shown, 1, name, "the layout needs this column", "labelled.columns") for name in needed if name in absent
    ]
    if problems:
        raise NotWell(problems, "nothing was evaluated")
    reader = _Reader(layout, schema, shown, absent)
    rows = [(at, row) for at, cells in lines[1:] if cells and (row := reader.row(at, header, cells)) is not None]
    found = [made for at, row in rows if (made := reader.record(at, row)) is not None]
    if not found:
        empty = Problem(shown, 1, "", "has no rows that can be used", "labelled.rows")
        raise NotWell([*shortened(reader.problems), empty], "nothing was evaluated")
    reader.problems += odd_columns(layout, [row for _, row in rows], shown)
    tables = reader.tables(found)
    events = {made["record_id"]: made["event"] for made in found}
    prints = {made["record_id"]: made["print"] for made in found}
    return Labelled(tables, events, prints, reader.problems)


def _columns(layout: Mapping[str, Any]) -> Iterator[str]:
    for key in ("label", "record_id", "origin", "date_start", "date_end", "place_text", "latitude", "longitude"):
        yield layout[key]
    yield from (layout["geo_precision"], layout["country"], layout["target"])
    for metric in ("killed", "injured"):
        yield from layout[metric].values()
    for n in range(1, layout["actors"]["count"] + 1):
        for key in ("actor_id", "actor_type", "tactics", "precision", "name"):
            yield layout["actors"][key].format(n=n)


class _Reader:
    """Turns rows of one layout into records, their actors and claims, and reports what it leaves out."""

    def __init__(self, layout: Mapping[str, Any], schema: Schema, shown: str, absent: Sequence[str]) -> None:
        self.layout, self.schema, self.shown = layout, schema, shown
        self.absent = dict.fromkeys(absent, "")
        self.empty = set(layout["empty"])
        self.codes: Mapping[str, Mapping[str, str]] = layout["codes"]
        self.unknown = set(layout["codes"]["unknown"])
        nobody = layout["actors"]["unidentified"]
        self.nobody = {**nobody, "names": [_first_word(name) for name in nobody["names"]]}
        self.countries = {row["label_en"]: row["code"] for row in schema.codelists["country"].rows}
        told = "is no column of this file: it counts as empty"
        self.problems = [Problem(shown, 1, name, told, "labelled.absent", "warning") for name in absent]
        self.seen: dict[str, int] = {}

    def row(self, at: int, header: Sequence[str], cells: Sequence[str]) -> dict[str, str] | None:
        """The cells of one line by column, or None where their number is not that of the header."""
        if len(cells) != len(header):
            self._left_out(at, "", f"has {len(cells)} cells where the header has {len(header)}")
            return None
        said = ("" if cell.strip() in self.empty else cell.strip() for cell in cells)
        return self.absent | dict(zip(header, said, strict=True))

    def record(self, at: int, row: Mapping[str, str]) -> dict[str, Any] | None:
        """One row, or None where it cannot be used."""
        layout = self.layout
        identifier = row[layout["record_id"]]
        day = self._date(at, layout["date_start"], row)
        last_day = self._date(at, layout["date_end"], row) if row[layout["date_end"]] else day
        if identifier in self.seen:
            self._left_out(at, layout["record_id"], f"{identifier} stands already in line {self.seen[identifier]}")
            return None
        if not identifier or not row[layout["label"]]:
            self._left_out(at, layout["label"], "a row needs its own id and that of its event")
            return None
        if day is None or last_day is None:
            return None
        self.seen[identifier] = at
        start, end = min(day, last_day), max(day, last_day)
        latitude, longitude = (_number(row[layout[key]]) for key in ("latitude", "longitude"))
        if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            latitude = longitude = None
        if latitude == longitude == 0:
            latitude = longitude = None
            self.problems.append(
                Problem(self.shown, at, layout["latitude"], NO_PLACE, "labelled.origin_point", "warning")
            )
        tactics = sorted({code for actor in self._actors(row) for code in actor["tactics"]})
        return {
            "event": row[layout["label"]],
            "print": self._print(row),
            "record_id": f"{layout['source']}:{identifier}",
            "source": layout["source"],
            "origin": row[layout["origin"]] or identifier,
            "source_row": at,
            "date_start": start,
            "date_end": end,
            "country_iso3": self.countries.get(row[layout["country"]], row[layout["country"]]),
            "place_text": None if row[layout["place_text"]] in self.unknown else row[layout["place_text"]],
            "latitude": latitude,
            "longitude": longitude,
            "geo_precision": self._code("geo_precision", _plain(row[layout["geo_precision"]])),
            "event_type": next((mine for code, mine in self.codes["event_type"].items() if code in tactics), None),
            "source_event_type": "; ".join(tactics) or None,
            "target_type": self._code("target", row[layout["target"]]),
            "killed_low": _count(row[layout["killed"]["low"]]),
            "killed_high": _count(row[layout["killed"]["high"]]),
            "injured": {key: _count(row[layout["injured"][key]]) for key in ("low", "high")},
            "actors": list(self._actors(row)),
        }

    def tables(self, made: list[dict[str, Any]]) -> dict[str, pa.Table]:
        """The tables that linking reads, from the rows that were read."""
        tables = self.schema.tables
        records = arrow_table(tables["records"], made)
        records = records.append_column("origin", pa.array([row["origin"] for row in made], pa.string()))
        actors = {actor["actor_id"]: actor["actor_type"] for row in made for actor in row["actors"]}
        acts = [(row["record_id"], actor["actor_id"]) for row in made for actor in row["actors"]]
        claims = [
            {
                "record_id": row["record_id"],
                "metric": "injured",
                "population": "unspecified",
                "value_low": row["injured"]["low"],
                "value_high": row["injured"]["high"],
            }
            for row in made
        ]
        return {
            "records": records,
            "record_actors": pa.table(
                {
                    "record_id": pa.array([record for record, _ in acts], pa.string()),
                    "actor_id": pa.array([actor for _, actor in acts], pa.string()),
                    "alternative_group": pa.array([None] * len(acts), pa.string()),
                }
            ),
            "actors": arrow_table(tables["actors"], [{"actor_id": a, "actor_type": t} for a, t in actors.items()]),
            "places": arrow_table(tables["places"], []),
            "place_names": pa.table({"place_id": pa.array([], pa.string()), "name": pa.array([], pa.string())}),
            "claims": arrow_table(tables["claims"], claims),
        }

    def _actors(self, row: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        columns = self.layout["actors"]
        for n in range(1, columns["count"] + 1):
            identifier, kind, tactics, precision, name = (
                row[columns[key].format(n=n)] for key in ("actor_id", "actor_type", "tactics", "precision", "name")
            )
            if identifier:
                known = precision not in self.nobody["precisions"] and _first_word(name) not in self.nobody["names"]
                yield {
                    "actor_id": identifier if known else UNIDENTIFIED,
                    "actor_type": self.codes["actor_type"].get(kind, "other") if known else UNIDENTIFIED,
                    "tactics": [code for code in tactics.split("; ") if code not in self.unknown],
                }

    def _print(self, row: Mapping[str, str]) -> str:
        said = "\x1f".join(row[self.layout[key]] for key in PRINTED)
        return hashlib.sha256(said.encode()).hexdigest()[:PRINT]

    def _code(self, name: str, code: str) -> str | None:
        return self.codes[name].get(code)

    def _date(self, at: int, column: str, row: Mapping[str, str]) -> dt.date | None:
        try:
            return dt.date.fromisoformat(row[column][:10])
        except ValueError:
            self._left_out(at, column, f"{row[column]!r} is no date like 2025-07-01")
            return None

    def _left_out(self, at: int, column: str, message: str) -> None:
        text = f"{message}; the row was left out"
        self.problems.append(Problem(self.shown, at, column, text, "labelled.row", "warning"))


def _first_word(name: str) -> str:
    return name.casefold().partition(" ")[0]


def _plain(code: str) -> str:
    return code.removesuffix(".0")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _count(text: str) -> int | None:
    number = _number(text)
    return int(number) if number is not None and 0 <= number < 1e9 else None
