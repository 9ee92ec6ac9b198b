"""``make bench``: how long a build, a check and a verification take, side by side with what they are measured against.

Times are medians of wall-clock seconds over whole processes, in a clone of the working tree. Ratios compare two
commands of one run on one machine; no test depends on them.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.entries import many_entries
from benchmarks.scaled import one_format, scaled_package
from pipeline.config import Project, load_params
from pipeline.schema import load_schema
from tests.checkout import fresh_clone

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3


def main() -> None:
    """Measure and print a table."""
    print(f"{platform.platform()}, Python {platform.python_version()}, {RUNS} runs, median seconds\n")
    with tempfile.TemporaryDirectory() as scratch:
        clone = fresh_clone(ROOT, Path(scratch) / "clone")
        full = measure(lambda: build(clone), before=lambda: wipe(clone))
        row("full build", full, "45 s")
        row("one entry changed", measure(lambda: build(clone), before=lambda: change(clone)), "20 s")
        row("nothing changed", measure(lambda: build(clone)), "3 s")
        row("sahel check, all files", measure(lambda: call(clone, ".venv/bin/sahel", "check")), "3 s")
        many = Path(scratch) / "many.yaml"
        many.write_text(many_entries(clone, 1_000), encoding="utf-8")
        row(
            "sahel check, and 1,000 entries more",
            measure(lambda: call(clone, ".venv/bin/sahel", "check", str(many))),
            "3 s",
        )
        row("verify, the real package", measure(lambda: call(clone, ".venv/bin/sahel", "verify")))
        for rows, formats in ((100_000, ("csv", "parquet")), (1_000_000, ("csv",))):
            beside_frictionless(clone, Path(scratch) / str(rows), rows, formats)
        sizes = map(str, (100_000, 1_000_000, *more_rows()))
        subprocess.run([sys.executable, "-m", "benchmarks.large", *sizes, "--spark", "100000"], cwd=ROOT, check=True)
        print("\n100,000 x 100,000 records linked (at most 60 s and 8 GB) and resolved", flush=True)
        subprocess.run([sys.executable, "-m", "benchmarks.link", str(clone)], cwd=ROOT, check=True)
        if (Project(ROOT).site / "data").is_dir():
            subprocess.run([sys.executable, "-m", "benchmarks.explorer", str(ROOT)], cwd=ROOT, check=True)
        else:
            print("\nthe explorer is measured after make site")


def more_rows() -> list[int]:
    """Ten million rows, which take half an hour and 25 GB of disk, where BENCH_LARGEST asks for them."""
    return [10_000_000] if os.environ.get("BENCH_LARGEST") else []


def beside_frictionless(clone: Path, folder: Path, rows: int, formats: tuple[str, ...]) -> None:
    """Time `sahel verify` and frictionless on the same files of one format, in turn."""
    project = Project(clone)
    package = folder / "package"
    made = scaled_package(project.release, package, load_schema(project.schemas), load_params(project).date, rows)
    print(f"\n{made:,} rows in all tables of a package")
    row("sahel verify, Parquet and CSV", measure(lambda: call(clone, ".venv/bin/sahel", "verify", str(package))))
    for kind in formats:
        described = one_format(package, folder / kind, kind)
        ours, theirs = [], []
        for _ in range(RUNS if kind == "csv" else 1):  # minutes a run on Parquet
            ours.append(timed(lambda file=described: call(clone, ".venv/bin/sahel", "verify", str(file.parent))))
            theirs.append(timed(lambda file=described: call(clone, ".venv/bin/frictionless", "validate", str(file))))
        row(f"sahel verify, {kind} alone", statistics.median(ours))
        row(f"frictionless validate, {kind} alone", statistics.median(theirs))
        ratio = statistics.median(their / our for our, their in zip(ours, theirs, strict=True))
        print(f"{'':38} {ratio:7.1f}   times as long as sahel verify")


def measure(run: Callable[[], None], before: Callable[[], None] = lambda: None) -> float:
    """The median of a few runs, each prepared anew."""
    took = []
    for _ in range(RUNS):
        before()
        took.append(timed(run))
    return statistics.median(took)


def timed(run: Callable[[], None]) -> float:
    """Wall-clock seconds of one run."""
    started = time.monotonic()
    run()
    return time.monotonic() - started


def row(what: str, seconds: float, aim: str = "") -> None:
    """One line of the table."""
    print(f"{what:38} {seconds:7.2f}   {'at most ' + aim if aim else ''}", flush=True)


def call(folder: Path, *command: str) -> None:
    """Run a command that must end well."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def build(folder: Path) -> None:
    """What ``make release`` does once everything is installed."""
    call(folder, ".venv/bin/dvc", "repro", "--quiet")
    call(folder, ".venv/bin/python", "-m", "pipeline", "database")


def wipe(folder: Path) -> None:
    """As if nothing had ever been built here."""
    for name in ("data/interim", "data/release", "data/database", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(folder / name, ignore_errors=True)


def change(folder: Path) -> None:
    """Change one entry, another way each time."""
    path = folder / "data" / "raw" / "curated" / "MLI" / "2025.yaml"
    lines = path.read_text(encoding="utf-8").split("\n")
    at = next(at for at, line in enumerate(lines) if line.startswith("    note:"))
    lines[at] = f"    note: Changed at {time.monotonic_ns()}."
    path.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
