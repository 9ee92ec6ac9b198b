"""A UCDP Candidate file of any size, made by drawing the rows of the real one again and again.

Every row gets an id of its own and headlines of its own, so that records and reports grow with the rows; half of the
draws move back by up to nine years, so that panel and dates are those of a long series. Everything else is as UCDP has
it: a seventh of the rows lies in the region, the source lists are as long, and the names as many.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from pipeline.schema.duckdb import literal

FIRST_ID = 1_000_000
PIECE = 500_000
"""Rows that are drawn and ordered at once, in memory."""
MOVED = "(CASE WHEN n % 2 = 0 THEN 0 ELSE hash(n) % 9 END)::INTEGER"
DRAWN = """
COPY (
  WITH real AS (SELECT *, row_number() OVER () - 1 AS line FROM read_csv({given}, all_varchar = true, header = true)),
  drawn AS (SELECT n, (hash(n + 1) % (SELECT count(*) FROM real))::BIGINT AS line FROM range({begin}, {end}) numbers(n))
  SELECT real.* EXCLUDE (line) REPLACE (
    ({first} + n)::VARCHAR AS id,
    replace(source_headline, ';', ' ' || n || ';') || ' ' || n AS source_headline,
    (year::INTEGER - {moved})::VARCHAR AS year,
    {date_start} AS date_start,
    {date_end} AS date_end
  )
  FROM drawn JOIN real USING (line) ORDER BY n
) TO {target} (HEADER {has_header}, DELIMITER ',')
"""


def resampled(given: Path, target: Path, rows: int) -> Path:
    """Write a file of so many rows.

    Args:
        given: the real file, with a header.
        target: the file to be made.
        rows: how many.

    Returns:
        The file.
    """
    dates = {
        name: f"strftime({name}::TIMESTAMP - to_years({MOVED}), '%Y-%m-%d 00:00:00.000')"
        for name in ("date_start", "date_end")
    }
    piece = target.with_name(f"{target.name}.piece")
    with target.open("wb") as out, duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        for begin in range(0, rows, PIECE):
            query = DRAWN.format(
                given=literal(str(given)),
                target=literal(str(piece)),
                begin=begin,
                end=min(begin + PIECE, rows),
                has_header=str(begin == 0).lower(),
                first=FIRST_ID,
                moved=MOVED,
                **dates,
            )
            connection.execute(query)
            with piece.open("rb") as made:
                shutil.copyfileobj(made, out)
    piece.unlink()
    return target
