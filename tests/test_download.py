"""Downloads from a server on this machine that breaks off, stalls, redirects and lies about its length."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.download import download
from pipeline.problems import CannotDo

BODY = b"id,best\n1,2\n" * 1000
STALL = 0.3


class Server(BaseHTTPRequestHandler):
    """Each path is one way in which a server behaves."""

    protocol_version = "HTTP/1.1"
    released = threading.Event()

    def log_message(self, format: str, *args: object) -> None:  # the name is the library's
        """Say nothing."""

    def start(self, status: int = 200, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def do_GET(self) -> None:  # noqa: PLR0912  # one branch a behaviour
        self.close_connection = True
        match self.path:
            case "/good":
                self.start(Content_Length=len(BODY))
                self.wfile.write(BODY)
            case "/no_length":
                self.start(Connection="close")
                self.wfile.write(BODY)
            case "/in_chunks":
                self.start(Transfer_Encoding="chunked")
                self.wfile.write(f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n0\r\n\r\n")
            case "/keeps_open":
                self.start(Content_Length=len(BODY))
                self.wfile.write(BODY)
                self.wfile.flush()
                self.released.wait(10)
            case "/breaks_off":
                self.start(Content_Length=len(BODY))
                self.wfile.write(BODY[:5000])
            case "/breaks_off_in_a_chunk":
                self.start(Transfer_Encoding="chunked")
                self.wfile.write(b"1000\r\n" + BODY[:100])
            case "/stalls":
                self.start(Content_Length=len(BODY))
                self.wfile.write(BODY[:5000])
                self.wfile.flush()
                self.released.wait(10)
            case "/says_nothing":
                self.released.wait(10)
            case "/has_more":
                self.start(Content_Length=len(BODY) - 12)
                self.wfile.write(BODY)
            case "/announces_too_much":
                self.start(Content_Length=10_000_000_000)
            case "/is_endless":
                self.start(Connection="close")
                try:
                    while not self.released.is_set():
                        self.wfile.write(BODY)
                except OSError:
                    return
            case "/sends_on":
                self.start(302, Location="/good", Content_Length=0)
            case "/sends_in_a_circle":
                self.start(302, Location="/sends_in_a_circle", Content_Length=0)
            case "/sends_to_a_file":
                self.start(302, Location="file:///etc/passwd", Content_Length=0)
            case "/sends_to_ftp":
                self.start(302, Location="ftp://127.0.0.1/x", Content_Length=0)
            case _:
                self.start(404, Content_Length=0)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    Server.released.clear()
    made = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}"
    Server.released.set()
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.mark.parametrize("path", ["/good", "/no_length", "/sends_on", "/keeps_open"])
def test_a_file_comes_whole(server: str, tmp_path: Path, path: str) -> None:
    told: list[tuple[int, int | None]] = []
    download(server + path, tmp_path / "file.csv", stall=STALL, progress=lambda came, of: told.append((came, of)))
    assert (tmp_path / "file.csv").read_bytes() == BODY
    assert told[-1][0] == len(BODY)
    assert [found.name for found in tmp_path.iterdir()] == ["file.csv"]


@pytest.mark.parametrize(("path", "is_known"), [("/good", True), ("/in_chunks", True), ("/no_length", False)])
def test_whether_a_file_is_known_to_be_whole_is_said(server: str, tmp_path: Path, path: str, is_known: bool) -> None:
    came = download(server + path, tmp_path / "file.csv", stall=STALL)
    assert (came.size, came.is_known_whole) == (len(BODY), is_known)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/breaks_off", "broke off after 5000 of 12000 bytes"),
        ("/breaks_off_in_a_chunk", "the server broke off"),
        ("/stalls", "sends nothing for 0.3 seconds"),
        ("/says_nothing", "sends nothing for 0.3 seconds"),
        ("/has_more", "more than the 11988 bytes that were announced"),
        ("/announces_too_much", "10000 MB, and 1 are allowed"),
        ("/is_endless", "more than the 1 MB that are allowed"),
        ("/sends_in_a_circle", "sends us elsewhere more than 5 times"),
        ("/sends_to_a_file", "no address of http(s)"),
        ("/sends_to_ftp", "no address of http(s)"),
        ("/missing", "404"),
    ],
)
def test_nothing_is_left_of_one_that_does_not(server: str, tmp_path: Path, path: str, said: str) -> None:
    with pytest.raises(CannotDo) as refused:
        download(server + path, tmp_path / "file.csv", limit=1_000_000, stall=STALL)
    assert said in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_the_whole_has_a_time_limit(server: str, tmp_path: Path) -> None:
    with pytest.raises(CannotDo, match="took longer than 0 seconds"):
        download(server + "/is_endless", tmp_path / "file.csv", longest=0)
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_stays_when_a_download_fails(server: str, tmp_path: Path) -> None:
    (tmp_path / "file.csv").write_bytes(b"before")
    with pytest.raises(CannotDo):
        download(server + "/breaks_off", tmp_path / "file.csv", stall=STALL)
    assert (tmp_path / "file.csv").read_bytes() == b"before"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "/etc/passwd", ""])
def test_only_the_web_is_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(CannotDo, match="no address"):
        download(url, tmp_path / "file.csv")


def test_nobody_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotDo, match="cannot be reached: Connection refused"):
        download("http://127.0.0.1:9/x", tmp_path / "file.csv", stall=STALL)
