"""The only place where text, decimals and dollars become integers, and back.

Prices are `price_e4` (1/10,000 dollar a share), sizes `size_e6` (1/1,000,000 share), and money `usd_e10`, the exact
product of the two. A sum of money is therefore exact to the integer however often it is added up; rounding happens once,
when a person reads it.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from astra_actors.kernel.errors import BadInput

PRICE_ONE_E4: Final = 10_000
SIZE_ONE_E6: Final = 1_000_000
USD_ONE_E10: Final = PRICE_ONE_E4 * SIZE_ONE_E6
NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000
NS_PER_HOUR: Final = 3_600 * NS_PER_S
NS_PER_DAY: Final = 24 * NS_PER_HOUR
YEAR_S: Final = 31_557_600  # 365.25 days: the model's year (methods §0)

_FEE_STEP_E10: Final = USD_ONE_E10 // 100_000  # fees have five decimals of a dollar


def price_e4(value: str | Decimal | int, *, field: str = "price") -> int:
    """Turn a price in dollars into 1/10,000 dollar; off that grid, or outside [0, 1], is refused."""
    scaled = _scaled(value, PRICE_ONE_E4, field)
    if not 0 <= scaled <= PRICE_ONE_E4:
        raise BadInput(field, value, "a price of this venue lies in [0, 1] dollar")
    return scaled


def size_e6(value: str | Decimal | int, *, field: str = "size") -> int:
    """Turn a number of shares into 1/1,000,000 share; negative or finer is refused."""
    scaled = _scaled(value, SIZE_ONE_E6, field)
    if scaled < 0:
        raise BadInput(field, value, "a size is not negative")
    return scaled


def usd_e10(value: str | Decimal | int, *, field: str = "usd") -> int:
    """Turn dollars into 1/10,000,000,000 dollar."""
    return _scaled(value, USD_ONE_E10, field)


def notional_e10(price_e4: int, size_e6: int) -> int:
    """Money paid for `size_e6` at `price_e4`, exact."""
    return price_e4 * size_e6


def usd(amount_e10: int) -> float:
    """Dollars as a float, for statistics and screens; never for sums of money."""
    return amount_e10 / USD_ONE_E10


def usd_text(amount_e10: int, places: int = 2) -> str:
    """Dollars as text, rounded half to even (methods §17.5)."""
    step = Decimal(1).scaleb(-places)
    return str((Decimal(amount_e10) / USD_ONE_E10).quantize(step, rounding=ROUND_HALF_EVEN))


def shares(size_e6: int) -> float:
    """Shares as a float, for statistics and screens."""
    return size_e6 / SIZE_ONE_E6


def price(price_e4: int) -> float:
    """Dollars a share as a float, for statistics and screens."""
    return price_e4 / PRICE_ONE_E4


def fee_e10(price_e4: int, size_e6: int, *, rate: Decimal, exponent: int) -> int:
    """Taker fee of one fill, half-up at five decimals of a dollar: C·r·(p(1−p))^e (methods §1.1).

    A price at or outside 0 and 1 has no fee to speak of and is refused.
    """
    if not 0 < price_e4 < PRICE_ONE_E4:
        raise BadInput("price_e4", price_e4, "a fee is defined strictly between 0 and 1 dollar")
    p = Decimal(price_e4) / PRICE_ONE_E4
    raw = Decimal(size_e6) / SIZE_ONE_E6 * rate * (p * (1 - p)) ** exponent
    return int(raw.quantize(Decimal("0.00001"), rounding=ROUND_HALF_UP) * 100_000) * _FEE_STEP_E10


def _scaled(value: str | Decimal | int, scale: int, field: str) -> int:
    if isinstance(value, bool | float):
        raise BadInput(field, value, "give text, a Decimal or an integer: a float or a boolean is not an exact number")
    try:
        exact = Decimal(value) * scale
    except InvalidOperation as error:
        raise BadInput(field, value, "give a plain decimal number") from error
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise BadInput(field, value, f"give a finite multiple of 1/{scale:,}")
    return int(exact)
