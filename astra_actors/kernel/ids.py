"""Ids made from content, so that a retry or a replay makes the same id and is recognised."""

from __future__ import annotations

import hashlib

_SEPARATOR = "\x1f"  # the unit separator cannot occur in a market id, so ("a", "bc") and ("ab", "c") differ


def content_id(kind: str, *parts: str | int) -> str:
    """Name one thing by what it is: `kind-` and 80 bits of BLAKE2b over its parts."""
    text = _SEPARATOR.join([kind, *map(str, parts)])
    return f"{kind}-{hashlib.blake2b(text.encode(), digest_size=10).hexdigest()}"
