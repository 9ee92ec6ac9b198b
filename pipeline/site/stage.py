"""``python -m pipeline site``: lays the data of the released package beside the page in ``site/dist/``."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb

from pipeline.checksums import sha256
from pipeline.config import CHANGELOGS, DESCRIPTOR, SUMS, Params, Project
from pipeline.database import database
from pipeline.json_script import LD_JSON, for_script
from pipeline.problems import CannotDo
from pipeline.schema.claimants import UNKNOWN, Claimants, load_claimants
from pipeline.schema.duckdb import literal, quote
from pipeline.site.details import CHUNK, details
from pipeline.site.summary import columns, rows, summary

DATA = "data"
PAGE = "index.html"
DATASET = "dataset.jsonld"
DESCRIBED = re.compile(rf'<script type="{re.escape(LD_JSON)}">.*?</script>', re.DOTALL)
COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".wasm"}
SMALLEST_COMPRESSED = 1024
TAKEN_ALONG = {
    "incidents": "date_start, incident_id",
    "tolls": "date_start, unit_type, unit_id, metric, population_group",
    "claims": "subject_id, sequence, claim_id",
}
"""Tables of which the rows of a selection can be downloaded, with their order; incidents in that of the summary."""
LINK_TO_A_LOG = re.compile(rf"\s*\[[^\]]*\]\((?:{'|'.join(re.escape(name) for name in CHANGELOGS.values())})\)")


def site(project: Project, params: Params) -> str:
    """Write the data of the explorer from ``data/release/`` beside the page that ``make site`` built.

    The DuckDB file is made anew where it was made of another package: the SQL page shows what the map shows.

    Returns:
        What was written, in one line.

    Raises:
        CannotDo: there is no released package, or the page was not built.
    """
    if not (project.release / SUMS).is_file():
        raise CannotDo("there is no package in data/release: run make release first")
    if not (project.site / PAGE).is_file():
        raise CannotDo(f"{project.relative(project.site)}/ holds no page: make site builds it (needs Node.js)")
    database(project, params)
    outlines, claimants = project.reference / "countries.geojson", load_claimants(project.schemas)
    lay_data(project.release, project.database, outlines, project.site, claimants)
    describe(project.site / PAGE, project.release / DATASET)
    compress(project.site)
    size = sum(path.stat().st_size for path in (project.site / DATA).rglob("*.json"))
    return f"{project.relative(project.site)}/ shows {project.relative(project.release)}/, {size / 1e6:.1f} MB of data"


def lay_data(package: Path, tables: Path, outlines: Path, page: Path, claimants: Claimants = UNKNOWN) -> None:
    """Write everything that the page loads; the same package gives the same bytes.

    Args:
        package: folder of a package.
        tables: the DuckDB file that was made of it.
        outlines: borders as GeoJSON, with ``iso3`` of each.
        page: folder of the page; its ``data/`` is written anew.
        claimants: what claimants are called in French; the package has their names in English.
    """
    target = page / DATA
    shutil.rmtree(target, ignore_errors=True)
    for folder in ("details", "rows"):
        (target / folder).mkdir(parents=True)
    descriptor = json.loads((package / DESCRIPTOR).read_text(encoding="utf-8"))
    with opened(package, descriptor) as connection:
        _write(target / "explorer.json", {**_about(package, descriptor, connection), **summary(connection)})
        for name, content in details(connection, claimants).items():
            _write(target / "details" / f"{name}.json", content)
        for table, order in TAKEN_ALONG.items():
            _write(target / "rows" / f"{table}.json", _all_rows(connection, descriptor, table, order))
        _write(target / "changes.json", _changes(package, connection))
    shutil.copy(outlines, target / "outlines.json")
    shutil.copy(tables, target / tables.name)
    for path in sorted(package.glob("codebook.*")):
        shutil.copy(path, target / path.name)


def describe(page: Path, dataset: Path) -> None:
    """Say in the head of a page, for machines, what it shows; what an earlier build said there goes.

    Args:
        page: an HTML file that was built.
        dataset: the package as a Dataset of schema.org. Its files are named where their addresses are known: relative
            ones are those of the package and not of the page.
    """
    statements = json.loads(dataset.read_text(encoding="utf-8"))
    if "@id" not in statements:
        statements.pop("distribution", None)
    text = DESCRIBED.sub("", page.read_text(encoding="utf-8"))
    head, end, body = text.partition("</head>")
    page.write_text(f'{head}<script type="{LD_JSON}">{for_script(statements)}</script>{end}{body}', encoding="utf-8")


def opened(package: Path, descriptor: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """A connection in which every table of a package is a view, one thread."""
    connection = duckdb.connect(config={"threads": 1})
    for name in sorted({resource["name"].removesuffix("-csv") for resource in descriptor["resources"]}):
        path = package / f"{name}.parquet"
        if path.is_file():
            connection.execute(f"CREATE VIEW {quote(name)} AS SELECT * FROM read_parquet({literal(str(path))})")
    return connection


def compress(page: Path) -> None:
    """Lay a ``.gz`` beside every file that gains by it, for servers that send it instead (``gzip_static``)."""
    for path in sorted(page.rglob("*.gz")):
        path.unlink()
    for path in sorted(page.rglob("*")):
        if path.suffix in COMPRESSED and path.stat().st_size >= SMALLEST_COMPRESSED:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 6, mtime=0))


def _about(package: Path, descriptor: dict[str, Any], connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What the page says of the package as a whole."""
    return {
        "name": descriptor["name"],
        "version": descriptor["version"],
        "schema_version": descriptor.get("schema_version"),
        "date": str(descriptor["created"])[:10],
        "home": _home(descriptor),
        "content": sha256(package / SUMS),
        "chunk": CHUNK,
        "codebook": sorted(path.name for path in package.glob("codebook.*.html")),
        "issues": rows(
            connection,
            "SELECT * FROM known_issues WHERE subject_type = 'table' ORDER BY subject_id, issue_id",
        ),
    }


def _home(descriptor: dict[str, Any]) -> dict[str, str]:
    """Where the project lives, as far as the package says it: ``repository``, ``edition`` (its files), ``contact``."""
    contributors = descriptor.get("contributors") or [{}]
    found = {
        "repository": descriptor.get("homepage"),
        "edition": descriptor.get("id"),
        "contact": contributors[0].get("email"),
    }
    return {key: str(value) for key, value in found.items() if value}


def _all_rows(
    connection: duckdb.DuckDBPyConnection, descriptor: dict[str, Any], table: str, order: str
) -> dict[str, Any]:
    """All columns of a table: what a download of a selection is made from."""
    fields = next(
        resource["schema"]["fields"] for resource in descriptor["resources"] if resource["path"] == f"{table}.parquet"
    )
    values = columns(connection, f"SELECT * FROM {quote(table)} ORDER BY {order}")
    types = {field["name"]: field["type"] for field in fields}
    return {"columns": [{"name": name, "type": types[name], "values": cells} for name, cells in values.items()]}


def _changes(package: Path, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What changed since the last release, and the change log of all; the page has it in its own language."""
    logs = {language: package / name for language, name in CHANGELOGS.items()}
    said = {language: log.read_text(encoding="utf-8") if log.is_file() else "" for language, log in logs.items()}
    return {
        "changelog": {language: LINK_TO_A_LOG.sub("", text) for language, text in said.items()},
        "changes": rows(connection, 'SELECT * FROM changes ORDER BY "table", key, field NULLS FIRST'),
        "id_changes": rows(connection, "SELECT * FROM id_changes ORDER BY old_id, new_id NULLS FIRST"),
    }


def _write(path: Path, content: Any) -> None:
    """One JSON file, compact; a number that JSON has no word for would stop the build."""
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False), encoding="utf-8")
