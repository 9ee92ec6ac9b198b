"""Zips of strangers: nothing that their directory says is believed before it was read."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK = 1 << 18
LARGEST_DIRECTORY = 4_000_000
"""Bytes of the list of files at the end of a zip."""


class BadZip(Exception):
    """A zip that cannot be read, or should not be: the message says why."""


class TooMuch(BadZip):
    """It unpacks to more than is allowed."""


class _Bounded(io.BufferedReader):
    """A file of which no single read can fill the memory: `zipfile` reads the list of files at one go."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile(f"its list of files would have {size:,} bytes")
        return super().read(size)


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Have a zip open.

    Raises:
        BadZip: it is none, is cut short, or its content is spoiled; also where that shows only while it is unpacked.
        OSError: it cannot be opened.
    """
    try:
        with _Bounded(io.FileIO(path)) as raw, zipfile.ZipFile(raw) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, UnicodeError) as error:
        raise BadZip(f"is no zip that can be read: {error or 'it breaks off'}") from error


def files(archive: zipfile.ZipFile, most: int) -> list[zipfile.ZipInfo]:
    """The files of a zip, without its folders.

    Args:
        archive: the open zip.
        most: how many it may hold.

    Raises:
        BadZip: there are too many, one is a link, stands there twice, or is compressed in an unusual way.
    """
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > most:
        raise BadZip(f"holds {len(entries):,} files, more than {most:,}")
    seen = set()
    for entry in entries:
        shown = ascii(entry.filename)
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise BadZip(f"holds {shown}, which is a link or no file")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadZip(f"holds {shown}, compressed in another way than any zip program reads (deflate)")
        if entry.filename in seen:
            raise BadZip(f"holds {shown} twice")
        seen.add(entry.filename)
    return entries


def unpack(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    target: Path,
    allowed: int,
    tell: Callable[[int], None] = lambda _size: None,
) -> int:
    """Unpack one file, counted as it comes: what a zip says of its sizes may be a lie.

    Args:
        archive: the open zip.
        entry: the file.
        target: where it goes; it must not be there.
        allowed: bytes.
        tell: told how many bytes each piece has.

    Returns:
        How many bytes it has.

    Raises:
        TooMuch: it unpacks to more than is allowed; what was written is deleted.
    """
    written = 0
    with archive.open(entry) as source, target.open("xb") as out:
        while block := source.read(BLOCK):
            written += len(block)
            if written > allowed:
                target.unlink()
                raise TooMuch(f"unpacks to more than {allowed / 1e6:,.0f} MB")
            out.write(block)
            tell(len(block))
    return written
