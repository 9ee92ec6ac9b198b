"""The README of the package: what it is, what it is not, how to query it and how to cite it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.package.edition import Edition
from pipeline.schema import Schema
from pipeline.schema.figures import Figure


def readme(schema: Schema, edition: Edition, rows: Mapping[str, int], figures: Sequence[Figure]) -> str:
    """The text of ``README.md``.

    Args:
        schema: the declaration.
        edition: the package as a whole.
        rows: number of rows by table.
        figures: those that lie in its folder ``figures``.
    """
    tables = "\n".join(
        f"| `{table.name}` | {rows[table.name]:,} | {table.row.en} |" for table in schema.tables.values()
    )
    drawn = "\n".join(
        f"- [{figure.title.en}]({figure.path('en', 'svg')}): {figure.caption.en}\n"
        f"  - [{figure.title.fr}]({figure.path('fr', 'svg')})\u00a0: {figure.caption.fr}"
        for figure in figures
    )
    home = edition.about.home
    where = [
        f"Write to {home.repository}; everybody can read what is written there." if home.repository else "",
        f"Whoever does not want to write in public writes to {home.contact}." if home.contact else "",
        f"All versions lie at {home.packages}." if home.packages else "",
    ]
    reached = "".join(f"\n- {said}" for said in where if said)
    attributions = "\n".join(f"- {source.attribution}" for source in edition.sources if source.attribution)
    return f"""# {edition.about.title.en}

Version {edition.version} of {edition.date.isoformat()}, schema {schema.version}. Licence: CC BY 4.0.

Who attacked whom, where and when, and who said how many died: every figure is kept as a claim of its claimant,
with the page that reports it, and the tolls that may be counted are decided from the claims by a named rule.

**A selection, not a census.** The curated records are a documented selection of attacks. Their totals are no count
of all violence, and months or areas without a row are not months or areas without attacks.

## Tables

Each table lies here twice, as `<table>.parquet` and `<table>.csv`, with the same rows. `incidents.geo.parquet` is the
table of incidents once more, with a point for each (GeoParquet 1.1, OGC:CRS84), for QGIS, geopandas and sf. The point
is null where there are no coordinates; `geo_radius_km` says how far off it may be.

The codebook says what every table, field, code and rule means, how tolls are decided, and what is known not to be
known: `codebook.en.html` or `codebook.en.md` in English, `codebook.fr.html` or `codebook.fr.md` in French. For
programs, `datapackage.json` describes every column in both languages (Data Package v2), `croissant.json` the same
tables in Croissant, `dataset.jsonld` the package as a whole for search engines (schema.org), `CITATION.cff` how it is
cited. `CHANGELOG.md`, in French `CHANGELOG.fr.md`, says what each version changed.

| table | rows | one row is |
|---|---:|---|
{tables}

## Counting without lying

Sum the rows of `tolls` of **one** metric and **one** population group whose `is_additive` is true, and nothing else:

```sql
SELECT year(date_start) AS year, sum(low) AS low, sum(best) AS best
FROM 'tolls.parquet'
WHERE metric = 'killed' AND population_group = 'all' AND is_additive
GROUP BY year ORDER BY year;
```

A figure for several sites said in one breath is one row of the operation, never one of each site. A count that nobody
stated is null, never 0; `high` is null where somebody left it open. "Neutralised" is not "killed".

The groups need not add up to `all`: claimants count different groups, their figures are never added, and where nobody
states a total `all` is a sum of one claimant's groups (`toll_is_partial`).

From a figure to the pages behind it:

```sql
SELECT c.claimant_name, c.metric, c.population, c.qualifier, c.value_low, c.value_high, r.publisher, r.url
FROM 'claims.parquet' c
JOIN 'claim_reports.parquet' USING (claim_id)
JOIN 'reports.parquet' r ON r.report_id = claim_reports.report_id
WHERE c.subject_id = (SELECT operation_id FROM 'incidents.parquet'
                      WHERE place_name = 'Kayes' AND date_start = DATE '2025-07-01');
```

## Figures

Each figure lies in `figures/` in English and French, as SVG and PNG. The query behind it stands in `datapackage.json`
(`query`) and answers in this folder when the tables are views of their files.

{drawn}

## Checking

`sha256sum -c SHA256SUMS` checks the files, `frictionless validate datapackage.json` the tables. `sahel verify` in a
checkout of the project checks both, and that CSV and Parquet hold the same rows.

## Citing

> {edition.citation}

## Corrections and removal

- A correction is made in a new version; `changes` there lists the old value and the new one, with the reason.
- A withdrawn incident (`status`) keeps its row and its claims, and none of its tolls is counted. That takes nothing out
  of sight.
- A removal takes out of sight what makes a private person identifiable, without a reason having to be given. The row is
  gone from the next version, and `changes` names it without its values. Earlier versions stay as they are, except where
  one puts a person in danger: it is then taken down, and the list of versions says so.{reached}

## Attributions

{attributions}
"""
