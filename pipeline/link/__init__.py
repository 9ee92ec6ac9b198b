"""Finds records of the same incident: compares, scores, keeps the scored pairs, clusters."""

from pipeline.link.stage import link

__all__ = ["link"]
