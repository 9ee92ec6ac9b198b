"""How much of a stranger's package is read, declared once."""

from __future__ import annotations

import os
from dataclasses import dataclass

from pipeline.problems import CannotDo

LARGEST_DESCRIPTOR = 20_000_000
"""Bytes of ``datapackage.json``; that of our own package has half a million."""
MOST_FILES = 1_000
VARIABLE = "SAHEL_LARGEST_MB"


@dataclass(frozen=True)
class Limits:
    """What a package from a zip or from the web may cost.

    Attributes:
        largest: bytes on disk of all its files together; the environment variable `SAHEL_LARGEST_MB` sets another.
        expansion: how many bytes a zip may unpack to for each of its own. CSV shrinks to a tenth or a thirtieth;
            a zip bomb to a thousandth.
        harmless: bytes that any zip may unpack to, however small it is.
        stall: seconds that a server may send nothing.
    """

    largest: int = 4_000_000_000
    expansion: int = 200
    harmless: int = 100_000_000
    stall: float = 30

    @classmethod
    def of_environment(cls) -> Limits:
        """The limits, with the size that the environment sets.

        Raises:
            CannotDo: the variable is no number above 0.
        """
        said = os.environ.get(VARIABLE)
        if said is None:
            return cls()
        if not said.isdecimal() or not int(said):
            raise CannotDo(f"{VARIABLE} is {said!r}; it is a number of megabytes, like 8000")
        return cls(largest=int(said) * 1_000_000)

    def too_large(self, what: str) -> CannotDo:
        """The error for a package that goes beyond the limit."""
        return CannotDo(
            f"{what}: is larger than {self.largest / 1e6:,.0f} MB, the most that is read; "
            f"where that is meant, {VARIABLE}={max(1, self.largest * 2 // 1_000_000)} allows more"
        )
