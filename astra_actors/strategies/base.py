"""What a strategy sees (`View`) and what it may ask for (`Quotes`).

Both speak in YES terms: a bid is a wish to own YES at that price, an ask a wish to be rid of it, which the order
manager turns into a sale of held YES or a purchase of NO at the complement.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import ClassVar, Protocol, runtime_checkable

import msgspec

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.estimation.estimate import Estimate
from astra_actors.market.instrument import MarketListing


@unique
class QuoteSide(Enum):
    """The side of a quote in YES terms."""

    BID = "BID"
    ASK = "ASK"


class View(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One market as a strategy may see it, frozen. Prices in YES terms; None where a side is empty or unknown."""

    listing: MarketListing
    definition: DefinitionContract
    estimate: Estimate
    now_ns: int
    tick_e4: int
    best_bid_e4: int | None
    best_ask_e4: int | None
    bid_size_e6: int
    ask_size_e6: int
    mid_e4: float
    microprice_e4: float
    regime: str  # TIGHT, NORMAL, WIDE, BROKEN
    toxicity: float  # 0..1, 0 with too few samples
    toxic: bool
    toxicity_mild: bool
    churn_per_s: float  # mid changes a second
    jump: float  # largest recent move of the mid, as a fraction of a dollar
    hours_to_close: float | None
    inventory_e6: int  # YES minus NO
    yes_e6: int
    no_e6: int
    budget_e10: int  # what the market may still lose under its lease
    cap_e10: int  # the market's whole lease


class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One wish: price before tick rounding, size, and the edge it rests on, in points (dollars a share)."""

    side: QuoteSide
    price_e4: float
    size_e6: int
    edge_points: float


class Quotes(msgspec.Struct, frozen=True, gc=False):
    """What a strategy wants resting, at most one quote a side, and one sentence why (also when it wants nothing)."""

    wanted: tuple[Quote, ...] = ()
    reason: str = ""


@runtime_checkable
class Strategy(Protocol):
    """A frozen bundle of parameters with one pure function."""

    name: ClassVar[str]

    def accepts(self, listing: MarketListing, definition: DefinitionContract) -> bool:
        """Whether this strategy has something to say about the market at all."""
        ...

    def quotes(self, view: View) -> Quotes:
        """What should rest in the market now."""
        ...
