"""What a process and all that it started take: Spark computes in a Java process, whose time and memory count too."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import psutil  # DVC brings it

EVERY = 0.2
"""Seconds between two looks at the memory."""


def processor_seconds() -> float:
    """Processor seconds so far, of this process, the children that ended and those that run."""
    spent = os.times()
    total = spent.user + spent.system + spent.children_user + spent.children_system
    for child in psutil.Process().children(recursive=True):
        try:
            took = child.cpu_times()
        except psutil.NoSuchProcess:  # it ended: its time is with the children that ended, once it is waited for
            continue
        total += took.user + took.system + took.children_user + took.children_system
    return total


class Memory:
    """Looks from time to time at how much memory this process and its children hold together."""

    def __init__(self) -> None:
        self._most = 0
        self._ended = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Memory:
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._looking.join()

    @property
    def peak_gb(self) -> float:
        """Gigabytes held at most: of this process alone exactly, with children as far as it was looked."""
        [line] = [x for x in Path("/proc/self/status").read_text(encoding="utf-8").splitlines() if "VmHWM" in x]
        return max(int(line.split()[1]) / 1e6, self._most / 1e9)

    def _look(self) -> None:
        here = psutil.Process()
        while not self._ended.wait(EVERY):
            held = here.memory_info().rss
            for child in here.children(recursive=True):
                try:
                    held += child.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self._most = max(self._most, held)
