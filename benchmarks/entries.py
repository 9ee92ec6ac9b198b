"""Entries by the thousand, laid out as a curator would have written them."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

from pipeline.sources.curated.template import ALPHABET

VINTAGE, FIRST_DAY = "2023", "2023-04-01"
ENTRY = """\
  - incident_id: i-{n}
    date_start: {date}
    date_end: {date}
    date_precision: day
    country_iso3: MLI
    place_id: {place}
    place_text: as on the page
    geo_precision: exact
    event_type: armed_attack
    target_type: military
    status: candidate
    confidence: low
    note: Made for a measurement.
    actors:
      - actor_id: JNIM
        role: perpetrator
        basis: attributed
      - actor_id: state_forces_mli
        role: target
        basis: attributed
    reports:
      - report_id: r-{n}
        url: https://example.org/{n}
        publisher: {publisher}
        published_date: {date}
        language: fr
      - report_id: r-z{n}
        url: https://example.org/z{n}
        publisher: {publisher}
        language: fr
    claims:
      - claim_id: c-{n}
        report_id: r-{n}
        repeated_by:
          - r-z{n}
        claimant_name: Malian army
        claimant_type: state
        metric: killed
        population: soldiers
        value_low: 5
        value_high: 5
        qualifier: exactly
      - claim_id: c-y{n}
        report_id: r-{n}
        claimant_name: JNIM
        claimant_type: non_state_armed_group
        metric: killed
        population: soldiers
        value_low: 30
        value_high: null
        qualifier: more_than
"""


def many_entries(project: Path, count: int) -> str:
    """A file of well-formed entries in places whose admin unit is known, days apart from each other.

    Args:
        project: the checkout, for publishers and places that it knows.
        count: how many.
    """
    publisher = _column(project / "schemas" / "codelists" / "publishers.csv", "code")[0]
    known = project / "data" / "reference" / "place_admin.csv"
    vintages = zip(_column(known, "place_id"), _column(known, "admin_vintage"), strict=True)
    places = [place for place, vintage in vintages if place.startswith("mli_") and vintage == VINTAGE]
    first = dt.date.fromisoformat(FIRST_DAY)
    return "incidents:\n" + "".join(
        ENTRY.format(
            n=_digits(at),
            date=first + dt.timedelta(days=3 * (at // len(places))),
            place=places[at % len(places)],
            publisher=publisher,
        )
        for at in range(count)
    )


def _column(path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [row[name] for row in csv.DictReader(lines)]


def _digits(number: int) -> str:
    text = ""
    for _ in range(6):
        number, place = divmod(number, len(ALPHABET))
        text = ALPHABET[place] + text
    return text
