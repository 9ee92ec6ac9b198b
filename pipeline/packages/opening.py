"""A package as a folder, from wherever it lies; what was fetched or unpacked is gone afterwards."""

from __future__ import annotations

import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.config import DESCRIPTOR
from pipeline.packages.limits import Limits
from pipeline.problems import CannotDo

Tell = Callable[[str, int], None]
"""Told the name of the file in hand and how many bytes more there are of it."""


@contextmanager
def opened(package: str | Path, limits: Limits | None = None) -> Iterator[Path]:
    """Have a package as a folder.

    Args:
        package: a folder; a zip of its files, flat or in one folder; an http(s) address of such a zip, or of a folder
            that a server shows, of which the files are fetched that ``datapackage.json`` and ``SHA256SUMS`` name.
        limits: how much of it is read.

    Returns:
        The folder, for as long as the context lasts: the one named, or a temporary one.

    Raises:
        CannotDo: there is no such package, it cannot be reached or read, it is no package, it goes beyond a limit,
            or the disk is full. Nothing is left behind.
    """
    limits = limits or Limits.of_environment()
    source: Callable[[str, Path, Limits, Tell], Path]
    shown = str(package)
    if shown.lower().startswith(("http://", "https://")):
        from pipeline.packages.web import fetched  # certificates and ssl take a while

        source = fetched
    elif "://" in shown:
        raise CannotDo(f"{shown}: only addresses that begin with http:// or https:// can be opened")
    else:
        path = Path(package)
        path = path.parent if path.name == DESCRIPTOR else path
        if _is_folder(path):
            yield path
            return
        from pipeline.packages.unpacking import unpacked

        source = unpacked
    with tempfile.TemporaryDirectory(prefix="sahel-", ignore_cleanup_errors=True) as scratch:
        try:
            with _telling() as tell:
                folder = source(shown, Path(scratch), limits, tell)
        except OSError as error:
            raise CannotDo(f"{shown}: could not be laid out in {scratch}: {error.strerror or error}") from error
        yield folder


def _is_folder(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise CannotDo(f"{path}: there is no such folder or zip") from None
    except (OSError, ValueError) as error:
        raise CannotDo(f"{path}: cannot be opened: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise CannotDo(f"{path}: is neither a folder nor a zip")
    return stat.S_ISDIR(mode)


@contextmanager
def _telling() -> Iterator[Tell]:
    """Progress for people who watch; programs and log files get none."""
    if not sys.stderr.isatty():
        yield lambda _name, _size: None
        return
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn, TransferSpeedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda name, size: progress.update(task, description=name, advance=size)
