"""What describes the package, in the hands of the tools that read it; values are compared with the tables."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import geopandas
import pyarrow.parquet as pq
import pytest
import yaml
from rdflib import Graph
from rdflib.namespace import RDF, SDO

from pipeline.config import Params, Project
from pipeline.schema import Schema
from tests.conftest import ROOT

CFFCONVERT = Path(sys.prefix) / "cffconvert" / "bin" / "cffconvert"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@pytest.fixture(scope="module")
def croissant(built: Project) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries below it
        import mlcroissant

        yield mlcroissant.Dataset(built.release / "croissant.json")


@pytest.fixture(scope="module")
def dataset(built: Project) -> dict[str, Any]:
    return dict(json.loads((built.release / "dataset.jsonld").read_text(encoding="utf-8")))


def plain(value: Any) -> Any:
    """A value of a record as Arrow would give it."""
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "date"):
        return value.date()
    return value.item() if hasattr(value, "item") else value


def test_croissant_is_loaded_without_a_complaint(croissant: Any, schema: Schema) -> None:
    assert croissant.metadata.ctx.issues.report() == ""
    assert croissant.metadata.ctx.conforms_to.value == "http://mlcommons.org/croissant/1.1"
    assert [found.id for found in croissant.metadata.record_sets] == list(schema.tables)
    assert [found.name for found in croissant.metadata.record_sets] == list(schema.tables)


def test_croissant_reads_the_records_of_every_table(croissant: Any, built: Project, schema: Schema) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, table in schema.tables.items():
            wanted = pq.read_table(built.release / f"{name}.parquet").to_pylist()
            found = [
                {key.removeprefix(f"{name}/"): plain(value) for key, value in record.items()}
                for record in croissant.records(name)
            ]
            assert found == wanted, name
            assert not found or tuple(found[0]) == table.columns


def test_croissant_says_of_files_and_keys_what_is_so(croissant: Any, built: Project, schema: Schema) -> None:
    files = {found.id: found for found in croissant.metadata.distribution}
    assert files.keys() == {path.name for path in built.release.iterdir() if path.suffix in (".parquet", ".csv")}
    for name, file in files.items():
        content = (built.release / name).read_bytes()
        assert file.sha256 == hashlib.sha256(content).hexdigest()
        assert file.content_size == f"{len(content)} B"
    raw = json.loads((built.release / "croissant.json").read_text(encoding="utf-8"))
    keys = {found["@id"]: [key["@id"] for key in found.get("key", [])] for found in raw["recordSet"]}
    assert keys["tolls"] == ["tolls/unit_type", "tolls/unit_id", "tolls/metric", "tolls/population_group"]
    claims = next(found for found in raw["recordSet"] if found["@id"] == "claims")
    report = next(field for field in claims["field"] if field["name"] == "report_id")
    assert report["references"] == {"fileObject": {"@id": "reports.parquet"}, "extract": {"column": "report_id"}}
    assert report["description"] == {
        "en": schema.tables["claims"]["report_id"].description.en,
        "fr": schema.tables["claims"]["report_id"].description.fr,
    }


def test_every_word_of_the_dataset_is_one_of_schema_org(dataset: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rdflib uses a class of its own that it calls deprecated
        graph = Graph().parse(data=json.dumps(dataset), format="json-ld")
    used = {word for _, word, _ in graph if word != RDF.type} | set(graph.objects(None, RDF.type))
    assert [word for word in used if word not in SDO] == []
    assert SDO.DataDownload in used


def test_the_dataset_says_what_search_engines_ask_for(
    dataset: dict[str, Any], built: Project, params: Params, schema: Schema
) -> None:
    incidents = built.release / "incidents.parquet"
    query = f"""
        SELECT min(date_start), max(date_end), min(longitude), min(latitude), max(longitude), max(latitude)
        FROM '{incidents}'
    """
    first, last, west, south, east, north = duckdb.sql(query).fetchone() or ()
    assert 50 <= len(dataset["description"]) <= 5000  # the bounds that Google states for a Dataset
    assert dataset["license"] == LICENCE
    assert dataset["creator"] == {"@type": "Organization", "name": "Sahel Attacks"}
    assert dataset["version"] == "1.0.0"
    assert dataset["dateModified"] == params.date.isoformat()
    assert dataset["temporalCoverage"] == f"{first}/{last}"
    place, *countries = dataset["spatialCoverage"]
    assert [float(number) for number in place["geo"]["box"].split()] == [south, west, north, east]
    codes = {code for (code,) in duckdb.sql(f"SELECT DISTINCT country_iso3 FROM '{incidents}'").fetchall()}
    assert {country["identifier"] for country in countries} == codes
    assert dataset["citation"], "works that are to be cited"
    for citation in dataset["citation"]:
        assert "doi 10." in citation, "a gazetteer is what the data are based on, not a work to be cited"
    bases = {base["name"].split(",")[0]: base for base in dataset["isBasedOn"]}
    assert bases.keys() >= {"GeoNames geographical database", "Natural Earth", "UCDP Candidate Events Dataset"}
    assert bases["Natural Earth"]["license"] == "https://www.naturalearthdata.com/about/terms-of-use/"
    files = {file["contentUrl"]: file for file in dataset["distribution"]}
    assert files["tolls.csv"]["encodingFormat"] == "text/csv"
    assert files["tolls.csv"]["sha256"] == hashlib.sha256((built.release / "tolls.csv").read_bytes()).hexdigest()
    assert {f"{name}.parquet" for name in schema.tables} <= files.keys()


def test_every_table_codebook_and_figure_can_be_downloaded(dataset: dict[str, Any], built: Project) -> None:
    files = {file["contentUrl"]: file for file in dataset["distribution"]}
    there = {path.relative_to(built.release).as_posix() for path in built.release.rglob("*") if path.is_file()}
    about_it = {"CHANGELOG.md", "CITATION.cff", "README.md", "SHA256SUMS", "croissant.json", "datapackage.json"}
    assert there - files.keys() - about_it == {"dataset.jsonld", "CHANGELOG.fr.md", "LISEZMOI.md"}
    assert files.keys() <= there
    for name, file in files.items():
        assert file["sha256"] == hashlib.sha256((built.release / name).read_bytes()).hexdigest(), name
    assert (files["codebook.fr.html"]["encodingFormat"], files["codebook.fr.html"]["inLanguage"]) == ("text/html", "fr")
    assert files["figures/deaths_by_month.en.png"]["encodingFormat"] == "image/png"
    assert "inLanguage" not in files["incidents.geo.parquet"]


def test_the_dataset_is_small_enough_for_a_page(built: Project) -> None:
    assert (built.release / "dataset.jsonld").stat().st_size < 30_000


@pytest.mark.parametrize("place", ["package", "repository"])
def test_the_citation_file_is_valid(built: Project, place: str) -> None:
    folder = built.release if place == "package" else ROOT
    done = subprocess.run(
        [CFFCONVERT, "--validate", "-i", folder / "CITATION.cff"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_citation_file_carries_version_date_and_licence(built: Project, params: Params) -> None:
    cited = yaml.safe_load((built.release / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == "1.0.0"
    assert cited["date-released"] == params.date.isoformat()
    assert cited["license"] == "CC-BY-4.0"
    assert {reference["title"] for reference in cited["references"]} >= {"UCDP Actor Dataset"}
    [candidate] = [one for one in cited["references"] if one["title"].startswith("UCDP Candidate")]
    assert candidate["doi"] == "10.1177/2053168020935257"
    assert [one["family-names"] for one in candidate["authors"]] == ["Hegre", "Croicu", "Eck", "Högbladh"]
    of_the_repository = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    for key in ("title", "abstract", "authors", "license", "keywords", "type"):
        assert of_the_repository[key] == cited[key]
    assert "version" not in of_the_repository, "a number there would be that of another edition sooner or later"


def test_geopandas_reads_the_incidents_as_points(built: Project, schema: Schema) -> None:
    read = geopandas.read_parquet(built.release / "incidents.geo.parquet")
    table = pq.read_table(built.release / "incidents.parquet")
    assert tuple(read.columns) == (*schema.tables["incidents"].columns, "geometry")
    assert read.crs.to_authority() == ("OGC", "CRS84")
    wanted = [
        None if row["longitude"] is None else (row["longitude"], row["latitude"])
        for row in table.select(["longitude", "latitude"]).to_pylist()
    ]
    assert [None if point is None else (point.x, point.y) for point in read.geometry] == wanted
    assert None in wanted
    radii = read["geo_radius_km"].astype(object).where(read["geo_radius_km"].notna(), None)
    assert radii.tolist() == table["geo_radius_km"].to_pylist()
    with_a_point = [point for point in wanted if point]
    longitudes, latitudes = zip(*with_a_point, strict=True)
    assert list(read.total_bounds) == [min(longitudes), min(latitudes), max(longitudes), max(latitudes)]


def test_geoparquet_says_what_the_standard_asks_for(built: Project, schema: Schema) -> None:
    metadata = pq.read_schema(built.release / "incidents.geo.parquet").metadata
    said = json.loads(metadata[b"geo"])
    assert said["version"] == "1.1.0"
    column = said["columns"][said["primary_column"]]
    assert (column["encoding"], column["geometry_types"]) == ("WKB", ["Point"])
    assert len(column["bbox"]) == 4
    assert metadata[b"title_fr"].decode() == schema.tables["incidents"].title.fr


def test_the_descriptor_says_where_and_when_and_from_whom(built: Project, schema: Schema) -> None:
    described = json.loads((built.release / "datapackage.json").read_text(encoding="utf-8"))
    assert described["licenses"] == [
        {"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0 International", "path": LICENCE}
    ]
    assert described["contributors"] == [{"title": "Sahel Attacks", "roles": ["creator", "publisher"]}]
    sources = duckdb.sql(f"SELECT title, source_version, licence FROM '{built.release / 'sources.parquet'}'").fetchall()
    assert {(one["title"], one["version"], one["licence"]) for one in described["sources"]} == set(sources)
    query = f"SELECT min(date_start)::text, max(date_end)::text FROM '{built.release / 'incidents.parquet'}'"
    assert duckdb.sql(query).fetchone() == (described["temporal"]["start"], described["temporal"]["end"])
    west, south, east, north = described["spatial"]["bbox"]
    assert described["spatial"]["coordinates"][0][0] == [west, south]
    assert described["spatial"]["coordinates"][0][2] == [east, north]
    assert (west, east) == duckdb.sql(
        f"SELECT min(longitude), max(longitude) FROM '{built.release / 'incidents.parquet'}'"
    ).fetchone()
    assert described["description_fr"].startswith("Attaques au Sahel")
    assert schema.version == described["schema_version"]
