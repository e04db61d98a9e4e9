"""The book of one token: resting size by price, with the best prices kept as they move.

Each side is a dictionary from price to size: a store costs no more than into a list, any tick fits, and a snapshot is one
copy in C. The best price is only searched for when the level that held it goes, which is one entry of 150 on a recorded
match. Whoever makes events has checked that prices lie strictly between 0 and 1 dollar and that sizes are not negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Final

from astra_actors.kernel.units import PRICE_ONE_E4

EMPTY_BID_E4: Final = 0
EMPTY_ASK_E4: Final = PRICE_ONE_E4


class TokenBook:
    """Bids and asks of one token. `trusted` says whether the content may be traded on; `MarketBook` decides that."""

    __slots__ = (
        "ask_size_e6",
        "asks",
        "asset_id",
        "best_ask_e4",
        "best_bid_e4",
        "bid_size_e6",
        "bids",
        "trusted",
    )

    def __init__(self, asset_id: str) -> None:
        self.asset_id = asset_id
        self.trusted = False
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.best_bid_e4, self.bid_size_e6 = EMPTY_BID_E4, 0
        self.best_ask_e4, self.ask_size_e6 = EMPTY_ASK_E4, 0

    def clear(self) -> None:
        """Forget every level."""
        self.snapshot((), ())

    @property
    def crossed(self) -> bool:
        """Whether the best bid reaches the best ask; a locked book counts."""
        return self.best_bid_e4 >= self.best_ask_e4

    def set_level(self, is_bid: bool, price_e4: int, size_e6: int) -> bool:
        """Put the new total size at one price, 0 to remove the level; True when that touched the best price."""
        if is_bid:
            if size_e6:
                self.bids[price_e4] = size_e6
                if price_e4 < self.best_bid_e4:
                    return False
                self.best_bid_e4, self.bid_size_e6 = price_e4, size_e6
                return True
            self.bids.pop(price_e4, None)
            if price_e4 == self.best_bid_e4:
                self._find_bid()
                return True
            return False
        if size_e6:
            self.asks[price_e4] = size_e6
            if price_e4 > self.best_ask_e4:
                return False
            self.best_ask_e4, self.ask_size_e6 = price_e4, size_e6
            return True
        self.asks.pop(price_e4, None)
        if price_e4 == self.best_ask_e4:
            self._find_ask()
            return True
        return False

    def snapshot(self, bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]]) -> None:
        """Replace the whole book: a level that is missing is gone."""
        self.bids, self.asks = _sizes(bids), _sizes(asks)
        self._find_bid()
        self._find_ask()

    def trim_to(self, best_bid_e4: int, best_ask_e4: int) -> int:
        """Drop levels better than the venue's own best and count them: a level eaten by a trade gets no removal."""
        dropped = 0
        while self.best_bid_e4 > best_bid_e4:
            self.set_level(True, self.best_bid_e4, 0)
            dropped += 1
        while self.best_ask_e4 < best_ask_e4:
            self.set_level(False, self.best_ask_e4, 0)
            dropped += 1
        return dropped

    def size_at(self, is_bid: bool, price_e4: int) -> int:
        """Size resting at one price, 0 where nothing rests."""
        return (self.bids if is_bid else self.asks).get(price_e4, 0)

    def levels(self, is_bid: bool, depth: int | None = None) -> list[tuple[int, int]]:
        """Levels as (price_e4, size_e6), best first, at most `depth` of them."""
        side = self.bids if is_bid else self.asks
        return [(price_e4, side[price_e4]) for price_e4 in sorted(side, reverse=is_bid)[:depth]]

    def grid_e4(self, tick_e4: int) -> int:
        """The largest step that holds `tick_e4` and every level: `tick_e4` itself while all levels lie on it."""
        return gcd(tick_e4, *self.bids, *self.asks)

    def _find_bid(self) -> None:
        self.best_bid_e4 = max(self.bids, default=EMPTY_BID_E4)
        self.bid_size_e6 = self.bids.get(self.best_bid_e4, 0)

    def _find_ask(self) -> None:
        self.best_ask_e4 = min(self.asks, default=EMPTY_ASK_E4)
        self.ask_size_e6 = self.asks.get(self.best_ask_e4, 0)


def _sizes(levels: Sequence[tuple[int, int]]) -> dict[int, int]:
    side = dict(levels)
    return side if all(side.values()) else {price_e4: size_e6 for price_e4, size_e6 in side.items() if size_e6}
