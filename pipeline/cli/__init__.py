"""The command `sahel`. No logic stands here: each command calls what the stages and sources offer."""

from pipeline.cli.app import main

__all__ = ["main"]
