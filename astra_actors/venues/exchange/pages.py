"""The venue's lists: pages by an opaque cursor, which ends with `LTE=` and never with nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from astra_actors.venues.exchange.refusal import bad

T = TypeVar("T")
END: Final = "LTE="


def page_of(rows: Sequence[T], cursor: str, limit: int, render: Callable[[T], Any]) -> dict[str, Any]:
    """One page of rows, each rendered; a cursor that is none is refused."""
    start = start_of(cursor)
    page = rows[start : start + limit] if start >= 0 else []
    ended = start < 0 or start + limit >= len(rows)
    return {
        "limit": limit,
        "count": len(page),
        "next_cursor": END if ended else cursor_of(start + limit),
        "data": [render(row) for row in page],
    }


def cursor_of(start: int) -> str:
    """The cursor of a place."""
    return base64.b64encode(str(start).encode()).decode()


def start_of(cursor: str) -> int:
    """The place of a cursor; none given is the beginning."""
    if not cursor:
        return 0
    try:
        start = int(base64.b64decode(cursor, validate=True)[:16])
    except (binascii.Error, ValueError):
        raise bad("invalid next_cursor") from None
    if not -1 <= start <= 10**9:
        raise bad("invalid next_cursor")
    return start
