"""A real nginx on localhost, with the configuration that a document shows, and what it says it has sent."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ONLY_HERE = "127.0.0.1"
SECONDS_TO_START = 20
DEFAULT_SERVER = "server { listen 80; root /srv; }"
MARKER = "/the-log-is-complete-up-to-here"
LOGGED = re.compile(r"(\d+) (\d+) (\S+) (\S+) (.+)")


@dataclass(frozen=True)
class Request:
    """One line of the access log; `sent` counts the bytes of the body."""

    status: int
    sent: int
    method: str
    range: str
    path: str


class Nginx:
    """A server that runs: where it is reached, and what it was asked for since it was last asked about that."""

    def __init__(self, url: str, log: Path) -> None:
        self.url, self._log, self._read = url, log, 0

    def requests(self) -> list[Request]:
        """What was asked since the last call.

        The one worker logs a request after it has sent the answer and before it turns to the next one: when a further
        request is answered, those before it are in the log.
        """
        with suppress(urllib.error.HTTPError):
            urllib.request.urlopen(self.url + MARKER).close()
        lines = self._log.read_text(encoding="utf-8").splitlines()
        new, self._read = lines[self._read :], len(lines)
        found = [LOGGED.fullmatch(line) for line in new]
        assert all(found), new
        asked = [Request(int(at[1]), int(at[2]), at[3], at[4], at[5]) for at in found if at]
        return [request for request in asked if request.path != MARKER]


@contextmanager
def served(root: Path, work: Path, server: str = DEFAULT_SERVER) -> Iterator[Nginx]:
    """Serve a folder for as long as the context lasts.

    Args:
        root: the folder; it stands for ``/srv`` in the configuration.
        work: an empty folder for configuration, logs and temporary files.
        server: what stands in the http block of the configuration; ``listen 80`` becomes a free port of localhost.
    """
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is not installed (on Debian: apt-get install nginx-light)"
    with socket.create_server((ONLY_HERE, 0)) as free:
        port = free.getsockname()[1]
    assert "listen 80;" in server, server
    assert "/srv" in server, server
    placed = server.replace("listen 80;", f"listen {ONLY_HERE}:{port};").replace("/srv", str(root))
    configuration, errors = work / "nginx.conf", work / "error.log"
    configuration.write_text(_configuration(work, placed), encoding="utf-8")
    process = subprocess.Popen([program, "-p", work, "-c", configuration, "-e", errors])
    try:
        _wait(process, port, errors)
        yield Nginx(f"http://{ONLY_HERE}:{port}", work / "access.log")
    finally:
        process.terminate()
        process.wait(SECONDS_TO_START)


def _configuration(work: Path, server: str) -> str:
    folders = "\n".join(
        f"  {kind}_temp_path {work}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    as_who = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    return f"""daemon off;
{as_who}
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{}}
http {{
{folders}
  types {{}}
  default_type application/octet-stream;
  log_format counted '$status $body_bytes_sent $request_method "$http_range" $uri';
  access_log {work}/access.log counted;
{server}
}}
"""


def _wait(process: subprocess.Popen[bytes], port: int, errors: Path) -> None:
    """Return as soon as it answers."""
    until = time.monotonic() + SECONDS_TO_START
    while True:
        said = errors.read_text(encoding="utf-8") if errors.is_file() else ""
        assert process.poll() is None, f"nginx does not start:\n{said}"
        try:
            socket.create_connection((ONLY_HERE, port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, f"nginx does not answer:\n{said}"
            time.sleep(0.02)
        else:
            return
