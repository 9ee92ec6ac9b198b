"""Curated entries for tests: a good file as text, and how it is checked beside real ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.config import Params, Project
from pipeline.schema import Schema
from pipeline.sources.curated.read import Curated, read_curated

Check = Callable[..., Curated]
GOOD = """\
incidents:
  - incident_id: i-example1
    date_start: 2024-11-19
    date_end: 2024-11-19
    date_precision: day
    country_iso3: MLI
    place_id: mli_bamba
    geo_precision: exact
    event_type: armed_attack
    target_type: military
    status: candidate
    confidence: low
    actors:
      - actor_id: JNIM
        role: perpetrator
        basis: claimed
    reports:
      - report_id: r-example1
        url: https://www.example.org/bamba
        publisher: AFP
        language: en
    claims:
      - claim_id: c-example1
        report_id: r-example1
        claimant_name: Malian army
        claimant_type: state
        metric: killed
        population: soldiers
        value_low: 3
        value_high: 3
        qualifier: exactly
"""


def checker(project: Project, params: Params, schema: Schema, folder: Path) -> Check:
    """A function that writes a text (or bytes) into a folder and checks it beside the real files."""

    def check(content: str | bytes, name: str = "entry.yaml") -> Curated:
        path = folder / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return read_curated(project, params, schema, [path])

    return check
