"""`sahel verify` as people and programs call it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import jsonschema
import pytest

from pipeline.config import Project
from pipeline.schema import Schema
from tests.cli.test_app import SAHEL, sahel
from tests.packages.server import Server, elsewhere
from tests.packages.test_opening import zipped


@pytest.fixture
def package(built: Project, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built.release, tmp_path / "package"))


def test_without_a_name_the_last_release_is_verified(built: Project, schema: Schema) -> None:
    done = sahel(built.root, "verify")
    assert (done.returncode, done.stdout) == (0, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("data/release: sahel-attacks 1.0.0: ")
    assert line.endswith(f" rows in {len(schema.tables)} tables")


def test_before_the_first_release_it_says_how_to_make_one(project: Project, tmp_path: Path) -> None:
    (tmp_path / "schemas").symlink_to(project.schemas)
    shutil.copy(project.root / "params.yaml", tmp_path)
    done = sahel(tmp_path, "verify")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no package in data/release: run make release" in done.stderr


def test_what_does_not_hold_is_told_with_place_rule_and_rows(built: Project, package: Path) -> None:
    (package / "claims.csv").unlink()
    with (package / "CITATION.cff").open("a", encoding="utf-8") as cited:
        cited.write("\n")
    done = sahel(built.root, "verify", package)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "CITATION.cff: is not the file that SHA256SUMS means [package.checksum]",
        "claims.csv: is described and is not there [package.missing_file]",
        "claims.csv: stands in SHA256SUMS and is not there [package.checksum]",
        "not checked: tables: the files are not those that the package means",
    ]


def test_json_has_the_documented_form(built: Project, package: Path, project: Project) -> None:
    form = json.loads((project.schemas / "json" / "verification.schema.json").read_text(encoding="utf-8"))
    well = sahel(built.root, "verify", package, "--json")
    (package / "claims.csv").unlink()
    not_well = sahel(built.root, "verify", package, "--json")
    assert (well.returncode, not_well.returncode) == (0, 1)
    for done in (well, not_well):
        report = json.loads(done.stdout)
        jsonschema.Draft202012Validator(form).validate(report)
        assert (report["package"], report["name"], report["version"]) == (str(package), "sahel-attacks", "1.0.0")
        assert done.stderr == ""


def test_the_stage_leaves_a_report_of_the_same_form(built: Project, project: Project) -> None:
    form = json.loads((project.schemas / "json" / "verification.schema.json").read_text(encoding="utf-8"))
    report = json.loads(built.verification.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(form).validate(report)
    assert report["well"] is True
    assert report["package"] == "data/interim/package"


def test_a_zip_and_an_address_are_verified(built: Project, package: Path, tmp_path: Path) -> None:
    archive = zipped(package, tmp_path / "sahel-attacks-1.0.0.zip", "sahel-attacks-1.0.0/")
    server = Server()
    try:
        url = server.show(package, "/1.0.0")
        for named in (str(archive), url):
            done = sahel(built.root, "verify", named)
            assert (done.returncode, done.stdout) == (0, ""), done.stderr
            assert done.stderr.startswith(f"{named}: sahel-attacks 1.0.0: ")
        server.answers["/1.0.0/datapackage.json"] = elsewhere("/1.0.0/datapackage.json")
        done = sahel(built.root, "verify", url)
    finally:
        server.stop()
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"sahel: {url}datapackage.json: the server sends us elsewhere more than 5 times; nothing was kept\n"
    )


@pytest.mark.parametrize("arguments", [["nowhere"], ["schemas"], ["params.yaml"], ["http://127.0.0.1:1/"]])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_is_no_package_ends_with_2_and_a_reason(built: Project, arguments: list[str], options: list[str]) -> None:
    done = sahel(built.root, "verify", *arguments, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"sahel: {arguments[0]}")
    assert "Traceback" not in done.stderr


def test_a_descriptor_of_100_mb_ends_with_2(built: Project, package: Path) -> None:
    os.truncate(package / "datapackage.json", 100_000_000)
    done = sahel(built.root, "verify", package)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"sahel: {package}: datapackage.json: holds 100 MB, no descriptor is larger than 20\n"


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_what_was_fetched_is_gone_when_it_is_told_to_stop(
    built: Project, package: Path, tmp_path: Path, asked: signal.Signals
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    server = Server()
    fetching = threading.Event()

    def stalls(handler: BaseHTTPRequestHandler) -> None:
        fetching.set()
        server.stalls(handler)

    try:
        url = server.show(package)
        server.answers["/incidents.parquet"] = stalls
        command = [SAHEL, "verify", url]
        environment = {**os.environ, "TMPDIR": str(scratch), "NO_PROXY": "127.0.0.1"}
        with subprocess.Popen(
            command, cwd=built.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running:
            assert fetching.wait(30)
            assert list(scratch.iterdir()) != []
            running.send_signal(asked)
            out, said = running.communicate(timeout=30)
    finally:
        server.stop()
    assert (running.returncode, out, said) == (2, "", "sahel: stopped\n")
    assert list(scratch.iterdir()) == []
