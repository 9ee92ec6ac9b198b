"""The data of the explorer say what the package says, and nothing is missing in them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.config import Params, Project
from pipeline.problems import CannotDo
from pipeline.schema.claimants import Claimants
from pipeline.site import site
from pipeline.site.details import CHUNK
from pipeline.site.stage import lay_data
from pipeline.site.summary import CODED, MEASURES


def lay(built: Project, page: Path) -> Path:
    lay_data(built.release, built.database, built.reference / "countries.geojson", page)
    return page / "data"


@pytest.fixture(scope="module")
def data(built: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay(built, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def summary(data: Path) -> dict[str, Any]:
    return json.loads((data / "explorer.json").read_text(encoding="utf-8"))


def ask(built: Project, query: str) -> list[Any]:
    with duckdb.connect() as connection:
        connection.execute(f"SET file_search_path = '{built.release}'")
        return connection.execute(query).fetchall()


def test_every_incident_is_there_with_what_the_package_says_of_it(built: Project, summary: dict[str, Any]) -> None:
    found = summary["incidents"]
    names = [name for name in found if name not in {"operation", "place"}]
    for name in CODED:
        codes = summary["codes"][CODED[name]]["code"]
        found[name] = [None if at is None else codes[at] for at in found[name]]
    days = "* REPLACE (date_start::VARCHAR AS date_start, date_end::VARCHAR AS date_end)"
    query = f"SELECT {', '.join(names)} FROM (SELECT {days} FROM 'incidents.parquet') ORDER BY date_start, incident_id"
    assert list(zip(*(found[name] for name in names), strict=True)) == ask(built, query)


def test_a_place_has_its_names_in_both_languages_and_all_others(built: Project, summary: dict[str, Any]) -> None:
    places, incidents = summary["places"], summary["incidents"]
    expected = dict(
        ask(
            built,
            "SELECT incident_id, list_sort(list_distinct(list(name))) FROM 'incidents.parquet' JOIN 'names.parquet'"
            " ON place_id = entity_id WHERE entity_type = 'place' GROUP BY ALL HAVING count(DISTINCT name) > 1",
        )
    )
    found = {
        key: places["names"][place].split("\n")
        for key, place in zip(incidents["incident_id"], incidents["place"], strict=True)
        if place is not None
    }
    assert found == expected
    [timbuktu] = [at for at, names in enumerate(places["names"]) if "Timbuktu" in names.split("\n")]
    assert places["place_name_en"][timbuktu] == "Timbuktu"
    assert places["place_name_fr"][timbuktu] is None


def test_the_tolls_are_the_additive_ones_and_add_up(built: Project, summary: dict[str, Any]) -> None:
    tolls = summary["tolls"]
    for number, measure in enumerate(MEASURES):
        metric, _, group = measure.partition("_")
        [(low, best, rows)] = ask(
            built,
            "SELECT sum(low), sum(best), count(*) FROM 'tolls.parquet'"
            f" WHERE is_additive AND metric = '{metric}' AND population_group = '{group or 'all'}'",
        )
        mine = [at for at, of in enumerate(tolls["measure"]) if of == number]
        assert len(mine) == rows, measure
        assert sum(tolls["low"][at] or 0 for at in mine) == (low or 0), measure
        assert sum(tolls["best"][at] or 0 for at in mine) == (best or 0), measure


def test_a_toll_of_an_operation_is_found_with_its_incidents(built: Project, summary: dict[str, Any]) -> None:
    operations, incidents = summary["operations"]["operation_id"], summary["incidents"]
    units = {unit for unit in summary["tolls"]["unit"] if unit < 0}
    expected = ask(
        built,
        "SELECT DISTINCT unit_id FROM 'tolls.parquet'"
        " WHERE is_additive AND unit_type = 'operation' AND metric IN ('killed', 'injured', 'abducted')",
    )
    assert {operations[-1 - unit] for unit in units} == {key for (key,) in expected}
    members = dict(
        ask(built, "SELECT operation_id, count(*) FROM 'incidents.parquet' WHERE operation_id IS NOT NULL GROUP BY ALL")
    )
    counted = {key: incidents["operation"].count(at) for at, key in enumerate(operations)}
    assert {key: number for key, number in counted.items() if number} == members


@pytest.mark.parametrize(("name", "key"), [("incidents", "incident_id"), ("operations", "operation_id")])
def test_every_page_finds_its_file_by_its_number(
    built: Project, data: Path, summary: dict[str, Any], name: str, key: str
) -> None:
    files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((data / "details").glob(f"{name}-*.json"))]
    for number, subject in enumerate(summary[name][key]):
        assert subject in files[number // CHUNK]["subjects"]
    subjects = {key: value for file in files for key, value in file["subjects"].items()}
    for part, query in {
        "claims": "SELECT subject_id, claim_id FROM 'claims.parquet'",
        "reports": "SELECT subject_id, report_id FROM 'incident_reports.parquet'",
        "revisions": "SELECT subject_id, field FROM 'revisions.parquet'",
        "tolls": "SELECT unit_id, metric || population_group FROM 'tolls.parquet'",
    }.items():
        expected = {(subject, value) for subject, value in ask(built, query) if subject in subjects}
        named = {"claims": "claim_id", "reports": "report_id", "revisions": "field"}
        found = {
            (subject, row[named[part]] if part in named else row["metric"] + row["population_group"])
            for subject, about in subjects.items()
            for row in about.get(part, [])
        }
        assert found == expected, part


def test_every_report_that_is_named_is_in_the_same_file(data: Path) -> None:
    for path in (data / "details").glob("*.json"):
        file = json.loads(path.read_text(encoding="utf-8"))
        for subject in file["subjects"].values():
            named = [row["report_id"] for row in subject.get("reports", [])]
            named += [row["report_id"] for claim in subject.get("claims", []) for row in claim["carried"]]
            assert set(named) <= file["reports"].keys(), path.name


@pytest.mark.parametrize("table", ["incidents", "tolls", "claims"])
def test_what_is_downloaded_has_every_column_and_row(built: Project, data: Path, table: str) -> None:
    rows = json.loads((data / "rows" / f"{table}.json").read_text(encoding="utf-8"))["columns"]
    described = ask(built, f"DESCRIBE SELECT * FROM '{table}.parquet'")
    assert [column["name"] for column in rows] == [name for name, *_ in described]
    found = zip(*(column["values"] for column in rows), strict=True)
    days = [f"{name}::VARCHAR AS {name}" for name, kind, *_ in described if kind == "DATE"]
    replaced = f"REPLACE ({', '.join(days)})" if days else ""
    assert set(found) == set(ask(built, f"SELECT * {replaced} FROM '{table}.parquet'"))


def test_the_log_of_a_language_leads_to_no_file_of_another(built: Project, data: Path) -> None:
    logs = json.loads((data / "changes.json").read_text(encoding="utf-8"))["changelog"]
    for language, name in {"en": "CHANGELOG.md", "fr": "CHANGELOG.fr.md"}.items():
        published = (built.release / name).read_text(encoding="utf-8")
        assert "](CHANGELOG" in published
        assert "](" not in logs[language]
        assert logs[language].endswith(published[published.index("\n## ") :])


def test_the_same_package_gives_the_same_bytes(built: Project, data: Path, tmp_path: Path) -> None:
    again = lay(built, tmp_path)
    files = sorted(path.relative_to(data) for path in data.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for name in files:
        assert (data / name).read_bytes() == (again / name).read_bytes(), name


def test_what_is_missing_is_said(tmp_path: Path, built: Project, params: Params) -> None:
    with pytest.raises(CannotDo, match="run make release first"):
        site(Project(tmp_path), params)
    with pytest.raises(CannotDo, match="needs Node"):
        site(built, params)


def test_a_database_of_another_package_is_made_anew(built: Project, params: Params, tmp_path: Path) -> None:
    """What the SQL page shows would else be other figures than those of the map."""
    project = Project(tmp_path)
    for name in ("data/release", "data/reference", "schemas"):
        shutil.copytree(built.root / name, tmp_path / name)
    project.database.parent.mkdir(parents=True)
    project.database.write_bytes(b"of another package")
    project.database.with_suffix(".made_from").write_text("another", encoding="utf-8")
    project.site.mkdir(parents=True)
    (project.site / "index.html").write_text("<html></html>", encoding="utf-8")
    site(project, params)
    with duckdb.connect(str(project.site / "data" / project.database.name), read_only=True) as connection:
        shown = connection.execute("SELECT count(*), (SELECT count(*) FROM claims) FROM incidents").fetchall()
    assert shown == ask(built, "SELECT count(*), (SELECT count(*) FROM 'claims.parquet') FROM 'incidents.parquet'")


def test_a_claimant_has_its_french_name_where_it_is_known(built: Project, tmp_path: Path) -> None:
    claimants = Claimants({"JNIM": "GSIM"}, {})
    lay_data(built.release, built.database, built.reference / "countries.geojson", tmp_path, claimants)
    files = [json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "data" / "details").glob("*.json")]
    claims = [claim for file in files for subject in file["subjects"].values() for claim in subject.get("claims", [])]
    assert {claim.get("claimant_name_fr") for claim in claims if claim["claimant_name"] == "JNIM"} == {"GSIM"}
    assert {claim.get("claimant_name_fr") for claim in claims if claim["claimant_name"] != "JNIM"} == {None}
