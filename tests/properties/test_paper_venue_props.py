"""What holds for the paper venue under any events: the order of its readings, its prices and sizes, its replay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from astra_actors.execution.order import Order
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookSnapshot, FeedInterrupted
from astra_actors.market.instrument import Instrument, Side, Token
from astra_actors.risk.veto import Approved
from astra_actors.venues.paper import PaperVenue
from astra_actors.venues.paper_params import PaperParams
from astra_actors.venues.port import Accepted, Answer, Cancelled, Expired, Filled, Rejected, ShadowFill
from astra_actors.venues.queue import QUEUE_MODELS

START_NS = 1_000 * NS_PER_S
INSTRUMENT = Instrument(market_id="m", yes_asset="y", no_asset="n")
SIZES = st.integers(min_value=0, max_value=200_000_000)  # of public orders: any millionth of a share
LEVELS = st.dictionaries(st.sampled_from([4700, 4800, 4900, 5000]), SIZES, max_size=4)

EVENTS = st.one_of(
    st.tuples(st.just("book"), LEVELS, LEVELS, st.integers(-3, 3)),
    st.tuples(st.just("print"), st.sampled_from(range(4500, 5600, 100)), SIZES.filter(bool), st.booleans()),
    st.tuples(st.just("send"), st.sampled_from(range(4600, 5500, 100)), st.sampled_from(list(Token)), st.booleans()),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("interrupt")),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 200, 2_000, 90_000])),
)
PARAMS = st.builds(
    PaperParams,
    queue_model=st.sampled_from(QUEUE_MODELS),
    queue_power=st.sampled_from([0.5, 1.0, 2.0, 3.0]),
    through_fills=st.sampled_from(["full", "printed"]),
    late_print_ms=st.sampled_from([0, 100]),
    optimistic_queue_share=st.sampled_from([0.0, 0.5, 1.0]),
    pessimistic_queue_multiple=st.sampled_from([1.0, 2.0]),
    latency_mean_ms=st.sampled_from([0.0, 50.0]),
    gtd_min_s=st.just(0),
    gtd_early_s=st.just(0),
)


class Run:
    """One market under one list of events; checks after each of them."""

    def __init__(self, params: PaperParams) -> None:
        self.book = MarketBook(INSTRUMENT)
        self.venue = PaperVenue(INSTRUMENT, params, seed=5)
        self.now_ns = START_NS
        self.orders: dict[str, Order] = {}
        self.answers: list[Answer] = []
        self.filled: dict[tuple[str, str], int] = {}

    def at_work(self) -> Run:
        """Four orders rest around a two-sided book, long enough for prints to be believed."""
        self._book({4900: 40_000_000, 5000: 40_000_000}, {4800: 40_000_000, 4900: 40_000_000}, 0)
        for price_e4, buys in ((5000, True), (5200, False), (5100, True), (4900, True)):
            self._send(price_e4, Token.YES, buys)
            self._wait(1_000)
        return self

    def play(self, events: list[tuple[Any, ...]]) -> list[Answer]:
        for kind, *what in events:
            self.now_ns += NS_PER_MS
            self.venue.advance(self.now_ns, self.book)
            getattr(self, f"_{kind}")(*what)
            self._check()
        return self.answers

    def _book(self, bids: dict[int, int], asks: dict[int, int], shift: int) -> None:
        bid_side = tuple((p + 100 * shift, s) for p, s in bids.items() if s)
        ask_side = tuple((p + 400 + 100 * shift, s) for p, s in asks.items() if s)
        self.book.apply(BookSnapshot("m", self.now_ns, self.now_ns, "y", bid_side, ask_side))
        self.venue.on_book(self.now_ns, self.book)

    def _print(self, price_e4: int, size_e6: int, buys: bool) -> None:
        self.venue.on_trade(self.now_ns, price_e4, size_e6, buys, self.book)

    def _send(self, price_e4: int, token: Token, buys: bool) -> None:
        order = Order(
            order_id=f"o{len(self.orders)}",
            market_id="m",
            token=token,
            side=Side.BUY if buys else Side.SELL,
            price_e4=price_e4,
            size_e6=20_010_000,
            sent_ns=self.now_ns,
            expires_ns=self.now_ns + 60 * NS_PER_S,
            strategy="test",
        )
        self.orders[order.order_id] = order
        self.venue.submit(order, Approved("r", order.order_id, 0), self.now_ns)

    def _cancel(self, index: int) -> None:
        self.venue.cancel(f"o{index}", self.now_ns)

    def _interrupt(self) -> None:
        self.book.apply(FeedInterrupted("m", self.now_ns, self.now_ns, "test"))
        self.venue.on_book(self.now_ns, self.book)

    def _wait(self, ms: int) -> None:
        self.now_ns += ms * NS_PER_MS
        self.venue.advance(self.now_ns, self.book)

    def _check(self) -> None:
        for answer in self.venue.drain():
            self.answers.append(answer)
            if isinstance(answer, Filled | ShadowFill):
                variant = answer.variant if isinstance(answer, ShadowFill) else "base"
                key = (answer.order_id, variant)
                assert answer.size_e6 > 0
                assert answer.price_e4 == self.orders[answer.order_id].price_e4
                self.filled[key] = self.filled.get(key, 0) + answer.size_e6
        for order_id, order in self.orders.items():
            low, base, high = (self.filled.get((order_id, v), 0) for v in ("pessimistic", "base", "optimistic"))
            assert 0 <= low <= base <= high <= order.size_e6


@settings(max_examples=300, deadline=None)
@given(params=PARAMS, events=st.lists(EVENTS, max_size=60))
def test_optimistic_base_and_pessimistic_stay_in_that_order_for_every_order_at_all_times(
    params: PaperParams, events: list[tuple[Any, ...]]
) -> None:
    answers = Run(params).at_work().play(events)
    over: dict[str, int] = {}
    for at, answer in enumerate(answers):  # each order ends once, and nothing of ours fills afterwards
        if isinstance(answer, Rejected | Cancelled | Expired):
            assert answer.order_id not in over
            over[answer.order_id] = at
        elif isinstance(answer, Filled | Accepted):
            assert answer.order_id not in over


@settings(max_examples=100, deadline=None)
@given(params=PARAMS, events=st.lists(EVENTS, max_size=40))
def test_the_same_events_give_the_same_answers(params: PaperParams, events: list[tuple[Any, ...]]) -> None:
    assert Run(params).at_work().play(events) == Run(replace(params)).at_work().play(events)


@settings(max_examples=150, deadline=None)
@given(
    model=st.sampled_from(QUEUE_MODELS),
    changes=st.lists(st.tuples(st.booleans(), SIZES), max_size=30),
)
def test_cancels_of_others_alone_never_fill_us(model: Any, changes: list[tuple[bool, int]]) -> None:
    run = Run(PaperParams(queue_model=model, latency_mean_ms=0.0, gtd_min_s=0, gtd_early_s=0))
    run.play([("book", {5000: 90_000_000}, {5000: 90_000_000}, 0), ("send", 5000, Token.YES, True)])
    run.play([("book", {5000: size}, {5000: 90_000_000} if two_sided else {}, 0) for two_sided, size in changes])
    assert not any(isinstance(a, Filled | ShadowFill) for a in run.answers)
