"""The declaration itself: complete in both languages, and refused with file and key where it is wrong."""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.config import Project
from pipeline.problems import CannotDo
from pipeline.schema import Schema, Table, load_codelist, load_schema
from pipeline.schema.cells import violations

PYTHON = {"string": str, "integer": int, "number": float | int, "boolean": bool, "date": dt.date}
NAMES_NOT_CODES = {"publishers"}
"""Lists of proper names; a name is the same in every language."""
LISTS_OF_PLACES = {"country", "region"}
"""Lists whose labels are names of places, many of which are the same in both languages."""
SAME_WORD = {
    *("Citation", "Code", "Codes", "Date", "Incident", "Incidents", "Latitude", "Licence", "Longitude", "Maximum"),
    *("Minimum", "Note", "Population", "Position", "Positions", "SHA-256", "Source", "Sources", "Table", "Type"),
}
"""Words that are the same in English and French."""
SMALL = Path(__file__).parent / "small"


def test_every_table_rule_and_field_has_texts_in_both_languages(schema: Schema) -> None:
    for table in schema.tables.values():
        texts = {"title": table.title, "description": table.description, "row": table.row}
        texts |= {rule.id: rule.description for rule in table.rules}
        for field in table.fields:
            texts |= {f"{field.name}.title": field.title, f"{field.name}.description": field.description}
        for where, text in texts.items():
            for said in (text.en, text.fr):
                assert said.strip() == said != "", f"{table.name}: {where}"
            assert is_translated(text.en, text.fr), f"{table.name}: {where}"


def is_translated(english: str, french: str) -> bool:
    """Whether the two are not one text, except words that are the same in both languages."""
    return english != french or english in SAME_WORD


def test_french_texts_do_not_break_before_a_high_sign_or_inside_quotation_marks(
    schema: Schema, project: Project
) -> None:
    texts = [
        text.fr
        for table in schema.tables.values()
        for text in (
            *(table.title, table.description, table.row),
            *(rule.description for rule in table.rules),
            *(said for field in table.fields for said in (field.title, field.description)),
        )
    ]
    texts += [
        value
        for codes in schema.codelists.values()
        for row in codes.rows
        for key, value in row.items()
        if key.endswith("_fr")
    ]
    for name in ("rules.csv", "version_rules.csv"):
        with (project.schemas / name).open(encoding="utf-8", newline="") as lines:
            texts += [row["description_fr"] for row in csv.DictReader(lines)]
    assert len(texts) > 800
    assert [text for text in texts if re.search(" [:;?!»]|« ", text)] == []


def test_every_code_has_texts_in_both_languages(schema: Schema) -> None:
    for name in schema.codelists.keys() - NAMES_NOT_CODES:
        for row in schema.codelists[name].rows:
            for kind in ("label", "definition") if name != "country" else ("label",):
                english, french = row[f"{kind}_en"], row[f"{kind}_fr"]
                assert english.strip() == english != "", f"{name}: {row['code']}: {kind}"
                assert french.strip() == french != "", f"{name}: {row['code']}: {kind}"
                is_name = name in LISTS_OF_PLACES and kind == "label"
                assert is_name or is_translated(english, french), f"{name}: {row['code']}: {kind}"


def test_every_rule_in_a_file_of_its_own_has_texts_in_both_languages(project: Project) -> None:
    texts = []
    for name in ("rules.csv", "version_rules.csv"):
        with (project.schemas / name).open(encoding="utf-8", newline="") as lines:
            texts += [(row["description_en"], row["description_fr"]) for row in csv.DictReader(lines)]
    for rule in yaml.safe_load((project.schemas / "package_rules.yaml").read_text(encoding="utf-8")):
        texts.append((rule["description"]["en"], rule["description"]["fr"]))
    assert len(texts) > 100
    assert [english for english, french in texts if not is_translated(english, french)] == []


def test_every_example_satisfies_its_own_constraints(schema: Schema) -> None:
    for table in schema.tables.values():
        for field in table.fields:
            assert isinstance(field.example, PYTHON[field.type]), f"{table.name}.{field.name}"
            assert isinstance(field.example, bool) == (field.type == "boolean"), f"{table.name}.{field.name}"
            assert list(violations(field.example, field, schema)) == [], f"{table.name}.{field.name}"


def test_every_bound_of_a_figure_has_a_unit(schema: Schema) -> None:
    bounds = [
        (table.name, field)
        for table in schema.tables.values()
        for field in table.fields
        if field.type == "integer" and field.name.split("_")[-1] in ("low", "best", "high")
    ]
    assert {"claims", "incidents", "records", "tolls"} < {table for table, _ in bounds}
    assert [(table, field.name) for table, field in bounds if not field.unit] == []


def test_the_codes_of_countries_are_called_other_codes_than_ours(schema: Schema) -> None:
    """ACLED has numbers of ISO 3166-1, UCDP those of Gleditsch and Ward, GTD its own; ours are letters."""
    assert set(schema.tables["incidents"]["country_iso3"].relations) == {"acled", "ucdp", "gtd"}


def test_who_attacks_a_school_attacks_civilians_in_our_words_and_in_those_of_gtd(
    schema: Schema, project: Project
) -> None:
    means = schema.codelists["target_type"].column("definition_en")
    assert [code for code, text in means.items() if "schools" in text] == ["civilians"]
    gtd = yaml.safe_load((project.schemas / "sources" / "gtd.yaml").read_text(encoding="utf-8"))
    assert gtd["table"]["record"]["target_type"]["codes"]["8"] == "civilians"


def test_a_rule_is_called_after_its_table_and_only_once(schema: Schema) -> None:
    ids = [(table.name, rule.id) for table in schema.tables.values() for rule in table.rules]
    assert all(rule.startswith(f"{table}.") for table, rule in ids)
    assert len(ids) == len(set(ids))


def test_a_key_has_a_value_in_every_row(schema: Schema) -> None:
    for table in schema.tables.values():
        for name in table.primary_key:
            assert table[name].required, f"{table.name}.{name}"


def test_a_foreign_key_means_a_key_of_the_same_types(schema: Schema) -> None:
    for table in schema.tables.values():
        for key in table.foreign_keys:
            target: Table = schema.tables[key.reference]
            assert key.reference_fields == target.primary_key, f"{table.name}: {key}"
            here = [table[name].type for name in key.fields]
            assert here == [target[name].type for name in key.reference_fields], f"{table.name}: {key}"


def test_names_are_lower_snake_case(schema: Schema) -> None:
    for table in schema.tables.values():
        for name in (table.name, *table.columns):
            assert name.isidentifier(), name
            assert name == name.lower(), name


def test_every_codelist_is_used(project: Project, schema: Schema) -> None:
    used = {field.codelist for table in schema.tables.values() for field in table.fields}
    read_by_code = {"publishers", "region", "scope_clause", "warning"}
    assert {path.stem for path in (project.schemas / "codelists").glob("*.csv")} - used == read_by_code


def test_code_lists_are_plain_csv(project: Project) -> None:
    for path in [*(project.schemas / "codelists").glob("*.csv"), project.schemas / "rules.csv"]:
        raw = path.read_bytes()
        assert b"\r" not in raw, path.name
        assert raw.endswith(b"\n"), path.name
        assert not raw.startswith(b"\xef\xbb\xbf"), path.name
        with path.open(encoding="utf-8", newline="") as handle:
            assert len({len(cells) for cells in csv.reader(handle, strict=True)}) == 1, path.name


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small declaration with a rule in each of the files that rules stand in."""
    made = Path(shutil.copytree(SMALL, tmp_path / "schemas"))
    (made / "rules.csv").write_text(
        "code,severity,description_en,description_fr\nx.number,error,A cell is a number.,Une cellule est un nombre.\n",
        encoding="utf-8",
    )
    (made / "version_rules.csv").write_text(
        "change,level,description_en,description_fr\ntable_gone,major,A table is gone.,Une table a disparu.\n",
        encoding="utf-8",
    )
    (made / "package_rules.yaml").write_text(
        "- id: x.kept\n  description: {en: Nothing is lost., fr: Rien n'est perdu.}\n  finds: SELECT 1\n",
        encoding="utf-8",
    )
    return made


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("tables/visits.yaml", "row: {en: a visit, fr: une visite}\n", "", ["visits.yaml", "row"]),
        (
            "tables/visits.yaml",
            "row: {en: a visit, fr: une visite}",
            "row: {en: a visit}",
            ["visits.yaml", "row", "fr"],
        ),
        ("tables/visits.yaml", "row: {en: a visit, fr: une visite}", "row: a visit", ["visits.yaml", "row"]),
        (
            "tables/visits.yaml",
            "title: {en: Purpose, fr: But}",
            "title: {en: Purpose}",
            ["visits.yaml", "purpose", "fr"],
        ),
        ("tables/visits.yaml", "    example: survey\n", "", ["visits.yaml", "purpose", "example"]),
        ("tables/visits.yaml", "primary_key:", "primarykey:", ["visits.yaml", "primarykey"]),
        ("tables/visits.yaml", "    unit: persons", "    units: persons", ["visits.yaml", "seen_low", "units"]),
        ("tables/visits.yaml", "{codelist: purpose}", "{codelists: purpose}", ["visits.yaml", "purpose", "codelists"]),
        ("tables/visits.yaml", "{codelist: purpose}", "{codelist: reason}", ["visits.yaml", "purpose", "reason.csv"]),
        ("tables/visits.yaml", "type: date", "type: datetime", ["visits.yaml", "date_start", "datetime", "boolean"]),
        ("tables/visits.yaml", "{minimum: 0}", "{minimum: none}", ["visits.yaml", "seen_low", "minimum"]),
        ("tables/visits.yaml", "{required: true}", "{required: maybe}", ["visits.yaml", "site_id", "required"]),
        ("tables/visits.yaml", "reference: sites", "reference: places", ["visits.yaml", "places"]),
        ("tables/visits.yaml", "reference_fields: [site_id]", "reference_fields: [site]", ["visits.yaml", "site"]),
        ("tables/visits.yaml", "{fields: [site_id]", "{fields: [place_id]", ["visits.yaml", "place_id"]),
        (
            "tables/sites.yaml",
            "{fields: [region_code, vintage]",
            "{fields: [region_code]",
            ["sites.yaml", "region_code"],
        ),
        ("tables/visits.yaml", "primary_key: [site_id, date_start]", "primary_key: [site]", ["visits.yaml", "site"]),
        ("tables/visits.yaml", "sort_by: [date_start", "sort_by: [date", ["visits.yaml", "date"]),
        (
            "tables/visits.yaml",
            "ordered: [date_start, date_end]",
            "ordered: [date_start, until]",
            ["visits.yaml", "until"],
        ),
        ("tables/visits.yaml", "ordered: [date_start, date_end]", "sorted: [date_start]", ["visits.yaml", "rules"]),
        ("tables/visits.yaml", "name: seen_best", "name: seen_low", ["visits.yaml", "seen_low"]),
        ("tables/visits.yaml", "name: visits", "name: visit", ["visits.yaml"]),
        ("tables/visits.yaml", "fields:\n", "fields: [\n", ["visits.yaml"]),
        ("schema.yaml", "  - regions\n", "", ["schema.yaml", "regions"]),
        ("schema.yaml", "  - regions\n", "  - regions\n  - towns\n", ["towns.yaml"]),
        ("schema.yaml", "version: 0.1.0\n", "", ["schema.yaml", "version"]),
        ("codelists/purpose.csv", "repair,", "survey,", ["purpose.csv", "survey"]),
        ("codelists/purpose.csv", "repair,Repair", ",Repair", ["purpose.csv", ":3"]),
        ("codelists/purpose.csv", "repair,Repair", "repair", ["purpose.csv", ":3"]),
        ("codelists/purpose.csv", "repair,Repair", "repair,Repair,Mend", ["purpose.csv", ":3"]),
        ("codelists/purpose.csv", "Repair,Réparation", "Repair,", ["purpose.csv:3", "repair", "label_fr", "blank"]),
        ("codelists/purpose.csv", "Repair,Réparation", ",", ["purpose.csv:3", "repair", "label_en, label_fr"]),
        (
            "codelists/purpose.csv",
            "Quelque chose a été réparé.",
            "\u00a0 ",
            ["purpose.csv:3", "repair", "definition_fr", "blank"],
        ),
        ("tables/visits.yaml", "fr: une visite", "fr: ' '", ["visits.yaml", "row", "fr", "blank"]),
        ("tables/visits.yaml", "title: {en: Purpose, fr: But}", "title: {en: Purpose, fr: ''}", ["purpose", "fr"]),
        ("rules.csv", "Une cellule est un nombre.", "", ["rules.csv:2", "x.number", "description_fr", "blank"]),
        ("version_rules.csv", "A table is gone.", "", ["version_rules.csv:2", "table_gone", "description_en"]),
        ("package_rules.yaml", "fr: Rien n'est perdu.", "fr: ''", ["package_rules.yaml", "x.kept", "fr", "blank"]),
        ("package_rules.yaml", "{en: Nothing is lost., ", "{", ["package_rules.yaml", "x.kept", "en"]),
    ],
)
def test_a_wrong_declaration_is_refused_with_file_and_key(
    copy: Path, file: str, old: str, new: str, named: list[str]
) -> None:
    swap(copy / file, old, new)
    with pytest.raises(CannotDo) as refused:
        load_schema(copy)
    for word in named:
        assert word in str(refused.value)


def test_a_schema_that_is_right_is_read(copy: Path) -> None:
    assert list(load_schema(copy).tables) == ["visits", "sites", "regions"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotDo, match=r"schema\.yaml"):
        load_schema(tmp_path / "nowhere")


def test_tables_come_after_those_they_refer_to(small: Schema, schema: Schema) -> None:
    assert [table.name for table in small.in_dependency_order()] == ["regions", "sites", "visits"]
    done: set[str] = set()
    for table in schema.in_dependency_order():
        assert {key.reference for key in table.foreign_keys} <= done | {table.name}
        done.add(table.name)
    assert done == set(schema.tables)


def test_a_column_of_a_code_list_leaves_empty_cells_out(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("code,radius\na,5\nb,\n", encoding="utf-8")
    assert load_codelist(path).column("radius") == {"a": "5"}
