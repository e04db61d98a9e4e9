"""The user channel: said to stand only when it answers, given up when it is silent, opened again with growing waits."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from gateway_bench import SOME, gateway_params
from websockets.asyncio.server import ServerConnection, serve

from actors.user_socket import Heard, UserSocket, backoff_s
from astra_actors.kernel.units import NS_PER_S
from astra_actors.venues.clob.gateway_params import GatewayParams

PATIENCE_S = 20.0
Behave = Callable[[ServerConnection, int], Awaitable[None]]


class Listener:
    """What was heard, in its order."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.more = asyncio.Event()

    def say(self, what: str) -> None:
        self.heard.append(what)
        self.more.set()

    async def expect(self, *expected: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.heard[: len(expected)] != list(expected):
                self.more.clear()
                await self.more.wait()


@asynccontextmanager
async def channel(
    behave: Behave, *, now_ns: Callable[[], int] = time.monotonic_ns, **more: Any
) -> AsyncIterator[tuple[UserSocket, Listener]]:
    """A venue that behaves as told, and the channel to it."""
    connects = 0

    async def serve_one(socket: ServerConnection) -> None:
        nonlocal connects
        connects += 1
        first = json.loads(await socket.recv())
        assert first == {"type": "user", "auth": SOME.stream_auth(), "markets": []}
        await behave(socket, connects)

    async with serve(serve_one, "127.0.0.1", 0, ping_interval=None, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        params = gateway_params(None, user_ws_url=f"ws://127.0.0.1:{port}", **{"reconnect_s": 0.001, **more})
        ear = Listener()
        heard = Heard(
            frame=lambda raw: ear.say(raw.decode()),
            connected=lambda: ear.say("+"),
            disconnected=lambda why: ear.say(f"- {why.partition(':')[0]}"),
        )
        socket = UserSocket(params, SOME, heard, die=lambda attempt: 0.5, now_ns=now_ns)
        running = asyncio.create_task(socket.run())
        try:
            yield socket, ear
        finally:
            socket.close()
            await asyncio.wait_for(running, PATIENCE_S)


async def pong(socket: ServerConnection) -> None:
    """Answer until the other side leaves."""
    async for text in socket:
        assert text == "PING"
        await socket.send("PONG")


def played(work: Awaitable[None]) -> None:
    async def go() -> None:
        await work

    asyncio.run(go())


def test_frames_come_as_they_are_and_a_lost_connection_is_opened_again() -> None:
    async def behave(socket: ServerConnection, number: int) -> None:
        await socket.send(f"frame {number}")
        if number > 1:
            await pong(socket)

    async def go() -> None:
        async with channel(behave) as (socket, ear):
            await ear.expect("+", "frame 1", "- ConnectionClosedOK", "+", "frame 2")
            assert (socket.connected, socket.connects, socket.failures) == (True, 2, 0)
            assert 0.0 < socket.uptime <= 1.0

    played(go())


def test_credentials_that_are_refused_never_count_as_a_connection() -> None:
    async def behave(socket: ServerConnection, number: int) -> None:
        if number < 4:
            await socket.close(1008)
        else:
            await pong(socket)

    async def go() -> None:
        async with channel(behave) as (socket, ear):
            await ear.expect("+")
            assert (socket.connects, ear.heard) == (1, ["+"])

    played(go())


def test_a_connection_that_goes_silent_is_dead() -> None:
    async def behave(socket: ServerConnection, number: int) -> None:
        await socket.send("hello")
        await socket.wait_closed()

    async def go() -> None:
        clock = [0]
        async with channel(behave, ping_s=0.01, now_ns=lambda: clock[0]) as (_, ear):
            await ear.expect("+", "hello")
            clock[0] += 26 * NS_PER_S
            await ear.expect("+", "hello", "- TimeoutError", "+", "hello")

    played(go())


def test_a_frame_beyond_all_bounds_costs_the_connection() -> None:
    async def behave(socket: ServerConnection, number: int) -> None:
        await socket.send("x" * 5_000 if number == 1 else "small")
        await pong(socket)

    async def go() -> None:
        async with channel(behave, frame_bytes_max=1_000) as (_, ear):
            async with asyncio.timeout(PATIENCE_S):
                while "small" not in ear.heard:
                    ear.more.clear()
                    await ear.more.wait()
            assert not any("x" in each for each in ear.heard)

    played(go())


WAITS = [(1, 0.5, 0.5), (2, 0.5, 1.0), (1, 1.0, 0.6), (1, 0.0, 0.4), (50, 0.5, 15.0)]


@pytest.mark.parametrize(("failures", "die", "expected_s"), WAITS)
def test_each_failure_in_a_row_waits_longer_and_not_all_at_once(failures: int, die: float, expected_s: float) -> None:
    assert backoff_s(GatewayParams(), failures, die) == pytest.approx(expected_s)
