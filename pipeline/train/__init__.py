"""Trains the model of linking, rarely, by a command of its own; a build only predicts."""

from pipeline.train.stage import train

__all__ = ["train"]
