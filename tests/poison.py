"""Values that stand nowhere else, put into invented rows of licensed sources, and a search for them in every byte.

What is packed is unpacked first: members of zips, cells of Parquet and DuckDB files, gzip, objects of git.
"""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

WORD = "-".join(("quoli", "brax"))
"""In every text of a poisoned row; spelled so that this file does not hold it."""
DEAD, LATITUDE, LONGITUDE = 73_519, 10.876_543_212_34, 0.314_159_265_35
POISON = re.compile(rf"{WORD}|(?<![0-9a-z])({DEAD}|{LATITUDE}|{LONGITUDE})(?![0-9a-z])", re.IGNORECASE)
ACLED_ROW = {
    "event_id_cnty": f"TOG{WORD}1",
    "event_date": "17 February 2023",
    "year": "2023",
    "time_precision": "1",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": f"Front of {WORD}",
    "actor2": "JNIM",
    "country": "Togo",
    "admin1": "Savanes",
    "admin2": f"{WORD} district",
    "location": f"{WORD} town",
    "latitude": str(LATITUDE),
    "longitude": str(LONGITUDE),
    "geo_precision": "1",
    "source": f"{WORD} Herald",
    "notes": f"Invented {WORD}.",
    "fatalities": str(DEAD),
}
GTD_ROW = {
    "eventid": f"2023021{WORD}",
    "iyear": "2023",
    "imonth": "2",
    "iday": "17",
    "country_txt": "Togo",
    "provstate": "Savanes",
    "city": f"{WORD} city",
    "latitude": str(LATITUDE),
    "longitude": str(LONGITUDE),
    "specificity": "1",
    "doubtterr": "0",
    "attacktype1": "2",
    "targtype1": "4",
    "gname": f"Army of {WORD}",
    "summary": f"Invented {WORD}.",
    "scite1": f'"Invented {WORD}," {WORD} Herald, February 18, 2023.',
    "nkill": str(DEAD),
}
BROKEN_ROW = ACLED_ROW | {"event_id_cnty": f"TOG{WORD}2", "latitude": "NaN"}
"""It waits in quarantine."""


def poisoned(folder: Path, without: Sequence[Path] = ()) -> list[str]:
    """The files below a folder that hold a poisoned value, in whatever packing.

    Args:
        folder: where to look; links are not followed.
        without: folders below it that are left out.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or any(path.is_relative_to(out) for out in without):
            continue
        if any(POISON.search(text) for text in [str(path), *_texts(path.read_bytes())]):
            found.append(path.relative_to(folder).as_posix())
    return found


def poisoned_objects(repository: Path) -> bool:
    """Whether any object of a git repository holds a poisoned value, those that nothing refers to included."""
    everything = ["git", "cat-file", "--batch-all-objects", "--batch"]
    held = subprocess.run(everything, cwd=repository, check=True, capture_output=True).stdout
    return any(POISON.search(text) for text in _texts(held))


def _texts(content: bytes) -> Iterator[str]:
    """The bytes as text, and what is packed in them."""
    yield content.decode("latin-1")
    yield content.decode("utf-16-le", errors="ignore")
    if content.startswith(b"PAR1"):
        read = pq.read_table(io.BytesIO(content))
        yield f"{read.schema.metadata} {read.to_pylist()}"
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                yield member.filename
                yield from _texts(archive.read(member))
    elif content.startswith(b"\x1f\x8b"):
        yield from _texts(gzip.decompress(content))
    elif content[8:12] == b"DUCK":
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / "copy.duckdb"
            copy.write_bytes(content)
            with duckdb.connect(str(copy), read_only=True) as connection:
                for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                    yield str(connection.execute(f'FROM "{name}"').fetchall())
