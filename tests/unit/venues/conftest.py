"""A market on a desk: a real book, a paper venue, and short ways to make things happen to them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from astra_actors.execution.order import Order
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookSnapshot, FeedInterrupted, TickChanged
from astra_actors.market.instrument import FeeSchedule, Instrument, Side, Token
from astra_actors.risk.veto import Approved
from astra_actors.venues.paper import PaperVenue
from astra_actors.venues.paper_params import PaperParams
from astra_actors.venues.port import Answer, Filled, ShadowFill

START_NS = 1_000 * NS_PER_S


def shares(number: float) -> int:
    return round(number * 1_000_000)


class Desk:
    """YES 0.50 × 100 bid, 0.52 × 100 ask, tick 0.01, no latency and no late prints unless asked for."""

    def __init__(self, *, fees: FeeSchedule | None = None, tick_e4: int = 100, **settings: Any) -> None:
        self.params = replace(
            PaperParams(latency_mean_ms=0.0, cancel_latency_mean_ms=0.0, late_print_ms=0, gtd_min_s=0, gtd_early_s=0),
            **settings,
        )
        self.instrument = Instrument(market_id="m", yes_asset="y", no_asset="n", tick_e4=tick_e4, fees=fees)
        self.book = MarketBook(self.instrument)
        self.venue = PaperVenue(self.instrument, self.params, seed=12345)
        self.now_ns = START_NS
        self.orders: dict[str, Order] = {}
        self.show({5000: 100}, {5200: 100})

    def show(self, bids: dict[int, float], asks: dict[int, float]) -> None:
        """A snapshot of YES arrives."""
        self.venue.advance(self.now_ns, self.book)
        levels = [tuple((p, shares(s)) for p, s in side.items()) for side in (bids, asks)]
        self.book.apply(BookSnapshot("m", self.now_ns, self.now_ns, "y", levels[0], levels[1]))
        self.venue.on_book(self.now_ns, self.book)

    def interrupt(self) -> None:
        """The stream breaks."""
        self.venue.advance(self.now_ns, self.book)
        self.book.apply(FeedInterrupted("m", self.now_ns, self.now_ns, "test"))
        self.venue.on_book(self.now_ns, self.book)

    def new_tick(self, tick_e4: int) -> None:
        """The grid changes; the book is dropped until its next snapshot."""
        self.venue.advance(self.now_ns, self.book)
        self.book.apply(TickChanged("m", self.now_ns, self.now_ns, "y", self.book.tick_e4, tick_e4))
        self.venue.on_book(self.now_ns, self.book)

    def print(self, price_e4: int, size: float, *, buys: bool) -> None:
        """A public trade in YES terms."""
        self.venue.advance(self.now_ns, self.book)
        self.venue.on_trade(self.now_ns, price_e4, shares(size), buys, self.book)

    def wait(self, seconds: float) -> None:
        """Time passes, and what is due happens."""
        self.now_ns += round(seconds * NS_PER_S)
        self.venue.advance(self.now_ns, self.book)

    def send(
        self,
        order_id: str = "o",
        *,
        token: Token = Token.YES,
        side: Side = Side.BUY,
        price_e4: int = 5000,
        size: float = 30,
        life_s: float | None = None,
    ) -> Order:
        """An order leaves us now."""
        order = Order(
            order_id=order_id,
            market_id="m",
            token=token,
            side=side,
            price_e4=price_e4,
            size_e6=shares(size),
            sent_ns=self.now_ns,
            expires_ns=0 if life_s is None else self.now_ns + round(life_s * NS_PER_S),
            strategy="test",
        )
        self.venue.submit(order, Approved("r", order_id, 0), self.now_ns)
        self.orders[order_id] = order
        return order

    def rest(self, order_id: str = "o", **wish: Any) -> Order:
        """An order leaves and, without latency, arrives at once; what the venue said to it is drained."""
        order = self.send(order_id, **wish)
        self.venue.advance(self.now_ns, self.book)
        self.venue.drain()
        return order

    def answers(self) -> list[Answer]:
        return self.venue.drain()

    def filled(self) -> float:
        """Shares filled among the answers since the last look."""
        return sum(a.size_e6 for a in self.venue.drain() if isinstance(a, Filled)) / 1e6

    def by_variant(self) -> dict[str, float]:
        """Shares filled since the last look, by reading."""
        total = {"optimistic": 0.0, "base": 0.0, "pessimistic": 0.0}
        for answer in self.venue.drain():
            if isinstance(answer, Filled):
                total["base"] += answer.size_e6 / 1e6
            elif isinstance(answer, ShadowFill):
                total[answer.variant] += answer.size_e6 / 1e6
        return total


@pytest.fixture
def desk() -> Desk:
    """The plain desk."""
    return Desk()


@pytest.fixture
def make_desk() -> type[Desk]:
    """For desks with settings of their own."""
    return Desk


CRYPTO = FeeSchedule(rate=Decimal("0.07"), exponent=1, rebate_share=Decimal("0.20"))
