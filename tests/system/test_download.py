"""Two versions published and fetched again: what docs/releases.md says can be typed, typed.

The addresses of the document are replaced by those of an nginx on localhost, with the configuration that the document
shows, and of a bare repository; nothing else is.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.checksums import package_files, read_sums, sha256
from tests.checkout import PLAIN_PATH, fresh_clone, git, run
from tests.conftest import ROOT
from tests.documents import fenced
from tests.reduced import leave_few
from tests.system.nginx import Nginx, served
from tests.system.test_remote_query import remote

pytestmark = pytest.mark.system

DOCUMENT = ROOT / "docs" / "releases.md"
KEPT = {"MLI/2025.yaml", "MRT/2011.yaml"}
"""Curated files of the small history; a build of them is quick."""
OWN_PATH = f"{Path(sys.executable).parent}:{PLAIN_PATH}"
DATABASE = "sahel-attacks.duckdb"


@dataclass(frozen=True)
class Place:
    """Where the addresses and folders of the document are in this test."""

    root: Path
    server: Nginx

    @property
    def checkout(self) -> Path:
        return self.root / "checkout"

    @property
    def store(self) -> Path:
        return self.root / "sahel-attacks"

    def here(self, text: str) -> str:
        """A text of the document with the addresses of this test."""
        local = text.replace("https://example.org/sahel-attacks.git", str(self.root / "sahel-attacks.git"))
        return local.replace("https://example.org", self.server.url).replace("/srv/", f"{self.root}/")

    def paste(
        self, heading: str, folder: Path, *, number: int = 0, ends_with: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a block of shell commands of the document as pasted in a folder, in which it must end as it says."""
        return self.type(fenced(DOCUMENT, "sh", heading)[number], folder, ends_with)

    def type(self, commands: str, folder: Path, ends_with: int = 0) -> subprocess.CompletedProcess[str]:
        cache = str(folder.with_name(f"{folder.name}-cache"))  # nothing that DVC has fetched before
        bash = ("bash", "-eu", "-o", "pipefail", "-c", self.here(commands))
        done = run(folder, *bash, PATH=OWN_PATH, DVC_SITE_CACHE_DIR=cache)
        assert done.returncode == ends_with, done.stdout + done.stderr
        return done

    def served_to_dvc(self) -> list[str]:
        """The objects that the data remote has sent since the last question."""
        asked = self.server.requests()
        prefix = "/sahel-attacks-dvc/files/md5/"
        return [request.path.removeprefix(prefix) for request in asked if request.path.startswith(prefix)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server with nothing to show yet, set up as the document says."""
    root = tmp_path_factory.mktemp("srv")
    [configuration] = fenced(DOCUMENT, "nginx", "Set up a store")
    with served(root, tmp_path_factory.mktemp("nginx"), configuration) as nginx:
        yield Place(root, nginx)


@pytest.fixture(scope="module")
def published(place: Place) -> Place:
    """Version 1.0.0 of a few entries; then a toll corrected, version 1.0.1; both pushed."""
    checkout = _small_checkout(place)
    place.paste("Set up a store", checkout)
    assert place.paste("Publish", checkout).stdout == "1.0.0\n"
    _correct_a_toll(checkout)
    assert place.paste("Publish", checkout).stdout == "1.0.1\n"
    assert git(checkout, "status", "--porcelain") == ""
    return place


def test_the_newest_version_is_downloaded_and_checked(published: Place, tmp_path: Path) -> None:
    said = published.paste("Download", tmp_path).stdout
    assert said == "sahel-attacks-1.0.1.zip: OK\n"
    assert _files(tmp_path / "1.0.1") == _files(published.store / "1.0.1", but=DATABASE)


def test_a_download_that_is_not_whole_is_noticed(published: Place, tmp_path: Path) -> None:
    commands = fenced(DOCUMENT, "sh", "Download")[0].replace(
        "sha256sum -c", 'truncate -s -1 "sahel-attacks-$version.zip"\nsha256sum -c'
    )
    assert "FAILED" in published.type(commands, tmp_path, ends_with=1).stdout
    assert not (tmp_path / "1.0.1").exists()


def test_the_version_that_a_paper_names_is_still_there(published: Place, tmp_path: Path) -> None:
    published.paste("Download", tmp_path, number=1)
    assert _files(tmp_path / "1.0.0") == _files(published.store / "1.0.0", but=DATABASE)
    published.paste("Download", tmp_path, number=2)
    assert sha256(tmp_path / "incidents.csv") == read_sums(published.store / "1.0.0")["incidents.csv"]


def test_the_readme_s_download_is_checked(published: Place, tmp_path: Path) -> None:
    [commands] = fenced(ROOT / "README.md", "sh", "Downloading a version")
    assert published.type(commands, tmp_path).stdout == "sahel-attacks-1.0.0.zip: OK\n"


def test_the_server_keeps_versions_for_ever_asks_again_for_the_newest_and_hides_the_rest(published: Place) -> None:
    def headers(path: str) -> str:
        command = ("curl", "-sI", f"{published.server.url}/sahel-attacks/{path}")
        return run(published.root, *command).stdout.lower().replace("\r", "")

    assert "cache-control: max-age=" in headers("1.0.0/incidents.parquet")
    assert "cache-control: no-cache\n" in headers("latest.json")
    assert "access-control-allow-origin: *\n" in headers("1.0.0/incidents.parquet")
    assert (published.store / ".lock").is_file()
    assert headers(".lock").startswith("http/1.1 404 ")


def test_dvc_gets_each_version_at_its_tag_through_the_server(published: Place, tmp_path: Path) -> None:
    command = fenced(DOCUMENT, "sh", "With DVC")[0]
    for version in ("1.0.0", "1.0.1"):
        published.server.requests()
        published.type(command.replace("1.0.0", version), tmp_path)
        assert _files(tmp_path / f"sahel-attacks-{version}") == _files(published.store / version, but=DATABASE)
        assert published.served_to_dvc()


def test_nothing_but_the_released_files_lies_on_the_data_remote(published: Place) -> None:
    """Neither after two publications, nor after a bare `dvc push` of what the checkout holds."""
    objects = published.root / "sahel-attacks-dvc" / "files" / "md5"

    def sent() -> set[str]:
        return {path.parent.name + path.name for path in objects.rglob("*") if path.is_file()}

    def md5(folder: Path) -> set[str]:
        files = [path for name, path in package_files(folder).items() if name != DATABASE]
        return {hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() for path in files}

    released = md5(published.store / "1.0.0") | md5(published.store / "1.0.1")
    assert {name for name in sent() if not name.endswith(".dir")} == released
    assert len([name for name in sent() if name.endswith(".dir")]) == 2
    pushed = run(published.checkout, ".venv/bin/dvc", "push")
    assert pushed.returncode == 0, pushed.stderr
    assert {name for name in sent() if not name.endswith(".dir")} == released | md5(
        published.checkout / "data" / "release"
    )


def test_a_dvc_project_imports_a_version_and_moves_to_the_next(published: Place, tmp_path: Path) -> None:
    published.type("git init --quiet && dvc init --quiet", tmp_path)
    published.server.requests()
    published.paste("With DVC", tmp_path, number=1)
    assert _files(tmp_path / "sahel-attacks") == _files(published.store / "1.0.0", but=DATABASE)
    published.paste("With DVC", tmp_path, number=2)
    assert _files(tmp_path / "sahel-attacks") == _files(published.store / "1.0.1", but=DATABASE)
    assert published.served_to_dvc()


def test_dvc_is_told_where_a_data_remote_has_moved_to(published: Place, tmp_path: Path) -> None:
    (published.root / "moved").symlink_to(published.root / "sahel-attacks-dvc")
    command = fenced(DOCUMENT, "sh", "With DVC")[0].strip()
    published.server.requests()
    published.type(f"{command} --remote-config url={published.server.url}/moved", tmp_path)
    asked = {request.path.split("/")[1] for request in published.server.requests()}
    assert asked == {"moved"}


@pytest.mark.parametrize("number", range(2))
def test_the_queries_answer_from_afar_as_they_do_at_home(published: Place, number: int) -> None:
    question = fenced(DOCUMENT, "sql", "Query without a download")[number]
    published.server.requests()
    with remote() as afar, remote() as home:
        answer = afar.execute(published.here(question)).fetchall()
        at_home = question.replace("https://example.org/sahel-attacks", str(published.store))
        assert answer == home.execute(at_home).fetchall()
    assert answer
    assert any(request.status == 206 for request in published.server.requests())


def test_verify_and_diff_open_what_the_server_shows(published: Place) -> None:
    heading = "Verify, and see what changed"
    verified = published.paste(heading, published.checkout)
    assert verified.stdout == ""
    assert "1.0.0/: sahel-attacks 1.0.0: " in verified.stderr
    said = published.paste(heading, published.checkout, number=1, ends_with=1).stdout
    assert "c-mkqv76" in said
    same = fenced(DOCUMENT, "sh", heading)[1].replace("sahel-attacks-1.0.1.zip", "sahel-attacks-1.0.0.zip")
    published.type(same, published.checkout)


def test_a_version_is_built_again_to_the_bytes_that_the_server_shows(published: Place) -> None:
    said = published.paste("Verify, and see what changed", published.checkout, number=2).stdout
    assert said.startswith("version 1.0.0 was built again to the same bytes: ")


def test_the_index_and_the_latest_say_what_the_files_are(published: Place) -> None:
    index = json.loads((published.store / "index.json").read_text(encoding="utf-8"))
    assert [(entry["version"], entry["status"]) for entry in index["versions"]] == [
        ("1.0.1", "published"),
        ("1.0.0", "published"),
    ]
    for entry in index["versions"]:
        assert {file["path"] for file in entry["files"]} == {
            f"{entry['version']}/{name}" for name in package_files(published.store / entry["version"])
        }
        assert all(sha256(published.store / file["path"]) == file["sha256"] for file in entry["files"])


def _small_checkout(place: Place) -> Path:
    """A clone with a few entries, whose origin is a bare repository beside it and not the real one."""
    checkout = fresh_clone(ROOT, place.checkout)
    bare = place.root / "sahel-attacks.git"
    git(checkout, "clone", "--quiet", "--bare", str(checkout), str(bare))
    git(checkout, "remote", "set-url", "origin", str(bare))
    git(checkout, "config", "user.name", "test")
    git(checkout, "config", "user.email", "test@example.org")
    leave_few(checkout, KEPT)
    checked = run(checkout, ".venv/bin/sahel", "check")
    assert checked.returncode == 0, checked.stdout
    git(checkout, "commit", "--quiet", "--all", "--message", "A few entries")
    git(checkout, "checkout", "--quiet", "-b", "published")
    git(checkout, "push", "--quiet", "--set-upstream", "origin", "published")
    return checkout


def _correct_a_toll(checkout: Path) -> None:
    path = checkout / "data" / "raw" / "curated" / "MRT" / "2011.yaml"
    before = path.read_text(encoding="utf-8")
    entry, rest = before.split("  - incident_id: i-3qb2pe\n")
    assert entry.count("value_low: 3\n        value_high: 3\n") == 1
    corrected = entry.replace("value_low: 3\n        value_high: 3\n", "value_low: 2\n        value_high: 2\n")
    why = "    revisions:\n      - date: 2026-11-22\n        field: value_low\n        why: misread\n"
    path.write_text(f"{corrected}{why}  - incident_id: i-3qb2pe\n{rest}", encoding="utf-8")
    git(checkout, "commit", "--quiet", "--all", "--message", "A toll is corrected")


def _files(folder: Path, but: str = "") -> dict[str, str]:
    """The files of a folder with their checksums."""
    return {name: sha256(path) for name, path in package_files(folder).items() if name != but}
