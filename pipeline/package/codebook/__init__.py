"""The codebook: what every table, field, code and rule means, in each language, as HTML and as Markdown."""

from pipeline.package.codebook.build import FORMS, file_name, write_codebooks

__all__ = ["FORMS", "file_name", "write_codebooks"]
