"""What the venue says to an order that arrives: its own words of refusal, or nothing (polymarket.md §7.2 to §7.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from astra_actors.execution.order import Order
from astra_actors.kernel.units import NS_PER_S, PRICE_ONE_E4, SIZE_ONE_E6
from astra_actors.market.book import MarketBook
from astra_actors.market.instrument import Instrument, Side
from astra_actors.strategies.base import QuoteSide
from astra_actors.venues.paper_params import PaperParams

CROSSES: Final = "invalid post-only order: order crosses book"
EXPIRATION: Final = "invalid expiration"
CANNOT_CANCEL: Final = "order can't be found - already canceled or matched"

_AMOUNT_DECIMALS: Final = {1000: 3, 100: 4, 50: 5, 25: 6, 10: 5, 1: 6}  # tick_e4 → decimals of the dollar amount (§7.2)


def refusal(order: Order, instrument: Instrument, params: PaperParams, book: MarketBook, at_ns: int) -> str | None:
    """Why the order does not rest, in the order of the venue's checks; None when it does."""
    tick = book.tick_e4
    if order.price_e4 % tick or not tick <= order.price_e4 <= PRICE_ONE_E4 - tick:
        price, step = _plain(order.price_e4, PRICE_ONE_E4), _plain(tick, PRICE_ONE_E4)
        return f"order {order.order_id} is invalid. Price ({price}) breaks minimum tick size rule: {step}"
    if order.size_e6 % params.lot_e6 or order.size_e6 <= 0:
        return _bad_amounts(order.side, _AMOUNT_DECIMALS[tick])
    if order.size_e6 < instrument.min_size_e6:
        size, least = _plain(order.size_e6, SIZE_ONE_E6), _plain(instrument.min_size_e6, SIZE_ONE_E6)
        return f"order {order.order_id} is invalid. Size ({size}) lower than the minimum: {least}"
    if order.expires_ns and order.expires_ns < at_ns + params.gtd_min_s * NS_PER_S:
        return EXPIRATION
    removal = removal_ns(order, params)
    if removal is not None and removal <= at_ns:  # reached only where gtd_min_s is set below gtd_early_s
        return EXPIRATION
    return CROSSES if crosses(order, book) else None


def crosses(order: Order, book: MarketBook) -> bool:
    """Whether the order would take: at the opposite best price or through it (methods §8.6)."""
    if order.quote_side is QuoteSide.BID:
        ask = book.best_ask_e4
        return ask is not None and order.yes_price_e4 >= ask
    bid = book.best_bid_e4
    return bid is not None and order.yes_price_e4 <= bid


def removal_ns(order: Order, params: PaperParams) -> int | None:
    """When the venue takes the order away by itself; None for one that states no time."""
    return order.expires_ns - params.gtd_early_s * NS_PER_S if order.expires_ns else None


def _bad_amounts(side: Side, decimals: int) -> str:
    if side is Side.BUY:
        detail = f"the buy orders maker amount supports a max accuracy of {decimals} decimals, taker amount a max of 2"
    else:
        detail = f"the sell orders maker amount supports a max accuracy of 2 decimals, taker amount a max of {decimals}"
    return f"invalid amounts, {detail} decimals"


def _plain(value: int, one: int) -> str:
    return f"{(Decimal(value) / one).normalize():f}"
