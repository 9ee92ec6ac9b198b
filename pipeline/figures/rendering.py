"""Draws Vega-Lite specs without a browser, the same bytes on every machine of a kind."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

FONTS = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first is the one that vl-convert brings and draws with: another version of it, which a machine may have, draws
other letters. The others have letters of the same widths, for whoever opens an SVG without it."""
PNG_SCALE = 1.5


def svg(spec: dict[str, Any], locale: str) -> str:
    """A Vega-Lite spec as SVG; numbers are written as in a locale (en-US)."""
    return str(_converter().vegalite_to_svg(spec, format_locale=locale))


def png(drawn: str) -> bytes:
    """An SVG as PNG, one and a half times its size in pixels."""
    return bytes(_converter().svg_to_png(drawn, scale=PNG_SCALE))


@cache
def _converter() -> Any:
    """The converter, which looks for fonts once and must then find none of the machine."""
    os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))
    import vl_convert

    return vl_convert
