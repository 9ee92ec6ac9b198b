"""The data of the explorer: compact JSON beside the page, from the released package."""

from pipeline.site.stage import site

__all__ = ["site"]
