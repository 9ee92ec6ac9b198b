"""A package in a zip: nothing that its directory says is believed before it was read."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from pipeline.config import DESCRIPTOR
from pipeline.packages.describing import is_package_path, is_plain_name
from pipeline.packages.limits import MOST_FILES, Limits
from pipeline.problems import CannotDo

BLOCK = 1 << 18
LARGEST_DIRECTORY = 4_000_000
"""Bytes of the list of files at the end of a zip."""


class _Bounded(io.BufferedReader):
    """A file of which no single read can fill the memory: `zipfile` reads the list of files at one go."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile(f"its list of files would have {size:,} bytes")
        return super().read(size)


def unpacked(package: str, scratch: Path, limits: Limits, tell: Callable[[str, int], None]) -> Path:
    """Unpack a zip.

    Args:
        package: its path.
        scratch: an empty folder to work in.
        limits: how much it may unpack to, as counted while it is read.
        tell: told of progress.

    Returns:
        The folder with the files of the package.

    Raises:
        CannotDo: it is no zip, cut short, too large, or holds names that a package has not.
    """
    target = scratch / "package"
    target.mkdir()
    allowed = min(limits.largest, max(limits.harmless, limits.expansion * Path(package).stat().st_size))
    try:
        with _Bounded(io.FileIO(package)) as raw, zipfile.ZipFile(raw) as archive:
            for name, entry in _files(package, archive).items():
                (target / name).parent.mkdir(exist_ok=True)
                with archive.open(entry) as source, (target / name).open("xb") as out:
                    while block := source.read(BLOCK):
                        allowed -= len(block)
                        if allowed < 0:
                            raise _too_large(package, limits)
                        out.write(block)
                        tell(name, len(block))
    except PermissionError as error:
        raise CannotDo(f"{package}: cannot be opened: {error.strerror}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, UnicodeError) as error:
        raise CannotDo(f"{package}: is no zip that can be read: {error or 'it breaks off'}") from error
    return target


def _files(package: str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by their names in the package, without the one folder that they may lie in."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise CannotDo(f"{package}: holds {len(entries):,} files, more than {MOST_FILES:,}")
    tops = {entry.filename.partition("/")[0] for entry in entries if "/" in entry.filename}
    top = f"{tops.pop()}/" if len(tops) == 1 and all("/" in entry.filename for entry in entries) else ""
    files: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = entry.filename.removeprefix(top)
        shown = ascii(entry.filename)
        if not is_package_path(name) or (top and not is_plain_name(top[:-1])):
            raise CannotDo(f"{package}: holds {shown}; a package is files in one folder, by plain names")
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise CannotDo(f"{package}: holds {shown}, which is a link or no file")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise CannotDo(f"{package}: holds {shown}, compressed in another way than any zip program reads (deflate)")
        if name in files:
            raise CannotDo(f"{package}: holds {shown} twice")
        files[name] = entry
    if DESCRIPTOR not in files:
        raise CannotDo(f"{package}: holds no {DESCRIPTOR} and is no package")
    return files


def _too_large(package: str, limits: Limits) -> CannotDo:
    size = Path(package).stat().st_size
    if max(limits.harmless, limits.expansion * size) < limits.largest:
        return CannotDo(
            f"{package}: has {size:,} bytes and unpacks to more than {limits.expansion} times as much: "
            "no package does, that is a zip bomb"
        )
    return limits.too_large(package)
