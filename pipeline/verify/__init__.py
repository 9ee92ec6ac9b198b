"""Checks that a package is what it says of itself: the stage ``verify`` and the command ``sahel verify``."""

from pipeline.verify.check import verify_package
from pipeline.verify.report import Failure, Verification
from pipeline.verify.stage import verify

__all__ = ["Failure", "Verification", "verify", "verify_package"]
