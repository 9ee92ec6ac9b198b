"""Deaths on two sides: sums of additive tolls by country and year, and the incidents whose own toll differs."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from pipeline.compare.sides import Side
from pipeline.schema.duckdb import literal

NEEDED = ("unit_id", "metric", "population_group", "is_additive", "low", "best", "date_start", "country_iso3")


@dataclass(frozen=True)
class Total:
    """Persons killed, summed over the additive rows of `tolls`, of one country and year.

    Attributes:
        country: ISO 3166-1 alpha-3, or None for operations that span several.
        year: of the first day.
        old_low, old_best, new_low, new_best: the sums; None where a side has no such row.
    """

    country: str | None
    year: int | None
    old_low: int | None
    old_best: int | None
    new_low: int | None
    new_best: int | None

    @property
    def differs(self) -> bool:
        """Whether the sums of the two sides are not the same."""
        return (self.old_low, self.old_best) != (self.new_low, self.new_best)


def death_totals(connection: duckdb.DuckDBPyConnection, old: Side, new: Side) -> list[Total] | None:
    """Sum the additive tolls of all persons killed on both sides.

    Returns:
        A total for each country and year of either side, by country and year; None when a side has no table
        `tolls` with the columns that this needs.
    """
    for side in (old, new):
        table = side.schema.tables.get("tolls")
        if table is None or side.path("tolls") is None or not set(NEEDED) <= set(table.columns):
            return None
    rows = connection.execute(
        f"WITH o AS ({_sums(old)}), n AS ({_sums(new)}) "
        "SELECT coalesce(o.country, n.country), coalesce(o.year, n.year), o.low, o.best, n.low, n.best "
        "FROM o FULL JOIN n ON o.country IS NOT DISTINCT FROM n.country AND o.year IS NOT DISTINCT FROM n.year "
        "ORDER BY 1 NULLS LAST, 2"
    ).fetchall()
    return [Total(*row) for row in rows]


def _sums(side: Side) -> str:
    return (
        "SELECT country_iso3 AS country, year(date_start) AS year, sum(low)::BIGINT AS low, sum(best)::BIGINT AS best "
        f"FROM read_parquet({literal(str(side.path('tolls')))}) "
        "WHERE metric = 'killed' AND population_group = 'all' AND is_additive GROUP BY ALL"
    )
