"""The server of ``make serve`` on a free port of localhost, for as long as a context lasts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from pipeline.serve import ONLY_HERE, application

SECONDS_TO_START = 20


@contextmanager
def running(site: Path, store: Path) -> Iterator[str]:
    """Serve a page and a store.

    Yields:
        The address, without a slash at its end.
    """
    loop = asyncio.new_event_loop()
    ports: list[int] = []
    started = threading.Event()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(application(site, store), shutdown_timeout=0.1)  # a browser keeps its connections
        await runner.setup()
        await web.TCPSite(runner, ONLY_HERE, 0).start()
        ports.append(runner.addresses[0][1])
        return runner

    def run() -> None:
        runner = loop.run_until_complete(start())
        started.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(SECONDS_TO_START)
    try:
        yield f"http://{ONLY_HERE}:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
