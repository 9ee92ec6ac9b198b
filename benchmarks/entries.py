"""Entries by the thousand, laid out as a curator would have written them."""

from __future__ import annotations

from pathlib import Path

from pipeline.sources.curated.template import ALPHABET

ENTRY = """\
  - incident_id: i-{n}
    date_start: {date}
    date_end: {date}
    date_precision: day
    country_iso3: MLI
    place_id: mli_kayes
    place_text: Kayes
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
    """A file of well-formed entries, days apart from each other.

    Args:
        project: the checkout, for a publisher that it knows.
        count: how many.
    """
    publishers = (project / "schemas" / "codelists" / "publishers.csv").read_text(encoding="utf-8").split("\n")
    publisher = publishers[1].split(",")[0]
    return "incidents:\n" + "".join(
        ENTRY.format(
            n=_digits(at), date=f"{2011 + at // 108}-{at // 9 % 12 + 1:02d}-{at % 9 * 3 + 1:02d}", publisher=publisher
        )
        for at in range(count)
    )


def _digits(number: int) -> str:
    text = ""
    for _ in range(6):
        number, place = divmod(number, len(ALPHABET))
        text = ALPHABET[place] + text
    return text
