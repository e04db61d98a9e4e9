"""The portfolio that a stress scenario strikes: cash, holdings, resting orders, and the caps each market counts against.

Money is in 10⁻¹⁰ dollar and exact; mids and bids are 1/10,000 dollar and may lie between two ticks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from astra_actors.market.instrument import Side, Token
from astra_actors.risk.authority_state import MarketScope
from astra_actors.risk.exposure import OrderRow
from astra_actors.risk.limits import RiskLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Shares of one token. `cost_e10` is what all of them cost, fees included; a bid of None takes nothing."""

    market_id: str
    token: Token
    shares_e6: int
    cost_e10: int
    mid_e4: float
    bid_e4: float | None

    @property
    def mark_e10(self) -> int:
        """Worth at the mid."""
        return round(self.shares_e6 * self.mid_e4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """An order of ours that no proof has ended."""

    market_id: str
    token: Token
    side: Side
    price_e4: int
    remaining_e6: int

    @property
    def row(self) -> OrderRow:
        """The order as the exposure formula reads it."""
        return (self.token, self.side, self.price_e4, self.remaining_e6)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketView:
    """What is known of a market besides shares: its caps, and profit already made in it while it has not settled."""

    scope: MarketScope
    realised_e10: int = 0
    question: str = ""


@dataclass(frozen=True, kw_only=True)
class Book:
    """One portfolio at one moment. `unit` is what a dollar of collateral is worth in dollars."""

    bankroll_e10: int
    cash_e10: int
    limits: RiskLimits
    markets: Mapping[str, MarketView]
    holdings: tuple[Holding, ...] = ()
    orders: tuple[Resting, ...] = ()
    unit: float = 1.0
    source: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)  # where it was read from, for the report

    @property
    def mark_e10(self) -> int:
        """Worth of all holdings at their mids, in collateral."""
        return sum(holding.mark_e10 for holding in self.holdings)

    @property
    def cost_e10(self) -> int:
        """What all holdings cost."""
        return sum(holding.cost_e10 for holding in self.holdings)

    @property
    def equity_e10(self) -> int:
        """Cash and holdings at mid, in dollars."""
        return round(self.unit * (self.cash_e10 + self.mark_e10)) if self.unit != 1.0 else self.cash_e10 + self.mark_e10

    @property
    def base_e10(self) -> int:
        """What caps are shares of: the smaller of bankroll and equity, never below 0."""
        return max(0, min(self.bankroll_e10, self.equity_e10))

    @property
    def empty(self) -> bool:
        """Whether there is nothing that a scenario could strike but cash."""
        return not self.holdings and not self.orders

    def clusters(self) -> dict[str, tuple[str, ...]]:
        """The markets of each cluster, both in order of name."""
        found: dict[str, list[str]] = {}
        for market_id in sorted(self.markets):
            for name in dict.fromkeys(self.markets[market_id].scope.clusters):
                found.setdefault(name, []).append(market_id)
        return {name: tuple(found[name]) for name in sorted(found)}

    def held_in(self, market_id: str) -> tuple[Holding, ...]:
        """The holdings of one market."""
        return tuple(self._holdings.get(market_id, ()))

    def resting_in(self, market_id: str) -> tuple[Resting, ...]:
        """The orders that rest in one market."""
        return tuple(self._orders.get(market_id, ()))

    @cached_property
    def _holdings(self) -> dict[str, list[Holding]]:
        found: dict[str, list[Holding]] = {}
        for holding in self.holdings:
            found.setdefault(holding.market_id, []).append(holding)
        return found

    @cached_property
    def _orders(self) -> dict[str, list[Resting]]:
        found: dict[str, list[Resting]] = {}
        for order in self.orders:
            found.setdefault(order.market_id, []).append(order)
        return found
