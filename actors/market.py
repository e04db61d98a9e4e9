"""A mailbox around one shard of markets."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from actors.badge import Badge
from actors.black_box import BlackBox, box_path
from actors.shard_meter import ShardMeter
from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec, open_shard
from astra_actors.engine.messages import MarketHistory, ShardCounters, WindowCommand, WindowRecords, WindowResult
from astra_actors.kernel.units import NS_PER_S
from astra_actors.risk.report import MarketReport


class MarketActor:
    """Own the markets of one shard: books, signals, orders, positions.

    A window that returned has happened; its facts are in the second value, on their way to the ledger. A window that raised
    has not: the Supervisor rebuilds the shard from what its markets were told, and asks for the window again.
    """

    def __init__(self, index: int, feed: FeedSpec, settings: Settings) -> None:
        self._index, self._feed = index, feed.kind
        self._meter = ShardMeter(index)
        self._shard = open_shard(index, feed, settings)
        self._window = 0

    def __repr__(self) -> str:
        return f"MarketActor(shard={self._index}, feed={self._feed})"

    def on_window(self, command: WindowCommand) -> tuple[WindowResult, WindowRecords]:
        """Take every market of the shard to the end of the window."""
        began_ns = time.perf_counter_ns()
        answer = self._shard.run_window(command)
        self._window = command.window
        self._meter.window(answer[0], (time.perf_counter_ns() - began_ns) / NS_PER_S)
        return answer

    def on_adopt(self, epoch: int, window: int) -> ShardCounters:
        """Go on under another Supervisor, whose ledger ends at `window`; raises `OutOfStep` where that cannot be."""
        return self._shard.adopt(epoch, window)

    def on_start_over(self) -> bool:
        """Forget every market; the next thing is `on_recover`."""
        self._shard.start_over()
        return True

    def serve_as(self, badge: Badge) -> None:
        """Take the number under which answers and records are written, and name each market while it is served."""
        self._shard.memory.incarnation = badge.incarnation
        box = self._box = BlackBox(box_path(badge.run_id, badge.name))
        self._shard.serving, self.left = box.serving, box.left

    def close(self) -> None:
        """End in good order: a predecessor that left nothing died of nothing."""
        self._box.remove()

    def on_recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Rebuild markets from everything they were told."""
        return self._shard.recover(histories)

    def progress(self) -> dict[str, Any]:
        """How far the shard has come, answered beside its work: a count that stands still is a hang."""
        return {"pid": os.getpid(), "window": self._window, "progress": self._shard.progress}
