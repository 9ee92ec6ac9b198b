"""Values that keep or break what the small schema declares: the same for every target it is compiled to.

A case is one row of a table, laid over a good one. It says which rule the row breaks.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
DAY = dt.date(2025, 7, 1)
NEXT_DAY = dt.date(2025, 7, 2)
REGION = {"region_code": "R-1", "vintage": 2023}
SITE = {"site_id": "s-1", "owner_code": "17", "parent_id": None, "latitude": 17.5, "is_open": True} | REGION
VISIT = {"site_id": "s-1", "date_start": DAY, "date_end": NEXT_DAY, "purpose": "survey"}
VISIT |= {"seen_low": 1, "seen_best": 2, "seen_high": 3}
PRESENT: dict[str, list[Row]] = {"regions": [REGION], "sites": [SITE], "visits": [VISIT]}
"""Rows that are there before the row of a case comes, in the order in which they can be written."""
FRESH: dict[str, Row] = {
    "regions": {"region_code": "R-2", "vintage": 2016},
    "sites": SITE | {"site_id": "s-2", "owner_code": "18", "parent_id": "s-1"},
    "visits": VISIT | {"date_start": NEXT_DAY},
}
"""A further good row of each table."""


@dataclass(frozen=True)
class Case:
    """A row that breaks one rule, or none (an empty rule)."""

    rule: str
    table: str
    changes: Row

    @property
    def row(self) -> Row:
        return FRESH[self.table] | self.changes

    def __str__(self) -> str:
        said = ",".join(f"{name}={value}" for name, value in self.changes.items())
        return f"{self.rule or self.table}[{said}]"


VALUES = [
    Case("visits.purpose.codelist", "visits", {"purpose": "holiday"}),
    Case("visits.purpose.codelist", "visits", {"purpose": "Survey"}),
    Case("sites.site_id.pattern", "sites", {"site_id": "S-2"}),
    Case("sites.site_id.pattern", "sites", {"site_id": "s-2 "}),
    Case("sites.site_id.pattern", "sites", {"site_id": "s-2\n"}),
    Case("visits.seen_low.minimum", "visits", {"seen_low": -1}),
    Case("regions.vintage.minimum", "regions", {"vintage": 1899}),
    Case("regions.vintage.maximum", "regions", {"vintage": 2101}),
    Case("sites.latitude.minimum", "sites", {"latitude": -90.000001}),
    Case("sites.latitude.maximum", "sites", {"latitude": 90.000001}),
]
"""One value breaks the rule."""
ROWS = [
    Case("visits.date_order", "visits", {"date_start": dt.date(2025, 7, 3)}),
    Case("visits.seen_order", "visits", {"seen_low": 3}),
    Case("visits.seen_order", "visits", {"seen_high": 1}),
    Case("visits.seen_order", "visits", {"seen_low": 4, "seen_best": None}),
    Case("sites.region_together", "sites", {"vintage": None}),
    Case("sites.region_together", "sites", {"region_code": None}),
]
"""Values of one row break the rule together."""
TABLES = [
    Case("visits.site_id.required", "visits", {"site_id": None}),
    Case("regions.vintage.required", "regions", {"vintage": None}),
    Case("sites.primary_key", "sites", {"site_id": "s-1", "parent_id": None}),
    Case("visits.primary_key", "visits", {"date_start": DAY}),
    Case("sites.owner_code.unique", "sites", {"owner_code": "17"}),
    Case("visits.site_id.foreign_key", "visits", {"site_id": "s-9"}),
    Case("sites.region_code.foreign_key", "sites", {"vintage": 2016}),
    Case("sites.parent_id.foreign_key", "sites", {"parent_id": "s-9"}),
]
"""The row breaks the rule beside other rows, or has no value where one is needed."""
GOOD = [
    Case("", "visits", {}),
    Case("", "visits", {"seen_low": 0}),
    Case("", "visits", {"seen_low": 2, "seen_high": 2}),
    Case("", "visits", {"seen_best": None, "seen_high": None}),
    Case("", "visits", {"seen_best": None}),
    Case("", "visits", {"date_end": None, "purpose": None}),
    Case("", "visits", {"date_start": NEXT_DAY, "date_end": NEXT_DAY}),
    Case("", "regions", {"vintage": 1900}),
    Case("", "regions", {"vintage": 2100}),
    Case("", "regions", {"region_code": "R-1"}),
    Case("", "sites", {"latitude": 90.0}),
    Case("", "sites", {"latitude": -90.0, "is_open": False}),
    Case("", "sites", {"latitude": None, "is_open": None, "owner_code": None}),
    Case("", "sites", {"parent_id": None}),
    Case("", "sites", {"region_code": None, "vintage": None}),
    Case("", "sites", {"owner_code": "='5"}),
]
TYPES = [
    ("visits", "date_start", "2025-02-30"),
    ("visits", "date_end", "tomorrow"),
    ("visits", "seen_best", "three"),
    ("regions", "vintage", "MMXXIII"),
    ("sites", "latitude", "17 N"),
    ("sites", "is_open", "perhaps"),
]
"""Texts that are no value of the field's type."""
