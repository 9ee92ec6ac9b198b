"""What a person saves from the explorer."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from playwright.sync_api import Page


def saved(page: Page, button: str) -> Path:
    """The file that a button of that name gives."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Path(download.value.path())


def saved_rows(page: Page, button: str) -> list[list[str]]:
    """The rows of a CSV file that a button gives, names first."""
    text = saved(page, button).read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def open_downloads(page: Page) -> None:
    page.get_by_role("button", name="Download", exact=True).click()
