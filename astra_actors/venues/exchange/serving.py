"""The exchange as one process: a socket on loopback, the ASGI server on it, and the words it prints when it is ready."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette

from astra_actors.kernel.errors import AstraError
from astra_actors.venues.exchange.dev_accounts import DevAccount
from astra_actors.venues.exchange.streams import FRAME_CHARS_MAX

HOST: Final = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """A socket on loopback; port 0 takes a free one."""
    # named as TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for an acknowledgement
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
    except OSError as error:
        found.close()
        raise AstraError(f"port {port} of {HOST} cannot be used: {error.strerror}") from error
    return found


def addresses(port: int) -> dict[str, str]:
    """Where everything is."""
    base = f"http://{HOST}:{port}"
    return {
        "gamma": f"{base}/gamma",
        "clob": base,
        "ws_market": f"ws://{HOST}:{port}/ws/market",
        "ws_user": f"ws://{HOST}:{port}/ws/user",
        "relayer": f"{base}/relayer",
        "admin": f"{base}/admin",
    }


def greeting(port: int, accounts: tuple[DevAccount, ...]) -> dict[str, Any]:
    """What the command prints: the addresses and the worthless accounts."""
    return {**addresses(port), "chain_id": 137, "accounts": [each.as_json() for each in accounts]}


def serve(app: Starlette, on: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called when connections are taken. What broke the clock is raised."""
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        ws_max_size=FRAME_CHARS_MAX * 4,
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # clients keep alive with text frames
        timeout_keep_alive=75,  # longer than clients keep a connection: they end it, never we under a request of theirs
        timeout_graceful_shutdown=1,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    server = _Server(config, ready)
    app.state.stop = server.stop
    asyncio.run(server.serve(sockets=[on]))
    if app.state.broken is not None:
        raise app.state.broken


class _Server(uvicorn.Server):
    """Uvicorn that says when it listens, and for which a signal is a wish to end, not a death."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End; a second time without waiting for anyone."""
        self.force_exit = self.should_exit
        self.should_exit = True


def _is_news(record: logging.LogRecord) -> bool:
    """An answer that was broken off is a fault on purpose."""
    return "without completing response" not in record.getMessage()
