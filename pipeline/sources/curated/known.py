"""What curated entries define, by id."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.sources.curated.form import Entry

ENTRY_IDS = {"incident": "incident_id", "operation": "operation_id"}


class Known:
    """What the entries define, by id."""

    def __init__(self) -> None:
        self.operations: dict[str, Entry] = {}
        self.incidents: dict[str, Entry] = {}
        self.reports: dict[str, Entry] = {}
        self.urls: dict[str, Entry] = {}

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Known:
        """Collect what entries define; where an id or a page stands twice, the first counts."""
        known = cls()
        for entry in entries:
            home = known.incidents if entry.part == "incident" else known.operations
            identifier = entry.text(ENTRY_IDS[entry.part])
            if identifier:
                home.setdefault(identifier, entry)
            for report in entry.parts.get("reports", []):
                identifier, url = report.text("report_id"), report.text("url")
                if identifier and report.is_written_out:
                    known.reports.setdefault(identifier, report)
                if url:
                    known.urls.setdefault(url, report)
        return known
