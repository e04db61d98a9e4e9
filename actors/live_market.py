"""A mailbox around one shard of markets on the venue's own stream."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any

import ray

from actors.account_link import AccountLink
from actors.badge import Badge
from actors.black_box import BlackBox, box_path
from actors.live_loop import LiveLoop, StreamThread
from actors.shard_meter import ShardMeter
from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec, open_live_shard
from astra_actors.engine.messages import MarketHistory, ShardCounters, WindowCommand, WindowRecords, WindowResult
from astra_actors.feeds.polymarket_rest import PolymarketRest
from astra_actors.feeds.polymarket_stream import MarketStream
from astra_actors.kernel.rng import unit
from astra_actors.kernel.units import NS_PER_S
from astra_actors.risk.report import MarketReport


class LiveMarketActor:
    """Own the markets of one shard on a live feed: sockets, books, signals, orders, positions.

    Between windows it goes on by itself, and pulls its quotes when the feed, its permission or the holder of the account is
    gone. A window that returned says what happened since the last one; one that raised leaves a process whose paper orders
    are lost with it.
    """

    def __init__(
        self, index: int, feed: FeedSpec, settings: Settings, now_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._index, self._now_ns = index, now_ns
        self._meter = ShardMeter(index)
        self._window = 0
        self._box: BlackBox | None = None
        self._mailbox: SimpleQueue[Any] = SimpleQueue()
        mailbox = self._mailbox
        params, seed = settings.stream, feed.seed

        def die(purpose: str, attempt: int) -> float:
            return unit(seed, "stream", index, purpose, attempt)

        def open_stream() -> MarketStream:
            return MarketStream(params, rest=PolymarketRest(params), now_ns=now_ns, say=mailbox.put, die=die)

        shard = open_live_shard(index, feed, settings)
        self.loop = LiveLoop(shard, StreamThread(open_stream), mailbox, now_ns=now_ns)

    def __repr__(self) -> str:
        return f"LiveMarketActor(shard={self._index}, feed=polymarket)"

    def on_window(self, command: WindowCommand) -> tuple[WindowResult, WindowRecords]:
        """Take the permission of a window; what happened up to now. One that cancels everything waits until it is gone."""
        began_ns = time.perf_counter_ns()
        result, records = self.loop.window(command)
        self._window = command.window
        self._meter.window(result, (time.perf_counter_ns() - began_ns) / NS_PER_S)
        heard_ns = self.loop.heard_ns
        age_s = None if heard_ns is None else max(0, self._now_ns() - heard_ns) / NS_PER_S
        self._meter.feed(mailbox=self.loop.waiting, age_s=age_s)
        return result, records

    def on_adopt(self, epoch: int, window: int) -> ShardCounters:
        """Go on under another Supervisor: what its ledger lacks is said once more; raises `OutOfStep` where that cannot be."""
        return self.loop.adopt(epoch, window)

    def on_start_over(self) -> bool:
        """Forget every market; the next thing is `on_recover`."""
        self.loop.start_over()
        return True

    def serve_as(self, badge: Badge) -> None:
        """Take the number under which answers and records are written, and name each market while it is served."""
        self.loop.shard.memory.incarnation = badge.incarnation
        box = self._box = BlackBox(box_path(badge.run_id, badge.name))
        self.loop.shard.serving, self.left = box.serving, box.left
        if self.loop.shard.talk is not None:
            namespace = ray.get_runtime_context().namespace
            self.loop.account = AccountLink(
                self._index, namespace, incarnation=badge.incarnation, post=self._mailbox.put
            )

    def on_recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Take markets over from a predecessor that died."""
        return self.loop.recover(histories)

    def progress(self) -> dict[str, Any]:
        """How far the shard has come, answered beside its work: a count that stands still is a hang."""
        return {
            "pid": os.getpid(),
            "window": self._window,
            "progress": self.loop.shard.progress,
            "feed_ns": self.loop.heard_ns,
            "mailbox": self.loop.waiting,
        }

    def close(self) -> None:
        """End the threads and the connections."""
        self.loop.close()
        if self._box is not None:
            self._box.remove()
