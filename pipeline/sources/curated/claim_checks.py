"""Rules over the reports and claims of an entry: pages that can be read, claimants' figures that can be counted."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, urlsplit

from pipeline.problems import Problem, did_you_mean
from pipeline.reference import Reference
from pipeline.schema import Schema
from pipeline.sources.curated.form import Entry
from pipeline.sources.curated.known import Known

ASCII = string.printable


def report_problems(entry: Entry, known: Known, reference: Reference) -> Iterator[Problem]:
    """Reports that are written out nowhere or twice, no pages, of unknown publishers, or with a role that follows."""
    named_by_claims = {
        identifier
        for claim in entry.parts.get("claims", [])
        for identifier in (claim.text("report_id"), *claim.texts.get("repeated_by", []))
    }
    for report in entry.parts.get("reports", []):
        identifier = report.text("report_id")
        if identifier and not report.is_written_out and identifier not in known.reports:
            near = did_you_mean(identifier, known.reports)
            message = f"report '{identifier}' is written out nowhere: give its url, publisher and language{near}"
            yield report.problem("report_id", message, "curated.unknown_report")
        if report.is_written_out:
            yield from _whole_report(report, known, reference)
        if report.text("role") in ("carries_claim", "repeats_claim"):
            message = "follows from the claims that name the report: leave it out"
            yield report.problem("role", message, "curated.role_given")
        elif report.text("role") == "describes" and identifier in named_by_claims:
            yield report.problem("role", "a claim names this report: leave role out", "curated.role_given")


def revision_problems(entry: Entry) -> Iterator[Problem]:
    """Revisions that name a claim which the entry does not hold."""
    held = {named for claim in entry.parts.get("claims", []) if (named := claim.text("claim_id"))}
    for revision in entry.parts.get("revisions", []):
        named = revision.text("claim_id")
        if named and named not in held:
            near = did_you_mean(named, held) or ": leave the key out where the claim is gone"
            message = f"the entry holds no claim '{named}'{near}"
            yield revision.problem("claim_id", message, "curated.revised_claim")


def _whole_report(report: Entry, known: Known, reference: Reference) -> Iterator[Problem]:
    for key in ("url", "archive_url"):
        url = report.text(key)
        wrong = malformed(url) if url else None
        if wrong:
            yield report.problem(key, f"'{url}' is no address of a page: {wrong}", "curated.malformed_url")
    url = report.text("url")
    before = known.urls.get(url) if url else None
    if before is not None and before is not report and before.text("report_id") != report.text("report_id"):
        message = f"this page is already the report {before.text('report_id')} in {before.file}:{before.line}"
        yield report.problem("url", message, "curated.page_twice")
    for key in ("publisher", "agency"):
        name = report.text(key)
        if name and name not in reference.publishers:
            near = did_you_mean(name, reference.publishers) or ": add it to schemas/codelists/publishers.csv"
            yield report.problem(key, f"unknown {key} '{name}'{near}", f"curated.unknown_{key}")


def malformed(url: str) -> str | None:
    """What makes a text no address of a page on the web, or None."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in ("http", "https"):
        return "it begins with http:// or https://"
    if "." not in host.strip(".") or ".." in host:
        return f"'{host}' is not the name of a host"
    if any(character.isspace() or character in '<>"{}|\\^`' for character in url):
        return "it holds a space or a character that an address cannot have"
    if not url.isascii():
        return f"write letters outside ASCII percent-encoded: {quote(url, safe=ASCII)}"
    return None


def claim_problems(entry: Entry, schema: Schema, known: Known) -> Iterator[Problem]:
    """Claims without a report of their entry, with bounds their qualifier does not mean, or contained in nothing."""
    reports = {report.text("report_id") for report in entry.parts.get("reports", [])}
    own = entry.parts.get("claims", [])
    whole = known.operations.get(entry.text("operation_id") or "") if entry.part == "incident" else None
    broader = {claim.text("claim_id"): claim for claim in [*(whole.parts.get("claims", []) if whole else []), *own]}
    for claim in own:
        carrier = claim.text("report_id")
        if carrier and carrier not in reports:
            near = did_you_mean(carrier, filter(None, reports))
            message = f"'{carrier}' is not among the reports of this entry{near}"
            yield claim.problem("report_id", message, "curated.claim_without_report")
        for other in claim.texts.get("repeated_by", []):
            if other not in reports or other == carrier:
                message = f"'{other}' is not another report of this entry"
                yield claim.problem("repeated_by", message, "curated.claim_without_report")
        yield from _counts(claim, schema)
        yield from _included(claim, broader)


def _counts(claim: Entry, schema: Schema) -> Iterator[Problem]:
    """The bounds that a qualifier means, and what can be counted of what."""
    if claim.faulty & {"value_low", "value_high", "qualifier", "metric", "population"}:
        return
    qualifier, metric, population = claim.text("qualifier"), claim.text("metric"), claim.text("population")
    low, high = claim.values.get("value_low"), claim.values.get("value_high")
    for key, value in (("value_low", low), ("value_high", high)):
        wanted = schema.codelists["qualifier"].column(key).get(qualifier or "")
        if (wanted == "given" and value is None) or (wanted == "open" and value is not None):
            way = "is a number" if wanted == "given" else "is null"
            yield claim.problem(key, f"with the qualifier {qualifier}, {key} {way}", "curated.qualifier")
    if qualifier == "exactly" and None not in (low, high) and low != high:
        yield claim.problem("value_high", f"exactly is one number, not {low} to {high}", "curated.qualifier")
    if metric and population and (metric == "positions_seized") != (population == "positions"):
        message = (
            f"{metric} of {population} is not a count: positions_seized goes with positions, persons with the rest"
        )
        yield claim.problem("population", message, "curated.metric_population")
    group = schema.codelists["population"].column("population_group").get(population or "")
    taken = None if group in (None, "all") else "abducted" if group == "civilians" else "captured"
    if metric in ("abducted", "captured") and taken not in (None, metric):
        message = f"{population} are {taken}, not {metric}, whatever word the page has: write {taken}"
        yield claim.problem("metric", message, "curated.captured_or_abducted")


def _included(claim: Entry, claims: Mapping[str | None, Entry]) -> Iterator[Problem]:
    broader = claim.text("included_in_claim_id")
    if broader is None:
        return
    other = claims.get(broader)
    same = ("claimant_name", "metric")
    if other is None or other is claim or any(other.text(key) != claim.text(key) for key in same):
        message = (
            f"'{broader}' is not another claim of this entry, or of its operation, by the same claimant about "
            "the same metric"
        )
        yield claim.problem("included_in_claim_id", message, "curated.included_in")


def claimant_problems(entries: Sequence[Entry]) -> Iterator[Problem]:
    """Claimants whose name or type differs from that of most claims of the same claimant.

    Names are of one claimant when they differ only in capitals, accents, punctuation, an article or a plural.
    """
    said: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        for claim in entry.parts.get("claims", []):
            if claim.text("claimant_name"):
                said[_folded(claim.text("claimant_name") or "")].append(claim)
    for claims in said.values():
        for key in ("claimant_name", "claimant_type"):
            counts = Counter(claim.text(key) for claim in claims if claim.text(key))
            [(usual, count), *others] = counts.most_common() or [(None, 0)]
            rarer = dict(others)
            for claim in claims:
                if claim.text(key) in rarer:
                    message = f"{count} other claims of this claimant have '{usual}'; did you mean that?"
                    way = " Of two on one page, say first and second." if key == "claimant_name" else ""
                    yield claim.problem(key, message + way, "curated.claimant", "warning")


def _folded(name: str) -> tuple[str, ...]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return tuple(word.removesuffix("s") for word in re.findall(r"\w+", plain) if word not in ("a", "an", "the"))
