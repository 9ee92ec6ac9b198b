"""The store: versions that are there stay as they are, and the index and ``latest.json`` say what is true."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipeline.config import Project
from pipeline.problems import CannotDo
from pipeline.publish import store as stores
from tests.conftest import ROOT
from tests.documents import fenced
from tests.publish.packages import package, put

SAHEL = Path(sys.executable).parent / "sahel"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def latest(store: Path) -> Any:
    return json.loads((store / "latest.json").read_text(encoding="utf-8"))


def test_the_index_says_of_every_file_what_it_is(store: Path, tmp_path: Path) -> None:
    put(store, tmp_path, "1.0.0")
    [entry] = json.loads((store / "index.json").read_text(encoding="utf-8"))["versions"]
    assert (entry["version"], entry["status"], entry["schema_version"]) == ("1.0.0", "published", "1.0.0")
    assert entry["release_date"] == "2026-11-22"
    listed = {file["path"]: file for file in [*entry["files"], entry["zip"]]}
    names = ("SHA256SUMS", "datapackage.json", "figures/sites.svg", "sahel-attacks.duckdb", "sites.csv")
    assert set(listed) == {*(f"1.0.0/{name}" for name in names), "sahel-attacks-1.0.0.zip"}
    for path, said in listed.items():
        held = (store / path).read_bytes()
        assert (said["bytes"], said["sha256"]) == (len(held), hashlib.sha256(held).hexdigest()), path
    assert listed["1.0.0/sites.csv"]["rows"] == 1
    assert entry["content"] == hashlib.sha256((store / "1.0.0" / "SHA256SUMS").read_bytes()).hexdigest()


def test_the_newest_version_stands_first_and_numbers_are_compared_as_numbers(store: Path, tmp_path: Path) -> None:
    for version in ("1.9.0", "1.10.0", "1.2.0"):
        put(store, tmp_path, version)
    assert list(stores.entries(store)) == ["1.10.0", "1.9.0", "1.2.0"]
    assert latest(store)["version"] == "1.10.0"
    assert latest(store)["content"] == stores.content(store / "1.10.0")


def test_a_version_that_is_there_is_not_written_again(store: Path, tmp_path: Path) -> None:
    put(store, tmp_path, "1.0.0")
    before = contents(store / "1.0.0")
    times = {path: path.stat().st_mtime_ns for path in [store / "1.0.0", *(store / "1.0.0").iterdir()]}
    other = package(tmp_path / "other", "1.0.0", "a,b\n3,4\n")
    stores.add(store, "1.0.0", other, tmp_path / "sahel-attacks.duckdb")
    assert contents(store / "1.0.0") == before
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_other_content_under_a_published_number_is_refused(store: Path, tmp_path: Path) -> None:
    put(store, tmp_path, "1.0.0")
    assert stores.is_published(store, "1.0.0", stores.content(tmp_path / "package-1.0.0"))
    other = package(tmp_path / "other", "1.0.0", "a,b\n3,4\n")
    with pytest.raises(CannotDo, match="is published with other content"):
        stores.is_published(store, "1.0.0", stores.content(other))


def test_also_when_its_folder_is_gone(store: Path, tmp_path: Path) -> None:
    put(store, tmp_path, "1.0.0")
    (store / "1.0.0").rename(tmp_path / "gone")
    other = package(tmp_path / "other", "1.0.0", "a,b\n3,4\n")
    with pytest.raises(CannotDo, match="is published with other content"):
        stores.is_published(store, "1.0.0", stores.content(other))
    assert not stores.is_published(store, "1.0.0", stores.content(tmp_path / "gone"))


def test_a_version_whose_publication_was_cut_off_is_not_published_yet(store: Path, tmp_path: Path) -> None:
    made = package(tmp_path / "package", "1.0.0")
    (tmp_path / "sahel-attacks.duckdb").write_bytes(b"rows")
    with stores.locked(store):
        stores.record(store, "1.0.0", status=stores.PUBLISHING)
        stores.add(store, "1.0.0", made, tmp_path / "sahel-attacks.duckdb")
    assert not stores.is_published(store, "1.0.0", stores.content(made))


def test_the_zip_has_the_same_bytes_every_time(store: Path, tmp_path: Path) -> None:
    put(store, tmp_path, "1.0.0")
    archive = store / "sahel-attacks-1.0.0.zip"
    once = archive.read_bytes()
    archive.unlink()
    for number, path in enumerate(sorted((store / "1.0.0").iterdir(), reverse=True)):
        os.utime(path, (number * 1e8, number * 1e8))
        if path.is_file():
            path.chmod(0o600 if number % 2 else 0o644)
    stores.add(store, "1.0.0", tmp_path / "package-1.0.0", tmp_path / "sahel-attacks.duckdb")
    assert archive.read_bytes() == once
    with zipfile.ZipFile(archive) as held:
        names = ("SHA256SUMS", "datapackage.json", "figures/sites.svg", "sites.csv")
        assert held.namelist() == [f"1.0.0/{name}" for name in names]
        assert held.read("1.0.0/sites.csv") == b"a,b\n1,2\n"
    digest, name = archive.with_name(archive.name + ".sha256").read_text(encoding="utf-8").split()
    assert (digest, name) == (hashlib.sha256(once).hexdigest(), archive.name)


def test_a_copy_that_is_not_what_was_built_never_gets_its_name(store: Path, tmp_path: Path) -> None:
    made = package(tmp_path / "package", "1.0.0")
    (made / "sites.csv").write_text("a,b\n", encoding="utf-8")
    (tmp_path / "sahel-attacks.duckdb").write_bytes(b"rows")
    with stores.locked(store), pytest.raises(CannotDo, match=r"sites\.csv: was not copied whole"):
        stores.add(store, "1.0.0", made, tmp_path / "sahel-attacks.duckdb")
    assert not (store / "1.0.0").exists()


def test_a_failed_publication_is_recorded_and_never_the_latest(store: Path, tmp_path: Path) -> None:
    put(store, tmp_path, "1.0.0")
    stores.record(store, "2.0.0", status=stores.FAILED, failure="the disk is full")
    stores.set_latest(store)
    assert latest(store)["version"] == "1.0.0"
    assert stores.entries(store)["2.0.0"]["failure"] == "the disk is full"
    stores.record(store, "1.1.0", status=stores.PUBLISHING)
    stores.set_latest(store)
    assert latest(store)["version"] == "1.0.0"


def test_before_the_first_publication_there_is_no_latest(store: Path) -> None:
    with stores.locked(store):
        stores.record(store, "1.0.0", status=stores.FAILED, failure="the disk is full")
        stores.set_latest(store)
    assert not (store / "latest.json").exists()


def test_what_a_kill_left_half_written_is_gone_when_the_store_is_held_again(store: Path, tmp_path: Path) -> None:
    put(store, tmp_path, "1.0.0")
    before = contents(store)
    (store / ".partial-1.0.1").mkdir()
    (store / ".partial-1.0.1" / "sites.csv").write_text("a", encoding="utf-8")
    (store / ".partial-index.json").write_text("{", encoding="utf-8")
    with stores.locked(store):
        assert contents(store) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"versions": [',
        "[]",
        '{"versions": [{"status": "published"}]}',
        '{"versions": [{"version": "1.0.0"}]}',
        '{"versions": [{"version": "1.0.0", "status": "fine"}]}',
        '{"versions": [{"version": "../1", "status": "published"}]}',
        '{"versions": ["1.0.0"]}',
        "\udcff",
    ],
)
def test_a_damaged_index_is_told(store: Path, text: str) -> None:
    store.mkdir()
    (store / "index.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(CannotDo, match=r"index\.json: is not the index that was written here"):
        stores.entries(store)


@pytest.mark.parametrize("text", [None, "", '{"versions": [', '{"versions": ["1.0.0"]}'])
def test_an_index_that_is_gone_or_damaged_is_made_again_from_the_versions(
    store: Path, tmp_path: Path, text: str | None, project: Project
) -> None:
    """All that the files tell; when they were published nobody knows any more, and no time is made up."""
    put(store, tmp_path, "1.0.0")
    put(store, tmp_path, "1.10.0")
    index = store / "index.json"
    before = stores.entries(store)
    index.unlink()
    if text is not None:
        index.write_text(text, encoding="utf-8")
    (store / "latest.json").unlink()
    with stores.locked(store):
        [said] = stores.mend_index(store)
        assert "1.0.0 (published), 1.10.0 (published)" in said
        assert "is not known any more" in said
        assert stores.mend_index(store) == []
    after = stores.entries(store)
    assert list(after) == ["1.10.0", "1.0.0"]
    for version, entry in after.items():
        assert {key: entry[key] for key in before[version]} == before[version]
        assert entry["tag"] == f"v{version}"
        assert "published" not in entry
    assert latest(store)["version"] == "1.10.0"
    form = json.loads((project.schemas / "json" / "index.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(form).validate(json.loads(index.read_text(encoding="utf-8")))
    assert (store / ".index.json.damaged").exists() is (text is not None)


def test_a_version_that_was_cut_off_is_not_taken_for_published_then(store: Path, tmp_path: Path) -> None:
    put(store, tmp_path, "1.0.0")
    put(store, tmp_path, "1.0.1")
    (store / "sahel-attacks-1.0.1.zip.sha256").unlink()
    (store / "index.json").unlink()
    stores.mend_index(store)
    assert {version: entry["status"] for version, entry in stores.entries(store).items()} == {
        "1.0.0": "published",
        "1.0.1": "publishing",
    }
    assert latest(store)["version"] == "1.0.0"


@pytest.mark.parametrize("text", ["something else", ""])
@pytest.mark.parametrize("spoilt", ["1.0.0/sites.csv", "1.0.0/SHA256SUMS", "sahel-attacks-1.0.0.zip"])
def test_from_a_version_that_is_not_as_published_no_index_is_made(
    store: Path, tmp_path: Path, spoilt: str, text: str
) -> None:
    put(store, tmp_path, "1.0.0")
    (store / spoilt).write_text(text, encoding="utf-8")
    (store / "index.json").write_text("{", encoding="utf-8")
    before = contents(store)
    with pytest.raises(CannotDo, match=r"cannot be made again.*bring .*1\.0\.0 back from a copy of the store"):
        stores.mend_index(store)
    assert contents(store) == before


def test_a_new_store_has_no_index_to_mend(store: Path) -> None:
    with stores.locked(store):
        assert stores.mend_index(store) == []
    assert not (store / "index.json").exists()


def _holds(store: Path, name: bytes, orders: Connection, told: Connection) -> None:
    """Hold the store until told to let go; what happens is told through one pipe, in the order in which it happens."""
    told.send_bytes(b"asks " + name)
    with stores.locked(store):
        told.send_bytes(b"holds " + name)
        orders.recv_bytes()
        told.send_bytes(b"lets go " + name)


def test_who_comes_second_waits(store: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    hear, told = spawn.Pipe(duplex=False)
    orders = {name: spawn.Pipe() for name in (b"one", b"two")}
    running = {
        name: spawn.Process(target=_holds, args=(store, name, orders[name][1], told)) for name in (b"one", b"two")
    }
    running[b"one"].start()
    assert [hear.recv_bytes() for _ in range(2)] == [b"asks one", b"holds one"]
    running[b"two"].start()
    assert hear.recv_bytes() == b"asks two"
    orders[b"two"][0].send_bytes(b"let go at once")
    orders[b"one"][0].send_bytes(b"let go")
    assert [hear.recv_bytes() for _ in range(3)] == [b"lets go one", b"holds two", b"lets go two"]
    for process in running.values():
        process.join(30)
        assert process.exitcode == 0


def test_the_lock_of_who_was_killed_is_free(store: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    hear, told = spawn.Pipe(duplex=False)
    _, never = spawn.Pipe()
    process = spawn.Process(target=_holds, args=(store, b"one", never, told))
    process.start()
    assert [hear.recv_bytes() for _ in range(2)] == [b"asks one", b"holds one"]
    process.kill()
    process.join(30)
    with stores.locked(store):
        pass


def test_a_store_without_permission_is_told(
    store: Path, without_rights: Callable[[Path], AbstractContextManager[None]]
) -> None:
    store.mkdir()
    with without_rights(store), pytest.raises(CannotDo, match="store: cannot be written: Permission denied"):
        stores.locked(store).__enter__()
    assert list(store.iterdir()) == []


def test_a_version_that_puts_somebody_in_danger_is_taken_down_and_leaves_its_number(
    store: Path, tmp_path: Path, project: Project
) -> None:
    for version in ("1.0.0", "1.0.1"):
        put(store, tmp_path, version)
        stores.record(store, version, tag=f"v{version}", published=stores.now())
    stated = stores.entries(store)["1.0.0"]["content"]
    with stores.locked(store):
        stores.take_down(store, "1.0.0", "for a person's safety")
    assert sorted(path.name for path in store.iterdir() if not path.name.startswith(".")) == [
        "1.0.1",
        "index.json",
        "latest.json",
        "sahel-attacks-1.0.1.zip",
        "sahel-attacks-1.0.1.zip.sha256",
    ]
    said = json.loads((store / "index.json").read_text(encoding="utf-8"))
    form = json.loads((project.schemas / "json" / "index.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(form).validate(said)
    gone = said["versions"][1]
    assert (gone["version"], gone["status"], gone["reason"]) == ("1.0.0", "removed", "for a person's safety")
    assert gone["content"] == stated, "whoever has a copy can tell which one it is"
    assert {"files", "zip"} & gone.keys() == set()
    assert latest(store)["version"] == "1.0.1"
    before = contents(store)
    with stores.locked(store):
        stores.take_down(store, "1.0.0", "again")
    assert contents(store) == before
    with pytest.raises(CannotDo, match=r"was taken down from .* and its number is not used again"):
        stores.is_published(store, "1.0.0", stated)


def test_the_newest_version_is_not_taken_down_nor_one_that_there_is_not(store: Path, tmp_path: Path) -> None:
    put(store, tmp_path, "1.0.0")
    before = contents(store)
    for version, said in (("1.0.0", "publish the one without what does harm first"), ("2.0.0", "no published version")):
        with stores.locked(store), pytest.raises(CannotDo, match=said):
            stores.take_down(store, version, "for a person's safety")
    assert contents(store) == before


def test_the_command_that_the_document_shows_takes_a_version_down(store: Path, tmp_path: Path) -> None:
    [lines] = fenced(ROOT / "docs" / "removal.md", "sh")
    [command] = [shlex.split(line) for line in lines.splitlines() if "take-down" in line]
    for version in ("1.0.0", "1.0.1"):
        put(store, tmp_path, version)
    asked = [str(store) if part == "/srv/sahel-attacks" else part for part in command[1:]]
    done = subprocess.run([SAHEL, *asked], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1.0.0 is gone" in done.stdout
    assert stores.entries(store)["1.0.0"]["status"] == "removed"
    asked[1] = "1.0.1"
    done = subprocess.run([SAHEL, *asked], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "nothing was taken down" in done.stderr
    assert "Traceback" not in done.stderr
