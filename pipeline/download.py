"""Downloads: bounded in size and time, compared with what the server announced, whole or not there at all."""

from __future__ import annotations

import base64
import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import certifi

from pipeline import __version__
from pipeline.addresses import shown
from pipeline.problems import CannotDo

CHUNK = 1 << 18
LARGEST = 5_000_000_000
STALL_SECONDS = 30.0
LONGEST_SECONDS = 3600.0
REDIRECTS = 5
SCHEMES = ("http://", "https://")
ABSENT = (404, 410)
Progress = Callable[[int, int | None], None]
"""Called with the bytes that came and those announced, or None."""


@dataclass(frozen=True)
class Came:
    """What came of a file.

    Attributes:
        size: bytes.
        is_known_whole: whether the server said where the file ends, so that one that was cut short was refused.
    """

    size: int
    is_known_whole: bool


class Absent(CannotDo):
    """The server says that there is no such file."""


class TooLarge(CannotDo):
    """The file is larger than is allowed, or announced as larger."""


class _OnlyWeb(urllib.request.HTTPRedirectHandler):
    """Follows redirects to other pages of the web, at most five, and nowhere else."""

    max_redirections = max_repeats = REDIRECTS

    def http_error_302(self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any) -> Any:
        leads_to = urljoin(req.full_url, headers.get("location") or "")
        if not leads_to.lower().startswith(SCHEMES):
            fp.close()
            raise CannotDo(f"{shown(req.full_url)}: leads to {shown(leads_to)}, which is no address of http(s)")
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def download(
    url: str,
    target: Path,
    *,
    limit: int = LARGEST,
    stall: float = STALL_SECONDS,
    longest: float = LONGEST_SECONDS,
    progress: Progress | None = None,
) -> Came:
    """Download one file.

    Args:
        url: an address that begins with http:// or https://; a name and password in it are sent to that server only.
        target: where the file is to lie; what came is written beside it and renamed when it is whole.
        limit: bytes; a larger file is refused, announced or not.
        stall: seconds that the server may say nothing.
        longest: seconds that the whole may take.
        progress: told after every piece.

    Returns:
        How many bytes the file has, and whether it is known that these are all.

    Raises:
        Absent: the server says that there is no such file.
        TooLarge: there is more of it than the limit.
        CannotDo: the file did not come whole; the message says why. In every case nothing was kept.
    """
    if not url.lower().startswith(SCHEMES):
        raise CannotDo(f"{shown(url)}: is no address that begins with http:// or https://")
    beside = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    silent = f"the server sends nothing for {stall:g} seconds; nothing was kept, try again"
    try:
        with _opener().open(_request(url), timeout=stall) as response, beside.open("wb") as out:
            came = _receive(response, out.write, shown(url), limit, longest, progress)
        beside.replace(target)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in ABSENT:
            raise Absent(f"{shown(url)}: the server answers {error.code} {error.reason}") from error
        said = f"the server answers {error.code} {error.reason}"
        if error.code in range(300, 400):
            said = f"the server sends us elsewhere more than {REDIRECTS} times"
        raise CannotDo(f"{shown(url)}: {said}; nothing was kept") from error
    except TimeoutError as error:
        raise CannotDo(f"{shown(url)}: {silent}") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise CannotDo(f"{shown(url)}: {silent}") from error
        reason = getattr(error.reason, "strerror", None) or error.reason
        raise CannotDo(f"{shown(url)}: the server cannot be reached: {reason}") from error
    except (http.client.InvalidURL, ValueError) as error:
        raise CannotDo(f"{shown(url)}: is no address that can be asked for") from error
    except (ConnectionError, ssl.SSLError, http.client.HTTPException) as error:
        said = f"the server broke off ({error or type(error).__name__})"
        raise CannotDo(f"{shown(url)}: {said}, the file is not whole; nothing was kept, try again") from error
    except OSError as error:  # a full disk, no permission
        raise CannotDo(f"{target}: cannot be written: {error.strerror or error}; nothing was kept") from error
    finally:
        beside.unlink(missing_ok=True)
    return came


@cache
def _opener() -> urllib.request.OpenerDirector:
    trusted = ssl.create_default_context()
    trusted.load_verify_locations(certifi.where())  # some systems keep their certificates where Python does not look
    return urllib.request.build_opener(_OnlyWeb, urllib.request.HTTPSHandler(context=trusted))


def _request(url: str) -> urllib.request.Request:
    headers = {"Accept-Encoding": "identity", "User-Agent": f"sahel-attacks/{__version__}"}
    parts = urlsplit(url)
    account, at, host = parts.netloc.rpartition("@")
    request = urllib.request.Request(urlunsplit(parts._replace(netloc=host)), headers=headers)
    if at:
        coded = base64.b64encode(unquote(account).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {coded}")
    return request


def _receive(
    response: Any,
    write: Callable[[bytes], object],
    url: str,
    limit: int,
    longest: float,
    progress: Progress | None,
) -> Came:
    stated = response.headers.get("Content-Length")
    announced = int(stated) if stated and stated.isdigit() else None
    if announced is not None and announced > limit:
        raise TooLarge(f"{url}: holds {announced / 1e6:.0f} MB, and {limit / 1e6:g} are allowed")
    if announced is not None:
        response.length = announced + 1  # one byte more is asked for, to see whether there is more than was announced
    came, started = 0, time.monotonic()
    while piece := _next(response, came == announced):
        came += len(piece)
        if came > limit:
            raise TooLarge(f"{url}: holds more than the {limit / 1e6:g} MB that are allowed; nothing was kept")
        if time.monotonic() - started > longest:
            raise CannotDo(f"{url}: took longer than {longest:g} seconds; nothing was kept")
        write(piece)
        if progress:
            progress(came, announced)
    if announced is not None and came > announced:
        raise CannotDo(f"{url}: holds more than the {announced} bytes that were announced; nothing was kept")
    if announced is not None and came < announced:
        said = f"the server broke off after {came} of {announced} bytes"
        raise CannotDo(f"{url}: {said}, the file is not whole; nothing was kept, try again")
    return Came(came, announced is not None or bool(response.chunked))


def _next(response: Any, is_whole: bool) -> bytes:
    """The next piece; a server that keeps the line open after all that it announced has said everything."""
    try:
        piece: bytes = response.read1(CHUNK)
    except TimeoutError:
        if is_whole:
            return b""
        raise
    return piece
