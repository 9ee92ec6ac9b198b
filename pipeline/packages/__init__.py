"""Opens a data package wherever it lies: a folder, a zip, an address on the web."""

from pipeline.packages.describing import is_package_path, is_plain_name, read_descriptor
from pipeline.packages.limits import Limits
from pipeline.packages.opening import opened

__all__ = ["Limits", "is_package_path", "is_plain_name", "opened", "read_descriptor"]
