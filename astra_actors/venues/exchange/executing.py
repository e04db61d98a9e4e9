"""A planned match happens: resting orders shrink, a trade is born, both sides are claimed, and everyone is told."""

from __future__ import annotations

from typing import Final

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.venues.exchange import settling
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.matching import Fill, Plan
from astra_actors.venues.exchange.money import cost_e6
from astra_actors.venues.exchange.order import Order, Standing
from astra_actors.venues.exchange.state import BookTold, Exchange, Printed, TickMoved
from astra_actors.venues.exchange.trade import Leg, Trade
from astra_actors.venues.exchange.user_frames import order_frame

_EDGE_E4: Final = 400  # polymarket.md 11.3: beyond 0.04 and 0.96
_COARSE_E4, _FINE_E4 = 100, 10


def execute(x: Exchange, taker: Order, plan: Plan, now_ms: int) -> Trade | None:
    """Carry the fills out; None when nobody but the crowd had a part in it, which is kept nowhere."""
    market = x.markets[taker.market]
    book = x.books[taker.market]
    trade = _trade(x, taker, plan, now_ms)
    taker.matched_e6 += plan.size_e6
    taker.spent_e6 += plan.cash_e6 if taker.buys else 0
    for fill in plan.fills:
        maker = fill.maker
        book.side(is_bid=maker.is_bid).take(maker, fill.size_e6)
        maker.matched_e6 += fill.size_e6
        if not maker.left_e6:
            maker.standing = Standing.MATCHED
            x.open_of(maker.maker).pop(maker.id, None)
        if trade and maker.owner:
            maker.trades.append(trade.id)
            x.keep(maker)
            x.users.append((maker.owner, maker.market, order_frame(maker, market, "UPDATE", now_ms)))
    if trade and taker.owner:
        taker.trades.append(trade.id)
        if not taker.left_e6:
            taker.standing = Standing.MATCHED
        x.users.append((taker.owner, taker.market, order_frame(taker, market, "UPDATE", now_ms)))
    if trade:
        settling.begin(x, trade, now_ms)
        x.dirty.markets[taker.market] = None  # its last price is kept with it
    _print(x, taker, plan, trade, now_ms)
    return trade


def _trade(x: Exchange, taker: Order, plan: Plan, now_ms: int) -> Trade | None:
    if not taker.owner and not any(fill.maker.owner for fill in plan.fills):
        return None
    seq = x.next_seq()
    name = x.uuid("trade", seq)
    worst = plan.fills[-1].taker_e4
    cash = -plan.cash_e6 if taker.buys else plan.cash_e6
    return Trade(
        id=name,
        seq=seq,
        market=taker.market,
        taker=Leg(
            taker.id, taker.owner, taker.maker, taker.asset, taker.is_yes, taker.buys, worst, plan.size_e6, cash,
            plan.fee_e6,
        ),
        makers=[_maker_leg(fill) for fill in plan.fills],
        matched_ms=now_ms,
        updated_ms=now_ms,
        transaction=x.transaction(name, 0) if x.switches.transaction_hashes == "at_once" else "",
        builder=taker.builder,
    )  # fmt: skip


def _maker_leg(fill: Fill) -> Leg:
    maker = fill.maker
    cost = cost_e6(maker.price_e4, fill.size_e6)
    return Leg(
        maker.id, maker.owner, maker.maker, maker.asset, maker.is_yes, maker.buys, maker.price_e4, fill.size_e6,
        -cost if maker.buys else cost,
    )  # fmt: skip


def _print(x: Exchange, taker: Order, plan: Plan, trade: Trade | None, now_ms: int) -> None:
    """One public print a price, then the whole book."""
    market = x.markets[taker.market]
    sizes: dict[int, int] = {}
    for fill in plan.fills:
        sizes[fill.taker_e4] = sizes.get(fill.taker_e4, 0) + fill.size_e6
    for price, size in sizes.items():
        market.printed(price if taker.is_yes else PRICE_ONE_E4 - price, size, now_ms)
        x.tell_market(taker.market, Printed(taker.is_yes, taker.buys, price, size, trade.transaction if trade else ""))
    market.last_buys, market.last_yes = taker.buys, taker.is_yes
    x.tell_market(taker.market, BookTold())
    _regrid(x, market)


def _regrid(x: Exchange, market: Market) -> None:
    """Where the switch says so, the grid is fine beyond the edges, and coarse again within them."""
    rule, beyond = x.switches.tick_rule, not _EDGE_E4 <= market.last_e4 <= PRICE_ONE_E4 - _EDGE_E4
    old = market.tick_e4
    if rule != "feed" and beyond and old == _COARSE_E4:
        market.tick_e4 = _FINE_E4
    elif rule == "edges_and_back" and not beyond and old == _FINE_E4:
        market.tick_e4 = _COARSE_E4
    if market.tick_e4 != old:
        x.dirty.markets[market.condition_id] = None
        x.tell_market(market.condition_id, TickMoved(old, market.tick_e4))
        x.tell_market(market.condition_id, BookTold())
