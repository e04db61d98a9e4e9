"""Whom an incoming order meets and for how much: pure, so that it can be checked before anything moves.

A buy of one outcome meets sells of it, and buys of the complement, which together mint new sets; a sell meets buys of it, and
sells of the complement, which together merge. Each maker trades at its own price; what is better than asked is the taker's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.venues.exchange.book import Book
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.money import CENT_SHARE_E6, affordable_e6, cost_e6, fee_e6
from astra_actors.venues.exchange.order import Order
from astra_actors.venues.exchange.switches import Switches


@dataclass(frozen=True, slots=True)
class Fill:
    """What one resting order gives; `taker_e4` is the price of the taker's own token."""

    maker: Order
    size_e6: int
    taker_e4: int


@dataclass(slots=True)
class Plan:
    """All fills of one incoming order, what they cost the taker or bring, and what is left to rest."""

    fills: list[Fill] = field(default_factory=list)
    size_e6: int = 0
    cash_e6: int = 0
    fee_e6: int = 0
    left_e6: int = 0
    own: list[Order] = field(default_factory=list)  # the taker's own resting orders in the way


def plan_match(book: Book, order: Order, market: Market, switches: Switches) -> Plan:
    """The fills of `order` against `book`, best price first, then who came first."""
    plan = Plan()
    by_budget = bool(order.owner) and order.buys and (switches.marketable_buy == "budget" or not order.kind.rests)
    for maker in book.crossing(is_bid=order.is_bid, yes_e4=order.yes_e4):
        price = maker.yes_e4 if order.is_yes else PRICE_ONE_E4 - maker.yes_e4
        if maker.maker == order.maker:
            if not order.owner:
                if order.kind.rests:
                    continue  # the crowd is many people under one name: its makers do not take each other
            elif switches.self_trade != "allow":
                plan.own.append(maker)
                continue
        wanted = affordable_e6(order.budget_e6 - plan.cash_e6, price) if by_budget else order.size_e6 - plan.size_e6
        size = min(maker.left_e6, wanted // CENT_SHARE_E6 * CENT_SHARE_E6)
        if not size:
            break
        plan.fills.append(Fill(maker, size, price))
        plan.size_e6 += size
        plan.cash_e6 += cost_e6(price, size)
        if order.owner:
            plan.fee_e6 += fee_e6(
                price, size, rate=market.fee_rate, exponent=market.fee_exponent, rounding=switches.fee_rounding
            )
    plan.left_e6 = _left(order, plan, by_budget=by_budget)
    return plan


def _left(order: Order, plan: Plan, *, by_budget: bool) -> int:
    """What is not filled; dust below a hundredth of a share counts as filled."""
    if by_budget and plan.fills:
        return affordable_e6(order.budget_e6 - plan.cash_e6, order.price_e4)
    return (order.size_e6 - plan.size_e6) // CENT_SHARE_E6 * CENT_SHARE_E6
