"""How soon the explorer is usable, and how long a filter takes, in the Chromium that is installed.

Usable: from the start of the navigation until totals, map and table are drawn. A filter: from the click on a choice
until two frames after the totals have changed, as the page itself measures it with ``performance.now``. Both with a
server on localhost; what is sent is told in bytes, from which the time over a line follows. The last line counts only
the processor time of the page, which a busy machine does not lengthen.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, sync_playwright

from benchmarks.scaled import scaled_package
from pipeline.config import Project, load_params
from pipeline.schema import load_schema
from pipeline.site.stage import compress, lay_data
from tests.site.running import running
from tests.system.browser import started, visiting

RUNS = 5
ROWS_AN_INCIDENT = 19
"""Rows of all tables that belong to one incident, about: how large a package must be to have so many incidents."""
USABLE = """
() => new Promise(done => {
  const look = () => document.querySelector('tbody a') && document.querySelector('canvas').width > 300
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now())))
    : requestAnimationFrame(look);
  look();
})
"""
FILTER = """
code => new Promise(done => {
  const choice = [...document.querySelectorAll('.option')].find(option => option.innerText.startsWith(code));
  const total = document.querySelector('[data-total=incidents]');
  const before = total.textContent;
  const started = performance.now();
  choice.querySelector('input').click();
  const look = () => total.textContent !== before
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - started)))
    : requestAnimationFrame(look);
  look();
})
"""


def main(root: Path) -> None:
    """Measure and print.

    Args:
        root: a checkout with a released package, a database and a built page.
    """
    project = Project(root)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = started(playwright)
        for incidents, aim_usable, aim_filter in ((1_000, "2 s", ""), (10_000, "", "0.1 s")):
            folder = Path(scratch) / str(incidents)
            package = folder / "package"
            rows = incidents * ROWS_AN_INCIDENT
            scaled_package(project.release, package, load_schema(project.schemas), load_params(project).date, rows)
            page = folder / "dist"
            shutil.copytree(project.site, page, ignore=shutil.ignore_patterns("data"))
            lay_data(package, project.database, project.reference / "countries.geojson", page)
            compress(page)
            with running(page, package) as address:
                measure(browser, address, aim_usable, aim_filter)
        browser.close()


def measure(browser: Browser, address: str, aim_usable: str, aim_filter: str) -> None:
    """Several visits, each of a browser that knows nothing yet."""
    usable: list[float] = []
    filters: list[float] = []
    busy: list[float] = []
    sent = total = 0
    for _ in range(RUNS):
        with visiting(browser, address) as visit:
            visit.page.goto(address)
            usable.append(visit.page.evaluate(USABLE))
            total = int(visit.total("incidents"))
            inside = visit.page.context.new_cdp_session(visit.page)
            inside.send("Performance.enable", {"timeDomain": "threadTicks"})
            for name in ("Mali", "Niger", "Ambush"):
                before = worked(inside)
                filters.append(visit.page.evaluate(FILTER, name))
                busy.append(worked(inside) - before)
            visit.page.wait_for_load_state("networkidle")
            sent = visit.sent()
    print(f"\n{total:,} incidents, {sent / 1000:,.0f} kB sent")
    row("usable", usable, aim_usable)
    row("a filter", filters, aim_filter)
    row("a filter, work of the page alone", busy)


def worked(inside: CDPSession) -> float:
    """Milliseconds of processor time that the page has used, whatever else the machine does."""
    metrics = inside.send("Performance.getMetrics")["metrics"]
    return 1000 * next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")


def row(what: str, milliseconds: list[float], aim: str = "") -> None:
    """One line of the table."""
    shown = f"{statistics.median(milliseconds) / 1000:7.3f}   slowest {max(milliseconds) / 1000:.3f}"
    print(f"{what:38} {shown}   {'at most ' + aim if aim else ''}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
