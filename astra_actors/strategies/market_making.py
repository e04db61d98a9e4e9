"""Quote both sides of fair value and lean against inventory.

Idea: whoever must trade now pays the spread; we rest on both sides of our own estimate and are paid for waiting.
Edge: the half-width, and what the lower bound of the estimate leaves beyond the frictions of the EV gate.
It loses when the fills come from those who know more: then the mid moves through our quote and stays there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Interval

from astra_actors.definitions.contract import DefinitionContract
from astra_actors.kernel.units import PRICE_ONE_E4, shares, usd
from astra_actors.market.instrument import MarketListing
from astra_actors.strategies.base import Quote, Quotes, QuoteSide, View
from astra_actors.strategies.quoting import Band, band_half, band_size_usd, reservation_price
from astra_actors.strategies.registry import strategy
from astra_actors.strategies.shaping import (
    held_back,
    held_e6,
    may_improve,
    quote,
    reduces,
    required_edge,
    size_for_usd,
    within_budget,
)


@strategy
@dataclass(frozen=True, slots=True, kw_only=True)
class MarketMaking:
    """Two-sided quotes around the estimate, with the band of methods §8.3 and the log-odds skew of §8.2."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    name: ClassVar[str] = "market_making"

    half_points: Annotated[float, Interval(ge=0, le=0.5)] = 0.015  # §8.3
    margin_points: Annotated[float, Interval(ge=0, le=0.5)] = 0.005  # §8.3
    churn_per_s: Annotated[float, Interval(ge=0, le=1000)] = 0.5  # more mid changes a second widen the band
    churn_factor: Annotated[float, Interval(ge=1, le=10)] = 1.5
    jump: Annotated[float, Interval(ge=0, le=1)] = 0.03  # a recent move of three cents widens the band
    jump_factor: Annotated[float, Interval(ge=1, le=10)] = 1.3
    close_hours: Annotated[float, Interval(ge=0, le=8760)] = 72.0  # news decides the last three days
    close_factor: Annotated[float, Interval(ge=1, le=10)] = 1.4
    gamma_per_usd: Annotated[float, Interval(ge=0, le=1)] = 0.001  # 100 shares at even odds shift the centre 2.5 cents
    skew_points_max: Annotated[float, Interval(ge=0, le=0.5)] = 0.03  # beyond it the size does the work
    edge_points_min: Annotated[float, Interval(ge=0, le=0.5)] = 0.016  # 0.003 + 0.002 + 0.005, and the scores
    edge_per_spread: Annotated[float, Interval(ge=0, le=5)] = 0.5  # the gate charges half the spread
    base_usd: Annotated[float, Interval(ge=0, le=1_000_000)] = 50.0  # §18.8, then cut to the free cap
    reduction: Annotated[float, Interval(ge=0, le=1)] = 0.7  # §8.4
    toxic_band_factor: Annotated[float, Interval(ge=1, le=10)] = 1.5  # §18.8
    toxic_size_factor: Annotated[float, Interval(ge=0, le=1)] = 0.5  # §18.8
    price_min: Annotated[float, Interval(ge=0, le=0.5)] = 0.05  # beyond it one tick is a fifth of the price
    price_max: Annotated[float, Interval(ge=0.5, le=1)] = 0.95

    def accepts(self, listing: MarketListing, definition: DefinitionContract) -> bool:
        """Any market with a definition can be quoted."""
        return definition.market_id == listing.market_id

    def quotes(self, view: View) -> Quotes:
        """A bid and an ask around the estimate, or why not."""
        refusal = self._refusal(view)
        if refusal:
            return Quotes(reason=refusal)
        bid, ask = self._prices(view)
        wanted = [self._quote(view, QuoteSide.BID, bid), self._quote(view, QuoteSide.ASK, ask)]
        kept = tuple(wish for wish in wanted if wish is not None)
        return Quotes(kept, "quotes around fair value" if kept else "no side has room on the grid and in the budget")

    def _refusal(self, view: View) -> str:
        if view.regime == "BROKEN" or view.best_bid_e4 is None or view.best_ask_e4 is None:
            return "the book is one-sided or its regime BROKEN"
        for name, value in (("fair value", view.estimate.p), ("mid", view.mid_e4 / PRICE_ONE_E4)):
            if not self.price_min <= value <= self.price_max:
                return f"the {name} {value:.4f} is outside [{self.price_min}, {self.price_max}]"
        return ""

    def _prices(self, view: View) -> tuple[float, float]:
        """Bid and ask in 1/10,000 dollar: banded, skewed, and never nearer to fair than the half-width."""
        p = view.estimate.p
        half = band_half(self._band(), churn_per_s=view.churn_per_s, jump=view.jump, hours_to_close=view.hours_to_close)
        if view.toxic or view.toxicity_mild:
            half *= self.toxic_band_factor
        wish = reservation_price(p, inventory=shares(view.inventory_e6), gamma=self.gamma_per_usd)
        centre = p + max(-self.skew_points_max, min(self.skew_points_max, wish - p))
        edge = required_edge(view, points=self.edge_points_min, per_spread=self.edge_per_spread)
        bid = min(centre - half - self.margin_points, p - half, view.estimate.p_lo - edge)
        ask = max(centre + half + self.margin_points, p + half, view.estimate.p_hi + edge)
        improve = may_improve(view)
        return (
            held_back(view, QuoteSide.BID, bid * PRICE_ONE_E4, improve=improve),
            held_back(view, QuoteSide.ASK, ask * PRICE_ONE_E4, improve=improve),
        )

    def _quote(self, view: View, side: QuoteSide, price_e4: float) -> Quote | None:
        inventory_usd, cap_usd = shares(view.inventory_e6) * view.mid_e4 / PRICE_ONE_E4, usd(view.cap_e10)
        reducing = reduces(view, side)
        if not reducing and abs(inventory_usd) >= cap_usd:
            return None
        dollars = band_size_usd(self.base_usd, inventory=inventory_usd, inventory_max=cap_usd, reduction=self.reduction)
        if view.toxic or view.toxicity_mild:
            dollars *= self.toxic_size_factor
        size = size_for_usd(side, view.mid_e4, dollars)
        held = held_e6(view, side)
        if held >= view.listing.instrument.min_size_e6:
            size = min(size, held)  # what is held is sold: it needs no budget
        else:
            size = within_budget(side, price_e4, size, view.budget_e10 // 2)
        price = price_e4 / PRICE_ONE_E4
        edge = view.estimate.p - price if side is QuoteSide.BID else price - view.estimate.p
        return quote(view, side, price_e4, size, edge)

    def _band(self) -> Band:
        return Band(
            half=self.half_points,
            margin=self.margin_points,
            churn_per_s=self.churn_per_s,
            churn_factor=self.churn_factor,
            jump=self.jump,
            jump_factor=self.jump_factor,
            close_hours=self.close_hours,
            close_factor=self.close_factor,
        )
