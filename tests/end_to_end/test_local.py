"""Licensed files are read on their owner's machine, and nothing of them leaves it."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import zipfile
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.config import Project
from tests.checkout import git, run
from tests.conftest import ROOT
from tests.copied import swap
from tests.poison import ACLED_ROW, BROKEN_ROW, DEAD, GTD_ROW, WORD, poisoned, poisoned_objects
from tests.reduced import commit, reduced_clone
from tests.sources.tabular.rows import as_csv, columns

FILE = "TGO/2023.yaml"


def held(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass
class Machine:
    """A checkout on a machine with licensed files, and what came of it, as it was at each moment."""

    project: Project
    base: Path
    said: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)
    release: dict[str, dict[str, bytes]] = field(default_factory=dict)
    remote: dict[str, set[str]] = field(default_factory=dict)
    status: str = ""
    lock: dict[str, bytes] = field(default_factory=dict)
    pairs: list[dict[str, Any]] = field(default_factory=list)
    clusters: list[set[str]] = field(default_factory=list)

    def do(self, *command: str, code: int = 0) -> str:
        done = run(self.project.root, *command, TMPDIR=str(self.base / "scratch"))
        self.said[" ".join(command)] = done
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    def sahel(self, *arguments: str, code: int = 0) -> str:
        return self.do(".venv/bin/python", "-m", "pipeline.cli", *arguments, code=code)

    def cluster_of(self, records: Collection[str]) -> set[str]:
        """The incidents of some records in the local tables."""
        rows = pq.read_table(self.project.local_tables / "records.parquet").to_pylist()
        return {row["incident_id"] for row in rows if row["record_id"] in records}

    def note(self, moment: str) -> None:
        self.release[moment] = held(self.project.release)
        self.remote[moment] = set(held(self.base / "remote"))
        self.lock[moment] = (self.project.root / "dvc.lock").read_bytes()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    base = tmp_path_factory.mktemp("licensed")
    for name in ("scratch", "remote"):
        (base / name).mkdir()
    made = Machine(Project(reduced_clone(ROOT, base / "checkout", (FILE,))), base)
    made.do(".venv/bin/dvc", "remote", "add", "--local", "--default", "here", str(base / "remote"))
    made.do(".venv/bin/dvc", "repro")
    commit(made.project.root, "Built")
    made.do(".venv/bin/dvc", "push")
    made.note("without")
    shutil.copytree(made.project.release, base / "without")
    for name, rows, version in (
        ("acled", [ACLED_ROW, BROKEN_ROW], "2026-02"),
        ("gtd", [GTD_ROW], "2020"),
    ):
        given = base / "given" / f"{name}-{WORD}.csv"
        given.parent.mkdir(exist_ok=True)
        given.write_bytes(as_csv(columns(made.project, name), rows))
        made.sahel("source", "add", name, str(given), "--version", version)
    made.sahel("local", "build", code=1)  # half of the rows of ACLED wait: more than are allowed
    listing = made.project.local_sources
    swap(listing, "limits:\n", "limits:\n  quarantine_share: 0.5\n")
    made.sahel("local", "build")
    made.pairs = json.loads(made.sahel("review", "--local", "--json"))["pairs"]
    acled, gtd = (made.pairs[0][side]["record_id"] for side in ("left", "right"))
    decision = ("review", "--decide", acled, gtd, "different", "--why", f"Two towns of {WORD}.")
    made.sahel(*decision, code=1)
    made.clusters.append(made.cluster_of((acled, gtd)))
    made.sahel(*decision, "--local")
    made.sahel("local", "build")
    made.clusters.append(made.cluster_of((acled, gtd)))
    made.do(".venv/bin/dvc", "repro", "--force")
    made.do(".venv/bin/python", "-m", "pipeline", "database")
    made.do(".venv/bin/dvc", "push")
    made.status = git(made.project.root, "status", "--porcelain", "--untracked-files=all")
    made.note("with")
    swap(made.project.curated / FILE, "confidence: medium", "confidence: low")
    commit(made.project.root, "A correction")
    made.sahel("publish", "--store", str(base / "store"))
    made.sahel("diff", "../without", "--parquet", "../diff.parquet", code=1)
    made.sahel("diff", "../without", "--json", code=1)
    made.sahel("diff", "../without", "--markdown", code=1)
    return made


def test_the_release_is_the_same_with_and_without_them(machine: Machine) -> None:
    assert machine.release["with"] == machine.release["without"]
    assert {"incidents.parquet", "datapackage.json", "SHA256SUMS"} <= set(machine.release["with"])
    assert machine.lock["with"] == machine.lock["without"]


def test_git_sees_nothing_of_them(machine: Machine) -> None:
    assert machine.status == ""


def test_a_bare_push_sends_nothing_of_them(machine: Machine) -> None:
    assert machine.remote["without"], "the push before sent the release"
    assert machine.remote["with"] == machine.remote["without"]


def test_no_byte_outside_holds_a_poisoned_value(machine: Machine) -> None:
    root = machine.project.root
    assert poisoned(root, without=[machine.project.local]) == []  # release, interim, database, .git, cache of DVC
    for name in ("remote", "store", "without", "scratch"):
        assert poisoned(machine.base / name) == [], name
    assert (machine.base / "store" / "latest.json").is_file()
    assert not poisoned_objects(root)


def test_what_is_said_of_differences_holds_none(machine: Machine) -> None:
    differences = [done for command, done in machine.said.items() if " diff " in command]
    assert len(differences) == 3
    for done in differences:
        assert "confidence" in done.stdout
        assert WORD not in done.stdout + done.stderr
        assert str(DEAD) not in done.stdout + done.stderr
    assert poisoned(machine.base, [path for path in machine.base.iterdir() if path.is_dir()]) == []
    assert (machine.base / "diff.parquet").is_file()


def test_what_a_curator_decides_about_licensed_records_stays_with_them(machine: Machine) -> None:
    project = machine.project
    assert {side.partition(":")[0] for side in (machine.pairs[0][s]["record_id"] for s in ("left", "right"))} == {
        "acled",
        "gtd",
    }
    assert [len(incidents) for incidents in machine.clusters] == [1, 2], "one incident before, two after"
    refused = next(done for command, done in machine.said.items() if "--decide" in command and "--local" not in command)
    assert "may not be named in the repository: sahel review --local decides about it" in refused.stdout
    assert not poisoned(project.reference)
    local = project.local_link_decisions.read_text(encoding="utf-8").splitlines()
    assert len(local) == 2
    assert f"different,Two towns of {WORD}." in local[1]
    assert "data/local/link_decisions.csv" in git(project.root, "check-ignore", "data/local/link_decisions.csv")


def test_what_is_built_locally_holds_them_in_the_same_shape(machine: Machine) -> None:
    folder = machine.project.local_tables
    with duckdb.connect() as connection:
        asked = connection.execute(
            f"SELECT source, killed_best, place_text FROM '{folder}/records.parquet' "
            "WHERE source <> 'curated' ORDER BY source"
        ).fetchall()
        assert asked == [("acled", DEAD, f"{WORD} town"), ("gtd", DEAD, f"{WORD} city")]
        ledger = f"SELECT source, outcome, sum(row_count) FROM '{folder}/ledger.parquet' WHERE source <> 'curated'"
        assert connection.execute(f"{ledger} GROUP BY ALL ORDER BY ALL").fetchall() == [
            ("acled", "quarantined", 1),
            ("acled", "released", 1),
            ("gtd", "released", 1),
        ]
        curated = "SELECT count(*) FROM '{}/records.parquet' WHERE source = 'curated'"
        counts = [connection.execute(curated.format(at)).fetchone() for at in (folder, machine.base / "without")]
        assert counts[0] == counts[1]
    packaged = {name for name in machine.release["with"] if name.endswith(".parquet")}
    tables = {resource["name"] for resource in json.loads(machine.release["with"]["datapackage.json"])["resources"]}
    assert {path.name for path in folder.glob("*.parquet")} == {
        n for n in packaged if n.removesuffix(".parquet") in tables
    }


def test_every_file_of_it_says_that_it_is_not_to_be_shared(machine: Machine) -> None:
    folder = machine.project.local_tables
    said = "Not to be shared: holds rows of Armed Conflict Location & Event Data (ACLED) (LicenseRef-ACLED-Terms), "
    for path in folder.glob("*.parquet"):
        assert pq.read_schema(path).metadata[b"notice"].decode().startswith(said)
    with duckdb.connect(str(folder / "sahel-attacks-local.duckdb"), read_only=True) as connection:
        comments = connection.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'records'").fetchall()
        assert comments[0][0].startswith(said)
        licensed = connection.execute("SELECT source, licence FROM not_to_be_shared ORDER BY source").fetchall()
        assert licensed == [("acled", "LicenseRef-ACLED-Terms"), ("gtd", "LicenseRef-GTD-Terms")]
        [(records,)] = connection.execute("SELECT count(*) FROM records WHERE source <> 'curated'").fetchall()
        assert records == 2
    assert said in (folder / "README.md").read_text(encoding="utf-8")
    machine.sahel("verify", "data/local/tables", code=2)  # it is no package


def test_a_failed_build_leaves_the_tables_as_they_were(machine: Machine) -> None:
    before = held(machine.project.local_tables)
    [given] = (machine.project.licensed("acled")).glob("*.csv")
    content = given.read_bytes()
    given.write_bytes(content + b"one more line\n")
    said = machine.sahel("local", "build", code=1)
    given.write_bytes(content)
    assert "is not the file that its record means" in said
    assert held(machine.project.local_tables) == before


def test_the_search_finds_what_is_packed(tmp_path: Path) -> None:
    pq.write_table(pa.table({"dead": [1, DEAD]}), tmp_path / "count.parquet", compression="zstd")
    pq.write_table(pa.table({"text": [WORD] * 2}), tmp_path / "text.parquet", compression="zstd")
    with zipfile.ZipFile(tmp_path / "tables.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(tmp_path / "count.parquet", "count.parquet")
    (tmp_path / "text.gz").write_bytes(gzip.compress(WORD.encode()))
    (tmp_path / "text.csv").write_text(f"a,{DEAD}\n", encoding="utf-8")
    (tmp_path / "harmless.csv").write_text(f"a,1{DEAD},f{DEAD}\n", encoding="utf-8")
    with duckdb.connect(str(tmp_path / "made.duckdb")) as connection:
        connection.execute(f"CREATE TABLE made AS SELECT {DEAD} AS dead")
    wanted = ["count.parquet", "made.duckdb", "tables.zip", "text.csv", "text.gz", "text.parquet"]
    assert poisoned(tmp_path) == wanted
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "text.csv")  # an object that no commit refers to
    assert poisoned(tmp_path / ".git") == []
    assert poisoned_objects(tmp_path)
