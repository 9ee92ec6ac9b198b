"""A small project with two sources, in which a few pairs are sure and a few are not."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.config import Params, Project, load_params
from pipeline.link import link
from pipeline.schema import Schema
from pipeline.schema.arrow import arrow_table

NUMBERS = {"tillit": 1, "kayes": 2, "nara": 3, "menaka": 4}


def day(number: int) -> dt.date:
    return dt.date(2026, 2, number)


def record(source: str, name: str, at: tuple[float, float] | None, **changed: Any) -> dict[str, Any]:
    return {
        "record_id": f"{source}:{name}",
        "incident_id": f"{source}-{name}",
        "source": source,
        "source_version": "26.0.2",
        "source_file": f"data/{source}.csv",
        "source_row": NUMBERS[name],
        "date_start": day(14),
        "date_end": day(14),
        "date_precision": "day",
        "country_iso3": "MLI",
        "place_text": name.title(),
        "latitude": at[0] if at else None,
        "longitude": at[1] if at else None,
        "geo_precision": "exact",
        "event_type": "armed_attack",
        "target_type": "military",
        "killed_low": 5,
        "killed_high": 5,
        "note": "one, two\nthree" if source == "curated" else None,
        **changed,
    }


def rows(source: str) -> list[dict[str, Any]]:
    if source == "curated":
        return [
            record(source, "tillit", (15.9, 0.1)),
            record(source, "kayes", (14.4, -11.4), killed_low=None, killed_high=None),
            record(source, "nara", (15.2, -7.3), killed_low=None, killed_high=None),
        ]
    return [
        record(source, "tillit", (15.9, 0.1)),
        record(source, "kayes", (14.42, -11.42), place_text="Samé", target_type=None, event_type="ambush"),
        record(source, "nara", (15.2, -7.3), date_start=day(15), date_end=day(15)),
        record(source, "menaka", None, date_start=day(1), date_end=day(1), place_text=None, geo_precision="area"),
    ]


def write_source(project: Project, schema: Schema, source: str) -> None:
    made = rows(source)
    tables: dict[str, list[dict[str, Any]]] = {
        "records": made,
        "incident_actors": [
            {"incident_id": row["incident_id"], "actor_id": actor, "role": role, "basis": "attributed"}
            for row in made
            for actor, role in (("JNIM", "perpetrator"), ("state_forces_mli", "target"))
        ],
        "claims": [
            {
                "claim_id": f"c-{source}-{row['record_id']}",
                "subject_type": "incident",
                "subject_id": row["incident_id"],
                "record_id": row["record_id"],
                "report_id": f"r-{source}",
                "sequence": 1,
                "claimant_name": "hospital",
                "metric": "injured",
                "population": "civilians",
                "value_low": 3,
                "value_high": None,
                "qualifier": "at_least",
            }
            for row in made[:1]
        ],
        "reports": [{"report_id": f"r-{source}", "publisher": "RFI", "published_date": day(16), "headline": "Attack"}],
        "incident_reports": [
            {
                "subject_type": "incident",
                "subject_id": row["incident_id"],
                "report_id": f"r-{source}",
                "role": "describes",
            }
            for row in made
        ],
    }
    folder = project.ingested / source
    folder.mkdir(parents=True)
    for name, found in tables.items():
        table = arrow_table(schema.tables[name], found)
        loose = pa.schema([field.with_nullable(True) for field in table.schema])  # only what is looked at is filled in
        pq.write_table(table.cast(loose), folder / f"{name}.parquet")


@pytest.fixture
def small(project: Project, schema: Schema, tmp_path: Path) -> Project:
    """Both sources turned on, read, and linked."""
    made = Project(tmp_path)
    shutil.copytree(project.schemas, made.schemas)
    shutil.copytree(project.reference, made.reference)
    made.link_decisions.unlink(missing_ok=True)
    settings = yaml.safe_load((project.root / "params.yaml").read_text(encoding="utf-8"))
    settings["sources"] = {"curated": "data/raw/curated", "ucdp_candidate": "data/raw/external/ucdp_candidate"}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    for source in settings["sources"]:
        write_source(made, schema, source)
    link(made, load_params(made))
    return made


@pytest.fixture
def small_params(small: Project) -> Params:
    return load_params(small)
