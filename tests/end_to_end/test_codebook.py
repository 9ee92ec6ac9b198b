"""The codebook of a real package: complete, in one language at a time, and true of the tables beside it."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.about import load_about
from pipeline.config import Project, built_version, load_params
from pipeline.package.codebook import write_codebooks
from pipeline.package.codebook.decided import decided
from pipeline.package.codebook.examples import CLAIMS, said
from pipeline.package.codebook.frame import Frame, load_cases
from pipeline.package.edition import Edition, extent
from pipeline.schema import Schema, Text
from pipeline.schema.declaration import RELATIONS
from pipeline.sources.declaration import load_source, load_sources
from tests.package.html import Node, Page

LANGUAGES = ("en", "fr")


@pytest.fixture(scope="module")
def pages(built: Project) -> dict[str, Page]:
    return {name: Page((built.release / f"codebook.{name}.html").read_text(encoding="utf-8")) for name in LANGUAGES}


@pytest.fixture(scope="module")
def declared(project: Project, schema: Schema) -> set[str]:
    """The address of everything that the declaration declares."""
    made = {*schema.tables, *(f"{table.name}.{name}" for table in schema.tables.values() for name in table.columns)}
    for name, codelist in schema.codelists.items():
        if name != "publishers":  # proper names
            made |= {f"list.{name}.{code}" for code in codelist.codes}
    made |= {f"rule.{rule.id}" for table in schema.tables.values() for rule in table.rules}
    over_tables = yaml.safe_load((project.schemas / "package_rules.yaml").read_text(encoding="utf-8"))
    made |= {f"rule.{rule['id']}" for rule in over_tables}
    for file, key, start in (("rules.csv", "code", "rule."), ("version_rules.csv", "change", "rule.version.")):
        with (project.schemas / file).open(encoding="utf-8", newline="") as lines:
            made |= {start + row[key] for row in csv.DictReader(lines)}
    return made


NULLS = {
    "priogrid_gid": "geo_precision IN ('exact', 'near') AND latitude IS NOT NULL",
    "toll_rule": "killed_best IS NOT NULL",
    "toll_is_partial": "killed_best IS NOT NULL",
    "place_name": "place_id IS NOT NULL",
    "coordinates_source": "latitude IS NOT NULL",
    "admin1_code": "admin1_name IS NOT NULL",
    "admin_vintage": "admin1_name IS NOT NULL",
    "perpetrator_id": "1 = (SELECT count(*) FROM incident_actors a WHERE a.incident_id = i.incident_id "
    "AND role = 'perpetrator')",
    "perpetrator_basis": "perpetrator_id IS NOT NULL",
}
"""When a value of an incident is there, as its definition says it; in all other rows it is null."""


@pytest.mark.parametrize("column", NULLS)
def test_a_value_is_null_where_its_definition_says_so_and_nowhere_else(built: Project, column: str) -> None:
    with duckdb.connect() as connection:
        for name in ("incidents", "incident_actors"):
            connection.execute(f"CREATE VIEW {name} AS FROM '{built.release / name}.parquet'")
        found = connection.execute(
            f"SELECT incident_id FROM incidents i WHERE ({column} IS NOT NULL) <> ({NULLS[column]})"
        ).fetchall()
    assert found == []


def test_everything_declared_stands_there_once_with_its_address(
    built: Project, pages: dict[str, Page], declared: set[str]
) -> None:
    assert len(declared) > 700
    for language, page in pages.items():
        assert declared - page.by_id.keys() == set()  # by_id fails on an id that stands twice
        written = (built.release / f"codebook.{language}.md").read_text(encoding="utf-8")
        anchors = re.findall(r'<a id="([^"]+)"></a>', written)
        assert len(anchors) == len(set(anchors))
        assert declared - set(anchors) == set()
        shown = {name for name in page.by_id if not name.endswith("-title") and name != "text"}
        assert set(anchors) == shown


def test_every_field_and_code_is_shown_in_the_language_of_the_page(pages: dict[str, Page], schema: Schema) -> None:
    for language, page in pages.items():
        by_id = page.by_id
        for table in schema.tables.values():
            assert getattr(table.title, language) in by_id[table.name].text
            for field in table.fields:
                shown = by_id[f"{table.name}.{field.name}"].text
                assert getattr(field.title, language) in shown
                assert plain(getattr(field.description, language)) in shown
        for name, codelist in schema.codelists.items():
            for row in codelist.rows if name != "publishers" else ():
                shown = by_id[f"list.{name}.{row['code']}"].text
                assert row[f"label_{language}"] in shown
                assert row[f"definition_{language}"] in shown


def test_no_text_of_the_other_language_is_on_a_page(built: Project, pages: dict[str, Page], schema: Schema) -> None:
    pairs = [text for table in schema.tables.values() for text in (table.title, table.description)]
    pairs += [f.description for table in schema.tables.values() for f in table.fields]
    pairs += [rule.description for table in schema.tables.values() for rule in table.rules]
    for name, codelist in schema.codelists.items():
        if name != "publishers":
            pairs += [Text(row["definition_en"], row["definition_fr"]) for row in codelist.rows]
    for language, other in (("en", "fr"), ("fr", "en")):
        texts = {plain(getattr(pair, other)) for pair in pairs} - {plain(getattr(pair, language)) for pair in pairs}
        long = [text for text in texts if len(text) > 40]
        assert len(long) > 300
        for page in (pages[language].root.text, plain((built.release / f"codebook.{language}.md").read_text("utf-8"))):
            assert [text for text in long if text in page] == []


def test_a_rule_shows_its_query_or_what_breaks_it(built: Project, pages: dict[str, Page]) -> None:
    over_tables = yaml.safe_load((built.schemas / "package_rules.yaml").read_text(encoding="utf-8"))
    for language, page in pages.items():
        written = (built.release / f"codebook.{language}.md").read_text(encoding="utf-8")
        assert "package_rules.yaml" not in written + page.root.text, "a file that is not in the package"
        for rule in over_tables:
            [shown] = page.by_id[f"rule.{rule['id']}"].all("pre")
            assert shown.text == " ".join(rule["finds"].split())
            assert f"```sql\n{rule['finds']}```" in written
        assert "value_low: 30 value_high: 20" in page.by_id["rule.claims.value_order"].text
        assert "publisher: Agence France Presse" in page.by_id["rule.curated.unknown_publisher"].text
        assert "```mermaid\nerDiagram\n" in written


def test_every_link_leads_somewhere(built: Project, pages: dict[str, Page]) -> None:
    for language, page in pages.items():
        targets = [node.attributes["href"] for node in page.root.all("a")]
        assert len(targets) > 500
        written = (built.release / f"codebook.{language}.md").read_text(encoding="utf-8")
        targets += re.findall(r"\]\(([^)\s]+)\)", written)
        for target in targets:
            if target.startswith("#"):
                assert target[1:] in page.by_id, target
            elif not target.startswith("https://"):
                assert (built.release / target).is_file(), target


def test_a_page_is_one_file_in_its_language_with_headings_in_order(pages: dict[str, Page]) -> None:
    for language, page in pages.items():
        [html] = page.root.all("html")
        assert html.attributes["lang"] == language
        assert [node for tag in ("link", "img", "iframe") for node in page.root.all(tag)] == []
        assert [node.attributes for node in page.root.all("script")] == [{"type": "application/ld+json"}]
        [style] = html.all("style")
        assert [node for node in html.all() if "style" in node.attributes] == []
        [policy] = [node.attributes["content"] for node in html.all("meta") if "http-equiv" in node.attributes]
        assert isinstance(style.children[0], str)
        assert not re.search(r"url\(|@import", style.children[0])
        digest = base64.b64encode(hashlib.sha256(style.children[0].encode()).digest()).decode()
        assert policy.split("; ") == [
            "default-src 'none'",
            f"style-src 'sha256-{digest}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
        levels = [int(node.tag[1]) for node in page.root.all() if re.fullmatch(r"h[1-6]", node.tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        for table in page.root.all("table"):
            assert table.all("caption")[0].text
            assert all(cell.attributes["scope"] in ("col", "row") for cell in table.all("th"))


def test_a_warning_stands_beside_every_field_to_which_it_applies(pages: dict[str, Page], schema: Schema) -> None:
    for page in pages.values():
        beside = warnings_of(page.by_id["incidents.killed_high"])
        assert beside == {"add_additive_only", "open_above", "attackers_included"}
        assert warnings_of(page.by_id["incidents.event_type"]) == set()
        used = {code for table in schema.tables for code in warnings_of(page.by_id[table])}
        assert used == set(schema.codelists["warning"].codes)


def test_the_doubts_are_counted_as_they_are_published(built: Project, pages: dict[str, Page]) -> None:
    [(count,)] = duckdb.sql(f"SELECT count(*) FROM '{built.release}/known_issues.parquet'").fetchall()
    for page in pages.values():
        rows = page.by_id["doubts"].all("tbody")[0].all("tr")
        assert sum(int(row.all("td")[-1].text) for row in rows) == count


def test_every_case_is_found_and_shows_the_figures_of_the_tables(
    built: Project, project: Project, pages: dict[str, Page]
) -> None:
    for case in load_cases(project.schemas):
        section = pages["en"].by_id[f"example.{case.id}"]
        shown = [
            [cell.text.replace("–", "") for cell in (row.all("th") + row.all("td"))]
            for grid in section.all("table")[1::2]
            for row in grid.all("tbody")[0].all("tr")
        ]
        assert shown, case.id
        for unit, group, low, best, high, status, additive in shown:
            found = duckdb.sql(f"""
                SELECT low, best, high, status.label_en, is_additive
                FROM '{built.release}/tolls.parquet'
                JOIN '{built.release}/codes.parquet' groups ON groups.code = population_group
                JOIN '{built.release}/codes.parquet' status ON status.code = toll_status
                WHERE unit_id = '{unit.split()[-1]}' AND groups.codelist = 'population_group'
                  AND status.codelist = 'toll_status' AND groups.label_en = '{group}'
            """).fetchall()
            figures = tuple(int(cell) if cell else None for cell in (low, best, high))
            assert (*figures, status, additive == "yes") in found


def test_the_seven_towns_and_diallassagou_are_among_the_cases(pages: dict[str, Page]) -> None:
    joint = pages["en"].by_id["example.joint_figure"].text
    assert "best 132:" in joint
    assert "The operation's own figure is counted" in joint
    towns = pages["en"].by_id["example.neutralised"].text
    assert "1 July 2025" in towns
    assert "best 80:" in towns
    assert "best 1:" in towns  # of killed: the 80 neutralised are no part of it


def test_who_gave_a_figure_is_known_of_every_toll(built: Project, schema: Schema) -> None:
    """A second reading of the rule, held against the first: the same figures from the same claims."""
    groups = schema.codelists["population"].column("population_group")
    connection = duckdb.connect()
    for name in ("claims", "claim_reports", "reports", "tolls"):
        connection.execute(f"CREATE TABLE {name} AS FROM '{built.release}/{name}.parquet'")
    units = connection.execute("""
        SELECT unit_type, unit_id, metric, low, best, high,
          (SELECT max(best) FROM tolls g
           WHERE g.population_group <> 'all' AND g.unit_id = t.unit_id AND g.metric = t.metric)
        FROM tolls t WHERE population_group = 'all' AND toll_rule = 'most_carried'
    """).fetchall()
    assert len(units) > 500
    for unit_type, unit_id, metric, low, best, high, floor in units:
        result = connection.execute(CLAIMS, [unit_type, unit_id, metric])
        columns = [column[0] for column in result.description]
        claims = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
        found = decided(said(claims, groups), low, best, high)
        assert found.low if low is not None else True, unit_id
        assert found.high if high is None or high > best else True, unit_id
        first = found.votes[0][0] if found.votes else None
        assert best == max((figure for figure in (first, floor) if figure is not None), default=None), unit_id
        assert bool(found.best or found.summed) == (best is not None and best == first), unit_id


def plain(text: str) -> str:
    """A text without the markup for names, on one line."""
    return " ".join(word for word in text.replace("`", "").replace("\\", "").replace("\n", " ").split(" ") if word)


def warnings_of(node: Node) -> set[str]:
    start = "#list.warning."
    links = [link.attributes["href"] for notes in node.all("ul") for link in notes.all("a")]
    return {link.removeprefix(start) for link in links if link.startswith(start)}


def test_a_second_build_gives_the_same_bytes_and_uses_every_text_of_the_frame(
    built: Project, schema: Schema, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(built.release, tmp_path / "package"))
    read, used = Frame._at, set()

    def at(frame: Frame, key: str) -> object:
        used.add(key)
        return read(frame, key)

    monkeypatch.setattr(Frame, "_at", at)
    params = load_params(built)
    sources = [load_source(built.schemas, name) for name in params.sources]
    sources += load_sources(built.schemas, "reference")
    about, versions = load_about(built.schemas), {source.source: "" for source in sources}
    spanned = extent(pq.read_table(folder / "incidents.parquet"))
    edition = Edition(about, built_version(built), params.date, sources, versions, spanned)
    dataset = json.loads((folder / "dataset.jsonld").read_text(encoding="utf-8"))
    files = [file for file in dataset["distribution"] if not file["name"].startswith("codebook.")]
    written = write_codebooks(folder, built.schemas, schema, edition, dataset | {"distribution": files})
    assert len(written) == 4
    for one in written:
        assert one.path.read_bytes() == (built.release / one.path.name).read_bytes(), one.path.name
    texts = set(keys(yaml.safe_load((built.schemas / "codebook" / "en.yaml").read_text(encoding="utf-8"))))
    depends_on_data = {f"examples.{key}" for key in ("none", "low_open", "best_none", "high_best", "contained")}
    depends_on_data |= {"first_of_month"} if params.date.day != 1 else set()
    related = {kind for table in schema.tables.values() for field in table.fields for kind in field.relations.values()}
    depends_on_data |= {f"relations.{kind}" for kind in RELATIONS if kind not in related}
    depends_on_home = {f"home.{key}" for key in ("repository", "contact", "packages")}
    assert texts - used - depends_on_data - depends_on_home == set()


def keys(raw: dict[str, Any], start: str = "") -> Iterator[str]:
    for name, inner in raw.items():
        if isinstance(inner, dict):
            yield from keys(inner, f"{start}{name}.")
        else:
            yield start + name
