"""A package with what no curator would write: markup, steering characters, formulas, endless names, no coordinates."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

MARKUP = '<img src=x onerror="window.wasRun=1"><script>window.wasRun=1</script>'
STEERING = "\u202egnp.exe\u2066\u200f\u061c\u2028\u200b"
FORMULA = '=HYPERLINK("https://example.org","click")'
SPLIT = 'x;=HYPERLINK("https://example.org","click")\t+1'
"""No formula where commas end cells; one where semicolons or tabs do."""
ENDLESS = "x" * 10_000
RUN_AS_ADDRESS = "javascript:window.wasRun=1"
NAMES = (MARKUP, STEERING, FORMULA, ENDLESS, SPLIT)
"""The places of the five newest incidents; the sixth has no name and no coordinates."""


def hostile_package(package: Path, target: Path) -> Path:
    """A copy of a package in which every text that the explorer shows is hostile somewhere.

    Args:
        package: the real one.
        target: the folder to be made.
    """
    shutil.copytree(package, target)
    names = ", ".join(_literal(name) for name in NAMES)
    chosen = f"list_extract([{names}], rank)"
    rank = "(row_number() OVER (ORDER BY date_start DESC, incident_id DESC))::INTEGER AS rank"
    _replace(
        target / "incidents.parquet",
        f"""SELECT * EXCLUDE (rank) REPLACE (
            CASE WHEN rank <= {len(NAMES)} THEN {chosen} WHEN rank > {len(NAMES) + 1} THEN place_name END AS place_name,
            CASE WHEN rank <= {len(NAMES)} THEN {chosen} ELSE admin1_name END AS admin1_name,
            CASE WHEN rank <= {len(NAMES)} THEN {chosen} ELSE label_en END AS label_en,
            CASE WHEN rank <= {len(NAMES)} THEN {chosen} ELSE label_fr END AS label_fr,
            CASE WHEN rank <> {len(NAMES) + 1} THEN latitude END AS latitude,
            CASE WHEN rank <> {len(NAMES) + 1} THEN longitude END AS longitude,
            CASE WHEN rank <> {len(NAMES) + 1} THEN geo_radius_km END AS geo_radius_km)
        FROM (SELECT *, {rank} FROM read_parquet({{}})) ORDER BY rank DESC""",
    )
    hostile = f"list_extract([{names}], 1 + (row_number() OVER () % {len(NAMES)})::INTEGER)"
    for table, columns in (
        ("claims", ["claimant_name"]),
        ("records", ["note"]),
        ("actors", ["actor_name_en", "actor_name_fr"]),
        ("operations", ["operation_name_en", "operation_name_fr", "note"]),
        ("known_issues", ["description_en", "description_fr"]),
        ("revisions", ["field", "reason"]),
        ("reports", ["publisher", "agency"]),
    ):
        replaced = ", ".join(f"{hostile} AS {column}" for column in columns)
        address = f", {_literal(RUN_AS_ADDRESS)} AS url, {_literal(RUN_AS_ADDRESS)} AS archive_url"
        address = address if table == "reports" else ""
        _replace(target / f"{table}.parquet", f"SELECT * REPLACE ({replaced}{address}) FROM read_parquet({{}})")
    newest = "SELECT incident_id FROM incidents ORDER BY date_start DESC, incident_id DESC LIMIT 1"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW incidents AS FROM read_parquet({_literal(str(target / 'incidents.parquet'))})")
        connection.execute(f"CREATE VIEW claims AS FROM read_parquet({_literal(str(target / 'claims.parquet'))})")
        claim = f"SELECT min(claim_id) FROM claims WHERE subject_id = ({newest})"
        changed = ", ".join(_literal(text) for text in (MARKUP, FORMULA, STEERING))
        for table, rows in (
            (
                "changes",
                f"SELECT 'incidents' AS \"table\", ({newest}) AS key, 'changed' AS change_type, 'place_name' AS field,"
                f" * FROM (VALUES ({changed})) v(old, new, reason)"
                f" UNION ALL SELECT 'claims', ({claim}), 'added', NULL, NULL, NULL, NULL",
            ),
            (
                "id_changes",
                f"SELECT 'i-000000' AS old_id, ({newest}) AS new_id, 'merged' AS kind, '1.0.0' AS release,"
                f" {_literal(MARKUP)} AS reason",
            ),
        ):
            path = _literal(str(target / f"{table}.parquet"))
            connection.execute(f"COPY ({rows}) TO {path} (FORMAT parquet)")
    (target / "CHANGELOG.md").write_text(f"# Changes\n\n## {MARKUP}\n\n- {MARKUP}\n\n{STEERING}\n", encoding="utf-8")
    return target


def _replace(path: Path, query: str) -> None:
    beside = path.with_suffix(".new")
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query.format(_literal(str(path)))}) TO {_literal(str(beside))} (FORMAT parquet)")
    beside.replace(path)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
