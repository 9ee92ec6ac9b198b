"""Stage ``verify``: the package that was built is well, and is the one that this checkout means."""

from __future__ import annotations

import json

from pipeline.config import DESCRIPTOR, Params, Project, built_version
from pipeline.packages import read_descriptor
from pipeline.problems import NotWell
from pipeline.schema import load_schema
from pipeline.schema.descriptor import CSV_MISSING, CSV_SUFFIX, PARQUET_MISSING, table_schema
from pipeline.verify.check import verify_package
from pipeline.verify.report import Verification


def verify(project: Project, _: Params) -> str:
    """Verify ``data/interim/package/`` and leave the report that ``release`` asks for.

    Returns:
        What was checked, in one line.

    Raises:
        NotWell: something does not hold; the report says what.
    """
    result = verify_package(project.package, project.package_rules, project.relative(project.package))
    _as_declared(project, result)
    version = built_version(project)
    message = f"does not carry the version {version} that is due"
    result.expect(result.stated["version"] == version, DESCRIPTOR, "package.version", message)
    for what, why in result.not_checked:
        result.expect(False, what, "package.not_checked", f"could not be checked: {why}")
    report = json.dumps(result.as_json(), ensure_ascii=False, indent=2)
    project.verification.write_text(report + "\n", encoding="utf-8")
    if result.problems:
        raise NotWell(result.problems, "the package is not released; the last good one is untouched")
    return f"{result.checks} checks hold over {sum(result.rows.values())} rows"


def _as_declared(project: Project, result: Verification) -> None:
    """The descriptor says of every table what the declaration says: a stranger has only the descriptor."""
    schema = load_schema(project.schemas)
    resources = read_descriptor(project.package)["resources"]
    described = {resource.get("name"): resource.get("schema") for resource in resources}
    for name, table in schema.tables.items():
        wanted = {
            name: table_schema(schema, table, missing=PARQUET_MISSING),
            name + CSV_SUFFIX: table_schema(schema, table, suffix=CSV_SUFFIX, missing=CSV_MISSING),
        }
        for resource, declared in wanted.items():
            same = described.get(resource) == declared
            result.expect(same, DESCRIPTOR, "package.declaration", f"describes {resource} otherwise than schemas/ does")
