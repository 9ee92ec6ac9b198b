"""The names of claimants in French, ``schemas/claimants.csv``: data have them in English."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.problems import CannotDo
from pipeline.schema.declaration import load_codelist

COLUMNS = ["claimant_name", "claimant_name_fr"]


@dataclass(frozen=True)
class Claimants:
    """What claimants are called in French.

    Attributes:
        names: by the name in the data; a proper name is the same in both languages.
        endings: what may stand at the end of another name, with a comma before it.
    """

    names: Mapping[str, str]
    endings: Mapping[str, str]

    def french(self, name: str) -> str | None:
        """The name in French, or None where it is not known."""
        if name in self.names:
            return self.names[name]
        for ending, french in self.endings.items():
            known = self.names.get(name.removesuffix(ending)) if name.endswith(ending) else None
            if known is not None:
                return known + french
        return None


UNKNOWN = Claimants({}, {})
"""Where no name is known in French."""


def load_claimants(schemas: Path) -> Claimants:
    """Read the names; those of publishers and agencies are proper names.

    Raises:
        CannotDo: the file is missing, a row lacks a name or has that of another; the message says where.
    """
    shown = "schemas/claimants.csv"
    try:
        text = (schemas / "claimants.csv").read_text(encoding="utf-8")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CannotDo(f"{shown}: is no CSV file in UTF-8: {error}") from error
    names: dict[str, str] = {}
    for line, cells in rows[1:]:
        if len(cells) != len(COLUMNS) or not all(cell.strip() for cell in cells):
            raise CannotDo(f"{shown}:{line}: a row has a name in the data and one in French")
        if cells[0] in names:
            raise CannotDo(f"{shown}:{line}: {cells[0]!r} stands twice")
        names[cells[0]] = cells[1]
    if not rows or rows[0][1] != COLUMNS:
        raise CannotDo(f"{shown}:1: the columns are {','.join(COLUMNS)}")
    publishers = {code: code for code in load_codelist(schemas / "codelists" / "publishers.csv").codes}
    endings = {name: names.pop(name) for name in list(names) if name.startswith(",")}
    return Claimants(publishers | names, endings)
