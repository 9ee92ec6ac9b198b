"""kill -9 at thirty random moments of a publication and thirty of a build: what was published and the last good package
stand, and the next run completes.

The moments are spread over the time that an undisturbed run takes, the same ones each time; what is killed is the whole
group of processes. ``SAHEL_TEST_MOMENTS`` sets another number than thirty.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.checksums import package_files
from tests.checkout import PLAIN_PATH, git, run
from tests.system.conftest import Site

pytestmark = pytest.mark.system

SEED = 20261122
MOMENTS = int(os.environ.get("SAHEL_TEST_MOMENTS", "30"))
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
DATABASE = "sahel-attacks.duckdb"
RELEASE = ["make", "--silent", "--old-file=.venv/release.stamp", "release"]
"""``make release`` without laying out the environment, which the checkouts of the tests share."""
Files = Mapping[str, str]


@dataclass(frozen=True)
class Known:
    """What undisturbed runs made of the corrected checkout.

    Attributes:
        packages: files of every package that may stand in ``data/release/``, in the order in which they stood there.
        versions: files of every version in the store, without the DuckDB file.
        seconds: how long it took.
    """

    packages: Sequence[Files]
    versions: Mapping[str, Files]
    seconds: float


@pytest.fixture(autouse=True)
def adopted() -> Iterator[None]:
    """What a killed process had started becomes a child of this one, so that its end can be awaited."""
    libc = ctypes.CDLL(None)
    assert libc.prctl(PR_SET_CHILD_SUBREAPER, 1) == 0
    yield
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0)


def sums(folder: Path) -> Files:
    """The SHA-256 of each file; the DuckDB file has random ids and is left out."""
    files = {name: path for name, path in package_files(folder).items() if name != DATABASE}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def versions(store: Path) -> dict[str, Files]:
    """The versions that a server would show."""
    return {path.name: sums(path) for path in store.iterdir() if path.is_dir() and not path.name.startswith(".")}


def is_killed(folder: Path, command: Sequence[str], seconds: float) -> bool:
    """Start a command and kill -9 all its processes after a time; whether it was still running."""
    with (folder / ".." / "said").open("wb") as said:
        running = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": PLAIN_PATH, "HOME": os.environ.get("HOME", "/")},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            running.wait(timeout=seconds)
            return False
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    try:
        while True:  # its children are ours now
            os.waitid(os.P_PGID, running.pid, os.WEXITED)
    except ChildProcessError:
        return True


def trials(site: Site, folder: Path, seconds: float, count: int, trial: Callable[[Site, float], bool]) -> None:
    """Try moments spread over some seconds, each with a copy of the prepared state; two at once on two processors.

    A run that ended before its moment came, because the machine is less busy now, is tried again with half the time:
    so many are killed, however long a run takes.
    """
    chosen = random.Random(SEED)
    moments = [(number + chosen.random()) / count * seconds for number in range(count)]

    def one(number: int) -> None:
        moment, attempt = moments[number], 0
        while not trial(site.copy(folder / f"{number}-{attempt}"), moment):
            moment, attempt = moment / 2, attempt + 1

    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        list(pool.map(one, range(count)))


@pytest.fixture(scope="module")
def published(corrected: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Known]:
    """A copy whose cache knows every stage of the publication already, so that its own steps take most of the time."""
    folder = tmp_path_factory.mktemp("published")
    done = corrected.copy(folder / "cold")
    assert done.publish().returncode == 0
    site = corrected.copy(folder / "site")
    run(folder, "/bin/cp", "-r", f"{done.checkout}/.dvc/cache/.", f"{site.checkout}/.dvc/cache")
    measured = site.copy(folder / "warm")
    started = time.monotonic()
    assert measured.publish().stdout == "1.0.1\n"
    seconds = time.monotonic() - started
    assert versions(measured.store) == versions(done.store)
    for version in ("1.0.0", "1.0.1"):
        verified = run(measured.checkout, ".venv/bin/python", "-m", "pipeline.cli", "verify", f"../store/{version}")
        assert verified.returncode == 0, verified.stdout + verified.stderr
    stood = [sums(site.release), versions(measured.store)["1.0.1"], sums(measured.release)]
    return site, Known(stood, versions(measured.store), seconds)


def test_a_publication(published: tuple[Site, Known], tmp_path: Path) -> None:
    prepared, known = published

    def trial(site: Site, moment: float) -> bool:
        killed = is_killed(site.checkout, site.publishing(), moment)
        said = f"killed after {moment:.2f} of {known.seconds:.2f} s"
        assert sums(site.release) in known.packages, said
        shown = versions(site.store)
        assert shown in ({"1.0.0": known.versions["1.0.0"]}, known.versions), said
        latest = the_store_is_true(site.store, known, said)
        assert latest == "1.0.0" or shown == known.versions, said
        done = site.publish()
        assert (done.returncode, done.stdout) == (0, "1.0.1\n"), said + done.stderr
        assert versions(site.store) == known.versions, said
        assert the_store_is_true(site.store, known, said) == "1.0.1"
        index = json.loads((site.store / "index.json").read_text(encoding="utf-8"))
        assert [entry["status"] for entry in index["versions"]] == ["published", "published"], said
        assert sums(site.release) == known.packages[-1], said
        assert git(site.checkout, "status", "--porcelain") == "", said
        assert git(site.checkout, "tag").split() == ["v1.0.0", "v1.0.1"], said
        baseline = json.loads((site.checkout / "data" / "baseline" / "datapackage.json").read_text(encoding="utf-8"))
        assert baseline["version"] == "1.0.1", said
        left = {path.name for folder in (site.store, site.checkout / "data") for path in folder.iterdir()}
        assert {name for name in left if name.startswith(".partial") or name.endswith((".new", ".old"))} == set(), said
        return killed

    trials(prepared, tmp_path, known.seconds, MOMENTS, trial)


def the_store_is_true(store: Path, known: Known, said: str) -> str:
    """What the index and ``latest.json`` say of published versions is so; the version that is the latest."""
    index = json.loads((store / "index.json").read_text(encoding="utf-8"))
    entries = {entry["version"]: entry for entry in index["versions"] if entry["status"] == "published"}
    for version, entry in entries.items():
        assert entry["content"] == known.versions[version]["SHA256SUMS"], said
        for file in [*entry["files"], entry["zip"]]:
            assert hashlib.sha256((store / file["path"]).read_bytes()).hexdigest() == file["sha256"], said
    latest = json.loads((store / "latest.json").read_text(encoding="utf-8"))
    assert latest["content"] == entries[latest["version"]]["content"], said
    assert latest["zip"] == entries[latest["version"]]["zip"], said
    return str(latest["version"])


@pytest.mark.parametrize(("cache", "count"), [("empty", (MOMENTS + 1) // 2), ("full", MOMENTS // 2)])
def test_a_build(corrected: Site, published: tuple[Site, Known], tmp_path: Path, cache: str, count: int) -> None:
    """With stages that run, and with stages whose output DVC brings from its cache."""
    prepared = corrected if cache == "empty" else published[0]
    measured = prepared.copy(tmp_path / "measured")
    started = time.monotonic()
    done = run(measured.checkout, *RELEASE)
    seconds = time.monotonic() - started
    assert done.returncode == 0, done.stderr
    old, new = sums(prepared.release), sums(measured.release)
    assert old != new
    lock = (measured.checkout / "dvc.lock").read_bytes()

    def trial(site: Site, moment: float) -> bool:
        killed = is_killed(site.checkout, RELEASE, moment)
        said = f"killed after {moment:.2f} of {seconds:.2f} s"
        assert sums(site.release) in (old, new), said
        done = run(site.checkout, *RELEASE)
        assert done.returncode == 0, said + done.stderr
        assert sums(site.release) == new, said
        assert (site.checkout / "dvc.lock").read_bytes() == lock, said
        assert versions(site.store) == versions(prepared.store), said
        made_from = (site.checkout / "data" / "database" / "sahel-attacks.made_from").read_text(encoding="utf-8")
        assert made_from == new["SHA256SUMS"], said
        return killed

    trials(prepared, tmp_path, seconds, count, trial)
