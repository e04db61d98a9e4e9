"""One market's resting orders in terms of its first outcome: best price first, then who came first."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.venues.exchange.order import Order


class Side:
    """Levels of one side; each holds its orders in the order of their arrival."""

    __slots__ = ("_is_bid", "_keys", "levels", "totals")

    def __init__(self, *, is_bid: bool) -> None:
        self._is_bid = is_bid
        self._keys: list[int] = []  # prices ascending
        self.levels: dict[int, dict[str, Order]] = {}
        self.totals: dict[int, int] = {}

    @property
    def best(self) -> int | None:
        """The best price, None when the side is empty."""
        if not self._keys:
            return None
        return self._keys[-1] if self._is_bid else self._keys[0]

    def prices(self) -> list[int]:
        """Prices from the best to the worst."""
        return self._keys[::-1] if self._is_bid else list(self._keys)

    def add(self, order: Order) -> None:
        """Put an order behind the others at its price."""
        price = order.yes_e4
        if price not in self.levels:
            insort(self._keys, price)
            self.levels[price] = {}
            self.totals[price] = 0
        self.levels[price][order.id] = order
        self.totals[price] += order.left_e6

    def take(self, order: Order, size_e6: int) -> None:
        """Take `size_e6` out of a resting order; one with nothing left leaves the book."""
        price = order.yes_e4
        order.left_e6 -= size_e6
        self.totals[price] -= size_e6
        if not order.left_e6:
            self._drop(price, order.id)

    def remove(self, order: Order) -> None:
        """Take an order out as it is; what is left of it stays written on it."""
        price = order.yes_e4
        self.totals[price] -= order.left_e6
        self._drop(price, order.id)

    def _drop(self, price: int, order_id: str) -> None:
        level = self.levels[price]
        del level[order_id]
        if not level:
            del self.levels[price], self.totals[price]
            del self._keys[bisect_left(self._keys, price)]


class Book:
    """Both sides of one market."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids, self.asks = Side(is_bid=True), Side(is_bid=False)

    def side(self, *, is_bid: bool) -> Side:
        """The side on which such an order rests."""
        return self.bids if is_bid else self.asks

    def crossing(self, *, is_bid: bool, yes_e4: int) -> Iterator[Order]:
        """Resting orders an incoming one meets, in the order in which it meets them. Do not change the book meanwhile."""
        other = self.asks if is_bid else self.bids
        for price in other.prices():
            if price > yes_e4 if is_bid else price < yes_e4:
                return
            yield from other.levels[price].values()

    def crosses(self, *, is_bid: bool, yes_e4: int) -> bool:
        """Whether an order at this price would meet one."""
        return next(self.crossing(is_bid=is_bid, yes_e4=yes_e4), None) is not None

    def top(self, *, yes: bool) -> tuple[int | None, int | None]:
        """Best bid and best ask of one token."""
        bid, ask = self.bids.best, self.asks.best
        return (bid, ask) if yes else (_complement(ask), _complement(bid))

    def depth(self, *, yes: bool) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Totals by price of one token as the wire orders them: the best price last on both sides."""
        bids = [(price, self.bids.totals[price]) for price in reversed(self.bids.prices())]
        asks = [(price, self.asks.totals[price]) for price in reversed(self.asks.prices())]
        if yes:
            return bids, asks
        return (
            [(PRICE_ONE_E4 - price, size) for price, size in asks],
            [(PRICE_ONE_E4 - price, size) for price, size in bids],
        )


def _complement(price: int | None) -> int | None:
    return None if price is None else PRICE_ONE_E4 - price
