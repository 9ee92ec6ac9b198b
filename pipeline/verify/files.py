"""The files of a package: each is the one that the checksums and the descriptor mean, and there is no other."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pipeline.checksums import read_sums, sha256
from pipeline.config import DESCRIPTOR, FIGURES, PACKAGE_NAME, SUMS
from pipeline.packages import is_package_path
from pipeline.verify.report import Verification

COMPANION = f"{PACKAGE_NAME}.duckdb"
"""Made from a package and put beside it by the store; DuckDB writes other bytes each time, so no checksum covers it."""


def check_files(folder: Path, descriptor: Mapping[str, Any], result: Verification) -> None:
    """Check names, presence and checksums.

    Args:
        folder: the package.
        descriptor: what it says of itself.
        result: takes what is found.
    """
    listed: dict[str, str] = {}
    if result.expect(
        (folder / SUMS).is_file(), SUMS, "package.checksum", "is missing: nothing says what the files were"
    ):
        listed, result.checksum = read_sums(folder), sha256(folder / SUMS)
    present = set()
    for path in _entries(folder):
        name = path.relative_to(folder).as_posix()
        message = f"is no file: a package is one folder of files, with {FIGURES}/ in it"
        if result.expect(path.is_file(), name, "package.not_a_file", message):
            present.add(name)
    present.discard(SUMS)
    if COMPANION in present - listed.keys():
        present.remove(COMPANION)
        result.leave_out(COMPANION, f"is made from the package and does not stand in {SUMS}")
    with ThreadPoolExecutor() as pool:
        found = dict(zip(present, pool.map(lambda name: sha256(folder / name), present), strict=True))
    for name in sorted(present | listed.keys()):
        if result.expect(name in present, name, "package.checksum", f"stands in {SUMS} and is not there"):
            message = f"is not the file that {SUMS} means" if name in listed else f"does not stand in {SUMS}"
            result.expect(listed.get(name) == found[name], name, "package.checksum", message)
    for resource in descriptor["resources"]:
        path = resource.get("path")
        message = f"the path {path!r} is not the plain name of a file beside it or in {FIGURES}/"
        if not result.expect(is_package_path(path), DESCRIPTOR, "package.path", message):
            continue
        if result.expect(path in present, path, "package.missing_file", "is described and is not there"):
            stated = str(resource.get("hash"))
            if not stated.startswith("sha256:"):
                result.leave_out(path, f"{DESCRIPTOR} gives no SHA-256 of it")
                continue
            message = f"is not the file that {DESCRIPTOR} means: that has the hash {stated}"
            result.expect(stated == f"sha256:{found[path]}", path, "package.hash", message)


def _entries(folder: Path) -> list[Path]:
    """What lies in a package, and in its folder of figures where that is no link."""
    figures = folder / FIGURES
    entries = [path for path in folder.iterdir() if path != figures]
    if figures.is_dir() and not figures.is_symlink():
        entries += figures.iterdir()
    elif figures.exists() or figures.is_symlink():
        entries.append(figures)
    return sorted(entries)
