"""What a document is written as: the same words in HTML and in Markdown, and no word ever as markup."""

from __future__ import annotations

import re

import pytest

from pipeline.package.codebook.document import (
    Code,
    Document,
    Entries,
    Entry,
    Facts,
    Folded,
    Grid,
    Link,
    Listing,
    Notes,
    Paragraph,
    Row,
    Section,
    Strong,
    Words,
    inlines,
    words,
)
from pipeline.package.codebook.markdown import markdown
from pipeline.package.codebook.page import page
from tests.package.html import Page

BAD = [
    "<script>alert(1)</script>",
    "</style></title><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "`code` **strong** [words](javascript:alert(1)) | a cell",
    "&lt;b&gt; &amp; $x$ ~~gone~~ #heading",
]


def everywhere(text: str) -> Document:
    """A document that holds a text in every place where a text can stand."""
    said = words(text)
    facts = ((said, (Code(text),)),)
    blocks = (
        Paragraph((Strong(said), Link(said, "#a"), Words(text, "en"), Code(text))),
        Listing((said,), is_ordered=True),
        Grid(said, (said, said), (Row((said, said), "row"),)),
        Entries(
            said,
            (said, said, said),
            said,
            (Entry("entry", text, text, said, (said,), facts, Folded(text, f"```\n{text}", "sql")),),
        ),
        Facts(facts),
        Notes(said, (said,)),
    )
    return Document("en", text, text, text, blocks[:1], (Section("a", said, blocks),))


@pytest.mark.parametrize("text", BAD)
def test_no_text_becomes_markup_in_html(text: str) -> None:
    harmless, harmful = (Page(page(everywhere(said))).root for said in ("plain", text))
    assert [node.tag for node in harmful.all()] == [node.tag for node in harmless.all()]
    assert [sorted(node.attributes) for node in harmful.all()] == [sorted(node.attributes) for node in harmless.all()]
    assert harmful.all("h1")[0].text == text
    assert harmful.all("td")[0].text == text


@pytest.mark.parametrize("text", BAD)
def test_no_text_becomes_markup_in_markdown(text: str) -> None:
    written = markdown(everywhere(text))
    folded = re.sub(r"^(`{3,})sql\n.*?^\1$", "", written, flags=re.DOTALL | re.MULTILINE)
    assert folded != written
    unfolded = re.sub(r"<(/?)(details|summary)>", "", folded)
    without_code = re.sub(r"(`+) ?.*?[^`]\1(?!`)", "", unfolded)
    without_anchors = re.sub(r'<a id="[a-z]+"></a>', "", without_code)
    assert not re.search(r"(?<!\\)<", without_anchors)
    assert "[words](javascript" not in without_code
    cells = [line for line in written.splitlines() if line.startswith("| <a ")]
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in cells] == [3]


def test_the_markup_of_a_declared_text_is_understood() -> None:
    said = inlines("Sum `tolls`, **never [claims](#claims)**: {value}.", value="[no](#markup) `here`")
    assert said == (
        Words("Sum "),
        Code("tolls"),
        Words(", "),
        Strong((Words("never "), Link((Words("claims"),), "#claims"))),
        Words(": "),
        Words("[no](#markup) `here`"),
        Words("."),
    )


def test_a_placeholder_without_a_value_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="value"):
        inlines("{value}")
