"""A server on localhost whose answers a test writes, good ones and bad ones."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Answer = Callable[[BaseHTTPRequestHandler], None]
ONLY_HERE = "127.0.0.1"


class Server:
    """Serves what `answers` says, by path; everything else is 404."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.stopped = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                server.answers.get(self.path, status(404))(self)

            def log_message(self, *_said: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_request: object) -> None:
                pass  # a client that hangs up is what is tested here

        self._http = Quiet((ONLY_HERE, 0), Handler)
        self.url = f"http://{ONLY_HERE}:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def show(self, folder: Path, at: str = "") -> str:
        """Serve the files of a folder, as they are now."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.answers[f"{at}/{path.relative_to(folder).as_posix()}"] = body(path.read_bytes())
        return f"{self.url}{at}/"

    def stalls(self, handler: BaseHTTPRequestHandler) -> None:
        """Begin to answer, then send nothing until the test is over."""
        head(handler, 1_000)
        handler.wfile.write(b"{")
        handler.wfile.flush()
        self.stopped.wait()

    def stop(self) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def head(handler: BaseHTTPRequestHandler, length: int | None, code: int = 200, **more: str) -> None:
    handler.send_response(code)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    for name, value in more.items():
        handler.send_header(name, value)
    handler.end_headers()


def body(held: bytes, *, said: int | None = None) -> Answer:
    """An answer with these bytes, and the length that is said of them; theirs unless another is given."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        head(handler, len(held) if said is None else said)
        handler.wfile.write(held)

    return answer


def endless(handler: BaseHTTPRequestHandler) -> None:
    """No length is said, and there is no end."""
    head(handler, None)
    while True:
        handler.wfile.write(b" " * 65_536)


def status(code: int) -> Answer:
    return lambda handler: head(handler, 0, code)


def elsewhere(address: str) -> Answer:
    return lambda handler: head(handler, 0, 302, Location=address)
