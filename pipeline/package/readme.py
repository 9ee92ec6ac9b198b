"""The README of the package in each language: what it is, what it is not, how to query it and how to cite it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files

from pipeline.package.edition import Edition
from pipeline.schema import Schema
from pipeline.schema.figures import Figure

READMES = {"en": "README.md", "fr": "LISEZMOI.md"}
"""The names of the files."""
HOME = {
    "en": {
        "repository": "Write to {address}; everybody can read what is written there.",
        "contact": "Whoever does not want to write in public writes to {address}.",
        "packages": "All versions lie at {address}.",
    },
    "fr": {
        "repository": "Écrivez à {address}\u00a0; tout le monde peut lire ce qui y est écrit.",
        "contact": "Qui ne veut pas écrire en public écrit à {address}.",
        "packages": "Toutes les versions se trouvent à {address}.",
    },
}


def readme(
    schema: Schema, edition: Edition, rows: Mapping[str, int], figures: Sequence[Figure], language: str = "en"
) -> str:
    """The text of ``README.md`` or ``LISEZMOI.md``, as ``readme.<language>.md`` has it beside this module.

    Args:
        schema: the declaration.
        edition: the package as a whole.
        rows: number of rows by table.
        figures: those that lie in its folder ``figures``.
        language: of the text.
    """
    thousands, colon = ("\u202f", "\u00a0:") if language == "fr" else (",", ":")
    home = {name: getattr(edition.about.home, name) for name in HOME[language]}
    template = (files("pipeline.package") / f"readme.{language}.md").read_text(encoding="utf-8")
    return template.format(
        title=getattr(edition.about.title, language),
        version=edition.version,
        date=edition.date.isoformat(),
        schema=schema.version,
        citation=edition.citation,
        tables="\n".join(
            f"| `{table.name}` | {f'{rows[table.name]:,}'.replace(',', thousands)} | {getattr(table.row, language)} |"
            for table in schema.tables.values()
        ),
        figures="\n".join(
            f"- [{getattr(figure.title, language)}]({figure.path(language, 'svg')}){colon} "
            f"{getattr(figure.caption, language)}"
            for figure in figures
        ),
        home="".join(f"\n- {said.format(address=home[name])}" for name, said in HOME[language].items() if home[name]),
        attributions="\n".join(f"- {source.attribution}" for source in edition.sources if source.attribution),
    )
