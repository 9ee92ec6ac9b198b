"""Packages that lie somewhere, and a scratch folder in which nothing may be left behind."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packages.server import Server


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package: two files, a figure, a descriptor, checksums."""
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "figures").mkdir()
    files = {"sites.csv": b"site_id\na\n", "README.md": b"Sites.\n", "figures/sites.svg": b"<svg/>\n"}
    resources = [{"name": "sites-csv", "path": "sites.csv"}, {"name": "sites.svg", "path": "figures/sites.svg"}]
    described = {"name": "sites", "resources": resources}
    files["datapackage.json"] = json.dumps(described).encode()
    sums = "".join(f"{hashlib.sha256(held).hexdigest()}  {name}\n" for name, held in sorted(files.items()))
    for name, held in [*files.items(), ("SHA256SUMS", sums.encode())]:
        (folder / name).write_bytes(held)
    return folder


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go; it must be empty in the end, whatever happened."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on this machine that answers as it is told."""
    running = Server()
    yield running
    running.stop()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
