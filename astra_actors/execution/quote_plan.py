"""From what rests to what is wanted: the values of a plan, and the matching that changes the fewest orders."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from astra_actors.market.instrument import Side, Token
from astra_actors.risk.veto import Refused
from astra_actors.strategies.base import Quote, QuoteSide


class PlanContext(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the order manager needs to know of the moment. Prices in YES terms, None where a side is empty."""

    now_ns: int
    tick_e4: int
    best_bid_e4: int | None
    best_ask_e4: int | None
    yes_e6: int
    no_e6: int
    toxic: bool
    regime: str
    quotes_allowed: bool  # False: everything that rests is cancelled
    reduce_only: bool
    budget_mutations: int  # new orders that may still leave; cancels need none
    min_size_e6: int
    yes_unsettled_e6: int = 0  # of what is held, what cannot be sold yet
    no_unsettled_e6: int = 0


class CancelWish(msgspec.Struct, frozen=True, gc=False):
    """One order to cancel, and why: `replaced`, `ttl_expired`, `stale`, `cancel_all`, …"""

    order_id: str
    reason: str


class OrderWish(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order to place, in terms of its own token; `replaces` names the order that leaves for it."""

    token: Token
    side: Side
    price_e4: int
    size_e6: int
    expires_ns: int
    chain_price_e4: int  # YES price of the first order of the chain
    replaces: str | None
    quote: Quote


class Plan(msgspec.Struct, frozen=True, gc=False):
    """Cancels first, then places; `kept` orders count as refreshed; `refused` wishes carry their veto."""

    cancels: tuple[CancelWish, ...] = ()
    places: tuple[OrderWish, ...] = ()
    kept: tuple[str, ...] = ()
    refused: tuple[tuple[QuoteSide, Refused], ...] = ()


def fewest_changes(keepable: Sequence[Sequence[int]]) -> list[int | None]:
    """Give each wish a resting order to keep, or None, so that as many as possible are kept.

    `keepable[i]` lists the orders that serve wish i, best first. With k kept, a plan makes (orders − k) cancels and
    (wishes − k) places, so the largest k changes the least. Augmenting paths (Kuhn) find it.
    """
    owner: dict[int, int] = {}
    for wish in range(len(keepable)):
        _assign(wish, keepable, owner, {})
    kept: list[int | None] = [None] * len(keepable)
    for order, wish in owner.items():
        kept[wish] = order
    return kept


def _assign(wish: int, keepable: Sequence[Sequence[int]], owner: dict[int, int], tried: dict[int, None]) -> bool:
    for order in keepable[wish]:
        if order in tried:
            continue
        tried[order] = None
        holder = owner.get(order)
        if holder is None or _assign(holder, keepable, owner, tried):
            owner[order] = wish
            return True
    return False
