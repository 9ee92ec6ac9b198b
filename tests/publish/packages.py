"""Small packages for the store: a descriptor, a table, checksums; and a DuckDB file in name only."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.checksums import write_sums
from pipeline.publish import store as stores


def package(folder: Path, version: str, text: str = "a,b\n1,2\n") -> Path:
    """Write a package with one table of one row and a figure."""
    folder.mkdir(parents=True)
    (folder / "sites.csv").write_text(text, encoding="utf-8")
    (folder / "figures").mkdir()
    (folder / "figures" / "sites.svg").write_text("<svg/>", encoding="utf-8")
    descriptor = {
        "version": version,
        "schema_version": "1.0.0",
        "created": "2026-11-22T00:00:00Z",
        "resources": [{"name": "sites", "path": "sites.csv", "rows": 1}],
    }
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    write_sums(folder)
    return folder


def put(store: Path, scratch: Path, version: str, text: str = "a,b\n1,2\n") -> None:
    """Put a small package into a store as a published version, in the order of a publication."""
    made = package(scratch / f"package-{version}", version, text)
    database = scratch / "sahel-attacks.duckdb"
    database.write_bytes(b"rows")
    with stores.locked(store):
        stores.record(store, version, status=stores.PUBLISHING)
        stores.add(store, version, made, database)
        stores.record(store, version, **stores.described(store, version), status=stores.PUBLISHED)
        stores.set_latest(store)
