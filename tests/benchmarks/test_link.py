"""The benchmark of linking draws what it says: copies a day apart in two sources."""

from __future__ import annotations

import json

import pytest

from benchmarks.link import main
from pipeline.config import Project


def test_half_of_the_second_source_is_found_in_the_first(built: Project, capsys: pytest.CaptureFixture[str]) -> None:
    main(built.root, 400)  # ends with an error where the counts are not those of the construction
    said = capsys.readouterr().out
    figures, end = json.JSONDecoder().raw_decode(said)
    assert figures["records"] == 800
    counts = json.loads(said[end:])
    assert counts["copies"] == 200
    assert counts["incidents"] == 800 - counts["links"]
