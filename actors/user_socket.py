"""The user channel: one connection for the whole account, kept alive with text, opened again whenever it is lost.

It sends no snapshot and repeats nothing, so whoever listens is told of each connection and of each loss, and asks. A
connection counts from its first answer after the credentials: before it, nobody knows whether they were taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidURI

from astra_actors.feeds.venue_socket import venue_socket
from astra_actors.kernel.units import NS_PER_S
from astra_actors.venues.clob.gateway_params import GatewayParams
from astra_actors.venues.signing.credentials import Credentials

PING: Final = "PING"
PONG: Final = b"PONG"
DOUBLINGS_MAX: Final = 10
_FAILURES: Final = (OSError, TimeoutError, EOFError, ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidURI)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Who is told: of frames as they came, of the channel standing, of its end and why."""

    frame: Callable[[bytes], None]
    connected: Callable[[], None]
    disconnected: Callable[[str], None]


class UserSocket:
    """Own the connection. `die` gives a number in [0, 1) for an attempt; everything runs on one event loop."""

    def __init__(
        self,
        params: GatewayParams,
        credentials: Credentials,
        heard: Heard,
        *,
        die: Callable[[int], float],
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.connects = self.failures = self.frames = 0  # failures in a row
        self._params, self._credentials, self._heard = params, credentials, heard
        self._die, self._now_ns = die, now_ns
        self._began_ns = now_ns()
        self._stood_ns = 0  # of the connections that are over
        self._since_ns: int | None = None  # of the one that stands
        self._heard_ns = 0
        self._closing = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the channel stands."""
        return self._since_ns is not None

    @property
    def uptime(self) -> float:
        """The share of the time since the beginning in which it stood."""
        now_ns = self._now_ns()
        stood_ns = self._stood_ns + (0 if self._since_ns is None else now_ns - self._since_ns)
        return stood_ns / max(1, now_ns - self._began_ns)

    async def run(self) -> None:
        """Keep the connection until `close`."""
        while not self._closing.is_set():
            why = "ended"
            try:
                await self._connect()
            except _FAILURES as error:
                why = f"{type(error).__name__}: {error}"[:200]
            self._lost(why)
            self.failures += 1
            await self._pause(backoff_s(self._params, self.failures, self._die(self.connects + self.failures)))

    def close(self) -> None:
        """End the connection for good; `run` returns."""
        self._closing.set()

    async def _connect(self) -> None:
        params = self._params
        async with venue_socket(
            params.user_ws_url, connect_timeout_s=params.connect_timeout_s, frame_bytes_max=params.frame_bytes_max
        ) as socket:
            await self._serve(socket)

    async def _serve(self, socket: ClientConnection) -> None:
        self._heard_ns = self._now_ns()
        first = {"type": "user", "auth": self._credentials.stream_auth(), "markets": []}
        await socket.send(msgspec.json.encode(first).decode())
        tasks = [asyncio.create_task(each) for each in (self._read(socket), self._keep(socket), self._closing.wait())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except TimeoutError:
            socket.transport.abort()  # nobody is there to say goodbye to
            raise
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, socket: ClientConnection) -> None:
        while True:
            data: Any = await socket.recv(decode=False)
            self._heard_ns = self._now_ns()
            if not self.connected:
                self.connects, self.failures, self._since_ns = self.connects + 1, 0, self._heard_ns
                self._heard.connected()
            if data != PONG:
                self.frames += 1
                self._heard.frame(data)

    async def _keep(self, socket: ClientConnection) -> None:
        """Say something at once and every ten seconds; nothing heard for long is a dead connection."""
        params = self._params
        while not self._closing.is_set():
            async with asyncio.timeout(params.connect_timeout_s):
                await socket.send(PING)
            await self._pause(params.ping_s)
            if self._now_ns() - self._heard_ns > params.silence_s * NS_PER_S:
                raise TimeoutError(f"nothing was heard for {params.silence_s:g} s")

    def _lost(self, why: str) -> None:
        if self._since_ns is not None:
            self._stood_ns += self._now_ns() - self._since_ns
            self._since_ns = None
            self._heard.disconnected(why)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):  # `wait_for` would swallow a cancellation that comes with the end
            async with asyncio.timeout(seconds):
                await self._closing.wait()


def backoff_s(params: GatewayParams, failures: int, die: float) -> float:
    """The wait before the next attempt: doubled each time, within bounds, and a little apart from others'."""
    plain = min(params.reconnect_s_max, params.reconnect_s * (1 << min(failures - 1, DOUBLINGS_MAX)))
    return plain * (1 + params.reconnect_jitter * (2 * die - 1))
