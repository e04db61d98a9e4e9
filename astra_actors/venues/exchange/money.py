"""Exact money of the exchange: micro-dollars, micro-shares and 1/10,000 dollar, and the decimal texts of the wire.

Whatever trades is a multiple of a hundredth of a share, so that price × size is a whole number of micro-dollars.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from astra_actors.kernel.units import PRICE_ONE_E4, SIZE_ONE_E6

CENT_SHARE_E6: Final = 10_000
USD_ONE_E6: Final = 1_000_000
_FEE_STEP: Final = Decimal("0.00001")  # less than this is no fee


def cost_e6(price_e4: int, size_e6: int) -> int:
    """Micro-dollars for `size_e6` at `price_e4`; exact for whole hundredths of a share."""
    return price_e4 * size_e6 // PRICE_ONE_E4


def affordable_e6(budget_e6: int, price_e4: int) -> int:
    """The most whole hundredths of a share that a budget buys."""
    return budget_e6 * PRICE_ONE_E4 // price_e4 // CENT_SHARE_E6 * CENT_SHARE_E6


def fee_e6(price_e4: int, size_e6: int, *, rate: Decimal, exponent: int, rounding: str) -> int:
    """Taker fee of one fill in micro-dollars: C·r·(p(1−p))^e at five decimals."""
    if not rate:
        return 0
    p = Decimal(price_e4) / PRICE_ONE_E4
    raw = Decimal(size_e6) / SIZE_ONE_E6 * rate * (p * (1 - p)) ** exponent
    mode = ROUND_HALF_UP if rounding == "half_up" else ROUND_DOWN
    return int(raw.quantize(_FEE_STEP, rounding=mode) * USD_ONE_E6)


@lru_cache(maxsize=65_536)
def text_e6(amount_e6: int) -> str:
    """Millionths as the wire writes them: `10`, `5.2`, `0.000001`."""
    return _text(amount_e6, 6)


@lru_cache(maxsize=16_384)
def price_text(price_e4: int) -> str:
    """A price as the wire writes it: `0.5`, `0.0025`."""
    return _text(price_e4, 4)


def number(price_e4: int) -> float:
    """A price or a tick as a JSON number."""
    return price_e4 / PRICE_ONE_E4


def _text(amount: int, digits: int) -> str:
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"
