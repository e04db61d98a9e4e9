"""Every order the account knows: by the venue's id, by ours, by market; those that are over for as long as it may matter."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from astra_actors.venues.clob.tracked import Stage, Tracked


class Register:
    """The orders of one account."""

    __slots__ = ("_by_market", "_by_order", "_by_venue", "_finished", "_kept", "open")

    def __init__(self, *, kept: int) -> None:
        self.open: dict[str, Tracked] = {}  # by venue id: not proven over, the oldest first
        self._by_venue: dict[str, Tracked] = {}
        self._by_order: dict[str, Tracked] = {}
        self._by_market: dict[str, dict[str, Tracked]] = {}
        self._finished: deque[Tracked] = deque()
        self._kept = kept

    def add(self, one: Tracked) -> None:
        """Take up an order; one that replaces another of its venue id takes its place."""
        self._by_venue[one.venue_id] = one
        if one.order_id:
            self._by_order[one.order_id] = one
        self._by_market.setdefault(one.market_id, {})[one.venue_id] = one
        if one.is_over:
            self.close(one)
        else:
            self.open[one.venue_id] = one

    def close(self, one: Tracked) -> None:
        """It is proven over; it stays known for a while."""
        self.open.pop(one.venue_id, None)
        self._finished.append(one)
        while len(self._finished) > self._kept:
            self._drop(self._finished.popleft())

    def reopen(self, one: Tracked) -> None:
        """It was closed, and rests after all."""
        self.open[one.venue_id] = one

    def by_venue(self, venue_id: str) -> Tracked | None:
        """The order the venue knows by this id."""
        return self._by_venue.get(venue_id)

    def by_order(self, order_id: str) -> Tracked | None:
        """The order its owner knows by this id."""
        return self._by_order.get(order_id)

    def of_market(self, market_id: str) -> Iterator[Tracked]:
        """Every remembered order of a market, in the order they were taken up."""
        yield from list(self._by_market.get(market_id, {}).values())

    def open_in(self, market_id: str) -> list[Tracked]:
        """Those of a market that are not proven over."""
        return [one for one in self.of_market(market_id) if not one.is_over]

    def markets(self) -> list[str]:
        """Markets with an order that is not proven over."""
        return list(dict.fromkeys(one.market_id for one in self.open.values()))

    def market_ids(self) -> frozenset[str]:
        """Markets with any order that is remembered."""
        return frozenset(self._by_market)

    def count(self, *stages: Stage) -> int:
        """How many open orders are in one of these stages."""
        return sum(one.stage in stages for one in self.open.values())

    def _drop(self, one: Tracked) -> None:
        if not one.is_over:
            return  # it was reopened, and comes here again
        if self._by_venue.get(one.venue_id) is one:
            del self._by_venue[one.venue_id]
            self._by_market[one.market_id].pop(one.venue_id, None)
        if self._by_order.get(one.order_id) is one:
            del self._by_order[one.order_id]
