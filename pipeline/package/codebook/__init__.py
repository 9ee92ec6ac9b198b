"""The codebook: what every table, field, code and rule means, in each language, as HTML and as Markdown."""

from pipeline.package.codebook.build import Written, write_codebooks

__all__ = ["Written", "write_codebooks"]
