"""One order at the exchange: what was signed, what is left of it, and the words for where it stands."""

from __future__ import annotations

from enum import Enum, unique
from typing import Final

import msgspec

from astra_actors.kernel.units import PRICE_ONE_E4


@unique
class OrderType(Enum):
    """How long an order stands: until cancelled, until a date, whole at once, or what there is at once."""

    GTC = "GTC"
    GTD = "GTD"
    FOK = "FOK"
    FAK = "FAK"

    @property
    def rests(self) -> bool:
        """Whether what is not filled at once stays in the book."""
        return self in (OrderType.GTC, OrderType.GTD)


@unique
class Standing(Enum):
    """Where an order stands, in the venue's words."""

    LIVE = "LIVE"
    DELAYED = "DELAYED"
    MATCHED = "MATCHED"
    CANCELED = "CANCELED"
    INVALID = "INVALID"
    RESOLVED = "CANCELED_MARKET_RESOLVED"


class Order(msgspec.Struct, gc=False):
    """An accepted order. `price_e4` is of its own token; the book keeps it by `yes_e4` and `is_bid`."""

    id: str
    owner: str  # the API key; empty for the crowd, whose orders are not stored
    maker: str  # who holds the assets
    market: str
    asset: str
    is_yes: bool
    buys: bool
    price_e4: int
    size_e6: int
    left_e6: int
    budget_e6: int  # of a buy: the dollars it was signed for
    kind: OrderType
    seq: int
    created_ms: int
    expiration_s: int = 0
    matched_e6: int = 0
    spent_e6: int = 0
    standing: Standing = Standing.LIVE
    reason: str = ""
    trades: list[str] = []
    post_only: bool = False
    builder: str = ""
    due_ms: int = 0  # of a delayed order: when it is matched

    @property
    def is_bid(self) -> bool:
        """Whether it stands on the bid side in terms of the first outcome: buys it, or sells its complement."""
        return self.buys is self.is_yes

    @property
    def yes_e4(self) -> int:
        """Its price in terms of the first outcome."""
        return self.price_e4 if self.is_yes else PRICE_ONE_E4 - self.price_e4

    @property
    def side(self) -> str:
        """`BUY` or `SELL` of its own token."""
        return "BUY" if self.buys else "SELL"

    @property
    def open(self) -> bool:
        """Whether it can still trade."""
        return self.standing in _OPEN


_OPEN: Final = (Standing.LIVE, Standing.DELAYED)
