"""A package in a zip: files in one folder, by plain names, within the limits."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pipeline.config import DESCRIPTOR
from pipeline.packages.describing import is_package_path, is_plain_name
from pipeline.packages.limits import MOST_FILES, Limits
from pipeline.problems import CannotDo
from pipeline.zips import BadZip, TooMuch, files, opened_zip, unpack


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
        with opened_zip(Path(package)) as archive:
            for name, entry in _by_name(package, files(archive, MOST_FILES)).items():
                (target / name).parent.mkdir(exist_ok=True)
                allowed -= unpack(archive, entry, target / name, allowed, partial(tell, name))
    except PermissionError as error:
        raise CannotDo(f"{package}: cannot be opened: {error.strerror}") from error
    except TooMuch as error:
        raise _too_large(package, limits) from error
    except BadZip as error:
        raise CannotDo(f"{package}: {error}") from error
    return target


def _by_name(package: str, entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The files by their names in the package, without the one folder that they may lie in."""
    tops = {entry.filename.partition("/")[0] for entry in entries if "/" in entry.filename}
    top = f"{tops.pop()}/" if len(tops) == 1 and all("/" in entry.filename for entry in entries) else ""
    named = {entry.filename.removeprefix(top): entry for entry in entries}
    for name, entry in named.items():
        if not is_package_path(name) or (top and not is_plain_name(top[:-1])):
            shown = ascii(entry.filename)
            raise CannotDo(f"{package}: holds {shown}; a package is files in one folder, by plain names")
    if DESCRIPTOR not in named:
        raise CannotDo(f"{package}: holds no {DESCRIPTOR} and is no package")
    return named


def _too_large(package: str, limits: Limits) -> CannotDo:
    size = Path(package).stat().st_size
    if max(limits.harmless, limits.expansion * size) < limits.largest:
        return CannotDo(
            f"{package}: has {size:,} bytes and unpacks to more than {limits.expansion} times as much: "
            "no package does, that is a zip bomb"
        )
    return limits.too_large(package)
