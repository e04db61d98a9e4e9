"""The regime tags of a market's trades: category, event type, time to resolution, and volatility against its own past."""

from __future__ import annotations

from typing import Final

from astra_actors.feeds.port import SpotSource
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_HOUR
from astra_actors.market.instrument import MarketListing
from astra_actors.signals.regime import HISTORY_DAYS, RegimeTags, VolBucketer, ttr_bucket

STEP_NS: Final = NS_PER_HOUR  # one price an hour gives 24 returns a day, enough for a percentile among 90 days


class Tagger:
    """Keep the volatility history of one market: of its underlying where a spot source knows it, else of its own mid."""

    __slots__ = ("_listing", "_next_ns", "_spot", "_vol")

    def __init__(self, listing: MarketListing, spot: SpotSource | None) -> None:
        self._listing = listing
        self._spot = spot if listing.underlying else None
        self._vol = VolBucketer()
        self._next_ns = (listing.open_ns - HISTORY_DAYS * NS_PER_DAY) // STEP_NS * STEP_NS

    def on_mid(self, now_ns: int, mid: float) -> None:
        """Take the market's own mid; used only where there is no underlying."""
        if self._spot is None:
            self._vol.on_mid(now_ns, mid)

    def tags(self, at_ns: int, hours_to_close: float | None) -> RegimeTags:
        """The tags as of `at_ns`."""
        if self._spot is not None:
            self._catch_up(self._spot, at_ns)
        bucket, assumed = self._vol.bucket()
        listing = self._listing
        return RegimeTags(
            vol_bucket=bucket,
            category=listing.category.value,
            event_type=listing.event_type,
            ttr_bucket=ttr_bucket(hours_to_close),
            vol_assumed=assumed,
        )

    def _catch_up(self, spot: SpotSource, to_ns: int) -> None:
        """Read the underlying hour by hour, its days before the market opened included."""
        while self._next_ns <= to_ns:
            quote = spot.spot_at(self._listing.underlying, self._next_ns)
            if quote is not None:
                self._vol.on_price(self._next_ns, quote[0])
            self._next_ns += STEP_NS
