"""What a feed says, as domain events: the same words whether they come from a synthetic world, a tape, or the venue.

Every event carries two times: `venue_ns` by the venue's clock and `local_ns` by ours. Prices and sizes are integers.
An empty side shows as best bid 0 or best ask 10,000.
"""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, gc=False):
    """What every event carries."""

    market_id: str
    venue_ns: int
    local_ns: int


class BookSnapshot(Event, frozen=True, gc=False):
    """The whole book of one token: levels as (price_e4, size_e6), best first on both sides; what is missing is gone."""

    asset_id: str
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    tick_e4: int | None = None
    last_trade_e4: int | None = None
    hash_ok: bool | None = None  # None: the frame could not be checked


class LevelChange(msgspec.Struct, frozen=True, gc=False):
    """The new total size at one price of one token; 0 removes the level. The best prices are the venue's own, after it."""

    asset_id: str
    is_bid: bool
    price_e4: int
    size_e6: int
    best_bid_e4: int | None = None
    best_ask_e4: int | None = None


class BookChanged(Event, frozen=True, gc=False):
    """One batch of level changes, usually an order seen once on each token."""

    changes: tuple[LevelChange, ...]


class TradePrinted(Event, frozen=True, gc=False):
    """One public trade; `taker_buys` is the feed's own flag, right about 59 % of the time against the chain."""

    asset_id: str
    taker_buys: bool
    price_e4: int
    size_e6: int


class TickChanged(Event, frozen=True, gc=False):
    """The price grid of one token changed."""

    asset_id: str
    old_tick_e4: int | None
    new_tick_e4: int


class TopQuoted(Event, frozen=True, gc=False):
    """The venue's own statement of a token's top (`best_bid_ask`): a check on our book, never a source for it."""

    asset_id: str
    best_bid_e4: int
    best_ask_e4: int


class MarketResolved(Event, frozen=True, gc=False):
    """One source's word on the outcome: YES, NO or VOID."""

    outcome: str
    source: str


class PhaseNoted(Event, frozen=True, gc=False):
    """Something about a market's life that is not a price: `proposed`, `disputed`, `clarified`, `closed`, `paused`."""

    note: str


class FeedInterrupted(Event, frozen=True, gc=False):
    """The stream of this market cannot be trusted from here on: quotes leave until a fresh snapshot."""

    reason: str
