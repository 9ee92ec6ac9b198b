"""Downloads: bounded in size and time, compared with what the server announced, whole or not there at all."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.problems import CannotDo

CHUNK = 1 << 18
LARGEST = 5_000_000_000
STALL_SECONDS = 30.0
LONGEST_SECONDS = 3600.0
SCHEMES = ("http://", "https://")
Progress = Callable[[int, int | None], None]
"""Called with the bytes that came and those announced, or None."""


class _OnlyWeb(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to another page of the web, at most five, and nowhere else."""

    max_redirections = 5

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.lower().startswith(SCHEMES):
            fp.close()
            raise CannotDo(f"{req.full_url}: sends on to {newurl}, which is no page of the web")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(
    url: str,
    target: Path,
    *,
    limit: int = LARGEST,
    stall: float = STALL_SECONDS,
    longest: float = LONGEST_SECONDS,
    progress: Progress | None = None,
) -> None:
    """Download one file.

    Args:
        url: an address that begins with http:// or https://.
        target: where the file is to lie; what came is written beside it and renamed when it is whole.
        limit: bytes; a larger file is refused, announced or not.
        stall: seconds that the server may say nothing.
        longest: seconds that the whole may take.
        progress: told after every piece.

    Raises:
        CannotDo: the file did not come whole; the message says why and that nothing was kept.
    """
    if not url.lower().startswith(SCHEMES):
        raise CannotDo(f"{url}: is no address that begins with http:// or https://")
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity", "User-Agent": "sahel-attacks"})
    opener = urllib.request.build_opener(_OnlyWeb)
    beside = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with opener.open(request, timeout=stall) as response, beside.open("wb") as out:
            _receive(response, out.write, url, limit, longest, progress)
        beside.replace(target)
    except urllib.error.HTTPError as error:
        error.close()
        raise CannotDo(f"{url}: the server answers {error.code} {error.reason}; nothing was kept") from error
    except TimeoutError as error:
        raise CannotDo(f"{url}: nothing came for {stall:g} seconds; nothing was kept, try again") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        said = f"nothing came for {stall:g} seconds" if isinstance(reason, TimeoutError) else str(reason)
        raise CannotDo(f"{url}: did not come whole: {said or type(error).__name__}; nothing was kept") from error
    finally:
        beside.unlink(missing_ok=True)


def _receive(
    response: Any,
    write: Callable[[bytes], object],
    url: str,
    limit: int,
    longest: float,
    progress: Progress | None,
) -> None:
    stated = response.headers.get("Content-Length")
    announced = int(stated) if stated and stated.isdigit() else None
    if announced is not None and announced > limit:
        raise CannotDo(f"{url}: holds {announced / 1e6:.0f} MB, and {limit / 1e6:g} are allowed")
    if announced is not None:
        response.length = announced + 1  # one byte more is asked for, to see whether there is more than was announced
    came, started = 0, time.monotonic()
    while piece := _next(response, came == announced):
        came += len(piece)
        if came > limit:
            raise CannotDo(f"{url}: holds more than the {limit / 1e6:g} MB that are allowed; nothing was kept")
        if time.monotonic() - started > longest:
            raise CannotDo(f"{url}: took longer than {longest:g} seconds; nothing was kept")
        write(piece)
        if progress:
            progress(came, announced)
    if announced is not None and came > announced:
        raise CannotDo(f"{url}: holds more than the {announced} bytes that were announced; nothing was kept")
    if announced is not None and came < announced:
        raise CannotDo(f"{url}: broke off after {came} of {announced} bytes; nothing was kept, try again")
    if not came:
        raise CannotDo(f"{url}: is empty; nothing was kept")


def _next(response: Any, is_whole: bool) -> bytes:
    """The next piece; a server that keeps the line open after all that it announced has said everything."""
    try:
        piece: bytes = response.read1(CHUNK)
    except TimeoutError:
        if is_whole:
            return b""
        raise
    return piece
