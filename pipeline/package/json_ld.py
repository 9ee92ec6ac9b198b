"""The package as JSON-LD: ``dataset.jsonld`` for search engines, ``croissant.json`` for programs that load tables.

Both are a Dataset of schema.org with the same statements about the whole. Croissant adds how every file is read, in
words of its own that those who read schema.org do not know, and is ten times as long: too much for a web page.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.checksums import sha256
from pipeline.config import FIGURES
from pipeline.package.edition import Edition
from pipeline.schema import Schema, Table
from pipeline.schema.declaration import Field
from pipeline.schema.texts import LANGUAGES, Text
from pipeline.sources.declaration import Source

Statements = dict[str, Any]

CROISSANT = "http://mlcommons.org/croissant/1.1"
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that Croissant 1.1 asks for; its readers compare it key by key."""
DATA_TYPES = {
    "string": "sc:Text",
    "integer": "cr:Int64",
    "number": "cr:Float64",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
}
MEDIA_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv",
    ".json": "application/json",
    ".md": "text/markdown",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
CROISSANT_PARQUET = "application/x-parquet"
"""The name under which Croissant knows Parquet; that of the registry is the other."""


def dataset(folder: Path, schema: Schema, edition: Edition) -> Statements:
    """``dataset.jsonld``: a Dataset of schema.org, small enough to stand in a web page.

    Args:
        folder: where the files of the package lie. Its tables, figures and codebooks are what can be downloaded; those
            that are not yet written are not named.
        schema: the declaration, for the names of countries and metrics.
        edition: the package as a whole. Files are named by their address where one is declared, else as they lie.
    """
    metrics = schema.codelists["metric"]
    definitions = metrics.column("definition_en")
    figures = sorted((folder / FIGURES).glob("*.*"))
    return {
        "@context": {"@vocab": "https://schema.org/"},
        "@type": "Dataset",
        **({"@id": edition.address} if edition.address else {}),
        "name": edition.about.title.en,
        "alternateName": edition.about.title.fr,
        "description": edition.about.description.en,
        **_whole(schema, edition),
        "creditText": edition.citation,
        "variableMeasured": [
            {"@type": "PropertyValue", "name": label, "description": definitions[code]}
            for code, label in metrics.column("label_en").items()
        ],
        "distribution": [
            _download(folder, path, edition)
            for path in [*_data_files(folder), *sorted(folder.glob("codebook.*")), *figures]
        ],
    }


def _download(folder: Path, path: Path, edition: Edition) -> Statements:
    name = path.relative_to(folder).as_posix()
    language = path.stem.rpartition(".")[2]
    return {
        "@type": "DataDownload",
        "name": name,
        "contentUrl": f"{edition.address or ''}{name}",
        "encodingFormat": MEDIA_TYPES[path.suffix],
        **({"inLanguage": language} if language in LANGUAGES else {}),
        "contentSize": f"{path.stat().st_size} B",
        "sha256": sha256(path),
    }


def croissant(folder: Path, schema: Schema, edition: Edition) -> Statements:
    """``croissant.json``: the same in Croissant 1.1, with a record set for each table.

    A foreign key of one field refers to the column of the other file, because `mlcroissant` runs into a circle where
    record sets refer to each other. One of several fields has no form in Croissant: it stands in ``datapackage.json``.
    Files are named as they lie beside it, whatever the address of the edition is: who has downloaded the package reads
    what was downloaded.

    Args:
        folder: where the files of the package lie.
        schema: the declaration.
        edition: the package as a whole.
    """
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CROISSANT,
        "name": _both(edition.about.title),
        "description": _both(edition.about.description),
        **_whole(schema, edition),
        "citeAs": edition.citation,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": path.name,
                "name": path.name,
                "contentUrl": path.name,
                "encodingFormat": CROISSANT_PARQUET if path.suffix == ".parquet" else MEDIA_TYPES[path.suffix],
                "contentSize": f"{path.stat().st_size} B",
                "sha256": sha256(path),
            }
            for path in _data_files(folder)
        ],
        "recordSet": [_record_set(table) for table in schema.tables.values()],
    }


def _data_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".parquet", ".csv"))


def _whole(schema: Schema, edition: Edition) -> Statements:
    about, extent = edition.about, edition.extent
    organisation: Statements = {"@type": "Organization", "name": about.publisher}
    if about.home.repository:
        organisation["url"] = about.home.repository
    if about.home.contact:
        organisation["email"] = about.home.contact
    names = schema.codelists["country"].column("label_en")
    place: Statements = {"@type": "Place", "name": about.region.en}
    if extent.box:
        west, south, east, north = extent.box
        place["geo"] = {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}
    others = [source for source in edition.sources if source.publisher != about.publisher]
    cited = list(dict.fromkeys(source.citation for source in others if source.works))
    return {
        **({"url": edition.address} if edition.address else {}),
        "creator": organisation,
        "publisher": organisation,
        "license": about.licence["path"],
        "version": edition.version,
        "datePublished": edition.date.isoformat(),
        "dateModified": edition.date.isoformat(),
        "inLanguage": ["en", "fr"],
        "isAccessibleForFree": True,
        "keywords": list(about.keywords),
        "temporalCoverage": f"{extent.first.isoformat()}/{extent.last.isoformat()}",
        "spatialCoverage": [
            place,
            *({"@type": "Country", "name": names[code], "identifier": code} for code in extent.countries),
        ],
        **({"citation": cited} if cited else {}),
        "isBasedOn": [_based_on(edition, source) for source in others],
    }


def _based_on(edition: Edition, source: Source) -> Statements:
    made: Statements = {
        "@type": "CreativeWork",
        "name": source.title_en,
        "version": edition.versions[source.source],
        "publisher": {"@type": "Organization", "name": source.publisher},
    }
    optional = {"url": source.url, "license": source.licence_url}
    return made | {key: value for key, value in optional.items() if value}


def _record_set(table: Table) -> Statements:
    references = {
        key.fields[0]: _column(key.reference, key.reference_fields[0])
        for key in table.foreign_keys
        if len(key.fields) == 1
    }
    made: Statements = {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": _both(table.description),
    }
    if table.primary_key:
        made["key"] = [{"@id": f"{table.name}/{name}"} for name in table.primary_key]
    return made | {"field": [_field(table, field, references.get(field.name)) for field in table.fields]}


def _field(table: Table, field: Field, reference: Statements | None) -> Statements:
    made: Statements = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{field.name}",
        "name": field.name,
        "description": _both(field.description),
        "dataType": DATA_TYPES[field.type],
        "source": _column(table.name, field.name),
    }
    return made | ({"references": reference} if reference else {})


def _column(table: str, field: str) -> Statements:
    return {"fileObject": {"@id": f"{table}.parquet"}, "extract": {"column": field}}


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "fr": text.fr}
