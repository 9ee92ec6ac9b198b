"""A package on the web, and servers that are broken or hostile."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from pipeline.packages import Limits, opened
from pipeline.problems import CannotDo
from tests.packages.conftest import contents
from tests.packages.server import Server, body, elsewhere, endless, head, status
from tests.packages.test_opening import zipped

QUICK = Limits(largest=1_000_000, stall=0.2)


def refused(url: str, said: str, limits: Limits = QUICK) -> None:
    with pytest.raises(CannotDo, match=said), opened(url, limits):
        pass


@pytest.mark.parametrize("end", ["", "/", "/datapackage.json"])
def test_a_folder_is_fetched_by_what_descriptor_and_checksums_name(package: Path, server: Server, end: str) -> None:
    (package / "unnamed.txt").write_text("unnamed", encoding="utf-8")
    server.show(package, "/1.0.0")
    with opened(server.url + "/1.0.0" + end) as folder:
        assert contents(folder).keys() == contents(package).keys() - {"unnamed.txt"}
        assert all((package / name).read_bytes() == held for name, held in contents(folder).items())
    assert not folder.exists()
    assert sorted(server.asked) == sorted(set(server.asked)), "a file was asked for twice"


def test_a_query_goes_along_to_every_file(package: Path, server: Server) -> None:
    for name, held in contents(package).items():
        server.answers[f"/a%20b/{name}?key=1"] = body(held)
    with opened(f"{server.url}/a%20b/?key=1") as folder:
        assert contents(folder) == contents(package)


@pytest.mark.parametrize("path", ["/package.zip", "/records/12/content"])
def test_a_zip_is_fetched(package: Path, server: Server, tmp_path: Path, path: str) -> None:
    server.answers[path] = body(zipped(package, tmp_path / "package.zip", "top/").read_bytes())
    with opened(server.url + path) as folder:
        assert contents(folder) == contents(package)


def test_a_file_that_is_not_there_is_left_for_the_check_to_tell(package: Path, server: Server) -> None:
    url = server.show(package)
    del server.answers["/sites.csv"]
    del server.answers["/SHA256SUMS"]
    with opened(url) as folder:
        assert contents(folder).keys() == {"datapackage.json", "figures/sites.svg"}


@pytest.mark.parametrize(
    "path",
    [
        *("../secret", "/secret", "http://127.0.0.1/secret", ["sites.csv"], None, "a/b"),
        *("figures/../secret", "figures/a/b", "figures/", "figures//b", "figures/.b", "/figures/b", "FIGURES/b"),
    ],
)
def test_only_plain_names_are_asked_for(package: Path, server: Server, path: object) -> None:
    described = {"resources": [{"name": "sites", "path": path}]}
    (package / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    sums = [f"{'0' * 64}  {name}\n" for name in (path, "README.md") if isinstance(name, str)]
    (package / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    with opened(server.show(package)):
        pass
    assert set(server.asked) == {"/datapackage.json", "/SHA256SUMS", "/README.md"}


def test_redirects_are_followed(package: Path, server: Server) -> None:
    server.show(package, "/1.0.0")
    for name in contents(package):
        server.answers[f"/latest/{name}"] = elsewhere(f"/1.0.0/{name}")
    with opened(f"{server.url}/latest/") as folder:
        assert contents(folder) == contents(package)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/datapackage.json", "data:,x"])
def test_a_redirect_to_another_scheme_is_refused(server: Server, address: str) -> None:
    server.answers["/datapackage.json"] = elsewhere(address)
    refused(server.url, "leads to .*, which is no address of http")


def test_a_redirect_in_a_circle_is_refused(server: Server) -> None:
    server.answers["/datapackage.json"] = elsewhere("/datapackage.json")
    refused(server.url, "sends us elsewhere more than 5 times")
    assert len(server.asked) == 6


@pytest.mark.parametrize("code", [401, 403, 500, 503])
def test_an_error_of_the_server_is_told(package: Path, server: Server, code: int) -> None:
    url = server.show(package)
    server.answers["/sites.csv"] = status(code)
    refused(url, rf"/sites\.csv: the server answers {code} ")


def test_an_address_with_nothing_is_told(server: Server) -> None:
    refused(server.url + "/nothing", "/nothing: there is neither a package nor a zip at this address")
    refused(server.url + "/nothing.zip", "there is neither a package nor a zip")


def test_a_page_instead_of_a_package_is_told(server: Server) -> None:
    server.answers["/datapackage.json"] = body(b"<html>")
    refused(server.url, rf"^{server.url}/: datapackage\.json: is not JSON")
    server.answers["/page"] = body(b"<html>")
    refused(server.url + "/page", "/page: is no zip that can be read")


def test_a_server_that_is_not_there_is_told(server: Server) -> None:
    url = server.url
    server.stop()
    refused(url, "the server cannot be reached: Connection refused")


@pytest.mark.parametrize("name", ["datapackage.json", "sites.csv"])
def test_a_server_that_stalls_is_left(package: Path, server: Server, name: str) -> None:
    url = server.show(package)
    server.answers[f"/{name}"] = server.stalls
    refused(url, rf"/{name}: the server sends nothing for 0\.2 seconds")


def test_a_server_that_never_answers_is_left(server: Server) -> None:
    server.answers["/datapackage.json"] = lambda _handler: bool(server.stopped.wait()) or None
    refused(server.url, r"sends nothing for 0\.2 seconds")


def test_a_server_that_breaks_off_is_told(package: Path, server: Server) -> None:
    def breaks_off(handler: BaseHTTPRequestHandler) -> None:
        head(handler, None, **{"Transfer-Encoding": "chunked"})
        handler.wfile.write(b"64\r\nonly this")

    url = server.show(package)
    server.answers["/sites.csv"] = breaks_off
    refused(url, r"/sites\.csv: the server broke off .*, the file is not whole")


def test_less_than_the_length_that_was_said_is_told(package: Path, server: Server) -> None:
    url = server.show(package)
    server.answers["/sites.csv"] = body(b"site_id\na\n", said=1_000)
    refused(url, r"/sites\.csv: the server broke off .*, the file is not whole")


def test_more_than_the_length_that_was_said_is_told(package: Path, server: Server) -> None:
    url = server.show(package)
    server.answers["/sites.csv"] = body(b"site_id\na\nb\n", said=10)
    refused(url, r"/sites\.csv: holds more than the 10 bytes that were announced")


def test_a_name_and_a_password_go_to_their_server_and_not_where_it_leads(package: Path, server: Server) -> None:
    other = Server()
    try:
        other.show(package)
        sent: dict[str, str | None] = {}

        def asked(handler: BaseHTTPRequestHandler) -> None:
            sent["first"] = handler.headers.get("Authorization")
            elsewhere(f"{other.url}/datapackage.json")(handler)

        def led(handler: BaseHTTPRequestHandler) -> None:
            sent["second"] = handler.headers.get("Authorization")
            body((package / "datapackage.json").read_bytes())(handler)

        server.answers["/datapackage.json"] = asked
        other.answers["/datapackage.json"] = led
        with opened(server.url.replace("http://", "http://me:se%20cret@"), QUICK):
            pass
    finally:
        other.stop()
    assert sent == {"first": "Basic " + b64encode(b"me:se cret").decode(), "second": None}


@pytest.mark.parametrize("answer", [body(b"", said=100_000_000_000), endless], ids=["said", "endless"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/datapackage.json", "than 20 MB, no such file is"),
        ("/SHA256SUMS", "than 1 MB, no such file is"),
        ("/sites.csv", "than 1 MB, .* SAHEL_LARGEST_MB=2 allows more"),
    ],
)
def test_more_than_the_limit_is_not_fetched(
    package: Path, server: Server, answer: Callable[[BaseHTTPRequestHandler], None], path: str, said: str
) -> None:
    url = server.show(package)
    server.answers[path] = answer
    refused(url, f"{path}: is larger {said}")


def test_a_password_in_an_address_is_not_shown(server: Server) -> None:
    address = server.url.replace("http://", "http://me:secret@") + "/nothing"
    with pytest.raises(CannotDo) as told, opened(address, QUICK):
        pass
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("url", ["http://", "http://[", "https://:0/x", "http://a b/", "HTTP:///x"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(CannotDo), opened(url, QUICK):
        pass
