"""Orders leave the book: by their owner's wish, by the venue's, or because their market is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from astra_actors.venues.exchange import refusal
from astra_actors.venues.exchange.order import Order, Standing
from astra_actors.venues.exchange.state import Exchange, LevelMoved
from astra_actors.venues.exchange.user_frames import order_frame


@dataclass(slots=True)
class Cancelled:
    """Which orders left, and why the others did not."""

    canceled: list[str] = field(default_factory=list)
    not_canceled: dict[str, str] = field(default_factory=dict)


def cancel(x: Exchange, owner: str, order_ids: Iterable[str], now_ms: int) -> Cancelled:
    """Cancel these orders of one API key; duplicates count once, what is foreign is not found."""
    done = Cancelled()
    for order_id in dict.fromkeys(order_ids):
        order = x.orders.get(order_id)
        if order is None or order.owner != owner or not order.open:
            done.not_canceled[order_id] = refusal.NOT_CANCELLED
        elif order.standing is Standing.DELAYED:
            done.not_canceled[order_id] = refusal.DELAYED_ORDER
        else:
            drop(x, order, now_ms)
            done.canceled.append(order_id)
    return done


def cancel_where(x: Exchange, owner: str, holder: str, now_ms: int, *, market: str = "", asset: str = "") -> Cancelled:
    """Cancel every order of one API key, or those of one market or token."""
    mine = [
        order.id
        for order in list(x.open_of(holder).values())
        if order.owner == owner and market in ("", order.market) and asset in ("", order.asset)
    ]
    return cancel(x, owner, mine, now_ms)


def drop(x: Exchange, order: Order, now_ms: int, *, standing: Standing = Standing.CANCELED, reason: str = "") -> None:
    """Take one order out and tell its owner and the market."""
    rested = order.due_ms == 0 and order.id in x.open_of(order.maker)
    x.unrest(order)
    order.standing, order.reason, order.due_ms = standing, reason, 0
    x.keep(order)
    market = x.markets[order.market]
    if rested:
        x.tell_market(order.market, LevelMoved(order.is_bid, order.yes_e4))
    if order.owner:
        x.users.append((order.owner, order.market, order_frame(order, market, "CANCELLATION", now_ms)))
