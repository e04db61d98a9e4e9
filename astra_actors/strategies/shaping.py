"""What every strategy does with its prices before it states them: stay a maker, join or improve, fit the budget.

Prices here are YES prices in 1/10,000 dollar, still between ticks.
"""

from __future__ import annotations

from astra_actors.kernel.units import PRICE_ONE_E4, USD_ONE_E10
from astra_actors.strategies.base import Quote, QuoteSide, View

CALM = ("TIGHT", "NORMAL")  # the regimes in which a quote may be better than the best


def required_edge(view: View, *, points: float, per_spread: float) -> float:
    """The edge at the bound that a quote needs to have a chance at the EV gate: a part fixed, a part of the spread."""
    if view.best_bid_e4 is None or view.best_ask_e4 is None:
        return points
    return points + per_spread * (view.best_ask_e4 - view.best_bid_e4) / PRICE_ONE_E4


def may_improve(view: View) -> bool:
    """Whether a quote may be better than the best: a spread above one tick, calm flow, a calm regime."""
    if view.best_bid_e4 is None or view.best_ask_e4 is None or view.regime not in CALM:
        return False
    return view.best_ask_e4 - view.best_bid_e4 > view.tick_e4 and not view.toxic and not view.toxicity_mild


def held_back(view: View, side: QuoteSide, price_e4: float, *, improve: bool) -> float:
    """The price no bolder than allowed: a tick inside the other side, and not past our own best unless improving."""
    bid, ask = view.best_bid_e4, view.best_ask_e4
    if side is QuoteSide.BID:
        limit = bid if bid is not None and not improve else None if ask is None else ask - view.tick_e4
        return price_e4 if limit is None else min(price_e4, limit)
    limit = ask if ask is not None and not improve else None if bid is None else bid + view.tick_e4
    return price_e4 if limit is None else max(price_e4, limit)


def on_grid(view: View, side: QuoteSide, price_e4: float) -> bool:
    """Whether a price on the grid is left after rounding away from the market."""
    if side is QuoteSide.BID:
        return price_e4 >= view.tick_e4
    return price_e4 <= PRICE_ONE_E4 - view.tick_e4


def reduces(view: View, side: QuoteSide) -> bool:
    """Whether a quote on this side works the position off."""
    return view.inventory_e6 < 0 if side is QuoteSide.BID else view.inventory_e6 > 0


def held_e6(view: View, side: QuoteSide) -> int:
    """Shares that a reducing quote on this side would sell: NO for a bid, YES for an ask; never more than the net."""
    if not reduces(view, side):
        return 0
    return min(view.no_e6, -view.inventory_e6) if side is QuoteSide.BID else min(view.yes_e6, view.inventory_e6)


def size_for_usd(side: QuoteSide, price_e4: float, usd: float) -> int:
    """Shares for that many dollars of cost: YES at its price for a bid, NO at the complement for an ask."""
    cost_e4 = price_e4 if side is QuoteSide.BID else PRICE_ONE_E4 - price_e4
    return int(usd * USD_ONE_E10 / cost_e4) if cost_e4 > 0 and usd > 0 else 0


def within_budget(side: QuoteSide, price_e4: float, size_e6: int, budget_e10: int) -> int:
    """The size cut to what the budget can lose on it."""
    cost_e4 = price_e4 if side is QuoteSide.BID else PRICE_ONE_E4 - price_e4
    return min(size_e6, max(0, int(budget_e10 // cost_e4))) if cost_e4 > 0 else 0


def quote(view: View, side: QuoteSide, price_e4: float, size_e6: int, edge_points: float) -> Quote | None:
    """The wish, or None where the grid or the market's minimum size leaves none."""
    if not on_grid(view, side, price_e4) or size_e6 < view.listing.instrument.min_size_e6 or size_e6 <= 0:
        return None
    return Quote(side=side, price_e4=price_e4, size_e6=size_e6, edge_points=edge_points)
