"""How well linking finds the events of files whose reports were linked by human coders."""

from pipeline.evaluate.stage import evaluate

__all__ = ["evaluate"]
