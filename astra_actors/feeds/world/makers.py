"""The background makers: they keep a few levels around what the crowd believes, and follow it late."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from astra_actors.feeds.world.params import WorldParams
from astra_actors.feeds.world.shown_book import ShownBook
from astra_actors.kernel.units import PRICE_ONE_E4

_CENT_SHARE = 10_000  # sizes have two decimals of a share
_SLACK_TICKS = 0.6  # makers follow the crowd when it has moved this far: a quote that flickers loses its place
EDGE_E4 = 400  # beyond 0.04 / 0.96 the venue refines the grid (polymarket.md)
_COARSE_TICK = 100
FINE_TICK = 10


class Makers:
    """Every maker but us, as one. `sizes` are draws of mean-free lognormals, refilled by the flow."""

    __slots__ = (
        "_anchor",
        "_ask",
        "_bid",
        "_book",
        "_depth",
        "_growth",
        "_half_e4",
        "_levels_max",
        "_levels_min",
        "_slack",
        "sizes",
    )

    def __init__(self, params: WorldParams, book: ShownBook, rng: np.random.Generator) -> None:
        spread = params.spread_ticks[int(rng.integers(0, len(params.spread_ticks)))]
        self._half_e4 = (spread - 1) * (
            _COARSE_TICK / 2
        )  # a spread of n cents: half of it, less what rounding outwards adds
        self._depth = params.depth_median_shares * math.exp(params.depth_market_sigma * float(rng.standard_normal()))
        self._growth = params.depth_growth
        self._levels_min, self._levels_max = params.levels_min, max(params.levels_max, params.levels_min)
        self._book = book
        self._anchor = self._slack = 0.0
        self._bid, self._ask = 0, PRICE_ONE_E4
        self.sizes: Iterator[float] = iter(())

    def build(self, centre: float) -> None:
        """Fill an empty book around `centre` (1/10,000 dollar)."""
        self._aim(centre)
        bid, ask, tick = self._bid, self._ask, self._book.tick
        bids = {price: self._size(n) for n in range(self._levels_min + 1) if (price := bid - n * tick) >= tick}
        asks = {
            price: self._size(n)
            for n in range(self._levels_min + 1)
            if (price := ask + n * tick) <= PRICE_ONE_E4 - tick
        }
        self._book.fill(bids, asks)

    def refine(self, centre: float) -> None:
        """The price has reached the edge: the grid becomes finer and every maker quotes anew."""
        self._book.change_tick(FINE_TICK)
        self.build(centre)
        self._book.snapshot()

    def act(self, centre: float, dice: float) -> None:
        """One look at the market: follow the crowd, close a hole at the touch, or else resize one level."""
        book = self._book
        moved = centre - self._anchor
        if moved > self._slack or -moved > self._slack:
            self._aim(centre)
        bid, ask = self._bid, self._ask
        settled = True
        if book.best_ask < ask and book.asks:
            for price in [price for price in book.asks if price < ask]:
                book.set_level(False, price, 0)
            settled = False
        if book.best_bid > bid:
            for price in [price for price in book.bids if price > bid]:
                book.set_level(True, price, 0)
            settled = False
        if book.best_bid < bid:
            book.set_level(True, bid, self._size(0))
            settled = False
        if book.best_ask > ask:
            book.set_level(False, ask, self._size(0))
            settled = False
        if settled:
            self._fidget(dice)

    def _aim(self, centre: float) -> None:
        """Decide where best bid and ask belong, rounded away from the centre; 0 and 10,000 where there is no room."""
        self._anchor, tick, half = centre, self._book.tick, self._half_e4
        self._slack = _SLACK_TICKS * tick
        if tick < _COARSE_TICK:  # on the fine grid a spread shrinks with what there is to lose
            p = centre / PRICE_ONE_E4
            half *= 2.0 * math.sqrt(max(p * (1.0 - p), 0.0))
        bid = int((centre - half) // tick) * tick
        ask = max(-int(-(centre + half) // tick) * tick, bid + tick)
        self._bid = bid if bid >= tick else 0
        self._ask = ask if ask <= PRICE_ONE_E4 - tick else PRICE_ONE_E4

    def _fidget(self, dice: float) -> None:
        """Add to, take from, or renew a level near the touch, and keep the number of levels in its band."""
        book, tick = self._book, self._book.tick
        is_bid = dice < 0.5
        side = book.bids if is_bid else book.asks
        if not side:
            is_bid = not is_bid
            side = book.bids if is_bid else book.asks
            if not side:
                return
        if len(side) > self._levels_max:
            book.set_level(is_bid, min(side) if is_bid else max(side), 0)
            return
        rank = int(((dice + dice) % 1.0) ** 2 * self._levels_min)  # the touch changes most
        price = book.best_bid - rank * tick if is_bid else book.best_ask + rank * tick
        if len(side) < self._levels_min and price in side:
            price = min(side) - tick if is_bid else max(side) + tick
        if not tick <= price <= PRICE_ONE_E4 - tick:
            price = book.best_bid if is_bid else book.best_ask
            rank = 0
        book.set_level(is_bid, price, self._size(rank))

    def _size(self, rank: int) -> int:
        shares = self._depth * (1.0 + self._growth * rank) * next(self.sizes)
        return max(int(shares * 100.0), 500) * _CENT_SHARE  # nobody may rest less than five shares
