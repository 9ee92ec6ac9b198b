"""Stage ``compare``: what changed since the last published release, and which version number that makes due."""

from pipeline.compare.stage import compare

__all__ = ["compare"]
