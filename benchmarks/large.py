"""A source of any size through the stages, beside the least that any program could do and a careful analyst's script.

`python -m benchmarks.large ROWS ...` prints one run; ``make bench`` calls it. Each side runs as a process of its own,
one after the other on the same file, so that its time and memory are nobody else's:

- ours: ingest, link, resolve, package and verify, all rules of all tables included; on Spark too with ``--spark ROWS``;
- floor: DuckDB reads the input once and writes our finished tables, read back from the result, with their checksums;
- peer: the same file by pandas, pandera and frictionless (`benchmarks.peer`), on at most 100,000 rows;
- DVC: what it adds to ours by hashing every file that stages read and write.

Processor seconds, of a process and all that it started, stand beside the wall clock: on a busy machine they say more.
Start-up is the interpreter and what is imported. At the end stand the ratios, all from this one run.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from benchmarks.processes import Memory, processor_seconds
from benchmarks.resampled import resampled
from pipeline.checksums import sha256, write_sums
from pipeline.config import Project

ROOT = Path(__file__).resolve().parent.parent
REAL = Path("ucdp") / "GEDEvent_v26_0_2.csv"
NAME, VERSION = "ucdp_candidate", "26.0.2"
EMPTIED = ("known_issues.csv", "id_changes.csv", "link_decisions.csv")
"""What speaks of curated entries, which are not there."""
STAGES = ("ingest", "link", "resolve", "compare", "figures", "package", "verify")
MOST_OF_PEER = 100_000
"""Rows; its minutes grow with them."""
BESIDE = ("compare", "figures")
"""Stages that run in between and are not counted: the other sides do nothing of the kind."""


def laid_out(folder: Path, file: Path, engine: str) -> Project:
    """A project with this file as its only source."""
    from pipeline.sources.stored import StoredFile

    project = Project(folder)
    shutil.copytree(ROOT / "schemas", project.schemas)
    shutil.copytree(ROOT / "data" / "reference", project.reference)
    for name in EMPTIED:
        path = project.reference / name
        with path.open(encoding="utf-8", newline="") as lines:
            header = next(csv.reader(lines))
        path.write_text(",".join(header) + "\n", encoding="utf-8")
    project.baseline.mkdir(parents=True)
    place = project.external(NAME)
    place.mkdir(parents=True)
    (place / file.name).hardlink_to(file)
    StoredFile(
        NAME, VERSION, file.name, "any", "UCDP", "Drawn from UCDP Candidate", "CC-BY-4.0", None,
        dt.date(2026, 11, 22), sha256(file), areas=("BFA", "MLI", "NER", "NGA"), areas_from="said",
    ).write(place)  # fmt: skip
    (folder / "params.yaml").write_text(
        "release:\n  version: null\n  date: '2026-11-22'\n"
        f"engine: {engine}\nsources:\n  {NAME}: data/raw/external/{NAME}\n"
        f"limits:\n  quarantine_share: 0.02\n  rows:\n    {NAME}: {{minimum: 1}}\n",
        encoding="utf-8",
    )
    return project


def ours(folder: Path) -> dict[str, Any]:
    """All stages in this process."""
    from pipeline.compare import compare
    from pipeline.config import load_params
    from pipeline.figures import figures
    from pipeline.ingest import ingest
    from pipeline.link import link
    from pipeline.package import package
    from pipeline.resolve import resolve
    from pipeline.verify import verify

    project = Project(folder)
    params = load_params(project)
    runs: dict[str, Callable[[], str]] = {
        "ingest": lambda: ingest(project, params, NAME),
        "link": lambda: link(project, params),
        "resolve": lambda: resolve(project, params),
        "compare": lambda: compare(project, params),
        "figures": lambda: figures(project, params),
        "package": lambda: package(project, params),
        "verify": lambda: verify(project, params),
    }
    return {"start-up": begun(), "parts": {name: timed(runs[name]) for name in STAGES}}


def floor(folder: Path) -> dict[str, Any]:
    """Read the input once; write the finished tables, read back from the package, with their checksums."""
    import duckdb

    from pipeline.schema import load_schema
    from pipeline.schema.duckdb import literal, quote

    project = Project(folder)
    target = folder / "floor"
    target.mkdir()
    connection = duckdb.connect(config={"memory_limit": "4GB", "temp_directory": str(folder / "spill")})
    [given] = project.external(NAME).glob("*.csv")
    tables = list(load_schema(project.schemas).tables)

    def read() -> str:
        columns = [row[0] for row in connection.execute(f"DESCRIBE FROM {source(given)}").fetchall()]
        sums = ", ".join(f"sum(length({quote(name)}))" for name in columns)
        return str(connection.execute(f"SELECT {sums} FROM {source(given)}").fetchone())

    def source(path: Path) -> str:
        return f"read_csv({literal(str(path))}, all_varchar = true, header = true, max_line_size = 2000000)"

    def write() -> str:
        for name in tables:
            data = f"FROM read_parquet({literal(str(project.package / f'{name}.parquet'))})"
            out = literal(str(target / f"{name}.parquet"))
            connection.execute(
                f"COPY ({data}) TO {out} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {level()}, "
                "ROW_GROUP_SIZE 100000)"
            )
            connection.execute(f"COPY ({data}) TO {literal(str(target / f'{name}.csv'))} (HEADER)")
        return ""

    def checksums() -> str:
        write_sums(target)
        return ""

    return {
        "start-up": begun(),
        "parts": {"read": timed(read), "write": timed(write), "checksums": timed(checksums)},
    }


def dvc(folder: Path) -> dict[str, Any]:
    """Hash what the stages read and wrote, each file once, as DVC does."""
    from dvc_data.hashfile.hash import file_md5

    def hashed() -> str:
        files = [path for path in sorted((folder / "data").rglob("*")) if path.is_file()]
        for path in files:
            file_md5(str(path))
        return f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:,.0f} MB"

    return {"start-up": begun(), "parts": {"hashing": timed(hashed)}}


def peer(folder: Path) -> dict[str, Any]:
    """What an analyst would write, on the same file."""
    from benchmarks import peer as script

    project = Project(folder)
    held: dict[str, Any] = {}

    def read() -> str:
        held["rows"] = script.read(project, NAME)
        return f"{len(held['rows'])} rows in the region"

    def decide() -> str:
        held["tables"] = script.decided(held["rows"], NAME)
        return f"{sum(map(len, held['tables'].values()))} rows"

    def check() -> str:
        script.checked(held["tables"])
        return ""

    def package() -> str:
        script.packaged(held["tables"], folder / "peer")
        return ""

    def csv_files() -> str:
        script.validated(folder / "peer", "csv")
        return ""

    def parquet_files() -> str:
        script.validated(folder / "peer", "parquet")
        return "frictionless reads Parquet slowly"

    parts = {
        "read": read,
        "decide": decide,
        "check": check,
        "package": package,
        "CSV": csv_files,
        "Parquet": parquet_files,
    }
    return {"start-up": begun(), "parts": {name: timed(run) for name, run in parts.items()}}


def level() -> int:
    """How hard the package's own writer packs: both write files of the same kind."""
    from pipeline import writers

    return int(writers.COMPRESSION_LEVEL)


def begun() -> dict[str, Any]:
    """What it took to come so far: the interpreter and its imports."""
    return {"wall": time.time() - psutil.Process().create_time(), "processor": processor_seconds(), "said": ""}


def timed(run: Callable[[], str]) -> dict[str, Any]:
    """Wall-clock and processor seconds of one part."""
    wall, processor = time.monotonic(), processor_seconds()
    said = run()
    return {"wall": time.monotonic() - wall, "processor": processor_seconds() - processor, "said": said[:120]}


SIDES: dict[str, Callable[[Path], dict[str, Any]]] = {"ours": ours, "floor": floor, "peer": peer, "dvc": dvc}


def main() -> None:
    """Run one side, or all of them on files of several sizes."""
    arguments = _arguments()
    if arguments.side:
        with Memory() as memory:
            made = SIDES[arguments.side](arguments.folder)
        print(json.dumps(made | {"peak memory (GB)": memory.peak_gb}))
        return
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    made = {
        rows: measured(rows, arguments.data / REAL, rows in arguments.spark, arguments.folder)
        for rows in arguments.rows
    }
    compared(made)


def measured(rows: int, given: Path, with_spark: bool, keep: Path | None) -> dict[str, dict[str, float]]:
    """Run every side on a file of so many rows, print what they took and return the sums."""
    print(f"\n{rows:,} rows", flush=True)
    with tempfile.TemporaryDirectory(dir=keep) as scratch:
        file = resampled(given, Path(scratch) / "drawn.csv", rows)
        print(f"input: {file.stat().st_size / 1e6:,.0f} MB", flush=True)
        project = laid_out(Path(scratch) / "duckdb", file, "duckdb")
        sides = ["ours", "floor", *(["peer"] if rows <= MOST_OF_PEER else []), "dvc"]
        made = {side: told(side, started(side, project.root)) for side in sides}
        if with_spark:
            shutil.rmtree(project.root)
            made["spark"] = told("spark", started("ours", laid_out(Path(scratch) / "spark", file, "spark").root))
    return made


def compared(made: dict[int, dict[str, dict[str, float]]]) -> None:
    """Print the ratios: within each size, to the peer's seconds a row, and from one size to the next."""
    peers = {rows: sides["peer"] for rows, sides in made.items() if "peer" in sides}
    before = None
    print("\nratios in processor seconds (by the clock)", flush=True)
    for rows, sides in sorted(made.items()):
        mine = sides["ours"]
        said = [f"ours / floor {_ratio(mine, sides['floor'])}"]
        if peers:
            most = max(peers)
            said.append(f"peer / ours, a row {_ratio(peers[most], mine, rows / most)}")
        if "spark" in sides:
            said.append(f"Spark / DuckDB {_ratio(sides['spark'], mine)}")
        if before:
            said.append(f"{rows / before:g} times the rows take {_ratio(mine, made[before]['ours'])}")
        print(f"{rows:>12,} rows: {'; '.join(said)}", flush=True)
        before = rows


def _ratio(a: dict[str, float], b: dict[str, float], times: float = 1) -> str:
    return "{:.1f} ({:.1f})".format(*(times * a[kind] / b[kind] for kind in ("processor", "wall")))


def started(side: str, folder: Path) -> dict[str, Any]:
    """Run a side as a process of its own."""
    command = [sys.executable, "-m", "benchmarks.large", "--side", side, "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{side} ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def told(side: str, made: dict[str, Any]) -> dict[str, float]:
    """Print what a side took, part by part, and return the sums; start-up is not in them."""
    for name, part in {"start-up": made["start-up"], **made["parts"]}.items():
        beside = " (not counted)" if name in ("start-up", *BESIDE) else ""
        _line(side, name, part, part["said"] + beside)
    counted = [part for name, part in made["parts"].items() if name not in BESIDE]
    total = {kind: sum(part[kind] for part in counted) for kind in ("wall", "processor")}
    _line(side, "all", total, f"peak {made['peak memory (GB)']:.2f} GB")
    return total


def _line(side: str, name: str, took: dict[str, float], said: str) -> None:
    print(f"  {side:6} {name:10} {took['wall']:8.1f} s wall {took['processor']:8.1f} s processor  {said}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__)
    parser.add_argument("rows", type=int, nargs="*", default=[100_000])
    shared = Path(os.environ.get("SAHEL_TEST_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=shared, help="the folder with the real file")
    parser.add_argument("--spark", type=int, nargs="*", default=[], help="the sizes to be run on Spark too")
    parser.add_argument("--folder", type=Path, help="where to work")
    parser.add_argument("--side", choices=tuple(SIDES), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
