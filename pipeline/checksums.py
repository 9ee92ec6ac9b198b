"""SHA-256 of files, in blocks, and ``SHA256SUMS`` as ``sha256sum -c`` reads it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.config import SUMS

LARGEST_SUMS = 1_000_000
"""Bytes of ``SHA256SUMS`` that are read; a thousand files need a tenth of it."""


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits, in little memory."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read_sums(folder: Path) -> dict[str, str]:
    """The checksums that a package states, by file name; a line of another form gives a name that no file has."""
    with (folder / SUMS).open("rb") as handle:
        text = handle.read(LARGEST_SUMS).decode("utf-8", errors="replace")
    lines = (line.partition("  ") for line in text.splitlines())
    return {name: digest for digest, _, name in lines}


def package_files(folder: Path) -> dict[str, Path]:
    """The files of a package by the names that ``SHA256SUMS`` and the descriptor give them, in order."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return dict(sorted(found.items()))


def write_sums(folder: Path) -> None:
    """Write ``SHA256SUMS`` over every other file of a package."""
    lines = [f"{sha256(path)}  {name}\n" for name, path in package_files(folder).items() if name != SUMS]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
