"""The lists of sources behind a row as reports: publisher and date, and a headline only where rule 9 allows it.

A publisher is shown when it stands in ``schemas/codelists/publishers.csv``. An account on a social network is "X
account" and the like; anyone else is "Publisher not listed", for a name that nobody looked at may be a person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import ibis
import ibis.expr.types as ir

from pipeline.sources.tabular.declared import ReportLists
from pipeline.sources.tabular.tables import short_id
from pipeline.sources.tabular.text import cell, day

NOT_LISTED = "Publisher not listed"
NETWORKS = (
    (r"^@|\bon x\b|\btwitter\b|\s@\w", "X account"),
    (r"\btelegram\b", "Telegram account"),
    (r"\bfacebook\b", "Facebook account"),
    (r"\byou ?tube\b", "YouTube account"),
    (r"\btik ?tok\b", "TikTok account"),
    (r"\binstagram\b", "Instagram account"),
    (r"\bwhats ?app\b", "WhatsApp account"),
)
ON_NETWORK = re.compile(r"\s+on\s+(x|twitter|twitter \(x\)|telegram|facebook|you ?tube)$", re.IGNORECASE)
NAMED_GROUP = re.compile(r"\(\?P<\w+>")
Shown = Mapping[str, tuple[str, str | None]]


def shown_publishers(
    written: Iterable[str], names: Mapping[str, str], publishers: Mapping[str, Mapping[str, str]]
) -> Shown:
    """How each publisher is shown, by the name that a source writes.

    Args:
        written: the names that occur.
        names: spellings of the source with the name on the list of publishers.
        publishers: the list of publishers, with ``source_type``.

    Returns:
        Name and type; the type is None where it is not known.
    """
    folded = {name.casefold(): name for name in publishers}
    folded |= {spelled.casefold(): name for spelled, name in names.items() if name in publishers}
    made = {}
    for text in written:
        listed = folded.get(text.casefold()) or folded.get(ON_NETWORK.sub("", text).casefold())
        if listed:
            row = publishers[listed]
            made[text] = (listed, row["source_type"] or None)
            continue
        account = next((name for form, name in NETWORKS if re.search(form, text.casefold())), None)
        made[text] = (account, "social_media") if account else (NOT_LISTED, None)
    return made


def listed_reports(cells: ir.Table, lists: ReportLists, date_forms: tuple[str, ...]) -> ir.Table:
    """One row for each report that a row lists.

    Args:
        cells: ``incident_id`` and the columns with the lists, as text.
        lists: what is declared of them.
        date_forms: how dates may be written.

    Returns:
        ``incident_id``, ``written`` (the publisher as the source names it), ``published_date``, ``headline``; the last
        two are null where their list has another length than that of publishers.
    """
    if lists.publisher is None:
        return _cited_reports(cells, lists, date_forms)
    columns: dict[str, ir.Value] = {"written": cell(cells, lists.publisher).split(lists.separator)}
    for name, column in (("dates", lists.date), ("headlines", lists.headline)):
        columns[name] = cell(cells, column).split(lists.separator) if column else ibis.null("array<string>")
    t = cells.select("incident_id", **columns).filter(lambda t: t.written.notnull())
    # one list of all that belongs together: DuckDB unnests with a place by a join over whole rows
    together = t.written.zip(*(_as_long(t[name], t.written) for name in ("dates", "headlines")))
    listed = t.select("incident_id", listed=together).select("incident_id", listed=lambda t: t.listed.unnest())
    parts = ("written", "date", "headline")
    each = listed.select(
        "incident_id",
        **{name: listed.listed[f"f{at}"].strip().nullif("") for at, name in enumerate(parts, 1)},
    ).filter(lambda t: t.written.notnull())
    if lists.no_date:
        each = each.mutate(date=ibis.ifelse(each.date.startswith(lists.no_date), ibis.null("string"), each.date))
    return each.select("incident_id", "written", published_date=day(each.date, date_forms), headline="headline")


def _as_long(values: ir.ArrayValue, others: ir.ArrayValue) -> ir.ArrayValue:
    """A list, or an empty one where it is not as long as the other: what it holds then belongs to nothing."""
    is_as_long = (values.length() == others.length()).fill_null(False)
    return ibis.ifelse(is_as_long, values, ibis.literal([], type="array<string>"))


def _cited_reports(cells: ir.Table, lists: ReportLists, date_forms: tuple[str, ...]) -> ir.Table:
    """One row for each citation; one of another form is kept whole as its publisher, which no list then knows."""
    cited = [cells.select("incident_id", text=cell(cells, column)) for column in lists.citations]
    t = (ibis.union(*cited) if len(cited) > 1 else cited[0]).filter(lambda t: t.text.notnull())
    groups = re.compile(lists.form).groupindex
    whole = f"^(?:{NAMED_GROUP.sub('(', lists.form)})$"  # engines write the names of groups differently
    said = {name: t.text.re_extract(whole, at).strip().nullif("") for name, at in groups.items()}
    return t.select(
        "incident_id",
        written=said["publisher"].fill_null(t.text),
        published_date=day(said["date"], date_forms) if "date" in said else ibis.null("date"),
        headline=said.get("headline", ibis.null("string")),
    )


def are_uneven(cells: ir.Table, lists: ReportLists) -> ir.BooleanValue:
    """Whether publishers and dates of a row are lists of different lengths; headlines may hold the separator."""
    if not lists.date or not lists.publisher:
        return ibis.literal(False)
    publishers, dates = (
        cell(cells, column).split(lists.separator).length() for column in (lists.publisher, lists.date)
    )
    return (publishers != dates).fill_null(False)


def report_rows(listed: ir.Table, shown: ir.Table, source: str) -> ir.Table:
    """Add ``report_id`` and what may be shown of each report.

    Args:
        listed: what `listed_reports` returns.
        shown: ``written`` with ``publisher``, ``source_type`` and ``is_listed``.
        source: the source, for two sources share no report.

    Returns:
        ``incident_id``, ``report_id`` and the columns of `reports` that are known. One publisher, day and headline is
        one report, whichever rows list it; one without day and headline is that of its row.
    """
    t = listed.join(shown, "written")
    key = (
        ibis.literal(source + "|")
        + t.written
        + "|"
        + t.published_date.cast("string").fill_null("")
        + "|"
        + t.headline.fill_null("")
        + ibis.ifelse(t.published_date.isnull() & t.headline.isnull(), t.incident_id, "")
    )
    return t.select(
        "incident_id",
        report_id=short_id("r", key),
        publisher="publisher",
        published_date="published_date",
        source_type="source_type",
        headline=ibis.ifelse(t.is_listed, t.headline, ibis.null("string")),
    )
