"""What ``make serve`` sends: parts of files, compressed twins, a policy with every page, and nothing from elsewhere."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from pipeline.checksums import write_sums
from pipeline.serve import POLICY, POLICY_OF_CODEBOOK, POLICY_OF_SQL, main
from pipeline.site.stage import compress
from tests.conftest import ROOT
from tests.site.running import running

BYTES = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served")
    site, store = folder / "site", folder / "store"
    for made in (site / "data", store):
        made.mkdir(parents=True)
    (site / "index.html").write_text("<title>the page</title>" + " " * 2000, encoding="utf-8")
    (site / "assets").mkdir()
    (site / "assets" / "a-1.js").write_text("0", encoding="utf-8")
    (site / "sql.html").write_text("sql", encoding="utf-8")
    (site / "data" / "codebook.fr.html").write_text("codes", encoding="utf-8")
    (site / "data" / "some.duckdb").write_bytes(BYTES)
    (store / "incidents.parquet").write_bytes(BYTES)
    (store / "figures").mkdir()
    (folder / "secret.txt").write_text("secret", encoding="utf-8")
    compress(site)
    with running(site, store) as url:
        yield url


@pytest.mark.parametrize("path", ["/data/some.duckdb", "/store/incidents.parquet"])
@pytest.mark.parametrize(("asked", "first", "last"), [("0-0", 0, 0), ("100-355", 100, 355), ("10200-", 10200, 10239)])
def test_a_part_of_a_file_is_sent_as_that_part(address: str, path: str, asked: str, first: int, last: int) -> None:
    answer = requests.get(address + path, headers={"Range": f"bytes={asked}"}, timeout=10)
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(BYTES)}"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.content == BYTES[first : last + 1]


def test_a_head_tells_the_size_and_that_parts_can_be_had(address: str) -> None:
    answer = requests.head(address + "/data/some.duckdb", timeout=10)
    assert (answer.headers["Content-Length"], answer.headers["Accept-Ranges"]) == (str(len(BYTES)), "bytes")


def test_only_what_has_its_content_in_its_name_is_kept(address: str) -> None:
    kept = {path: requests.get(address + path, timeout=10).headers["Cache-Control"] for path in ("/", "/assets/a-1.js")}
    assert kept == {"/": "no-cache", "/assets/a-1.js": "max-age=31536000, immutable"}


def test_a_part_beyond_the_end_is_refused(address: str) -> None:
    answer = requests.get(address + "/data/some.duckdb", headers={"Range": "bytes=999999-"}, timeout=10)
    assert answer.status_code == 416


def test_who_takes_gzip_gets_the_compressed_twin(address: str) -> None:
    answer = requests.get(address + "/", stream=True, headers={"Accept-Encoding": "gzip"}, timeout=10)
    sent = answer.raw.read(decode_content=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(sent).startswith(b"<title>the page</title>")
    assert len(sent) < 200


@pytest.mark.parametrize(
    ("path", "policy"),
    [("/", POLICY), ("/sql.html", POLICY_OF_SQL), ("/data/codebook.fr.html", POLICY_OF_CODEBOOK)],
)
def test_every_page_comes_with_its_policy(address: str, path: str, policy: str) -> None:
    headers = requests.get(address + path, timeout=10).headers
    assert headers["Content-Security-Policy"] == policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_pages_carry_the_same_policy_as_the_headers() -> None:
    """But for what only a header can say."""
    for name, policy in (("index.html", POLICY), ("sql.html", POLICY_OF_SQL)):
        page = (ROOT / "site" / name).read_text(encoding="utf-8")
        [stated] = re.findall(r'Content-Security-Policy"\s+content="([^"]+)"', page)
        assert stated == policy.removesuffix("; frame-ancestors 'none'")


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/store/../../secret.txt", "/%2e%2e/secret.txt", "/data/", "/store/figures/"]
)
def test_nothing_else_is_sent(address: str, path: str) -> None:
    with requests.Session() as session:
        request = session.prepare_request(requests.Request("GET", address))
        request.url = address + path  # as it stands, not made shorter
        answer = session.send(request, timeout=10)
    assert answer.status_code in {403, 404}
    assert "secret" not in answer.text


def test_a_folder_without_an_index_is_a_store_without_versions(address: str) -> None:
    assert requests.get(address + "/store/index.json", timeout=10).json()["versions"] == []


def test_a_package_in_place_of_a_store_lists_its_files(tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_text('{"resources": [{"path": "a b.csv", "rows": 3}]}', encoding="utf-8")
    (tmp_path / "a b.csv").write_bytes(BYTES)
    write_sums(tmp_path)
    with running(tmp_path, tmp_path) as url:
        index = requests.get(url + "/store/index.json", timeout=10).json()
        listing = requests.get(url + "/store", timeout=10)
        assert index["versions"] == []
        assert [file["path"] for file in index["files"]] == ["a b.csv", "datapackage.json", "SHA256SUMS"]
        [table] = [file for file in index["files"] if file["path"] == "a b.csv"]
        assert table == {"path": "a b.csv", "bytes": len(BYTES), "sha256": hashlib.sha256(BYTES).hexdigest(), "rows": 3}
        assert listing.url == url + "/store/"
        [link] = re.findall(r'href="(a[^"]+)"', listing.text)
        assert requests.get(f"{url}/store/{link}", timeout=10).content == BYTES
        assert table["sha256"] in listing.text
        assert f"{len(BYTES):,}" in listing.text


def test_the_page_of_a_store_lists_what_is_published(tmp_path: Path) -> None:
    file = {"path": "1.0.0/<i>.csv", "bytes": 1234, "sha256": "0" * 64}
    published = {"version": "1.0.0", "status": "published", "zip": file | {"path": "a.zip"}, "files": [file]}
    versions = {"name": "sahel-attacks", "versions": [{"version": "1.0.1", "status": "publishing"}, published]}
    (tmp_path / "index.json").write_text(json.dumps(versions), encoding="utf-8")
    with running(tmp_path, tmp_path) as url:
        text = requests.get(url + "/store/", timeout=10).text
    assert re.findall(r"<h2>(.*?)</h2>", text) == ["1.0.0"]
    assert re.findall(r'href="([^"]+)"', text)[2:] == ["a.zip", "1.0.0/%3Ci%3E.csv"]
    assert "<i>" not in text


def test_without_an_explorer_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "params.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    assert capsys.readouterr().err == "serve: site/dist/ holds no explorer: run make site first\n"


def test_a_store_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "params.yaml").touch()
    (tmp_path / "site" / "dist" / "data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert main(["--store", "nowhere"]) == 2
    assert "nowhere is no folder" in capsys.readouterr().err
