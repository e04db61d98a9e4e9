"""The paper venue alone: public events a second, and what the same events fill under each queue model.

Baseline: the loop that makes the events, without a venue. CPU time, the median of the rounds.
"""

from __future__ import annotations

import statistics
from time import process_time
from typing import Any

from _table import options, show

from astra_actors.execution.order import Order
from astra_actors.kernel.rng import stream
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S
from astra_actors.market.book import MarketBook
from astra_actors.market.events import BookSnapshot
from astra_actors.market.instrument import Instrument, Side, Token
from astra_actors.risk.veto import Approved
from astra_actors.venues.paper import PaperVenue
from astra_actors.venues.paper_params import PaperParams
from astra_actors.venues.port import Filled, ShadowFill
from astra_actors.venues.queue import QUEUE_MODELS

START_NS = 1_000 * NS_PER_S
PRICES = ((True, 5000), (False, 5200), (True, 4900), (False, 5300))


def open_book(instrument: Instrument) -> MarketBook:
    """A live book of five levels a side."""
    book = MarketBook(instrument)
    bids = tuple((5000 - 100 * i, 200_000_000) for i in range(5))
    asks = tuple((5200 + 100 * i, 200_000_000) for i in range(5))
    book.apply(BookSnapshot("m", START_NS, START_NS, "y", bids, asks, hash_ok=True))
    return book


def with_orders(instrument: Instrument, model: str, orders: int) -> tuple[PaperVenue, MarketBook]:
    """A venue in which some orders rest, too large to be filled during the measurement."""
    venue = PaperVenue(instrument, PaperParams(queue_model=model, latency_mean_ms=0.0, late_print_ms=100), seed=7)  # type: ignore[arg-type]
    book = open_book(instrument)
    for n, (is_bid, price_e4) in enumerate(PRICES[:orders]):
        order = _order(n, is_bid, price_e4, 10**15)
        venue.submit(order, Approved("r", order.order_id, 0), START_NS)
    venue.advance(START_NS, book)
    assert venue.open_count == orders
    venue.drain()
    return venue, book


def book_events(venue: PaperVenue | None, book: MarketBook, events: int) -> float:
    """Seconds for changes of four levels, at some of which we rest; without a venue the driver's own share."""
    dice = stream(7, "bench")
    prices = [PRICES[i] for i in dice.integers(0, 4, events)]
    sizes = (dice.integers(100, 300, events) * 1_000_000).tolist()
    now_ns, set_level, on_book = START_NS, book.yes.set_level, venue.on_book if venue else _nothing
    begin = process_time()
    for (is_bid, price_e4), size_e6 in zip(prices, sizes, strict=True):
        now_ns += 3 * NS_PER_MS
        set_level(is_bid, price_e4, size_e6)
        on_book(now_ns, book)
    return process_time() - begin


def trade_events(venue: PaperVenue | None, book: MarketBook, events: int) -> float:
    """Seconds for small prints at the touch, so that most of them reach one of our levels."""
    dice = stream(7, "trades")
    buys = (dice.integers(0, 2, events) == 1).tolist()
    now_ns, on_trade = START_NS + NS_PER_S, venue.on_trade if venue else _nothing
    begin = process_time()
    for taker_buys in buys:
        now_ns += 3 * NS_PER_MS
        on_trade(now_ns, 5200 if taker_buys else 5000, 1_000, taker_buys, book)
    return process_time() - begin


def _nothing(*_: object) -> None:
    pass


def fills_of(model: str, orders: int) -> dict[str, float]:
    """Shares filled of orders of 20 that join the best bid behind 100, each facing the same forty events."""
    instrument = Instrument(market_id="m", yes_asset="y", no_asset="n")
    params = PaperParams(queue_model=model)  # type: ignore[arg-type]
    total = {"asked": 20.0 * orders, "optimistic": 0.0, "base": 0.0, "pessimistic": 0.0}
    dice = stream(7, "fills")
    for n in range(orders):
        book, venue = open_book(instrument), PaperVenue(instrument, params, seed=7)
        shown, now_ns = 100_000_000, START_NS
        book.yes.set_level(True, 5000, shown)
        venue.submit(_order(n, True, 5000, 20_000_000), Approved("r", f"o{n}", 0), now_ns)
        kinds, sizes = dice.integers(0, 4, 40).tolist(), dice.exponential(15e6, 40).astype(int).tolist()
        for kind, size in zip(kinds, sizes, strict=True):
            now_ns += 2 * NS_PER_S
            venue.advance(now_ns, book)
            trade = min(size, shown) if kind == 0 else 0
            shown += size if kind == 1 else -min(size, shown)  # 1: someone joins; 0: a trade; 2, 3: someone cancels
            shown = max(shown, 1_000_000)
            book.yes.set_level(True, 5000, shown)
            venue.on_book(now_ns, book)
            if trade:
                venue.on_trade(now_ns + 25 * NS_PER_MS, 5000, trade, False, book)
        for answer in venue.drain():
            if isinstance(answer, Filled):
                total["base"] += answer.size_e6 / 1e6
            elif isinstance(answer, ShadowFill):
                total[answer.variant] += answer.size_e6 / 1e6
    return total


def _order(n: int, is_bid: bool, price_e4: int, size_e6: int) -> Order:
    return Order(
        order_id=f"o{n}",
        market_id="m",
        token=Token.YES,
        side=Side.BUY if is_bid else Side.SELL,
        price_e4=price_e4,
        size_e6=size_e6,
        sent_ns=START_NS,
        expires_ns=0,
        strategy="bench",
    )


def speed_row(name: str, orders: int | None, events: int, rounds: int) -> dict[str, Any]:
    """Microseconds for a change of the book and for a trade; without orders given, of the driver alone."""
    instrument = Instrument(market_id="m", yes_asset="y", no_asset="n")
    book_s, trade_s = [], []
    for _ in range(rounds):
        venue, book = (None, open_book(instrument)) if orders is None else with_orders(instrument, name, orders)
        book_s.append(book_events(venue, book, events))
        trade_s.append(trade_events(venue, book, events))
    book_us, trade_us = (statistics.median(seconds) / events * 1e6 for seconds in (book_s, trade_s))
    return {
        "queue model": name,
        "orders": orders,
        "on_book_us": round(book_us, 3),
        "on_trade_us": round(trade_us, 3),
        "events_per_s": round(2e6 / (book_us + trade_us)),
    }


def fill_row(model: str) -> dict[str, Any]:
    """Shares filled of the same orders under one queue model, in each of its three readings."""
    return {"queue model": model, **{name: round(shares) for name, shares in fills_of(model, orders=2_000).items()}}


def main() -> int:
    """Print the speed per model and number of resting orders, then the fills per model."""
    chosen = options(__doc__, events=100_000, rounds=3)
    rows = [speed_row("(driver alone)", None, chosen.events, chosen.rounds)]
    rows += [speed_row(model, orders, chosen.events, chosen.rounds) for model in QUEUE_MODELS for orders in (0, 2, 4)]
    alone_us = 2e6 / rows[0]["events_per_s"]
    for row in rows:
        row["ratio"] = round(2e6 / row["events_per_s"] / alone_us, 1)
    show("fills", rows + [fill_row(model) for model in QUEUE_MODELS], as_json=chosen.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
