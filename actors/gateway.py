"""A mailbox around the account at the venue: the only process that holds its keys, and the only one that sends orders."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from actors.badge import Badge
from actors.gateway_loop import POLL_S, GatewayLoop
from actors.gateway_opening import Opening
from actors.key_client import LiveKeys, fetch
from actors.preflight import look
from astra_actors.config.settings import Settings
from astra_actors.kernel.errors import AstraError
from astra_actors.reporting.logging import get_logger
from astra_actors.venues.clob.preflight import Finding
from astra_actors.venues.clob.words import Told, Word

LOG: Final = get_logger("gateway")
BROKEN: Final = 4  # exit status
OPENING_S: Final = 60.0  # keys, the ledger's rows and a first connection; longer, and the venue does not answer
CLOSING_S: Final = 5.0
T = TypeVar("T")


class GatewayActor:
    """Own the account: keys, requests, the user channel, the heartbeat. What it knows is in the ledger before it counts.

    Words are taken in a sender's order, whence no method is a coroutine: Ray would reorder them. A call that returned has
    handed them in; what became of them is told to whoever polls. A process that dies leaves orders that its successor
    proves, and that the venue cancels by itself when the heartbeat stays away.
    """

    GROUPS: Final = {"words": 1, "polls": 96, "ends": 2, "looks": 1}  # a poll waits: a thread a shard, and half again
    METHODS: Final = {"on_words": "words", "on_poll": "polls", "on_stop": "ends", "on_seen": "looks"}

    def __init__(self, settings: Settings, ledger: Path, run_id: str, namespace: str, key_socket: Path) -> None:
        self._settings = settings
        self._keys: LiveKeys = fetch(key_socket)
        self._opening = Opening(settings, ledger, run_id, namespace)
        self._ready = threading.Event()
        self._gateway: GatewayLoop | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._latest: dict[int, int] = {}  # the highest incarnation that was heard of each shard

    def __repr__(self) -> str:
        return "GatewayActor(account)"

    def serve_as(self, badge: Badge) -> None:
        """Begin to hold the account, under this incarnation."""
        run = threading.Thread(target=self._run, args=(badge.incarnation,), name="gateway", daemon=True)
        self._thread = run
        run.start()

    def on_preflight(self) -> tuple[Finding, ...]:
        """Look at keys, wallet and venue; every failure at once, each with its remedy."""
        return look(self._keys, self._settings.stream.clob_url, self._settings.live.gateway)

    def on_words(self, shard: int, incarnation: int, words: Sequence[Word]) -> bool:
        """Take what the owner of a shard says; each word names the incarnation it comes from itself."""
        gateway, loop = self._open()
        loop.call_soon_threadsafe(gateway.on_words, shard, words)
        return True

    def on_poll(self, shard: int, incarnation: int, after: int) -> tuple[Told, ...]:
        """The news of a shard after this number, up to which all are acknowledged; waits two seconds for some.

        Raises `GatewayShut` while the account is still being opened: nobody may rest anything then. And for a shard that has a
        successor, which must hear everything itself.
        """
        self._latest[shard] = max(incarnation, self._latest.get(shard, 0))
        if incarnation < self._latest[shard]:
            raise GatewayShut(f"shard {shard} has an owner after incarnation {incarnation}")
        gateway, _ = self._open(POLL_S)
        return self._await(gateway.on_poll(shard, after))

    def on_stop(self, timeout_s: float) -> dict[str, Any]:
        """Take no more orders, cancel everything, and prove it: `{cleared, seconds, open}`."""
        gateway, _ = self._open()
        return self._await(gateway.on_stop(timeout_s))

    def on_reconcile(self, timeout_s: float = 30.0) -> dict[str, Any]:
        """Compare the ledger with the venue now; the comparison as it was recorded, empty when it takes longer."""
        gateway, _ = self._open()
        return self._await(gateway.on_reconcile(timeout_s))

    def on_cancel_market(self, market_id: str, reason: str = "asked", given_up: bool = False) -> int:
        """Cancel what is open in a market; how many orders that are. One that is given up takes no orders any more."""
        gateway, _ = self._open()
        return self._await(_later(gateway, market_id, reason, given_up))

    def on_seen(self) -> dict[str, Any]:
        """How the account stands, at most a second old; `why_not` alone while it cannot be traded."""
        return {"why_not": self._opening.why_not} if self._gateway is None else self._gateway.seen

    def progress(self) -> dict[str, Any]:
        """How far it has come; a count that stands still is a hang."""
        turns = self._opening.tries if self._gateway is None else self._gateway.turns
        return {"pid": os.getpid(), "progress": turns, "account": self.on_seen()}

    def close(self) -> None:
        """End the connections; whatever rests stays where it is."""
        gateway, loop, thread = self._gateway, self._loop, self._thread
        if gateway is not None and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(gateway.close)
        if thread is not None and thread is not threading.current_thread():
            thread.join(CLOSING_S)

    def _run(self, incarnation: int) -> None:
        try:
            asyncio.run(self._trade(incarnation))
        except BaseException as error:  # a successor, or a bug: whoever comes next reads the ledger
            LOG.error("gateway.broken", why=f"{type(error).__name__}: {error}")
            os._exit(BROKEN)

    async def _trade(self, incarnation: int) -> None:
        self._loop = asyncio.get_running_loop()
        gateway = await self._opening.open(self._keys, incarnation)
        self._gateway = gateway
        self._ready.set()
        if gateway is not None:
            await gateway.run()

    def _open(self, wait_s: float = OPENING_S) -> tuple[GatewayLoop, asyncio.AbstractEventLoop]:
        if not self._ready.wait(wait_s):
            raise GatewayShut(self._opening.why_not)
        if self._gateway is None or self._loop is None:
            raise GatewayShut(self._opening.why_not)
        return self._gateway, self._loop

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._loop is not None, "an open account has its loop"
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class GatewayShut(AstraError):
    """The account cannot be traded."""


async def _later(gateway: GatewayLoop, market_id: str, reason: str, given_up: bool) -> int:
    return gateway.on_cancel_market(market_id, reason, given_up)
