"""Lean to the side on which a price-level market disagrees with the spot price and its volatility.

Idea: whether Bitcoin closes above a level follows from spot, volatility and time; the crowd is slow to reprice it.
Edge: the bound of the model's interval against our own limit price, so an uncertain model asks for more.
It loses when the volatility is wrong on all markets at once, and when spot jumps while our order still rests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Interval

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.kernel.units import PRICE_ONE_E4, usd
from astra_actors.market.instrument import MarketListing
from astra_actors.risk.sizing import fractional_kelly
from astra_actors.strategies.base import Quote, Quotes, QuoteSide, View
from astra_actors.strategies.registry import strategy
from astra_actors.strategies.shaping import (
    held_back,
    held_e6,
    may_improve,
    quote,
    required_edge,
    size_for_usd,
    within_budget,
)

_ORDER = (QuoteSide.BID, QuoteSide.ASK)


@strategy
@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoThreshold:
    """A maker's bid where YES is too cheap, an ask where it is too dear, and the way out once that is over."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    name: ClassVar[str] = "crypto_threshold"

    edge_points_min: Annotated[float, Interval(ge=0, le=0.5)] = 0.016  # 0.003 + 0.002 + 0.005, and the scores
    edge_per_spread: Annotated[float, Interval(ge=0, le=5)] = 0.5  # the gate charges half the spread
    exit_points: Annotated[float, Interval(ge=0, le=0.5)] = 0.01  # the market is a cent beyond all we believe in
    kelly_fraction: Annotated[float, Interval(ge=0, le=1)] = 0.25  # §2.2
    lease_share: Annotated[float, Interval(gt=0, le=1)] = 0.01  # a lease is the market cap, 1 % of the bankroll
    stake_usd_min: Annotated[float, Interval(ge=0, le=10_000)] = 5.0  # §2.2: less is no trade

    def accepts(self, listing: MarketListing, definition: DefinitionContract) -> bool:
        """Price-level markets of the listing's own definition."""
        return definition.category == "crypto_threshold" and definition.market_id == listing.market_id

    def quotes(self, view: View) -> Quotes:
        """Entries at the bound, exits at the best price; usually at most one side."""
        if view.best_bid_e4 is None or view.best_ask_e4 is None:
            return Quotes(reason="the book is one-sided")
        prices = [(side, self._entry_e4(view, side)) for side in _ORDER]
        if view.regime == "BROKEN":
            prices = [(side, None) for side in _ORDER]
        budget_e10 = view.budget_e10 // max(1, sum(price is not None for _, price in prices))
        wanted: list[Quote] = []
        for side, price_e4 in prices:
            wish = self._exit(view, side) or (
                None if price_e4 is None else self._enter(view, side, price_e4, budget_e10)
            )
            if wish is not None:
                wanted.append(wish)
        return Quotes(tuple(wanted), "the bound leaves an edge" if wanted else "no edge at the bound")

    def _entry_e4(self, view: View, side: QuoteSide) -> float | None:
        """The price to enter at: the best one, a tick better where allowed, never past the bound less the edge."""
        edge_e4 = required_edge(view, points=self.edge_points_min, per_spread=self.edge_per_spread) * PRICE_ONE_E4
        improve = may_improve(view)
        step = view.tick_e4 if improve else 0
        assert view.best_bid_e4 is not None  # quotes() has asked
        assert view.best_ask_e4 is not None
        if side is QuoteSide.BID:
            limit = view.estimate.p_lo * PRICE_ONE_E4 - edge_e4
            return min(float(view.best_bid_e4 + step), limit) if limit >= view.best_bid_e4 else None
        limit = view.estimate.p_hi * PRICE_ONE_E4 + edge_e4
        return max(float(view.best_ask_e4 - step), limit) if limit <= view.best_ask_e4 else None

    def _enter(self, view: View, side: QuoteSide, price_e4: float, budget_e10: int) -> Quote | None:
        is_bid = side is QuoteSide.BID
        price_e4 = held_back(view, side, price_e4, improve=may_improve(view))
        price = price_e4 / PRICE_ONE_E4
        win, cost = (view.estimate.p_lo, price) if is_bid else (1.0 - view.estimate.p_hi, 1.0 - price)
        held = held_e6(view, side)
        if held >= view.listing.instrument.min_size_e6:
            return quote(view, side, price_e4, held, win - cost)  # first out of the wrong side, then in
        stake = fractional_kelly(win, cost, fraction=self.kelly_fraction, cap=self.lease_share) / self.lease_share
        dollars = stake * usd(view.cap_e10)
        size = within_budget(side, price_e4, size_for_usd(side, price_e4, dollars), budget_e10)
        if size * cost < self.stake_usd_min * 1_000_000:
            return None
        return quote(view, side, price_e4, size, win - cost)

    def _exit(self, view: View, side: QuoteSide) -> Quote | None:
        """Sell what is held at the best price once the mid is past the far end of the interval."""
        held, mid = held_e6(view, side), view.mid_e4 / PRICE_ONE_E4
        if held <= 0:
            return None
        if side is QuoteSide.ASK:
            beyond, best = mid - (view.estimate.p_hi + self.exit_points), view.best_ask_e4
        else:
            beyond, best = (view.estimate.p_lo - self.exit_points) - mid, view.best_bid_e4
        if beyond < 0 or best is None:
            return None
        return quote(view, side, float(best), held, beyond + self.exit_points)
