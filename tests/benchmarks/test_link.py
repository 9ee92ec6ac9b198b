"""The benchmark of linking draws what it says: copies a day apart in two sources."""

from __future__ import annotations

import json

import pytest

from benchmarks.link import main
from pipeline.config import Project


def test_half_of_the_second_source_is_found_in_the_first(built: Project, capsys: pytest.CaptureFixture[str]) -> None:
    main(built.root, 400)
    figures = json.loads(capsys.readouterr().out)
    assert figures["records"] == 800
    assert 100 <= figures["clusters"] <= 300
