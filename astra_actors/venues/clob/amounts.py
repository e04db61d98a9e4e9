"""From a price and a size to the two integers that are signed, exactly.

A limit order's size is a multiple of a hundredth of a share and its price lies on the grid of 1/10,000 dollar, so their
product is a whole number of micro-dollars: nothing is rounded, and no float can lose a cent (polymarket.md 7.2).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.market.instrument import TICKS_E4, Side

LOT_E6: Final = 10_000  # a size has two decimals, whatever the tick
AMOUNT_E6_MAX: Final = 10**15  # a billion dollars: nobody means it


class Amounts(NamedTuple):
    """What the order gives and what it takes, in micro-dollars and micro-shares."""

    maker_e6: int
    taker_e6: int


def limit_amounts(*, side: Side, price_e4: int, size_e6: int, tick_e4: int) -> Amounts:
    """The amounts of an order that names its price; off the grid or off the lot is refused with `BadInput`."""
    check_price(price_e4, tick_e4)
    if size_e6 % LOT_E6 or not 0 < size_e6 <= AMOUNT_E6_MAX:
        raise BadInput("size_e6", size_e6, f"give a positive multiple of {LOT_E6:,} that is no more than a billion")
    dollars_e6 = price_e4 * size_e6 // PRICE_ONE_E4  # exact: a lot is 10,000 micro-shares
    return Amounts(dollars_e6, size_e6) if side is Side.BUY else Amounts(size_e6, dollars_e6)


def check_price(price_e4: int, tick_e4: int) -> None:
    """Raise `BadInput` unless the price is a multiple of the tick within [tick, 1 − tick]."""
    if tick_e4 not in TICKS_E4:
        raise BadInput("tick_e4", tick_e4, f"the venue's ticks are {', '.join(map(str, TICKS_E4))}")
    if price_e4 % tick_e4 or not tick_e4 <= price_e4 <= PRICE_ONE_E4 - tick_e4:
        raise BadInput("price_e4", price_e4, f"give a multiple of the tick {tick_e4} strictly between 0 and 1 dollar")
