"""A mailbox around one shard of markets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec, open_shard
from astra_actors.engine.messages import MarketHistory, WindowCommand, WindowRecords, WindowResult
from astra_actors.risk.report import MarketReport


class MarketActor:
    """Own the markets of one shard: books, signals, orders, positions.

    A window that returned has happened; its facts are in the second value, on their way to the ledger. A window that raised
    has not: the Supervisor rebuilds the shard from what its markets were told, and asks for the window again.
    """

    def __init__(self, index: int, feed: FeedSpec, settings: Settings) -> None:
        self._index = index
        self._shard = open_shard(index, feed, settings)
        self._window = 0

    def __repr__(self) -> str:
        return f"MarketActor(shard={self._index}, window={self._window}, markets={len(self._shard.engines)})"

    def on_window(self, command: WindowCommand) -> tuple[WindowResult, WindowRecords]:
        """Take every market of the shard to the end of the window."""
        answer = self._shard.run_window(command)
        self._window = command.window
        return answer

    def on_recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Rebuild markets from everything they were told."""
        return self._shard.recover(histories)

    def progress(self) -> dict[str, Any]:
        """How far the shard has come, answered beside its work: a count that stands still is a hang."""
        return {"pid": os.getpid(), "window": self._window, "progress": self._shard.progress}
