"""The explorer on a server of static files, with the configuration that ``docs/explorer.md`` gives."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from pipeline.serve import policy_of
from tests.conftest import ROOT
from tests.documents import fenced
from tests.system.browser import visiting
from tests.system.nginx import served

pytestmark = pytest.mark.system

PROMISED = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def test_the_configuration_in_the_document_serves_all_of_it(
    explorer_folder: Path, browser: Browser, tmp_path: Path
) -> None:
    [configuration] = fenced(ROOT / "docs" / "explorer.md", "nginx")
    with served(explorer_folder.parent, tmp_path, configuration) as nginx:
        for path in ("/", "/index.html", "/sql.html", "/data/explorer.json", "/data/codebook.en.html"):
            headers = requests.get(nginx.url + path, timeout=10).headers
            assert headers["Content-Security-Policy"] == policy_of(path), path
            assert {name: headers[name] for name in PROMISED} == PROMISED
        assert requests.get(f"{nginx.url}/data/explorer.json", timeout=10).headers["Content-Encoding"] == "gzip"
        nginx.requests()
        with visiting(browser, nginx.url) as visit:
            visit.page.goto(f"{nginx.url}/sql.html")
            expect(visit.page.get_by_text("Ready.")).to_be_visible(timeout=60_000)
            visit.page.get_by_role("button", name="Run").click()
            visit.page.wait_for_selector("table.plain tbody tr")
        parts = [asked for asked in nginx.requests() if asked.path.endswith(".duckdb") and asked.method == "GET"]
        assert {asked.status for asked in parts} <= {206, 304}  # a part that the browser has is asked for again
        assert 0 < sum(asked.sent for asked in parts) < 8_000_000
