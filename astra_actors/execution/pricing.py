"""Prices on the market's grid, rounded away from crossing, and never across the book.

Rounding happens on integers of 10⁻⁸ dollar: 0.29 / 0.01 in binary floats is 28.999…, which costs a tick (methods
O8.5b).
"""

from __future__ import annotations

from typing import Final

from astra_actors.execution.params import CrossPolicy
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.risk.veto import Refused, Veto

_FINE: Final = 10_000  # 1/10,000 of a price_e4: eight decimals of a dollar


def round_to_tick(price_e4: float, tick_e4: int, *, is_buy: bool) -> int | None:
    """The price on the grid [tick, 1 − tick], a buy down and a sell up; None where only a worse price would be left.

    A buy under one tick or a sell above 1 − tick is not quoted: clamping it would move it towards the market.
    """
    if type(price_e4) is int:
        price = price_e4 // tick_e4 * tick_e4 if is_buy else -(-price_e4 // tick_e4) * tick_e4
    else:
        price = _rounded_float(price_e4, tick_e4, is_buy=is_buy)
    top = PRICE_ONE_E4 - tick_e4
    if is_buy:
        return None if price < tick_e4 else min(price, top)
    return None if price > top else max(price, tick_e4)


def would_cross(price_e4: int, *, is_bid: bool, best_bid_e4: int | None, best_ask_e4: int | None) -> bool:
    """Whether a quote in YES terms would take liquidity from the book."""
    if is_bid:
        return best_ask_e4 is not None and price_e4 >= best_ask_e4
    return best_bid_e4 is not None and price_e4 <= best_bid_e4


def maker_price(
    price_e4: float,
    tick_e4: int,
    *,
    is_bid: bool,
    best_bid_e4: int | None,
    best_ask_e4: int | None,
    policy: CrossPolicy = "reject",
) -> int | Refused:
    """The price in YES terms at which a wish may rest, or why it may not."""
    price = round_to_tick(price_e4, tick_e4, is_buy=is_bid)
    if price is None:
        return Refused(Veto.OFF_GRID, price_e4 / PRICE_ONE_E4, tick_e4 / PRICE_ONE_E4, "usd")
    if not would_cross(price, is_bid=is_bid, best_bid_e4=best_bid_e4, best_ask_e4=best_ask_e4):
        return price
    opposite = best_ask_e4 if is_bid else best_bid_e4
    assert opposite is not None  # nothing to cross otherwise
    if policy == "reprice":
        inside = opposite - tick_e4 if is_bid else opposite + tick_e4
        repriced = round_to_tick(inside, tick_e4, is_buy=is_bid)  # a best price may be off a grid that has just changed
        if repriced is not None:
            return repriced
    return Refused(Veto.WOULD_CROSS, price / PRICE_ONE_E4, opposite / PRICE_ONE_E4, "usd")


def chase_excess_ticks(price_e4: int, *, replaced_e4: int, chain_e4: int, tick_e4: int, ticks_max: int) -> float | None:
    """How many ticks the larger of both moves has when it passes the bound, else None (methods §8.7)."""
    moved = max(abs(price_e4 - replaced_e4), abs(price_e4 - chain_e4))
    return moved / tick_e4 if moved > ticks_max * tick_e4 else None


def _rounded_float(price_e4: float, tick_e4: int, *, is_buy: bool) -> int:
    try:
        fine = round(price_e4 * _FINE)
    except (ValueError, OverflowError) as error:
        raise BadInput("price_e4", price_e4, "a wished price is a finite number") from error
    step = tick_e4 * _FINE
    return (fine // step if is_buy else -(-fine // step)) * tick_e4
