"""Publishing: a package that was built becomes a version that lasts, in git, in the data remote and in a store."""

from pipeline.publish.steps import publish

__all__ = ["publish"]
