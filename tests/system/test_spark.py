"""The real Spark beside DuckDB: the same sources through the same stages, and every table compared."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.config import Project, load_params
from pipeline.schema import Schema, Table
from tests.checkout import fresh_clone, run
from tests.conftest import ROOT
from tests.copied import swap

pytestmark = [pytest.mark.system, pytest.mark.shared_data]
NAME = "ucdp_candidate"
TOLERANCE = 1e-9
"""Of floating numbers, relative: both engines add in an order of their own. Everything else is exact."""
QUICK = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
"""Java is not to compile well what runs once."""
SPLIT = """
import json, sys
import pyarrow as pa
from pipeline.engine import connect
texts = ["\\tvif \\x0b\\x0c", "a|b.c|", " ", None]
t = connect(sys.argv[1]).create_table("texts", pa.table({"text": texts}))
made = t.select(text=t.text.strip()).mutate(parts=lambda t: t.text.split("|")).to_pyarrow()
print(json.dumps([list(row.values()) for row in made.to_pylist()]))
"""


def ran(folder: Path, *arguments: str) -> str:
    done = run(folder, ".venv/bin/python", *arguments, **QUICK)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> dict[str, Project]:
    """Two checkouts with the curated entries and the real file, resolved on one engine each."""
    assert shutil.which("java"), "Spark needs Java 17: on Debian, apt-get install openjdk-17-jre-headless"
    folder = tmp_path_factory.mktemp("engines")
    given = str(shared_data / "ucdp" / "GEDEvent_v26_0_2.csv")
    made = {}
    for engine in ("duckdb", "spark"):
        project = Project(fresh_clone(ROOT, folder / engine))
        ran(project.root, "-m", "pipeline.cli", "source", "add", NAME, given, "--version", "26.0.2")
        swap(project.root / "params.yaml", "engine: duckdb", f"engine: {engine}")
        for source in load_params(project).sources:
            ran(project.root, "-m", "pipeline", "ingest", source)
        for stage in ("link", "resolve"):
            ran(project.root, "-m", "pipeline", stage)
        made[engine] = project
    return made


def files(project: Project) -> set[Path]:
    interim = project.resolved.parent
    made = (path.relative_to(interim) for path in interim.rglob("*") if path.is_file())
    return {path for path in made if path.parts[0] != "link"}  # no published tables


def test_both_engines_write_the_same_tables(engines: dict[str, Project], schema: Schema) -> None:
    assert files(engines["duckdb"]) == files(engines["spark"])
    tables = sorted(path for path in files(engines["duckdb"]) if path.suffix == ".parquet")
    assert {path.stem for path in tables} == set(schema.tables) - {"changes", "id_changes"}
    for path in tables:
        one, other = (pq.read_table(project.resolved.parent / path) for project in engines.values())
        assert one.schema.equals(other.schema, check_metadata=True), path
        rows, others = (canonical(data, schema.tables[path.stem]) for data in (one, other))
        assert differing(rows, others) == [], path


def test_both_engines_score_the_same_pairs_and_make_the_same_clusters(engines: dict[str, Project]) -> None:
    for name in ("pairs", "clusters"):
        one, other = (pq.read_table(project.linked / f"{name}.parquet") for project in engines.values())
        assert one.schema.equals(other.schema), name
        assert differing(one.to_pylist(), other.to_pylist()) == [], name
    pairs, clusters = (pq.read_table(engines["spark"].linked / f"{name}.parquet") for name in ("pairs", "clusters"))
    assert pairs.num_rows >= 5
    assert "model" in clusters["link_method"].to_pylist()


def test_the_tables_that_are_compared_hold_the_rows_of_both_sources(engines: dict[str, Project]) -> None:
    ledger = pq.read_table(engines["spark"].resolved / "ledger.parquet").to_pylist()
    assert sum(row["row_count"] for row in ledger if row["source"] == NAME) == 1298
    records = pq.read_table(engines["spark"].resolved / "records.parquet", columns=["source"])
    assert set(records["source"].to_pylist()) == {"curated", NAME}


def test_what_waits_in_quarantine_is_the_same(engines: dict[str, Project]) -> None:
    kept = sorted(path for path in files(engines["duckdb"]) if path.suffix == ".csv")
    assert kept
    for path in kept:
        one, other = ((project.resolved.parent / path).read_bytes() for project in engines.values())
        assert one == other, path


def test_blanks_and_separators_mean_the_same_on_both() -> None:
    found = [json.loads(ran(ROOT, "-c", SPLIT, engine)) for engine in ("duckdb", "spark")]
    assert found[0] == found[1]
    assert found[0] == [["vif", ["vif"]], ["a|b.c|", ["a", "b.c", ""]], ["", [""]], [None, None]]


def test_without_java_it_is_told_what_is_missing(engines: dict[str, Project]) -> None:
    done = run(engines["spark"].root, ".venv/bin/python", "-m", "pipeline", "resolve", JAVA_HOME="/nowhere")
    assert done.returncode == 2
    assert "Java does not start" in done.stderr
    assert "Traceback" not in done.stderr


def canonical(data: pa.Table, table: Table) -> list[dict[str, object]]:
    """The rows by their key, whichever order an engine gave to rows that sort alike."""
    key = table.primary_key or table.columns
    return sorted(data.to_pylist(), key=lambda row: tuple((row[name] is not None, str(row[name])) for name in key))


def differing(rows: list[dict[str, object]], others: list[dict[str, object]]) -> list[tuple[object, ...]]:
    """The first few cells that are not the same."""
    assert len(rows) == len(others)
    return [
        (name, value, other[name])
        for row, other in zip(rows, others, strict=True)
        for name, value in row.items()
        if not alike(value, other[name])
    ][:5]


def alike(value: object, other: object) -> bool:
    if isinstance(value, float) and isinstance(other, float):
        return math.isclose(value, other, rel_tol=TOLERANCE)
    return value == other
