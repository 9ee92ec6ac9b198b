"""docs/own_source.md, followed: what it writes is declared, read, and comes out as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from pipeline.config import Params, Project
from pipeline.problems import CannotDo
from pipeline.reference import Reference
from pipeline.schema import Schema
from pipeline.sources.declaration import KEYS as SOURCE_KEYS
from pipeline.sources.tabular.declaration import DATE_FORMS, KEYS, NUMERIC_DATE_FORMS, check_fields, load_table_source
from tests.conftest import ROOT
from tests.sources.tabular.rows import Result, reader

PAGE = (ROOT / "docs" / "own_source.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    [found] = blocks(language)
    return found


def blocks(language: str) -> list[str]:
    return [str(found) for found in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)]


@pytest.fixture(scope="module")
def followed(
    project: Project, params: Params, schema: Schema, reference: Reference, tmp_path_factory: pytest.TempPathFactory
) -> Result:
    folder = tmp_path_factory.mktemp("own")
    return read_as_own(project, params, schema, reference, folder, block("yaml"), block("csv"))


def read_as_own(
    project: Project, params: Params, schema: Schema, reference: Reference, folder: Path, declaration: str, table: str
) -> Result:
    """Read a table as that of the source ``village_events``."""
    made = Project(folder / "declared")
    (made.schemas / "sources").mkdir(parents=True)
    for path in project.schemas.iterdir():
        if path.name != "sources":
            (made.schemas / path.name).symlink_to(path)
    (made.schemas / "sources" / "village_events.yaml").write_text(declaration, encoding="utf-8")
    read = reader(made, params, schema, reference, folder)
    return read("village_events", {"village_events.csv": table.encode()}, "2026-02")


def test_of_four_rows_two_are_released_one_is_outside_and_one_waits(followed: Result) -> None:
    assert followed.outcomes == {
        ("released", "in_scope"): 2,
        ("outside", "no_armed_force"): 1,
        ("quarantined", "tabular.date"): 1,
    }
    [waiting] = followed.quarantine
    assert (waiting["line"], waiting["row"]) == (5, 4)


def test_what_the_columns_say_comes_out(followed: Result) -> None:
    first, second = followed.rows("records")
    assert (str(first["date_start"]), first["event_type"], first["admin1_code"]) == (
        "2026-02-10",
        "attack_on_civilians",
        "ML-7",
    )
    assert (str(second["date_start"]), second["event_type"], second["admin1_code"]) == (
        "2026-02-12",
        "clash",
        "BF-soum",
    )
    said = {(row["record_id"], row["population"]): row["value_best"] for row in followed.rows("claims")}
    assert said == {
        ("village_events:1", "civilians"): 4,
        ("village_events:1", "unspecified"): 4,
        ("village_events:2", "unspecified"): 7,
    }
    assert {row["actor_id"] for row in followed.rows("incident_actors")} == {"JNIM"}
    publishers = sorted(row["publisher"] for row in followed.rows("reports"))
    assert publishers == ["AIB", "Invented", "RFI", "RFI"]
    assert [row["kind"] for row in followed.rows("coverage")] == ["sample"]


def test_the_page_explains_every_key_and_date_form() -> None:
    keys = {key for kind in KEYS.values() for key in kind} | set(SOURCE_KEYS) | {*DATE_FORMS, *NUMERIC_DATE_FORMS}
    after = PAGE[PAGE.index("## What a value can be") :]
    explained = {word for code in re.findall(r"`([^`]+)`", after) for word in re.findall(r"[a-z_]+", code)}
    assert keys - explained == set()


def test_the_keys_are_those_that_declarations_use(project: Project) -> None:
    for path in (project.schemas / "sources").glob("*.yaml"):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert set(raw) <= set(SOURCE_KEYS), path.name
        assert set(raw.get("table", {})) <= set(KEYS["table"]), path.name


@pytest.mark.parametrize(
    ("form", "wanted"), [("day_first", "2026-02-10"), ("month_first", "2026-10-02"), (None, "tabular.date")]
)
def test_a_date_in_figures_is_read_as_declared_and_never_guessed(
    project: Project,
    params: Params,
    schema: Schema,
    reference: Reference,
    tmp_path: Path,
    form: str | None,
    wanted: str,
) -> None:
    declaration = block("yaml")
    if form:
        declaration = declaration.replace("  id: Nr\n", f"  id: Nr\n  date_forms: [iso, {form}]\n")
    table = "\n".join(block("csv").splitlines()[:2]).replace("10 February 2026", "10/02/2026")
    found = read_as_own(project, params, schema, reference, tmp_path, declaration, table)
    assert [str(row["date_start"]) for row in found.rows("records")] + found.rules == [wanted]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("killed_best: Dead", "kiled_best: Dead", "did you mean 'killed_best'?"),
        ("fight: clash", "fight: clashes", "unknown code 'clashes'; did you mean 'clash'?"),
        ("    geo_precision: {value: near}\n", "", "says nothing of geo_precision"),
        ("metric: killed", "metric: kiled", "did you mean 'killed'?"),
        ("date_start: Day", "date_start: Days", "has no column days"),
        ("population: civilians", "populaton: civilians", "did you mean 'population'?"),
        ("  id: Nr\n", "  id: Nr\n  date_forms: [day_first, month_first]\n", "one at most"),
        ("  id: Nr\n", "  id: Nr\n  decimal: dot\n", "decimal is point or comma"),
        ("  id: Nr\n", "  id: Nr\n  claimants: A\n", "did you mean 'claimant'?"),
        ("role: {value: perpetrator}", "role: {value: attacker}", "unknown code 'attacker'"),
        ("side: attacker,", "", "a key is missing"),
        ("claimant: A research group", "speaker: A research group", "claimant"),
    ],
)
def test_a_slip_in_a_declaration_is_told(schema: Schema, tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "sources").mkdir()
    text = block("yaml")
    assert old in text
    (tmp_path / "sources" / "village_events.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CannotDo) as refused:
        check_fields(load_table_source(tmp_path, "village_events"), schema)
    assert said in str(refused.value)


@pytest.mark.parametrize("name", ["acled", "gtd", "ucdp_candidate", "ucdp_ged"])
def test_every_declaration_is_well(project: Project, schema: Schema, name: str) -> None:
    check_fields(load_table_source(project.schemas, name), schema)


def test_a_name_that_yaml_takes_for_something_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    text = block("yaml").replace("[Nr, Day,", "[No, Day,")
    (tmp_path / "sources" / "village_events.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CannotDo, match="write it in quotes"):
        load_table_source(tmp_path, "village_events")
