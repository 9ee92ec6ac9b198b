"""Publishers that meet at one store, a store on a full disk, and one that may not be written."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.checksums import package_files
from tests.checkout import PLAIN_PATH, git, run
from tests.copied import swap
from tests.system.conftest import Site, correct

pytestmark = pytest.mark.system

WITHOUT_RIGHTS = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--"]
"""Root, who may do all, is held to the permissions of files."""


def index(store: Path) -> dict[str, Any]:
    listed = json.loads((store / "index.json").read_text(encoding="utf-8"))["versions"]
    return {entry["version"]: entry for entry in listed}


def latest(store: Path) -> str:
    return str(json.loads((store / "latest.json").read_text(encoding="utf-8"))["version"])


def verified(site: Site, store: Path) -> None:
    """Every version that the index calls published verifies, and the others are not there."""
    entries = index(store)
    assert {path.name for path in store.iterdir() if path.is_dir()} == {
        version for version, entry in entries.items() if entry["status"] == "published"
    }
    for version, entry in entries.items():
        if entry["status"] == "published":
            done = run(site.checkout, ".venv/bin/python", "-m", "pipeline.cli", "verify", str(store / version))
            assert done.returncode == 0, done.stdout


def at_once(store: Path, *sites: Site) -> list[tuple[int, str, str]]:
    """Several publications into one store, started together: how each ended, what it printed and said."""
    running = [
        subprocess.Popen(
            site.publishing(store),
            cwd=site.checkout,
            env={"PATH": PLAIN_PATH},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for site in sites
    ]
    said = [process.communicate(timeout=300) for process in running]
    return [(process.returncode, *told) for process, told in zip(running, said, strict=True)]


def test_two_at_once_with_the_same_content_publish_it_once(corrected: Site, tmp_path: Path) -> None:
    one, other = corrected.copy(tmp_path / "one"), corrected.copy(tmp_path / "other")
    ended = at_once(one.store, one, other)
    assert [(code, printed) for code, printed, _ in ended] == [(0, "1.0.1\n")] * 2, ended
    verified(one, one.store)
    assert latest(one.store) == "1.0.1"
    before = (one.store / "index.json").read_bytes()
    for site in (one, other):
        again = site.publish(one.store)
        assert (again.returncode, again.stdout) == (0, "1.0.1\n")
        assert "nothing changed since version 1.0.1" in again.stderr
        assert git(site.checkout, "status", "--porcelain") == ""
    assert (one.store / "index.json").read_bytes() == before


def test_of_two_with_other_content_one_is_refused(corrected: Site, first: Site, tmp_path: Path) -> None:
    one, other = corrected.copy(tmp_path / "one"), first.copy(tmp_path / "other")
    correct(other, new="confidence: low")
    ended = at_once(one.store, one, other)
    assert sorted(code for code, _, _ in ended) == [0, 2], ended
    refused = next(said for code, _, said in ended if code == 2)
    assert "version 1.0.1 is published with other content" in refused
    assert "Traceback" not in refused
    verified(one, one.store)
    loser = one if ended[0][0] else other
    assert git(loser.checkout, "tag").split() == ["v1.0.0"]
    swap(loser.checkout / "params.yaml", "version: null", "version: '2.0.0'")
    git(loser.checkout, "commit", "--quiet", "--all", "--message", "A higher number does not help")
    before = (one.store / "index.json").read_bytes()
    again = loser.publish(one.store)
    assert (again.returncode, again.stdout) == (2, "")
    assert "holds version 1.0.1, and the baseline of this checkout is older" in again.stderr
    assert (one.store / "index.json").read_bytes() == before
    assert git(loser.checkout, "tag").split() == ["v1.0.0"]


@pytest.fixture
def small_disk(corrected: Site, tmp_path: Path) -> Iterator[Site]:
    """The store on a file system that has one megabyte of room beside the first version."""
    site = corrected.copy(tmp_path / "site")
    store = site.folder / "small"
    store.mkdir()
    used = sum(path.stat().st_size for path in site.store.rglob("*")) // 1024
    size = f"size={used + 1024}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", store], check=True)
    shutil.copytree(site.store, store, dirs_exist_ok=True)
    yield site
    subprocess.run(["umount", store], check=True)


def test_a_full_disk(small_disk: Site) -> None:
    store = small_disk.folder / "small"
    whole = {path: path.read_bytes() for path in package_files(store / "1.0.0").values()}
    done = small_disk.publish(store)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "No space left on device" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    entry = index(store)["1.0.1"]
    assert entry["status"] == "failed"
    assert "No space left on device" in entry["failure"]
    assert latest(store) == "1.0.0"
    assert {path: path.read_bytes() for path in package_files(store / "1.0.0").values()} == whole
    assert [path for path in store.iterdir() if path.name.startswith(".partial")] == []
    subprocess.run(["mount", "-o", "remount,size=200m", store], check=True)
    later = small_disk.publish(store)
    assert (later.returncode, later.stdout) == (0, "1.0.1\n"), later.stderr
    entry = index(store)["1.0.1"]
    assert (entry["status"], entry["failure"]) == ("published", None)
    assert latest(store) == "1.0.1"
    verified(small_disk, store)


def test_a_disk_without_room_for_a_word(small_disk: Site) -> None:
    store = small_disk.folder / "small"
    with pytest.raises(OSError, match="No space left"), (store / ".filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"0" * 4096)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    done = small_disk.publish(store)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "the index cannot say that it failed" in done.stderr
    assert "No space left on device" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before


def test_a_store_that_may_not_be_written(corrected: Site, tmp_path: Path) -> None:
    site = corrected.copy(tmp_path / "site")
    before = {path: path.read_bytes() for path in site.store.rglob("*") if path.is_file()}
    nowhere = tmp_path / "closed"
    nowhere.mkdir()
    for folder in (site.store, nowhere):
        folder.chmod(0o555)
        done = run(site.checkout, *WITHOUT_RIGHTS, *site.publishing(folder))
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert "Permission denied" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
    assert list(nowhere.iterdir()) == []
    assert {path: path.read_bytes() for path in site.store.rglob("*") if path.is_file()} == before
    site.store.chmod(0o755)
    assert site.publish().stdout == "1.0.1\n"
    verified(site, site.store)


def test_an_index_that_was_deleted_is_made_again_and_publishing_goes_on(corrected: Site, tmp_path: Path) -> None:
    site = corrected.copy(tmp_path / "site")
    (site.store / "index.json").unlink()
    done = site.publish()
    assert (done.returncode, done.stdout) == (0, "1.0.1\n"), done.stderr
    assert "index.json was gone and is made again" in done.stderr
    verified(site, site.store)
    assert {version: "rebuilt" in entry for version, entry in index(site.store).items()} == {
        "1.0.1": False,
        "1.0.0": True,
    }
    assert latest(site.store) == "1.0.1"


def test_other_data_after_a_publication_that_was_cut_off(corrected: Site, tmp_path: Path) -> None:
    """The message says what to do, and what it says is done here as it stands."""
    site = corrected.copy(tmp_path / "site")
    stale = site.store / "sahel-attacks-1.0.1.zip"
    stale.mkdir()  # the tag is made, then the store cannot be written to the end
    cut_off = site.publish()
    assert cut_off.returncode == 2, cut_off.stderr
    assert git(site.checkout, "tag").split() == ["v1.0.0", "v1.0.1"]
    stale.rmdir()
    correct(site, "confidence: medium", "confidence: low")
    refused = site.publish()
    assert (refused.returncode, refused.stdout) == (2, "")
    commands = [line.strip() for line in refused.stderr.splitlines() if line.startswith("  ")]
    assert [command.split()[0] for command in commands] == ["git", "sahel", "git"]
    head = git(site.checkout, "rev-parse", "HEAD")
    for command in commands:
        typed = shlex.join(site.publishing()) if command.startswith("sahel publish") else command
        done = run(site.checkout, "bash", "-ec", typed)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    assert latest(site.store) == "1.0.1"
    assert head in git(site.checkout, "rev-list", "HEAD").splitlines(keepends=True)
    then = site.publish()
    assert (then.returncode, then.stdout) == (0, "1.0.2\n"), then.stderr
    verified(site, site.store)
    assert git(site.checkout, "status", "--porcelain") == ""
