"""Book B14 of methods §14, and books made of a line each."""

from __future__ import annotations

from typing import Any

from astra_actors.kernel.units import USD_ONE_E10
from astra_actors.market.instrument import Side, Token
from astra_actors.risk.authority_state import MarketScope
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.stress.book import Book, Holding, MarketView, Resting

SHARE = 1_000_000
B14_POSITIONS = (  # market, cluster, token, shares, cost, mid, bid in cents
    ("m1", "A", "YES", 100, 45, 50, 49),
    ("m2", "A", "YES", 80, 60, 58, 57),
    ("m3", "A", "NO", 120, 40, 44, 42),
    ("m4", "A", "YES", 200, 22, 25, 24),
    ("m5", "A", "NO", 60, 80, 78, 77),
    ("m6", "B", "YES", 150, 30, 33, 32),
    ("m7", "C", "NO", 90, 50, 47, 46),
)
B14_ORDERS = (  # market, token, side, shares, price in cents
    ("m1", "YES", "BUY", 50, 48),
    ("m6", "YES", "BUY", 60, 31),
    ("m8", "NO", "BUY", 100, 40),
    ("m2", "YES", "SELL", 40, 60),
)


def book(
    positions: tuple[tuple[Any, ...], ...] = B14_POSITIONS,
    orders: tuple[tuple[Any, ...], ...] = B14_ORDERS,
    *,
    bankroll_usd: int = 5_000,
    cash_usd: int = 4_300,
    realised_usd: dict[str, int] | None = None,
    **limits: Any,
) -> Book:
    """A book from rows as above; a market of orders alone is a cluster of its own."""
    clusters = {row[0]: row[1] for row in positions}
    names = dict.fromkeys((*clusters, *(row[0] for row in orders)))
    realised = realised_usd or {}
    return Book(
        bankroll_e10=bankroll_usd * USD_ONE_E10,
        cash_e10=cash_usd * USD_ONE_E10,
        limits=RiskLimits(**limits),
        markets={
            name: MarketView(
                scope=MarketScope(market_id=name, clusters=(clusters.get(name, name),), category="other"),
                realised_e10=realised.get(name, 0) * USD_ONE_E10,
            )
            for name in names
        },
        holdings=tuple(
            Holding(
                market_id=name,
                token=Token(token),
                shares_e6=shares * SHARE,
                cost_e10=shares * SHARE * cost * 100,
                mid_e4=mid * 100.0,
                bid_e4=bid * 100.0,
            )
            for name, _, token, shares, cost, mid, bid in positions
        ),
        orders=tuple(
            Resting(
                market_id=name,
                token=Token(token),
                side=Side(side),
                price_e4=price * 100,
                remaining_e6=shares * SHARE,
            )
            for name, token, side, shares, price in orders
        ),
    )
