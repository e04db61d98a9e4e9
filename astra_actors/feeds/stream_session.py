"""One connection to the market channel: opened, subscribed at once, kept alive, and opened again until it is closed.

It understands nothing of what it carries. Frames go to the owner of the markets as they came; only `PONG` ends here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidURI

from astra_actors.feeds.staleness import Pulse, Step, backoff_s
from astra_actors.feeds.stream_params import StreamParams
from astra_actors.feeds.stream_words import Alive, Connected, Disconnected, Failing, Frame, Subscribed, Word
from astra_actors.feeds.venue_socket import venue_socket
from astra_actors.kernel.errors import AstraError

PING: Final = "PING"
PONG: Final = b"PONG"
_FAILURES: Final = (OSError, TimeoutError, ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidURI)

Clock = Callable[[], int]
Say = Callable[[Word], None]
Die = Callable[[str, int], float]


class _Ended(AstraError):
    """We ended the connection ourselves."""


class StreamSession:
    """Own one connection and the tokens asked for on it. Everything runs on one event loop."""

    def __init__(self, number: int, *, params: StreamParams, now_ns: Clock, say: Say, die: Die) -> None:
        self.number = number
        self.asset_ids: dict[str, None] = {}  # in the order in which they were asked for
        self.connects = 0
        self.failures = 0  # in a row
        self.looked_ns = 0  # when the connection was last looked at
        self.pulse: Pulse | None = None  # of the connection that stands
        self._params, self._now_ns, self._say, self._die = params, now_ns, say, die
        self._socket: ClientConnection | None = None
        self._end_reason = ""
        self._ending = asyncio.Event()
        self._closed = False

    @property
    def room(self) -> int:
        """How many tokens may still be asked for here."""
        return self._params.subscribe_max - len(self.asset_ids)

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return self._socket is not None

    async def run(self) -> None:
        """Keep the connection until `close`."""
        while not self._closed:
            self._ending.clear()
            self._end_reason = ""
            with contextlib.suppress(*_FAILURES):  # one that never stood has nothing more to say
                await self._connect()
            if not self._closed and self._end_reason != Step.TOO_OLD.value:
                self.failures += 1
                if self.failures == self._params.reconnect_attempts:
                    self._say(Failing(self._now_ns(), self.number, self.failures))
                await self._pause(
                    backoff_s(self._params, self.failures, self._die("backoff", self.connects + self.failures))
                )

    async def add(self, asset_ids: Sequence[str]) -> None:
        """Ask for more tokens, now if the connection stands, else when it does."""
        new = [asset_id for asset_id in asset_ids if asset_id not in self.asset_ids]
        self.asset_ids.update(dict.fromkeys(new))
        if new and self._socket is not None:
            await self._send_operation("subscribe", new)
            self._say(Subscribed(self._now_ns(), self.number, tuple(new)))

    async def remove(self, asset_ids: Sequence[str]) -> None:
        """Ask no longer for these tokens."""
        gone = [asset_id for asset_id in asset_ids if asset_id in self.asset_ids]
        for asset_id in gone:
            del self.asset_ids[asset_id]
        if gone and self._socket is not None:
            await self._send_operation("unsubscribe", gone)

    def renew(self, reason: str) -> None:
        """End this connection and open the next one."""
        self._end_reason = reason
        self._ending.set()

    def close(self) -> None:
        """End the connection for good."""
        self._closed = True
        self.renew("closed")

    async def _connect(self) -> None:
        params = self._params
        async with venue_socket(
            params.market_ws_url, connect_timeout_s=params.connect_timeout_s, frame_bytes_max=params.frame_bytes_max
        ) as socket:
            await self._serve(socket)

    async def _serve(self, socket: ClientConnection) -> None:
        params, now_ns = self._params, self._now_ns()
        self.connects += 1
        age_ns = int(self._die("age", self.connects) * params.reconnect_jitter * params.reconnect_every_s * 1e9)
        self.pulse = pulse = Pulse(params, now_ns, age_ns=age_ns)
        self._say(Connected(now_ns, self.number))
        reason = "ended"
        try:
            await self._subscribe(socket)
            reader = asyncio.create_task(self._read(socket, pulse))
            keeper = asyncio.create_task(self._keep(socket, pulse))
            done, pending = await asyncio.wait((reader, keeper), return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
            error = next(iter(done)).exception()
            reason = _why(error)
            if error is not None and not isinstance(error, (_Ended, *_FAILURES)):
                raise error
        except ConnectionClosed as error:
            reason = _why(error)
        finally:
            self._socket = self.pulse = None
            self._say(Disconnected(self._now_ns(), self.number, pulse.alive_ns, reason))
            if reason in (Step.PONG_MISSING.value, Step.NO_DATA.value):
                socket.transport.abort()  # nobody is there to say goodbye to

    async def _subscribe(self, socket: ClientConnection) -> None:
        asset_ids = tuple(self.asset_ids)
        self._socket = socket  # from here on, more tokens are asked for behind these
        first = {"type": "market", "assets_ids": asset_ids, "custom_feature_enabled": True, "initial_dump": True}
        await socket.send(_text(first))
        self._say(Subscribed(self._now_ns(), self.number, asset_ids))

    async def _send_operation(self, operation: str, asset_ids: list[str]) -> None:
        assert self._socket is not None, "only a standing connection is spoken to"
        content: dict[str, Any] = {"operation": operation, "assets_ids": asset_ids}
        if operation == "subscribe":
            content["custom_feature_enabled"] = True
        try:
            await self._socket.send(_text(content))
        except ConnectionClosed:
            return  # the next connection asks for what is wanted by then

    async def _read(self, socket: ClientConnection, pulse: Pulse) -> None:
        now_ns, say, number = self._now_ns, self._say, self.number
        while True:
            data = await socket.recv(decode=False)
            at_ns = now_ns()
            if data == PONG:
                pulse.on_pong(at_ns)
                say(Alive(at_ns, number))
                continue
            pulse.on_data(at_ns)
            self.failures = 0
            say(Frame(at_ns, number, data))

    async def _keep(self, socket: ClientConnection, pulse: Pulse) -> None:
        while True:
            if await self._pause(self._params.look_s):
                raise _Ended(self._end_reason)
            now_ns = self._now_ns()
            step = pulse.step(now_ns)
            self.looked_ns = now_ns
            if step is Step.PING:
                pulse.on_ping(now_ns)
                async with asyncio.timeout(self._params.pong_timeout_s):
                    await socket.send(PING)
            elif step is not Step.WAIT:
                self._end_reason = step.value
                raise _Ended(step.value)

    async def _pause(self, seconds: float) -> bool:
        """Wait; True when the connection is to end first."""
        try:
            await asyncio.wait_for(self._ending.wait(), seconds)
        except TimeoutError:
            return False
        return True


def _why(error: BaseException | None) -> str:
    if isinstance(error, _Ended):
        return str(error)
    if isinstance(error, ConnectionClosed):
        closing = error.sent or error.rcvd
        if closing is not None and closing.code == 1009:
            return "a frame was too large to be read"
        return f"closed with {error.rcvd.code}" if error.rcvd else "closed without a word"
    return "ended" if error is None else f"{type(error).__name__}: {error}"


def _text(content: dict[str, Any]) -> str:
    return msgspec.json.encode(content).decode()
