"""``CITATION.cff``: how the package is cited, as the Citation File Format 1.2.0 has it."""

from __future__ import annotations

from typing import Any

import yaml

from pipeline.package.edition import Edition
from pipeline.sources.declaration import Source

MESSAGE = "Please cite this version of the data package if you use it."


def citation_file(edition: Edition) -> str:
    """The text of ``CITATION.cff``; the sources that others made are its references."""
    about, home = edition.about, edition.about.home
    reached = {
        "contact": [{"name": about.publisher, "email": home.contact}] if home.contact else None,
        "url": edition.address,
        "repository-code": home.repository,
    }
    made: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": MESSAGE,
        "type": "dataset",
        "title": about.title.en,
        "abstract": about.description.en,
        "authors": [{"name": about.publisher}],
        **{key: value for key, value in reached.items() if value},
        "version": edition.version,
        "date-released": edition.date.isoformat(),
        "license": about.licence["name"],
        "keywords": list(about.keywords),
        "references": [
            _reference(edition, source) for source in edition.sources if source.publisher != about.publisher
        ],
    }
    return yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=120)


def _reference(edition: Edition, source: Source) -> dict[str, Any]:
    """A source; where its makers ask to be cited by works, by the authors and the DOI of the first of them."""
    works = source.works
    made: dict[str, Any] = {
        "type": "data",
        "title": source.title_en,
        "authors": [{"family-names": name} for name in works[0]["authors"]] if works else [{"name": source.publisher}],
        "version": edition.versions[source.source],
        "notes": source.citation,
    }
    optional = {
        "doi": works[0]["doi"] if works else None,
        "identifiers": [{"type": "doi", "value": work["doi"]} for work in works[1:]],
        "publisher": {"name": source.publisher} if works else None,
        "url": source.url,
        "license-url": source.licence_url,
    }
    return made | {key: value for key, value in optional.items() if value}
