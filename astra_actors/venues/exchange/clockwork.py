"""What happens by itself as time passes: settlements, expiries, delayed orders, games that begin, and faults of time."""

from __future__ import annotations

import heapq

from astra_actors.venues.exchange import settling
from astra_actors.venues.exchange.book import Book
from astra_actors.venues.exchange.cancelling import drop
from astra_actors.venues.exchange.order import Order, OrderType, Standing
from astra_actors.venues.exchange.placing import settle_in
from astra_actors.venues.exchange.refusal import Refused
from astra_actors.venues.exchange.state import BookTold, Exchange


def advance(x: Exchange, now_ms: int) -> None:
    """Do everything that is due."""
    while x.due and x.due[0][0] <= now_ms:
        _, _, what, key = heapq.heappop(x.due)
        if what == "settle":
            settling.settle(x, x.trades[key], now_ms)
        elif what == "expire":
            order = x.orders.get(key)
            if order is not None and order.open:
                drop(x, order, now_ms)
        elif what == "delayed":
            _undelay(x, key, now_ms)
        elif what == "start":
            wipe(x, key, now_ms)


def resume(x: Exchange) -> None:
    """After a restart: plan again what was planned, from what was kept."""
    for trade in x.trades.values():
        settling.schedule(x, trade)
    for order in [order for held in x.open.values() for order in held.values()]:
        if order.standing is Standing.DELAYED:
            x.later(order.due_ms, "delayed", order.id)
        elif order.kind is OrderType.GTD:
            x.later(expires_ms(x, order), "expire", order.id)
    for market in x.markets.values():
        if market.clear_book_on_start and market.game_start_ms is not None and not market.closed:
            x.later(market.game_start_ms, "start", market.condition_id)


def expires_ms(x: Exchange, order: Order) -> int:
    """When a dated order leaves: a minute before the date it names."""
    return (order.expiration_s - x.timing.gtd_early_s) * 1_000


def wipe(x: Exchange, market_id: str, now_ms: int, *, standing: Standing = Standing.CANCELED) -> None:
    """Take every order out of one market's book, delayed ones and the crowd's too."""
    for held in list(x.open.values()):
        for order in [order for order in held.values() if order.market == market_id]:
            drop(x, order, now_ms, standing=standing)
    x.books[market_id] = Book()
    x.tell_market(market_id, BookTold())


def drop_some(x: Exchange, minutes: float, now_ms: int) -> None:
    """The fault by which the venue drops resting orders as INVALID."""
    for order in [order for held in x.open.values() for order in held.values() if order.owner]:
        if order.standing is Standing.LIVE and x.faults.hits("venue_cancel", order.id, now_ms, share=minutes):
            drop(x, order, now_ms, standing=Standing.INVALID, reason="balance or allowance vanished")


def _undelay(x: Exchange, order_id: str, now_ms: int) -> None:
    order = x.orders.get(order_id)
    if order is None or order.standing is not Standing.DELAYED:
        return
    account = x.account(order.maker)
    assert account is not None, "a delayed order was checked when it came"
    x.unrest(order)
    order.due_ms, order.standing = 0, Standing.LIVE
    try:
        settle_in(x, order, account, now_ms)
    except Refused as refused:
        if order.open:
            drop(x, order, now_ms, standing=Standing.INVALID, reason=refused.text)
