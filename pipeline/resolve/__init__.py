"""Stage ``resolve``: incidents and tolls decided from records and claims by written rules."""

from pipeline.resolve.stage import resolve

__all__ = ["resolve"]
