"""`sahel review` as people and programs call it."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from pipeline.config import Project
from tests.cli.test_app import SAHEL, sahel
from tests.review.conftest import small

__all__ = ["small"]


def test_it_lists_without_asking_where_nobody_sits(small: Project) -> None:
    done = sahel(small.root, "review", "--limit", "1")
    assert done.returncode == 0
    assert "1 of 1: probability" in done.stdout
    assert "before" in done.stdout
    assert done.stderr == "1 pairs without a decision, 2 more: --limit shows them\n"
    found = json.loads(sahel(small.root, "review", "--json").stdout)
    assert len(found["pairs"]) == 3
    assert found["pairs"][0]["comparisons"][0]["comparison"] == "time"


def test_it_decides_without_asking(small: Project) -> None:
    pair = ("curated:nara", "ucdp_candidate:nara")
    done = sahel(small.root, "review", "--decide", *pair, "same", "--why", "the page says so")
    assert done.returncode == 0
    assert done.stderr.startswith("data/reference/link_decisions.csv:2: same; ")
    again = sahel(small.root, "review", "--decide", *pair, "different", "--why", "no")
    assert again.returncode == 1
    assert "data/reference/link_decisions.csv:3: decision: 'curated:nara' and" in again.stdout
    assert "cannot be different when curated:nara = ucdp_candidate:nara (line 2)" in again.stdout
    assert again.stderr == "nothing was written\n"
    assert sahel(small.root, "review", "--why", "no pair").returncode == 2
    (small.linked / "inputs.json").unlink()
    none = sahel(small.root, "review")
    assert (none.returncode, none.stdout) == (2, "")
    assert "run `.venv/bin/dvc repro`" in none.stderr


def test_on_a_terminal_it_asks(small: Project) -> None:
    """Skips the first pair, is not content with an answer it does not know or with no reason, decides, then quits."""
    said = answered(
        small.root,
        [
            ("quit (q)", "k"),
            ("quit (q)", "perhaps"),
            ("quit (q)", "d"),
            ("why", ""),
            ("why", "two towns"),
            ("quit (q)", "q"),
        ],
    )
    assert "1 of 3" in said
    assert "3 of 3" in said
    rows = small.link_decisions.read_text(encoding="utf-8").splitlines()[1:]
    assert len(rows) == 1
    assert ",different,two towns," in rows[0]


def test_what_follows_from_an_answer_is_not_asked(small: Project) -> None:
    """Kayes and Nara are one town in both sources: once the rows of one are the same, so are those of the other."""
    for source in ("curated", "ucdp_candidate"):
        pair = (f"{source}:kayes", f"{source}:nara")
        assert sahel(small.root, "review", "--decide", *pair, "same", "--why", "one town").returncode == 0
    said = answered(small.root, [("quit (q)", "s"), ("why", "one page"), ("quit (q)", "k")])
    assert "3 of 3" in said
    assert "3 pairs without a decision; 1 not asked, for they follow from what was decided" in said
    assert len(small.link_decisions.read_text(encoding="utf-8").splitlines()) == 4


def answered(folder: Path, answers: list[tuple[str, str]]) -> str:
    """Call it on a terminal of its own and answer each question once it is asked."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([SAHEL, "review"], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said, since = "", 0
        for question, answer in answers:
            while not re.search(re.escape(question) + r"[^\n]*: ?$", said[since:]):
                said += os.read(ours, 4096).decode(errors="replace")
            since = len(said)
            os.write(ours, f"{answer}\n".encode())
        while part := read_to_the_end(ours):
            said += part
        assert process.wait(timeout=60) == 0, said
    os.close(ours)
    return said


def read_to_the_end(descriptor: int) -> str:
    try:
        return os.read(descriptor, 4096).decode(errors="replace")
    except OSError:  # the other end is closed
        return ""


@pytest.mark.parametrize("between", [("0.9", "0.1"), ("0", "2"), ("-1", "0.5"), ("nan", "nan")])
def test_bounds_that_hold_no_probability_are_refused(small: Project, between: tuple[str, str]) -> None:
    done = sahel(small.root, "review", "--list", f"--between={between[0]}", between[1])
    assert (done.returncode, done.stdout) == (2, "")
    assert "it takes two from 0 to 1, the smaller first" in done.stderr


@pytest.mark.parametrize("why", ["=cmd|x", "+1", "-", "@here", "  =1"])
def test_a_reason_that_a_spreadsheet_would_run_is_not_written(small: Project, why: str) -> None:
    pair = ("curated:nara", "ucdp_candidate:nara")
    done = sahel(small.root, "review", "--decide", *pair, "same", f"--why={why}")
    assert done.returncode == 1
    assert "which a spreadsheet takes for a formula: begin with a word" in done.stdout
    assert done.stderr == "nothing was written\n"


def test_a_decision_about_a_source_that_is_turned_off_says_that_nobody_looked(small: Project) -> None:
    done = sahel(small.root, "review", "--decide", "curated:nara", "ucdp_ged:1", "same", "--why", "the page says so")
    assert done.returncode == 0
    assert "waits for a source that is turned off, whose file is not read: nobody looked" in done.stderr
    unknown = sahel(small.root, "review", "--decide", "curated:nara", "nowhere:1", "same", "--why", "the page says so")
    assert unknown.returncode == 1
    assert "there is no record 'nowhere:1'" in unknown.stdout
