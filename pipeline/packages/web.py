"""A package on the web: a zip, or a folder of files that any static server shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from pipeline.addresses import shown
from pipeline.checksums import LARGEST_SUMS, read_sums
from pipeline.config import DESCRIPTOR, SUMS
from pipeline.download import Absent, TooLarge, download
from pipeline.packages.describing import is_package_path, read_descriptor
from pipeline.packages.limits import LARGEST_DESCRIPTOR, MOST_FILES, Limits
from pipeline.packages.unpacking import unpacked
from pipeline.problems import CannotDo


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
        raise CannotDo(f"{shown(url)}: is no address: {error}") from None
    web = _Web(limits, tell)
    if not names_zip:
        try:
            return _folder(web, _beside(url, ""), scratch / "package")
        except Absent:
            pass  # some addresses of a zip do not end as one
    try:
        archive = scratch / "archive.zip"
        web.get(url, archive, limits.largest)
    except Absent:
        raise CannotDo(f"{shown(url)}: there is neither a package nor a zip at this address") from None
    try:
        inside = scratch / "unpacked"
        inside.mkdir()
        return unpacked(str(archive), inside, limits, tell)
    except CannotDo as error:
        raise CannotDo(f"{shown(url)}: {str(error).removeprefix(f'{archive}: ')}") from error
    finally:
        archive.unlink()


def _folder(web: _Web, url: str, target: Path) -> Path:
    target.mkdir()
    try:
        web.get(_beside(url, DESCRIPTOR), target / DESCRIPTOR, LARGEST_DESCRIPTOR)
    except Absent:
        target.rmdir()
        raise
    named = [resource.get("path") for resource in read_descriptor(target, shown(url))["resources"]]
    try:
        web.get(_beside(url, SUMS), target / SUMS, LARGEST_SUMS)
        named += read_sums(target)
    except Absent:
        pass
    names = dict.fromkeys(str(name) for name in named if is_package_path(name) and name not in (DESCRIPTOR, SUMS))
    if len(names) > MOST_FILES:
        raise CannotDo(f"{shown(url)}: names {len(names):,} files, more than {MOST_FILES:,}")
    left = web.limits.largest
    for name in names:
        try:
            left -= web.get(_beside(url, name), target / name, left)
        except Absent:
            continue
    return target


class _Web:
    """Gets files of a server within the limits."""

    def __init__(self, limits: Limits, tell: Callable[[str, int], None]) -> None:
        self.limits, self.tell = limits, tell

    def get(self, url: str, target: Path, most: int) -> int:
        """Fetch one file and say how many bytes it has.

        Raises:
            Absent: the server has no such file.
            CannotDo: it could not be fetched as a whole.
        """
        told = 0

        def progress(came: int, _announced: int | None) -> None:
            nonlocal told
            self.tell(target.name, came - told)
            told = came

        try:
            return download(url, target, limit=most, stall=self.limits.stall, progress=progress).size
        except TooLarge as error:
            if target.name in (DESCRIPTOR, SUMS):
                raise CannotDo(f"{shown(url)}: is larger than {most / 1e6:.0f} MB, no such file is") from error
            raise self.limits.too_large(shown(url)) from error


def _beside(url: str, name: str) -> str:
    """The address of a file in the folder that an address names."""
    parts = urlsplit(url)
    folder = parts.path.removesuffix(DESCRIPTOR).rstrip("/")
    return urlunsplit(parts._replace(path=f"{folder}/{quote(name)}", fragment=""))
