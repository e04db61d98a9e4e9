"""A WebSocket to the venue, set up as both of its channels want it."""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import urlsplit

from websockets.asyncio.client import connect

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")  # no proxy stands between us and ourselves


def venue_socket(url: str, *, connect_timeout_s: float, frame_bytes_max: int) -> connect:
    """The connection as a context manager. A frame beyond `frame_bytes_max` costs itself, one of twice that the connection."""
    proxy: Literal[True] | None = None if urlsplit(url).hostname in LOOPBACK else True
    return connect(
        url,
        compression=None,
        proxy=proxy,
        open_timeout=connect_timeout_s,
        close_timeout=1.0,  # a dead peer does not answer a goodbye
        ping_interval=None,  # the venue wants its own text PING; a protocol ping does not replace it
        max_size=2 * frame_bytes_max,
    )
