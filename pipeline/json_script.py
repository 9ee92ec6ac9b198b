"""Statements for machines in the head of a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LD_JSON = "application/ld+json"


def for_script(statements: Mapping[str, Any]) -> str:
    """JSON as it may stand in a script element of the type LD_JSON: no text in it can end the element."""
    return json.dumps(statements, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
