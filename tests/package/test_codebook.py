"""The texts of the codebook: there in each language, refused with file and key where they are not."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.config import Project
from pipeline.package.codebook.declared import codelist_section, equivalents_grid, read_as
from pipeline.package.codebook.frame import load_cases, load_frames, load_layers
from pipeline.package.codebook.joins import alone, diagram, drawing, joins
from pipeline.package.codebook.rules import breaking
from pipeline.package.codebook.warned import applying
from pipeline.problems import CannotDo
from pipeline.schema import Schema, load_schema
from pipeline.sources.declaration import load_sources

FOLDED = re.compile(r" [:;?!»]|« ")


def texts(raw: Any) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    else:
        for inner in raw.values() if isinstance(raw, dict) else raw:
            yield from texts(inner)


@pytest.fixture
def schemas(tmp_path: Path, project: Project) -> Path:
    return Path(shutil.copytree(project.schemas, tmp_path / "schemas"))


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_french_texts_do_not_break_before_a_high_sign_or_inside_quotation_marks(project: Project) -> None:
    french = list(texts(yaml.safe_load((project.schemas / "codebook" / "fr.yaml").read_text(encoding="utf-8"))))
    french += [text.fr for case in load_cases(project.schemas) for text in (case.title, case.rule, case.text)]
    assert len(french) > 150
    assert [text for text in french if FOLDED.search(text)] == []


def test_a_sentence_is_said_in_each_language_of_its_own(project: Project) -> None:
    english, french = (
        yaml.safe_load((project.schemas / "codebook" / f"{language}.yaml").read_text(encoding="utf-8"))
        for language in ("en", "fr")
    )
    same = set(texts(english)) & set(texts(french))
    assert {text for text in same if " " in text} == {"UCDP GED", "ISO 3166-1 alpha-2"}
    for case in load_cases(project.schemas):
        assert all(text.en != text.fr for text in (case.title, case.rule, case.text)), case.id


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("  scope: ", "  range: ", r"sections\.(scope|range)"),
        ("contents: ", "contents: ''  # ", "contents"),
        ("{package}", "{packages}", "title"),
    ],
)
def test_a_text_that_is_missing_in_a_language_is_refused(
    schemas: Path, language: str, old: str, new: str, key: str
) -> None:
    swap(schemas / "codebook" / f"{language}.yaml", old, new)
    with pytest.raises(CannotDo, match=key):
        load_frames(schemas)


def test_a_case_without_a_language_is_refused(schemas: Path) -> None:
    swap(schemas / "codebook" / "examples.yaml", "    fr: Un seul chiffre", "    de: Eine Zahl")
    with pytest.raises(CannotDo, match=r"examples\.yaml"):
        load_cases(schemas)


def test_a_warning_about_a_field_that_there_is_not_is_refused(schemas: Path) -> None:
    swap(schemas / "codelists" / "warning.csv", "incidents.label_en", "incidents.label_de")
    with pytest.raises(CannotDo, match=r"label_not_id.*incidents\.label_de"):
        applying(load_schema(schemas))


def test_a_column_of_a_code_list_without_a_label_is_refused(schemas: Path) -> None:
    swap(schemas / "codelists" / "country.csv", "iso2", "iso_alpha2")
    schema = load_schema(schemas)
    with pytest.raises(CannotDo, match=r"code_columns\.iso_alpha2"):
        codelist_section(schema.codelists["country"], schema, {}, load_frames(schemas)["fr"])


def test_a_warning_of_a_table_is_no_warning_of_its_fields(schema: Schema) -> None:
    places = applying(schema)
    assert "claims" in places["claims_not_facts"]
    assert "claims.claim_id" not in places["claims_not_facts"]
    assert {"incidents.killed_best", "tolls.best"} <= set(places["null_not_zero"])


def test_the_joins_are_the_foreign_keys_and_the_ids_with_a_type_before_them(schema: Schema) -> None:
    found = joins(schema)
    keys = [(table.name, key.fields, key.reference) for table in schema.tables.values() for key in table.foreign_keys]
    assert [(join.table, join.fields, join.reference) for join in found if join.by is None] == keys
    typed = {(join.table, join.reference) for join in found if join.by}
    assert typed == {
        *((name, there) for name in ("claims", "incident_reports", "tolls", "revisions", "known_issues")
          for there in ("incidents", "operations")),
        *((name, there) for name in ("names", "known_issues") for there in ("actors", "places")),
    }  # fmt: skip
    assert set(alone(schema, found)) == {"codes", "changes", "id_changes"}


def test_what_other_data_sets_call_a_tactic_is_what_their_declarations_read(project: Project, schema: Schema) -> None:
    found = read_as(load_sources(project.schemas, "incidents"), schema)["event_type"]
    gtd = {code: there.read for code, there in found["gtd"].items() if there.read}
    assert gtd["suicide_bombing"] == "attacktype1 3, suicide 1; attacktype1 3, weapsubtype1 13"
    assert gtd["ied"] == "attacktype1 3"
    assert gtd["abduction"] == "attacktype1 6"
    assert gtd["looting_arson"] == "attacktype1 7"
    assert found["gtd"]["ambush"].among == "attacktype1 2"
    assert found["acled"]["clash"].read == "sub_event_type Armed clash"
    assert found["acled"]["ambush"].among == "sub_event_type Armed clash, Attack"
    told = {code for codes in found.values() for code in codes}
    assert told == set(schema.codelists["event_type"].codes)


def test_an_equivalent_that_is_not_quite_one_says_how_it_relates(project: Project, schema: Schema) -> None:
    for language, said in (("en", "related: only at times the same"), ("fr", "apparenté")):
        frame = load_frames(project.schemas)[language]
        rows = {str(row.cells[0]): row for row in equivalents_grid(schema.tables["incidents"], frame).rows}
        [perpetrator] = [row for name, row in rows.items() if "incidents.perpetrator_id" in name]
        assert said in str(perpetrator.cells[1])
        assert "actor2" in str(perpetrator.cells[1])


FIGURES_OF_ALL = {
    f"{table}.{name}"
    for table, stem in (
        *((table, "killed_") for table in ("incidents", "records", "panel_admin1_month", "panel_rest")),
        ("tolls", ""),
    )
    for name in (f"{stem}low", f"{stem}best", f"{stem}high")
}


def test_wherever_all_persons_killed_are_counted_it_is_said_that_attackers_are(schema: Schema) -> None:
    assert set(applying(schema)["attackers_included"]) == FIGURES_OF_ALL


def test_a_relation_without_an_equivalent_is_refused(schemas: Path) -> None:
    swap(schemas / "tables" / "incidents.yaml", "      acled: narrower\n", "      hxl: narrower\n")
    with pytest.raises(CannotDo, match="relations name an equivalent"):
        load_schema(schemas)


def test_every_table_stands_in_one_layer_of_the_picture(schemas: Path, schema: Schema) -> None:
    layers = load_layers(schemas, schema.tables)
    assert sorted(name for layer in layers for name in layer.tables) == sorted(schema.tables)
    swap(schemas / "codebook" / "layers.yaml", "claims, claim_reports", "claims, claim_report, tolls")
    with pytest.raises(CannotDo, match="look at claim_report, claim_reports, tolls"):
        load_layers(schemas, schema.tables)


def test_the_diagram_of_markdown_has_every_table_and_every_join(schema: Schema) -> None:
    found = joins(schema)
    head, *lines = diagram(schema, found).splitlines()
    assert head == "erDiagram"
    drawn = [re.fullmatch(r'  (\w+) (\|[|o])(--|\.\.)o\{ (\w+) : "(.+)"', line) for line in lines]
    seen = {
        (one[4], tuple(one[5].split(", ")), one[1], one[3] == "..", one[2] == "||") for one in drawn if one is not None
    }
    assert seen == {
        (
            join.table,
            join.fields,
            join.reference,
            join.by is not None,
            all(schema.tables[join.table][name].required for name in join.fields),
        )
        for join in found
    }
    lonely = {line.strip() for line, one in zip(lines, drawn, strict=True) if one is None}
    assert lonely | {name for join in found for name in (join.table, join.reference)} == set(schema.tables)


def test_what_breaks_a_rule_is_a_line_of_its_counterexample(tmp_path: Path) -> None:
    (tmp_path / "counterexamples").mkdir()
    (tmp_path / "counterexamples" / "a.yaml").write_text(
        "# trips x.order at line 6\n# trips x.word at line 4\nclaims:\n  - metric: deed\n    low: 30\n    high: 20\n"
        "    place:\n      high: 9\n  - low: 1\n",
        encoding="utf-8",
    )
    (tmp_path / "counterexamples" / "b.yaml").write_text(
        f"# trips x.word at line 2\n{'long ' * 50}\n# trips x.long at line 2\n", encoding="utf-8"
    )
    shown = breaking(tmp_path, {"x.order": ("low", "high")})
    assert shown["x.word"] == ("metric: deed",)
    assert shown["x.order"] == ("low: 30", "high: 20")
    [long] = shown["x.long"]
    assert len(long) == 40
    assert long.endswith("…")


def test_a_line_that_many_counterexamples_have_shows_nothing(project: Project) -> None:
    shown = breaking(project.schemas, {})
    assert len(shown) > 50
    lines = {line for found in shown.values() for line in found}
    assert lines & {"incident_id: i-example1", "claim_id: c-example2", "date_start: 2024-11-19"} == set()
    assert shown["curated.unknown_actor"] == ("actor_id: JNMI",)


def test_the_picture_marks_every_join_in_its_row_and_on_its_rail(schemas: Path, schema: Schema) -> None:
    found = joins(schema)
    svg = drawing(load_layers(schemas, schema.tables), found, "fr", "tables")
    names = {node.text: node for link in svg.findall("a") for node in link.findall("text")}
    assert names.keys() == schema.tables.keys()
    middle = {name: int(node.attrib["y"]) - 4 for name, node in names.items()}
    marks = {
        (node.attrib["cx"], int(node.attrib["cy"]), node.attrib["class"]): node.findtext("title")
        for node in svg.iter("circle")
    }
    squares = {int(node.attrib["y"]) + 6: int(node.attrib["x"]) + 6 for node in svg.iter("rect") if "x" in node.attrib}
    for join in found:
        if join.table != join.reference:
            kind = "by-type" if join.by else "key"
            at = (str(squares[middle[join.reference]]), middle[join.table], kind)
            assert marks.pop(at) == f"{join.table}.{', '.join(join.fields)} → {join.reference}"
    assert marks == {}
    assert int(svg.attrib["viewBox"].split()[2]) <= 380, "as wide as a phone"
