"""What the owner of a shard tells of it: once a window what it counted and how long it took, and how the feed is."""

from __future__ import annotations

from typing import Final

from actors.meter import Meter
from astra_actors.engine.messages import WindowResult
from astra_actors.reporting import metric_names as names
from astra_actors.reporting.metric_names import Metric

COUNTED: Final[tuple[tuple[Metric, str], ...]] = (
    (names.EVENTS, "events"),
    (names.DECISIONS, "decisions"),
    (names.ORDERS, "orders"),
    (names.FILLS, "fills"),
    (names.CANCELS, "cancels"),
    (names.REJECTS, "rejects"),
    (names.RESYNCS, "resyncs"),
)


class ShardMeter:
    """The metrics of one shard."""

    def __init__(self, index: int) -> None:
        self._meter = Meter(shard=str(index))

    def window(self, result: WindowResult, seconds: float) -> None:
        """A window has been run."""
        meter, counters = self._meter, result.counters
        meter.observe(names.WINDOW_SECONDS, seconds)
        for metric, field in COUNTED:
            meter.total(metric, getattr(counters, field))
        for veto, count in counters.vetoes.items():
            meter.total(names.VETOES, count, veto=veto)
        meter.set(names.MARKETS, counters.live_markets)
        meter.set(names.ORDERS_OPEN, counters.open_orders)

    def feed(self, *, mailbox: int, age_s: float | None) -> None:
        """How far behind the owner is, and how long its quietest connection has been silent."""
        self._meter.set(names.MAILBOX, mailbox)
        self._meter.set(names.FEED_AGE, age_s)
