"""Stage ``package``: the data package, written from the decided tables and nothing else."""

from pipeline.package.stage import package

__all__ = ["package"]
