"""A package on the web: a zip, or a folder of files that any static server shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import requests

from pipeline import __version__
from pipeline.checksums import LARGEST_SUMS, read_sums
from pipeline.config import DESCRIPTOR, SUMS
from pipeline.packages.describing import is_package_path, read_descriptor
from pipeline.packages.limits import LARGEST_DESCRIPTOR, MOST_FILES, Limits
from pipeline.packages.zips import unpacked
from pipeline.problems import CannotDo

BLOCK = 1 << 18
ABSENT = (requests.codes.not_found, requests.codes.gone)


class _Absent(Exception):
    """The server says that there is no such file."""


def fetched(url: str, scratch: Path, limits: Limits, tell: Callable[[str, int], None]) -> Path:
    """Fetch a package.

    Args:
        url: address of a zip, of a folder, or of the descriptor in it.
        scratch: an empty folder to work in.
        limits: sizes and times.
        tell: told of progress.

    Returns:
        The folder with its files. A file that the server does not have is missing there: that is for the check of
        the package to say.

    Raises:
        CannotDo: the server cannot be reached, breaks off, stalls, sends us in circles or elsewhere than to http(s),
            sends another length than it said or too much, or there is no package at this address.
    """
    try:
        names_zip = urlsplit(url).path.endswith(".zip")
    except ValueError as error:
        raise CannotDo(f"{url}: is no address: {error}") from None
    with requests.Session() as session:
        session.max_redirects = limits.redirects
        session.headers.update({"User-Agent": f"sahel-attacks/{__version__}", "Accept-Encoding": "identity"})
        web = _Web(session, limits, tell)
        if not names_zip:
            try:
                return _folder(web, _beside(url, ""), scratch / "package")
            except _Absent:
                pass  # some addresses of a zip do not end as one
        try:
            archive = scratch / "archive.zip"
            web.get(url, archive, limits.largest)
        except _Absent:
            raise CannotDo(f"{_shown(url)}: there is neither a package nor a zip at this address") from None
        try:
            inside = scratch / "unpacked"
            inside.mkdir()
            return unpacked(str(archive), inside, limits, tell)
        except CannotDo as error:
            raise CannotDo(f"{_shown(url)}: {str(error).removeprefix(f'{archive}: ')}") from error
        finally:
            archive.unlink()


def _folder(web: _Web, url: str, target: Path) -> Path:
    target.mkdir()
    try:
        web.get(_beside(url, DESCRIPTOR), target / DESCRIPTOR, LARGEST_DESCRIPTOR)
    except _Absent:
        target.rmdir()
        raise
    named = [resource.get("path") for resource in read_descriptor(target, _shown(url))["resources"]]
    try:
        web.get(_beside(url, SUMS), target / SUMS, LARGEST_SUMS)
        named += read_sums(target)
    except _Absent:
        pass
    names = dict.fromkeys(str(name) for name in named if is_package_path(name) and name not in (DESCRIPTOR, SUMS))
    if len(names) > MOST_FILES:
        raise CannotDo(f"{_shown(url)}: names {len(names):,} files, more than {MOST_FILES:,}")
    left = web.limits.largest
    for name in names:
        try:
            left -= web.get(_beside(url, name), target / name, left)
        except _Absent:
            continue
    return target


class _Web:
    """Gets files of a server within the limits."""

    def __init__(self, session: requests.Session, limits: Limits, tell: Callable[[str, int], None]) -> None:
        self.session, self.limits, self.tell = session, limits, tell

    def get(self, url: str, target: Path, most: int) -> int:
        """Fetch one file and say how many bytes it has.

        Raises:
            _Absent: the server has no such file.
            CannotDo: it could not be fetched as a whole.
        """
        shown = _shown(url)
        try:
            with self.session.get(url, stream=True, timeout=(self.limits.connect, self.limits.stall)) as answer:
                if answer.status_code in ABSENT:
                    raise _Absent
                if not answer.ok:
                    raise CannotDo(f"{shown}: the server answers {answer.status_code} {answer.reason}")
                return self._read(answer, shown, target, most)
        except requests.TooManyRedirects:
            message = f"the server sends us elsewhere more than {self.limits.redirects} times"
        except requests.Timeout:
            message = f"the server sends nothing for {self.limits.stall:g} seconds"
        except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL):
            message = "the address is, or leads to, one that is not of http(s)"
        except requests.exceptions.ChunkedEncodingError:
            message = "the server broke off, the file is not whole"
        except requests.RequestException as error:
            stalled = "timed out" in str(error)  # a stall in the middle of a file comes as a broken connection
            message = f"the server sends nothing for {self.limits.stall:g} seconds" if stalled else _reason(error)
        raise CannotDo(f"{shown}: {message}")

    def _read(self, answer: requests.Response, shown: str, target: Path, most: int) -> int:
        said = answer.headers.get("Content-Length", "")
        if said.isdecimal() and int(said) > most:
            raise self._too_large(shown, target.name, most)
        size = 0
        target.parent.mkdir(exist_ok=True)
        with target.open("wb") as out:
            for block in answer.iter_content(BLOCK):
                size += len(block)
                if size > most:
                    raise self._too_large(shown, target.name, most)
                out.write(block)
                self.tell(target.name, len(block))
        return size

    def _too_large(self, shown: str, name: str, most: int) -> CannotDo:
        if name in (DESCRIPTOR, SUMS):
            return CannotDo(f"{shown}: is larger than {most / 1e6:.0f} MB, no such file is")
        return self.limits.too_large(shown)


def _beside(url: str, name: str) -> str:
    """The address of a file in the folder that an address names."""
    parts = urlsplit(url)
    folder = parts.path.removesuffix(DESCRIPTOR).rstrip("/")
    return urlunsplit(parts._replace(path=f"{folder}/{quote(name)}", fragment=""))


def _shown(url: str) -> str:
    """An address without the password that may stand in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _reason(error: requests.RequestException) -> str:
    """What lies at the bottom of an error that was wrapped several times."""
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    said = getattr(cause, "strerror", None) or str(cause)
    return f"the server cannot be reached: {said}"
