"""A real Chromium on the explorer, and what it said and asked for meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Response

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass
class Visit:
    """A page that was opened, in a browser that knew nothing before."""

    page: Page
    address: str
    said: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def go(self, path: str = "/") -> Page:
        """Open a view and wait until it shows data."""
        self.page.goto(f"{self.address}{path}")
        self.page.wait_for_selector("main h1")
        self.page.wait_for_selector(".waiting", state="detached")
        return self.page

    def note(self, answer: Response) -> None:
        """Keep an answer; a method of our own, for Playwright marks what it is given."""
        self.answers.append(answer)

    def total(self, name: str) -> str:
        return self.page.inner_text(f'[data-total="{name}"]').replace(",", "")

    def sent(self) -> int:
        """Bytes of all bodies, as they came over the wire."""
        return sum(answer.request.sizes()["responseBodySize"] for answer in self.answers)


def started(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


@contextmanager
def visiting(browser: Browser, address: str, **options: object) -> Iterator[Visit]:
    """A visit that must end without an error in the console and without a request to anybody else."""
    settings = {"viewport": DESKTOP, "locale": "en-GB", "accept_downloads": True, **options}
    context: BrowserContext = browser.new_context(**settings)  # type: ignore[arg-type]
    visit = Visit(context.new_page(), address)
    visit.page.set_default_timeout(15_000)
    visit.page.on("console", lambda line: line.type == "error" and visit.said.append(line.text))
    visit.page.on("pageerror", lambda error: visit.said.append(str(error)))
    visit.page.on("response", visit.note)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    try:
        yield visit
        assert visit.said == []
        elsewhere = [url for url in asked if not url.startswith((f"{address}/", "blob:"))]
        assert elsewhere == []
    finally:
        context.close()
