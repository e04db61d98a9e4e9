"""A match and its settlement: who gave what, and the table from MATCHED to CONFIRMED or FAILED."""

from __future__ import annotations

from enum import Enum, unique
from typing import Final

import msgspec

from astra_actors.kernel.fsm import Lifecycle


@unique
class TradeStatus(Enum):
    """Where a settlement stands, in the venue's words."""

    MATCHED = "MATCHED"
    MINED = "MINED"
    CONFIRMED = "CONFIRMED"
    RETRYING = "RETRYING"
    FAILED = "FAILED"


@unique
class Happening(Enum):
    """What the chain does with a transaction."""

    MINE = "mine"
    CONFIRM = "confirm"
    REVERT = "revert"
    GIVE_UP = "give up"


SETTLEMENT: Final = Lifecycle(
    "settlement",
    {
        (TradeStatus.MATCHED, Happening.MINE): TradeStatus.MINED,
        (TradeStatus.MATCHED, Happening.REVERT): TradeStatus.RETRYING,
        (TradeStatus.MATCHED, Happening.GIVE_UP): TradeStatus.FAILED,
        (TradeStatus.RETRYING, Happening.REVERT): TradeStatus.RETRYING,  # a second attempt can fail as well
        (TradeStatus.RETRYING, Happening.MINE): TradeStatus.MINED,
        (TradeStatus.RETRYING, Happening.GIVE_UP): TradeStatus.FAILED,
        (TradeStatus.MINED, Happening.CONFIRM): TradeStatus.CONFIRMED,
    },
)
ENDED: Final = (TradeStatus.CONFIRMED, TradeStatus.FAILED)


class Leg(msgspec.Struct, gc=False):
    """One order's part of a match."""

    order_id: str
    owner: str
    maker: str
    asset: str
    is_yes: bool
    buys: bool
    price_e4: int
    size_e6: int
    cash_e6: int  # signed, without the fee
    fee_e6: int = 0


class Trade(msgspec.Struct):
    """One taker's match with one or more makers; `taker.size_e6` is the sum of theirs."""

    id: str
    seq: int
    market: str
    taker: Leg
    makers: list[Leg]
    matched_ms: int
    status: TradeStatus = TradeStatus.MATCHED
    updated_ms: int = 0
    transaction: str = ""
    error: str = ""
    plan: list[tuple[int, Happening]] = []  # what the chain will still do, and when (ms)
    builder: str = ""

    @property
    def legs(self) -> list[Leg]:
        """The taker's part, then the makers' in the order in which they were met."""
        return [self.taker, *self.makers]

    @property
    def owners(self) -> list[str]:
        """Every API key that has a part in it, once; the crowd has none."""
        return list(dict.fromkeys(leg.owner for leg in self.legs if leg.owner))
