"""One binary market as the venue lists it: its two tokens, its grid, its fees, its dates, its rules in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, unique
from typing import Final

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import PRICE_ONE_E4

TICKS_E4: Final = (1000, 100, 50, 25, 10, 1)  # every tick the venue has shown: 0.1, 0.01, 0.005, 0.0025, 0.001, 0.0001


@unique
class Token(Enum):
    """The two sides of one dollar."""

    YES = "YES"
    NO = "NO"

    @property
    def other(self) -> Token:
        return Token.NO if self is Token.YES else Token.YES


@unique
class Side(Enum):
    """Buy or sell of one token."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def other(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


@unique
class Category(Enum):
    """What a market is about, from the venue's tags first and its words only as a fallback (methods §19.3, 35c)."""

    CRYPTO = "crypto"
    SPORTS = "sports"
    POLITICS = "politics"
    MACRO = "macro"
    WEATHER = "weather"
    ENTERTAINMENT = "entertainment"
    OTHER = "other"


@unique
class Outcome(Enum):
    """What a market paid."""

    YES = "YES"
    NO = "NO"
    VOID = "VOID"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSchedule:
    """The taker's fee C·rate·(p(1−p))^exponent and the share of it that makers get back (methods §1.1)."""

    rate: Decimal = Decimal(0)
    exponent: int = 1
    rebate_share: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not Decimal(0) <= self.rate <= Decimal("0.25"):
            raise BadInput(
                "fee_rate", str(self.rate), "a rate of this venue lies in [0, 0.25]; 200 % means mixed units"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What trading needs to know of a market. `tick_e4` is data of the market and may change while it lives."""

    market_id: str
    yes_asset: str
    no_asset: str
    tick_e4: int = 100
    min_size_e6: int = 5_000_000  # the venue's usual five shares
    neg_risk: bool = False
    fees: FeeSchedule | None = field(default_factory=FeeSchedule)  # None: a schedule that could not be read

    def __post_init__(self) -> None:
        if self.tick_e4 not in TICKS_E4:
            raise BadInput("tick_e4", self.tick_e4, f"the venue's ticks are {TICKS_E4} in 1/10,000 dollar")

    def token_of(self, asset_id: str) -> Token:
        """YES or NO for an asset of this market; a foreign asset is refused."""
        if asset_id == self.yes_asset:
            return Token.YES
        if asset_id == self.no_asset:
            return Token.NO
        raise BadInput("asset_id", asset_id, f"market {self.market_id} has no such token")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketListing:
    """A market as discovery found it. `close_ns` None means the listing gave no date."""

    instrument: Instrument
    question: str
    rules: str  # the market's own description: the only source a definition may be read from
    category: Category
    event_id: str
    slug: str = ""
    event_type: str = "other"  # election, crypto, sports, other (methods §18.2, P2-2)
    tags: tuple[str, ...] = ()
    open_ns: int = 0
    close_ns: int | None = None
    synthetic: bool = False
    volume24h_usd: float = 0.0
    liquidity_usd: float = 0.0
    outcomes: tuple[str, ...] = ("Yes", "No")
    underlying: str = ""  # what a spot source is asked for, when there is one

    @property
    def market_id(self) -> str:
        return self.instrument.market_id


def complement_e4(price_e4: int) -> int:
    """The price of the other token of the same dollar."""
    return PRICE_ONE_E4 - price_e4
