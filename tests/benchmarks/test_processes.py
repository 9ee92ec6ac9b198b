"""What a side takes is counted with the processes that it starts, as Spark starts Java."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.processes import EVERY, Memory, processor_seconds

BURNING = f"""
import sys, time
held = b"x" * 400_000_000
while time.process_time() < 0.6:  # the clock of a child ticks in hundredths
    pass
print("ready", flush=True)
time.sleep({4 * EVERY})
print("done", flush=True)
sys.stdin.read()
"""


def test_time_and_memory_of_a_running_child_and_the_time_of_one_that_ended_are_counted() -> None:
    before = processor_seconds()
    with Memory() as memory, subprocess.Popen(
        [sys.executable, "-c", BURNING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:  # fmt: skip
        assert child.stdout is not None and child.stdin is not None
        assert child.stdout.readline() == "ready\n"
        assert child.stdout.readline() == "done\n"
        running = processor_seconds()
        child.stdin.close()
        child.wait()
    assert running - before >= 0.5
    assert processor_seconds() - before >= 0.5
    assert memory.peak_gb >= 0.4
