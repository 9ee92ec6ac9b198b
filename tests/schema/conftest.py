"""The small schema on which the compilers are tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.schema import Schema, load_schema

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def small() -> Schema:
    return load_schema(HERE / "small")


@pytest.fixture(scope="session")
def golden() -> Path:
    return HERE / "golden"
