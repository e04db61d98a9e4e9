"""A mailbox around one shard of markets on the venue's own stream."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

from actors.live_loop import LiveLoop, StreamThread
from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec, open_live_shard
from astra_actors.engine.messages import MarketHistory, WindowCommand, WindowRecords, WindowResult
from astra_actors.feeds.polymarket_rest import PolymarketRest
from astra_actors.feeds.polymarket_stream import MarketStream
from astra_actors.kernel.rng import unit
from astra_actors.risk.report import MarketReport


class LiveMarketActor:
    """Own the markets of one shard on a live feed: sockets, books, signals, orders, positions.

    Between windows it goes on by itself, and pulls its quotes when the feed or its permission is gone. A window that
    returned says what happened since the last one; one that raised leaves a process whose paper orders are lost with it.
    """

    def __init__(
        self, index: int, feed: FeedSpec, settings: Settings, now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._index = index
        self._window = 0
        mailbox: SimpleQueue[Any] = SimpleQueue()
        params, seed = settings.stream, feed.seed

        def die(purpose: str, attempt: int) -> float:
            return unit(seed, "stream", index, purpose, attempt)

        def open_stream() -> MarketStream:
            return MarketStream(params, rest=PolymarketRest(params), now_ns=now_ns, say=mailbox.put, die=die)

        shard = open_live_shard(index, feed, settings)
        self.loop = LiveLoop(shard, StreamThread(open_stream), mailbox, now_ns=now_ns)

    def __repr__(self) -> str:
        return f"LiveMarketActor(shard={self._index}, window={self._window}, markets={len(self.loop.shard.engines)})"

    def on_window(self, command: WindowCommand) -> tuple[WindowResult, WindowRecords]:
        """Take the permission of a window; what happened up to now. One that cancels everything waits until it is gone."""
        result, records = self.loop.window(command)
        self._window = command.window
        return result, records

    def on_recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Take markets over from a predecessor that died."""
        return self.loop.recover(histories)

    def progress(self) -> dict[str, Any]:
        """How far the shard has come, answered beside its work: a count that stands still is a hang."""
        return {"pid": os.getpid(), "window": self._window, "progress": self.loop.shard.progress}

    def close(self) -> None:
        """End the threads and the connections."""
        self.loop.close()
