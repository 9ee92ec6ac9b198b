"""Where the project lives is declared once: said wherever it is known, left out wherever it is not."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from frictionless import Package

from pipeline.about import Home, load_about, sources_of
from pipeline.config import Params, Project
from pipeline.package import stage
from pipeline.package.citation import citation_file
from pipeline.package.codebook import write_codebooks
from pipeline.package.descriptor import descriptor
from pipeline.package.edition import Edition, extent
from pipeline.package.json_ld import croissant, dataset
from pipeline.package.readme import readme
from pipeline.passages import filled
from pipeline.problems import CannotDo
from pipeline.schema import Schema
from pipeline.site.stage import describe, lay_data
from tests.conftest import ROOT
from tests.package.html import Page

NOWHERE = Home(None, None, None)
KNOWN = Home("https://example.org/code", "https://example.org/packages", "maintainers@example.org")
ADDRESSES = ("https://example.org/code", "https://example.org/packages", "maintainers@example.org")
CFFCONVERT = Path(sys.prefix) / "cffconvert" / "bin" / "cffconvert"


def describe_package(built: Project, params: Params, schema: Schema, home: Home, folder: Path) -> Path:
    """The built package in a folder of its own, described as a project at home there would."""
    import pyarrow.parquet as pq

    shutil.copytree(built.release, folder, ignore=shutil.ignore_patterns("codebook.*"))
    about = dataclasses.replace(load_about(built.schemas), home=home)
    sources = sources_of(built, params)
    versions = dict(stage._versions(built, "1.0.0"))
    spanned = extent(pq.read_table(folder / "incidents.parquet"))
    edition = Edition(about, "1.0.0", params.date, sources, versions, spanned)
    write_codebooks(folder, built.schemas, schema, edition, dataset(folder, schema, edition))
    for name, made in (
        ("datapackage.json", descriptor(folder, schema, edition, ())),
        ("croissant.json", croissant(folder, schema, edition)),
        ("dataset.jsonld", dataset(folder, schema, edition)),
    ):
        (folder / name).write_text(json.dumps(made), encoding="utf-8")
    (folder / "CITATION.cff").write_text(citation_file(edition), encoding="utf-8")
    rows = dict.fromkeys(schema.tables, 1)
    (folder / "README.md").write_text(readme(schema, edition, rows, ()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def known(built: Project, params: Params, schema: Schema, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return describe_package(built, params, schema, KNOWN, tmp_path_factory.mktemp("known") / "package")


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_a_package_of_a_project_without_an_address_names_none(built: Project) -> None:
    assert load_about(built.schemas).home == NOWHERE, "the test below has the case in which they are known"
    described = read(built.release, "datapackage.json")
    assert {"homepage", "id"} & described.keys() == set()
    assert described["contributors"] == [{"title": "Sahel Attacks", "roles": ["creator", "publisher"]}]
    found = read(built.release, "dataset.jsonld")
    assert {"@id", "url"} & found.keys() == set()
    assert all((built.release / file["contentUrl"]).is_file() for file in found["distribution"])
    assert "url" not in read(built.release, "croissant.json")
    cited = yaml.safe_load((built.release / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"url", "contact", "repository-code"} & cited.keys() == set()
    for name in ("README.md", "codebook.en.md", "codebook.fr.html", "datapackage.json", "CITATION.cff"):
        text = (built.release / name).read_text(encoding="utf-8")
        assert "mailto:" not in text, name


def test_what_describes_a_package_names_the_addresses_that_are_known(known: Path) -> None:
    described = read(known, "datapackage.json")
    assert (described["id"], described["homepage"]) == (f"{ADDRESSES[1]}/1.0.0/", ADDRESSES[0])
    assert described["contributors"][0]["email"] == ADDRESSES[2]
    found = read(known, "dataset.jsonld")
    assert found["@id"] == found["url"] == f"{ADDRESSES[1]}/1.0.0/"
    assert found["publisher"]["url"] == ADDRESSES[0]
    for file in found["distribution"]:
        assert file["contentUrl"] == f"{ADDRESSES[1]}/1.0.0/{file['name']}"
    assert read(known, "croissant.json")["url"] == f"{ADDRESSES[1]}/1.0.0/"
    cited = yaml.safe_load((known / "CITATION.cff").read_text(encoding="utf-8"))
    assert (cited["url"], cited["repository-code"]) == (f"{ADDRESSES[1]}/1.0.0/", ADDRESSES[0])
    assert cited["contact"] == [{"name": "Sahel Attacks", "email": ADDRESSES[2]}]


def test_people_read_the_addresses_where_they_look_for_them(known: Path) -> None:
    for name in ("README.md", "codebook.en.md", "codebook.fr.md", "codebook.en.html", "codebook.fr.html"):
        text = (known / name).read_text(encoding="utf-8")
        assert all(address in text for address in ADDRESSES), name
    links = [node.attributes["href"] for node in Page((known / "codebook.fr.html").read_text("utf-8")).root.all("a")]
    assert {ADDRESSES[0], ADDRESSES[1], f"mailto:{ADDRESSES[2]}"} <= set(links)


def test_the_tools_that_read_the_descriptions_take_the_addresses(known: Path) -> None:
    done = subprocess.run(
        [CFFCONVERT, "--validate", "-i", known / "CITATION.cff"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [*Package.metadata_validate(read(known, "datapackage.json"))] == []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries below it
        import mlcroissant

        loaded = mlcroissant.Dataset(known / "croissant.json")
        assert loaded.metadata.ctx.issues.report() == ""
        assert loaded.metadata.url == f"{ADDRESSES[1]}/1.0.0/"
        assert next(iter(loaded.records("sources"))), "files are those beside it, whatever the address"


def test_a_build_that_changed_nothing_has_no_address() -> None:
    assert KNOWN.edition("1.0.0") == "https://example.org/packages/1.0.0/"
    assert KNOWN.edition("1.0.0+unchanged") is None
    assert NOWHERE.edition("1.0.0") is None


def statements(page: Path) -> Mapping[str, Any]:
    [script] = Page(page.read_text(encoding="utf-8")).root.all("script")
    assert script.attributes == {"type": "application/ld+json"}
    assert isinstance(script.children[0], str)
    return dict(json.loads(script.children[0]))


def test_the_pages_say_in_their_heads_what_they_show(built: Project, known: Path, tmp_path: Path) -> None:
    for folder in (built.release, known):
        said, beside = statements(folder / "codebook.fr.html"), read(folder, "dataset.jsonld")
        own = [file for file in beside["distribution"] if not file["name"].startswith("codebook.")]
        assert said == beside | {"distribution": own}, "a page cannot hold the checksum of itself"
    for folder, names_files in ((built.release, False), (known, True)):
        page = tmp_path / "index.html"
        page.write_text("<!doctype html>\n<html><head><title>A</title></head><body></body></html>", encoding="utf-8")
        for _ in range(2):  # a second build leaves one
            describe(page, folder / "dataset.jsonld")
        assert statements(page)["version"] == "1.0.0"
        assert ("distribution" in statements(page)) is names_files, "relative names are not those of the page"


def test_no_text_of_the_package_ends_the_script_in_a_head(tmp_path: Path) -> None:
    (tmp_path / "dataset.jsonld").write_text(json.dumps({"name": "</script><b>&"}), encoding="utf-8")
    page = tmp_path / "index.html"
    page.write_text("<html><head></head><body></body></html>", encoding="utf-8")
    describe(page, tmp_path / "dataset.jsonld")
    assert statements(page) == {"name": "</script><b>&"}


def test_the_explorer_is_told_the_addresses_that_the_package_names(built: Project, known: Path, tmp_path: Path) -> None:
    wanted = {"repository": ADDRESSES[0], "edition": f"{ADDRESSES[1]}/1.0.0/", "contact": ADDRESSES[2]}
    for package, home in ((built.release, {}), (known, wanted)):
        page = tmp_path / package.parent.name
        lay_data(package, built.database, built.reference / "countries.geojson", page)
        assert read(page / "data", "explorer.json")["home"] == home


def test_the_documents_of_the_repository_say_what_is_declared(project: Project) -> None:
    for name, text in filled(ROOT, project.schemas, load_about(project.schemas).home).items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"{name}: run make passages"


def test_the_documents_say_every_address_once_it_is_known_and_none_before(project: Project) -> None:
    before, after = (filled(ROOT, project.schemas, home) for home in (NOWHERE, KNOWN))
    assert not any(address in text for text in before.values() for address in ADDRESSES)
    for name in ("README.md", "docs/removal.md", ".github/ISSUE_TEMPLATE/removal.yml", "CITATION.cff"):
        assert ADDRESSES[2] in after[name], name
    assert all(
        "{" not in line for text in after.values() for line in text.splitlines() if "example.org/packages" in line
    )
    form = yaml.safe_load(after[".github/ISSUE_TEMPLATE/removal.yml"])
    assert form["body"][0]["attributes"]["value"].count(ADDRESSES[2]) == 2, "in both languages"
    cited = yaml.safe_load(after["CITATION.cff"])
    assert (cited["repository-code"], cited["url"]) == ADDRESSES[:2]
    assert cited["contact"][0]["email"] == ADDRESSES[2]


def test_a_document_that_lost_its_marks_is_told(project: Project, tmp_path: Path) -> None:
    for name in ("README.md", "CITATION.cff", "docs/removal.md", "docs/releases.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    text = (tmp_path / "docs" / "removal.md").read_text(encoding="utf-8")
    (tmp_path / "docs" / "removal.md").write_text(text.replace("<!-- /home:contact -->", ""), encoding="utf-8")
    with pytest.raises(CannotDo, match=r"docs/removal\.md: holds not one passage between the marks home:contact"):
        filled(tmp_path, project.schemas, KNOWN)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("repository", "example.org/code", "an address on the web"),
        ("packages", "https://example.org/packages/", "without a slash at its end"),
        ("packages", "https://example.org/a b", "an address on the web"),
        ("contact", "mailto:a@example.org", "an e-mail address"),
        ("contact", "3", "an e-mail address"),
    ],
)
def test_an_address_that_is_none_is_refused(project: Project, tmp_path: Path, key: str, value: str, said: str) -> None:
    declared = yaml.safe_load((project.schemas / "about.yaml").read_text(encoding="utf-8"))
    declared["home"][key] = value
    (tmp_path / "about.yaml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    with pytest.raises(CannotDo, match=f"schemas/about.yaml: home.{key}: .*{said}"):
        load_about(tmp_path)
