"""From the two signed amounts of an order to its price and size, with the venue's checks in the venue's words.

A limit order says its price exactly. A market order gives its input in hundredths and its output rounded down to four
decimals, so its price is the tick nearest to their ratio (polymarket.md 7.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.venues.exchange.money import CENT_SHARE_E6, cost_e6, price_text, text_e6
from astra_actors.venues.exchange.refusal import Refused, bad, off_tick

_PRICE_PLACES: Final = {1000: 1, 100: 2, 50: 3, 25: 4, 10: 3, 1: 4}
_SIZE_PLACES: Final = 2
_MARKET_PLACES: Final = 4
_CENT_E4: Final = 100
_SHARES_CUT_E6: Final = 100  # a market buy's output is cut to a ten-thousandth of a share: further off is another price
_DOLLARS_CUT_E6: Final = 10_000  # a seller who cut to the cent is told what the amount should be
_PRICE_SHOWN: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an order asks for: a price of its token, a size, and for a buy the dollars it may spend."""

    price_e4: int
    size_e6: int
    budget_e6: int


def terms_of(
    order_id: str, *, buys: bool, maker_e6: int, taker_e6: int, tick_e4: int, market: bool, output_places: int = 4
) -> Terms:
    """Price and size of an order; `market` says that the amounts follow the rules of market orders. Raises `Refused`."""
    dollars, size = (maker_e6, taker_e6) if buys else (taker_e6, maker_e6)
    if not dollars * PRICE_ONE_E4 % size:
        _check_grid(order_id, dollars * PRICE_ONE_E4 // size, tick_e4)  # an exact price is judged before its decimals
    places = _places_of(buys=buys, tick_e4=tick_e4, market=market, output_places=output_places)
    _check_places(places, maker_e6, taker_e6)
    cut_e6 = _SHARES_CUT_E6 if buys else _DOLLARS_CUT_E6
    price_e4 = _price(order_id, dollars, size, tick_e4, nearest=market or not buys, cut_e6=cut_e6)
    if not buys and cost_e6(price_e4, size) != dollars:
        raise _uneven(price_e4, size, dollars)
    if market and buys:
        size = size // CENT_SHARE_E6 * CENT_SHARE_E6
    return Terms(price_e4=price_e4, size_e6=size, budget_e6=dollars if buys else 0)


def _price(order_id: str, dollars: int, size: int, tick_e4: int, *, nearest: bool, cut_e6: int) -> int:
    exact, rest = divmod(dollars * PRICE_ONE_E4, size)
    price_e4 = exact
    if rest:
        price_e4 = round(Decimal(dollars) * PRICE_ONE_E4 / size / tick_e4) * tick_e4
        if (
            not nearest
            or abs(Decimal(dollars) * PRICE_ONE_E4 / size - price_e4) > Decimal(PRICE_ONE_E4) * cut_e6 / size
        ):
            shown = (Decimal(dollars) / size).quantize(_PRICE_SHOWN).normalize()
            raise off_tick(order_id, f"{shown:f}", price_text(tick_e4))
    _check_grid(order_id, price_e4, tick_e4)
    return price_e4


def _check_grid(order_id: str, price_e4: int, tick_e4: int) -> None:
    if price_e4 % tick_e4 or not tick_e4 <= price_e4 <= PRICE_ONE_E4 - tick_e4:
        raise off_tick(order_id, price_text(price_e4), price_text(tick_e4))


def _places_of(*, buys: bool, tick_e4: int, market: bool, output_places: int) -> tuple[str, int, int]:
    """What kind of order it is, and how many decimals its two amounts may have."""
    amount = _PRICE_PLACES[tick_e4] + _SIZE_PLACES
    if not buys:  # size × price must be given exactly, with the places of the grid
        return ("market sell" if market else "sell"), _SIZE_PLACES, max(amount, _MARKET_PLACES if market else 0)
    if market:
        return "market buy", _SIZE_PLACES, output_places if tick_e4 < _CENT_E4 else _MARKET_PLACES
    return "buy", amount, _SIZE_PLACES


def _check_places(allowed: tuple[str, int, int], maker_e6: int, taker_e6: int) -> None:
    name, first, second = allowed
    if _places(maker_e6) > first or _places(taker_e6) > second:
        raise bad(
            f"invalid amounts, the {name} orders maker amount supports a max accuracy of {first} decimals, "
            f"taker amount a max of {second} decimals"
        )


def _places(amount_e6: int) -> int:
    places = 6
    while places and amount_e6 % 10 == 0:
        amount_e6 //= 10
        places -= 1
    return places


def _uneven(price_e4: int, size_e6: int, dollars_e6: int) -> Refused:
    return bad(
        f"invalid amounts, the taker amount for a ${price_text(price_e4)} order of size {text_e6(size_e6)} should be "
        f"'{text_e6(cost_e6(price_e4, size_e6))}' but the value submited is '{text_e6(dollars_e6)}'"
    )
