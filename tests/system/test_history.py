"""A history as it happens: four versions published, one refused; every one of them verifies and can be built again."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.checkout import git
from tests.conftest import ROOT
from tests.reduced import commit, reduced_clone, sahel

pytestmark = pytest.mark.system

FILE = "TGO/2023.yaml"
TWICE = """
  - incident_id: i-tw1ce0
    date_start: 2023-01-03
    date_end: 2023-01-03
    date_precision: day
    country_iso3: TGO
    place_id: tgo_lalabiga
    place_text: Lalabiga
    geo_precision: near
    event_type: ied
    target_type: military
    status: compiled
    confidence: low
    actors:
      - actor_id: JNIM
        role: perpetrator
        basis: suspected
      - actor_id: state_forces_tgo
        role: target
        basis: attributed
    reports:
{report}
    claims:
{claim}
"""
REPORT = """      - report_id: r-tw1ce0
        url: https://example.org/lalabiga
        publisher: Jeune Afrique
        language: fr"""
CLAIM = """      - claim_id: c-tw1ce0
        report_id: r-tw1ce0
        claimant_name: Jeune Afrique, source not stated
        claimant_type: unknown
        metric: killed
        population: soldiers
        value_low: 3
        value_high: 3
        qualifier: exactly"""
LATER = (
    TWICE.replace("i-tw1ce0", "i-new000")
    .replace("2023-01-03", "2023-05-03")
    .format(
        report=REPORT.replace("tw1ce0", "new000").replace("org/lalabiga", "org/later"),
        claim=CLAIM.replace("tw1ce0", "new000"),
    )
)
NEW_FIELD = """  - name: paragraph
    type: string
    title:
      en: Paragraph
      fr: Paragraphe
    description:
      en: Where on the page the claim stands.
      fr: Endroit de la page où figure la déclaration.
    example: third paragraph
"""
Row = tuple[str, str, str]


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path.name, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + text, encoding="utf-8")


def published(folder: Path, store: Path, message: str) -> str:
    """Commit, publish and give the version that the command says it is."""
    commit(folder, message)
    done = sahel(folder, "publish", "--store", store)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def first_version(folder: Path) -> None:
    append(folder / "data/raw/curated" / FILE, TWICE.format(report=REPORT, claim=CLAIM))


def corrected_toll(folder: Path) -> None:
    path = folder / "data/raw/curated" / FILE
    text = path.read_text(encoding="utf-8")
    at = text.index("claim_id: c-8e0m14")
    end = text.index("- incident_id: i-t6pxq8")
    entry = text[at:end].replace("value_low: 3", "value_low: 4")
    said = ("date: 2026-11-22", "field: value_low", "why: A second page counts four.")
    revision = f"    revisions:\n      - {said[0]}\n        {said[1]}\n        {said[2]}\n  "
    path.write_text(text[:at] + entry.rstrip(" ") + revision + text[end:], encoding="utf-8")


def new_moved_and_merged(folder: Path) -> None:
    path = folder / "data/raw/curated" / FILE
    swap(path, TWICE.format(report=REPORT, claim=CLAIM).rstrip("\n"), "")
    swap(path, "    claims:\n      - claim_id: c-8e0m14", f"{REPORT}\n    claims:\n      - claim_id: c-8e0m14")
    swap(path, "    revisions:\n", f"{CLAIM}\n    revisions:\n")
    append(path, LATER)
    append(folder / "data/reference/id_changes.csv", "\ni-tw1ce0,i-m6y80q,merged,Both are the attack on one patrol.\n")
    place = "tgo_tola,Tola,TGO,,,,,,unmatched,"
    swap(folder / "data/reference/places.csv", place, "tgo_tola,Tola,TGO,11.0,0.5,https://example.org/tola,,,stated,")


def field_appended(folder: Path) -> None:
    append(folder / "schemas/tables/claims.yaml", "\n" + NEW_FIELD)
    swap(folder / "schemas/schema.yaml", "version: 1.0.0", "version: 1.1.0")


def changed(package: Path) -> set[Row]:
    rows = duckdb.sql(f"SELECT DISTINCT \"table\", key, change_type FROM '{package}/changes.parquet'").fetchall()
    return {(table, key, kind) for table, key, kind in rows}


def fields(package: Path, table: str, key: str) -> set[str]:
    rows = duckdb.sql(f"SELECT field FROM '{package}/changes.parquet' WHERE \"table\" = '{table}' AND key = '{key}'")
    return {row[0] for row in rows.fetchall()}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkout and a store after four publications."""
    base = tmp_path_factory.mktemp("history")
    folder, store = reduced_clone(ROOT, base / "checkout", (FILE,)), base / "store"
    steps = [
        (first_version, "1.0.0"),
        (corrected_toll, "1.0.1"),
        (new_moved_and_merged, "1.1.0"),
        (field_appended, "1.2.0"),
    ]
    for step, version in steps:
        step(folder)
        assert published(folder, store, step.__name__) == version
    return folder, store


def test_a_corrected_toll_is_one_claim_and_what_follows_from_it(history: tuple[Path, Path]) -> None:
    package = history[1] / "1.0.1"
    assert changed(package) == {("claims", "c-8e0m14", "changed"), ("incidents", "i-m6y80q", "changed")}
    assert fields(package, "claims", "c-8e0m14") == {"value_low"}
    reasons = duckdb.sql(f"SELECT DISTINCT reason FROM '{package}/changes.parquet'").fetchall()
    assert reasons == [("A second page counts four.",)]


def test_an_incident_a_place_and_a_merge_are_told_and_nothing_else(history: tuple[Path, Path]) -> None:
    package = history[1] / "1.1.0"
    added = {
        ("incidents", "i-new000", "added"),
        ("incident_actors", "i-new000|JNIM|perpetrator", "added"),
        ("incident_actors", "i-new000|state_forces_tgo|target", "added"),
        ("incident_reports", "incident|i-new000|r-new000", "added"),
        ("records", "curated:i-new000", "added"),
        ("claims", "c-new000", "added"),
        ("claim_reports", "c-new000|r-new000", "added"),
        ("reports", "r-new000", "added"),
    }
    moved = {("places", "tgo_tola", "changed"), ("incidents", "i-t6pxq8", "changed")}
    merged = {
        ("incidents", "i-tw1ce0", "removed"),
        ("records", "curated:i-tw1ce0", "removed"),
        ("incidents", "i-m6y80q", "changed"),
        ("claims", "c-tw1ce0", "changed"),
    }
    assert changed(package) == added | moved | merged
    assert fields(package, "claims", "c-tw1ce0") == {"sequence"}
    assert fields(package, "places", "tgo_tola") == {"latitude", "longitude", "coordinates_source", "match_state"}
    assert {"latitude", "longitude"} <= fields(package, "incidents", "i-t6pxq8")
    assert fields(package, "incidents", "i-m6y80q") >= {"report_count"}
    rows = duckdb.sql(f"SELECT old_id, new_id, kind, release FROM '{package}/id_changes.parquet'").fetchall()
    assert rows == [("i-tw1ce0", "i-m6y80q", "merged", "1.1.0")]


def test_incidents_know_when_they_came_and_when_they_last_changed(history: tuple[Path, Path]) -> None:
    rows = duckdb.sql(
        f"SELECT incident_id, first_release, last_changed_release FROM '{history[1]}/1.2.0/incidents.parquet'"
    ).fetchall()
    assert {row[0]: row[1:] for row in rows} == {
        "i-be4k3w": ("1.0.0", "1.0.0"),
        "i-m6y80q": ("1.0.0", "1.1.0"),
        "i-new000": ("1.1.0", "1.1.0"),
        "i-t6pxq8": ("1.0.0", "1.1.0"),
    }


def test_a_field_at_the_end_is_one_row(history: tuple[Path, Path]) -> None:
    assert changed(history[1] / "1.2.0") == {("claims", "*", "added")}
    assert fields(history[1] / "1.2.0", "claims", "*") == {"paragraph"}
    rows = duckdb.sql(f"SELECT old_id, release FROM '{history[1]}/1.2.0/id_changes.parquet'").fetchall()
    assert rows == [("i-tw1ce0", "1.1.0")], "what earlier releases said of ids stays"


def test_two_versions_apart_a_merge_is_still_followed(history: tuple[Path, Path]) -> None:
    folder, store = history
    done = sahel(folder, "diff", store / "1.0.0", store / "1.2.0", "--json", "--limit", "1000")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert [change["old_id"] for change in told["id_changes"]] == ["i-tw1ce0"]
    claims = {(value["key"], value["field"]) for value in told["values"] if value["table"] == "claims"}
    assert claims == {("c-8e0m14", "value_low"), ("c-new000", "*"), ("c-tw1ce0", "sequence")}


def test_every_version_still_verifies_and_is_built_again_to_the_same_bytes(history: tuple[Path, Path]) -> None:
    folder, store = history
    for version in ("1.0.0", "1.0.1", "1.1.0", "1.2.0"):
        verified = sahel(folder, "verify", store / version)
        assert verified.returncode == 0, verified.stdout
        rebuilt = sahel(folder, "rebuild", version, "--store", store)
        assert rebuilt.returncode == 0, rebuilt.stdout + rebuilt.stderr
    assert git(folder, "status", "--porcelain") == ""


def test_the_index_lists_every_version_and_the_latest_is_the_last(history: tuple[Path, Path], schemas: Path) -> None:
    import jsonschema

    index = json.loads((history[1] / "index.json").read_text(encoding="utf-8"))
    form = json.loads((schemas / "json" / "index.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(form).validate(index)
    assert [(entry["version"], entry["status"]) for entry in index["versions"]] == [
        (version, "published") for version in ("1.2.0", "1.1.0", "1.0.1", "1.0.0")
    ]
    latest = json.loads((history[1] / "latest.json").read_text(encoding="utf-8"))
    assert latest["version"] == "1.2.0"
    log = (history[1] / "1.2.0" / "CHANGELOG.md").read_text(encoding="utf-8")
    places = [log.index(f"## {version} ") for version in ("1.2.0", "1.1.0", "1.0.1", "1.0.0")]
    assert places == sorted(places)


def test_nothing_changed_is_said_and_a_renamed_field_is_refused(history: tuple[Path, Path]) -> None:
    folder, store = history
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*") if path.name != ".lock"}
    again = sahel(folder, "publish", "--store", store)
    assert (again.returncode, again.stdout.strip()) == (0, "1.2.0")
    assert "nothing changed since version 1.2.0" in again.stderr
    swap(folder / "schemas/tables/claims.yaml", "- name: paragraph", "- name: passage")
    swap(folder / "schemas/schema.yaml", "version: 1.1.0", "version: 2.0.0")
    swap(folder / "params.yaml", "version: null ", "version: 1.9.0")
    commit(folder, "A field renamed")
    refused = sahel(folder, "publish", "--store", store)
    assert refused.returncode == 1, refused.stderr
    said = "params.yaml:3: release.version: 1.9.0 is too low: 2.0.0 is due because claims.paragraph field removed"
    assert said in refused.stderr
    assert {path: path.stat().st_mtime_ns for path in store.rglob("*") if path.name != ".lock"} == before
    swap(folder / "params.yaml", "version: 1.9.0", "version: null ")
    due = sahel(folder, "version")
    assert due.returncode == 0, due.stderr
    assert due.stdout.splitlines()[-1] == "2.0.0"
    git(folder, "reset", "--hard", "--quiet", "HEAD~1")


@pytest.fixture(scope="module")
def schemas() -> Path:
    return ROOT / "schemas"
