"""``datapackage.json`` of a stranger: read within bounds, before anything that it says is believed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pipeline.config import DESCRIPTOR, FIGURES
from pipeline.packages.limits import LARGEST_DESCRIPTOR, MOST_FILES
from pipeline.problems import CannotDo

PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def is_plain_name(name: object) -> bool:
    """Whether something is the name of a file in a folder and cannot lead elsewhere."""
    return isinstance(name, str) and len(name) < 256 and PLAIN_NAME.fullmatch(name) is not None


def is_package_path(path: object) -> bool:
    """Whether something names a file in a package: by its plain name, or one in the folder ``figures``."""
    return isinstance(path, str) and is_plain_name(path.removeprefix(f"{FIGURES}/"))


def read_descriptor(folder: Path, package: str = "") -> dict[str, Any]:
    """The descriptor of a package.

    Args:
        folder: where it lies.
        package: what people know the package by; else the folder.

    Returns:
        The parsed ``datapackage.json``; ``resources`` is a list of mappings, nothing else is known of it.

    Raises:
        CannotDo: it is missing, too large, no JSON, or lists no resources: the folder is no package.
    """
    path = folder / DESCRIPTOR
    shown = f"{package or folder}: {DESCRIPTOR}:"
    try:
        if not path.is_file():
            raise CannotDo(f"{shown} there is no such file, so this is no package")
        size = path.stat().st_size
        if size > LARGEST_DESCRIPTOR:
            raise CannotDo(
                f"{shown} holds {size / 1e6:,.0f} MB, no descriptor is larger than {LARGEST_DESCRIPTOR / 1e6:.0f}"
            )
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise CannotDo(f"{shown} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CannotDo(f"{shown} is not JSON: {error}") from error
    resources = found.get("resources") if isinstance(found, dict) else None
    if not isinstance(resources, list) or not all(isinstance(resource, dict) for resource in resources):
        raise CannotDo(f"{shown} has no list of resources")
    if len(resources) > MOST_FILES:
        raise CannotDo(f"{shown} lists {len(resources):,} resources, more than {MOST_FILES:,}")
    return dict(found)
