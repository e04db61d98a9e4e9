"""The pull side of a feed: whoever can be replayed hands out each market's events for a stretch of time.

A live feed cannot be asked about the past; it pushes the same events into a mailbox (`feeds/polymarket_stream`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from astra_actors.market.events import Event
from astra_actors.market.instrument import MarketListing


class ReplayableFeed(Protocol):
    """A feed that gives the same events for the same stretch, however often and in whatever process it is asked."""

    @property
    def name(self) -> str:
        """`world` or `tape`."""
        ...

    @property
    def start_ns(self) -> int:
        """When the first event happens."""
        ...

    @property
    def end_ns(self) -> int:
        """When everything is over, resolutions included."""
        ...

    def listings(self) -> Sequence[MarketListing]:
        """Every market of the whole run, in a fixed order; `open_ns` says when each comes into view."""
        ...

    def events(self, market_id: str, from_ns: int, to_ns: int) -> Iterable[Event]:
        """The market's events with from_ns ≤ local_ns < to_ns, in time order. Asked in order; may be asked again from 0."""
        ...


class SpotSource(Protocol):
    """Whoever knows the price of an underlying."""

    def spot_at(self, underlying: str, now_ns: int) -> tuple[float, int] | None:
        """The last price at or before `now_ns` in dollars and its own time, or None; never one from the future."""
        ...
