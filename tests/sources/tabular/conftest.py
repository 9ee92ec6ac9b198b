from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Params, Project
from pipeline.reference import Reference, load_reference
from pipeline.schema import Schema
from tests.sources.tabular.rows import Reader, reader


@pytest.fixture(scope="session")
def reference(project: Project, schema: Schema) -> Reference:
    found, problems = load_reference(project, schema)
    assert problems == []
    return found


@pytest.fixture
def read(project: Project, params: Params, schema: Schema, reference: Reference, tmp_path: Path) -> Reader:
    """Read files as those of a source."""
    return reader(project, params, schema, reference, tmp_path)


@pytest.fixture(scope="session")
def candidate(
    project: Project,
    params: Params,
    schema: Schema,
    reference: Reference,
    shared_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> object:
    """The real file of UCDP Candidate 26.0.2, read."""
    content = (shared_data / "ucdp" / "GEDEvent_v26_0_2.csv").read_bytes()
    return reader(project, params, schema, reference, tmp_path_factory.mktemp("candidate"))(
        "ucdp_candidate", {"GEDEvent_v26_0_2.csv": content}
    )
