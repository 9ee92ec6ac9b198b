"""The file of a source as it was added: checked, unpacked within bounds, its first lines read."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.checksums import sha256
from pipeline.problems import NotWell, Problem
from pipeline.zips import BadZip, TooMuch, files, opened_zip, unpack

CHUNK = 1_000_000
LONGEST_LINE = 2_000_000
"""Bytes; what DuckDB reads as one row. The longest rows of UCDP have some ten thousand."""
LARGEST_UNPACKED = 30_000_000_000
LARGEST_RATIO = 100
"""How many times its size a file in a zip may unpack to; text packs to a tenth, a bomb to a thousandth."""
MOST_FILES = 1_000
SMALL = 50_000_000
"""Below this many bytes no ratio is looked at."""
TABLES = (".csv", ".tsv", ".txt", ".xlsx")
DELIMITERS = (",", ";", "\t")
PACKED = {
    b"\x1f\x8b": "is packed with gzip: unpack it (gunzip)",
    b"BZh": "is packed with bzip2: unpack it (bunzip2)",
    b"\xfd7zXZ": "is packed with xz: unpack it (unxz)",
    b"7z\xbc\xaf": "is packed with 7-Zip: unpack it",
    b"\xd0\xcf\x11\xe0": "is a spreadsheet of the old form (XLS): save it as XLSX, or as CSV UTF-8",
}
"""How files begin that hold a table in a form that is not read, and what to do with them."""
NOT_UTF_8 = "is not UTF-8 text: save the file as CSV UTF-8 (it may be Windows-1252)"
NOTHING_DONE = "nothing was built and nothing lost; the file is as it was"


@dataclass(frozen=True)
class Opened:
    """A file that can be read as a table.

    Attributes:
        path: where it lies, unpacked.
        shown: the name of the file as it was added, for messages.
        sha256: of the file as it was added.
        line_count: how many line ends it has; 0 for a spreadsheet.
    """

    path: Path
    shown: str
    sha256: str
    line_count: int

    @property
    def is_spreadsheet(self) -> bool:
        """Whether it is XLSX."""
        return self.path.suffix.lower() == ".xlsx"


@dataclass(frozen=True)
class Head:
    """The first rows of a table.

    Attributes:
        first: the cells of the first row.
        second: the cells of the second row; none where there is one row only.
        first_lines: how many lines of the file the first row takes.
        second_lines: how many lines the first two rows take.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    first_lines: int
    second_lines: int
    delimiter: str


def refused(shown: str, message: str, rule: str, line: int = 0) -> NotWell:
    """A file that cannot be read as a whole, told as a problem."""
    return NotWell([Problem(shown, line, "", message, rule)], NOTHING_DONE)


def open_table(path: Path, shown: str, scratch: Path) -> Opened:
    """Check a file and unpack it where it is a zip.

    Args:
        path: CSV, XLSX, or a zip that holds one of them.
        shown: its name in messages.
        scratch: a folder for what is unpacked.

    Raises:
        NotWell: the file is empty, packed in another way, no zip, unpacks beyond bounds, holds no table or several, is
            no UTF-8 text or has a line that is too long.
    """
    if not path.stat().st_size:
        raise refused(shown, "is empty", "tabular.empty")
    digest = sha256(path)
    with path.open("rb") as handle:
        begins = handle.read(8)
    for beginning, said in PACKED.items():
        if begins.startswith(beginning):
            raise refused(shown, said, "tabular.packed")
    is_zip = begins.startswith(b"PK")
    if is_zip and path.suffix.lower() != ".xlsx":
        path = _unpacked(path, shown, scratch)
    if path.suffix.lower() == ".xlsx":
        try:
            with opened_zip(path) as packed:
                _within_bounds(files(packed, MOST_FILES), shown)
        except BadZip as error:
            raise refused(shown, f"is no spreadsheet: {error}; get it again", "tabular.zip") from error
        return Opened(path, shown, digest, 0)
    return Opened(path, shown, digest, _lines(path, shown))


def read_head(opened: Opened) -> Head:
    """The first two rows of a CSV file, with its delimiter.

    Raises:
        NotWell: they are no UTF-8 text, or no CSV.
    """
    with opened.path.open("rb") as handle:
        raw = handle.read(2 * LONGEST_LINE)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:1000]:
        raise refused(opened.shown, "is UTF-16, not UTF-8 text: save it as CSV UTF-8", "tabular.encoding")
    is_cut = len(raw) == 2 * LONGEST_LINE  # else the last line is whole, whether it ends or not
    text = raw[: (raw.rfind(b"\n") + 1 if is_cut else 0) or len(raw)].decode("utf-8-sig", errors="replace")
    line = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            rows.append(tuple(row))
            lines.append(reader.line_num)
            if len(rows) == 2:
                break
    except csv.Error as error:
        raise refused(opened.shown, f"is no CSV: {error}", "tabular.quote", reader.line_num) from error
    first, second = (*rows, (), ())[:2]
    if any("\ufffd" in name for name in first):
        raise refused(opened.shown, NOT_UTF_8, "tabular.encoding", 1)
    return Head(first, second, (*lines, 0)[0], (*lines, 0, 0)[1], delimiter)


def first_line_in_another_encoding(path: Path) -> int | None:
    """The first line of a file that is not UTF-8 text; None where all of it is."""
    with path.open("rb") as handle:
        for number, line in enumerate(iter(lambda: handle.readline(LONGEST_LINE), b""), 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return None


def _lines(path: Path, shown: str) -> int:
    """Count the line ends; DuckDB passes over a row that is too long, so such a line is looked for first."""
    count, since = 0, 0
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            first, last = chunk.find(b"\n"), chunk.rfind(b"\n")
            if since + (first if first >= 0 else len(chunk)) > LONGEST_LINE:
                message = f"is longer than {LONGEST_LINE:,} bytes: a quote that is never closed, or no table at all"
                raise refused(shown, message, "tabular.line_too_long", count + 1)
            since = len(chunk) - last - 1 if last >= 0 else since + len(chunk)
            count += chunk.count(b"\n")
    return count


def _unpacked(path: Path, shown: str, scratch: Path) -> Path:
    try:
        with opened_zip(path) as packed:
            members = files(packed, MOST_FILES)
            for member in members:
                name = PurePosixPath(member.filename.replace("\\", "/"))
                if name.is_absolute() or ".." in name.parts:
                    message = f"holds the name {member.filename!a}, which leads out of the zip"
                    raise refused(shown, message, "tabular.zip")
            allowed = _within_bounds(members, shown)
            tables = [member for member in members if _is_table(member.filename)]
            if len(tables) != 1:
                held = ", ".join(ascii(member.filename) for member in members[:10]) or "nothing"
                message = f"is to hold exactly one table (CSV or XLSX), and holds {held}"
                raise refused(shown, message, "tabular.zip")
            target = scratch / f"unpacked{PurePosixPath(tables[0].filename).suffix.lower()}"
            unpack(packed, tables[0], target, allowed)
    except TooMuch as error:
        raise refused(shown, f"{error}: more than a table does", "tabular.zip") from error
    except BadZip as error:
        raise refused(shown, f"{error}; it may be cut off, get it again", "tabular.zip") from error
    return target


def _is_table(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in TABLES and not path.name.startswith(".") and "__MACOSX" not in name


def _within_bounds(members: list[zipfile.ZipInfo], shown: str) -> int:
    """How many bytes a zip may unpack to, which it must not say that it exceeds."""
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    allowed = min(LARGEST_UNPACKED, max(SMALL, packed * LARGEST_RATIO))
    if size > allowed:
        message = f"would unpack from {packed / 1e6:.1f} to {size / 1e6:.0f} MB: more than a table does"
        raise refused(shown, message, "tabular.zip")
    return allowed
