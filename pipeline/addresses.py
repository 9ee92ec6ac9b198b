"""Addresses as they may be stored and shown: without the account and the keys that open them."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus, urlsplit, urlunsplit

CREDENTIAL = re.compile(
    r"token|secret|signature|credential|password|passwd|passphrase|jwt|apikey|accesskey|subscriptionkey"
    r"|^(?:key|keyid|keypairid|pass|pwd|sig|auth|authorization|authkey|hmac|sas|session|sessionid|sid)$"
    r"|^(?:xamz|xgoog|xms)|^(?:user|username|login|email)$"
)
"""Names of parameters, in small letters and without signs, whose value opens a file or tells who asked for it."""
BESIDE_A_CREDENTIAL = re.compile(
    r"^(?:expires?|expiry|policy|se|st|sp|sv|sr|spr|sip|srt|ss|skoid|sktid|skt|ske|sks|skv)$"
)
"""Names that belong to a signature and mean nothing of it alone; they are left out together with it."""


def without_credentials(url: str) -> tuple[str, tuple[str, ...]]:
    """An address without the account before its host, what opens it in its query, and its fragment.

    >>> without_credentials("https://me:word@example.org/f.csv?year=2026&token=abc")
    ('https://example.org/f.csv?year=2026', ('the account', 'token'))

    Returns:
        The address, and what was left out, by name.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.rpartition("@")[2].partition("?")[0], ("all that follows the path",)
    pieces = [(piece, unquote_plus(piece.partition("=")[0])) for piece in parts.query.split("&") if piece]
    gone = {name for _, name in pieces if CREDENTIAL.search(_bare(name))}
    if gone:
        gone |= {name for _, name in pieces if BESIDE_A_CREDENTIAL.search(_bare(name))}
    account, at, host = parts.netloc.rpartition("@")
    kept = "&".join(piece for piece, name in pieces if name not in gone)
    clean = urlunsplit(parts._replace(netloc=host if at else account + host, query=kept, fragment=""))
    left_out = (*(["the account"] if at else []), *dict.fromkeys(name for _, name in pieces if name in gone))
    return clean, left_out


def shown(url: str) -> str:
    """An address as it may be shown."""
    return without_credentials(url)[0]


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
