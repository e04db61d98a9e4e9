"""A portfolio as tests of the authority drive it: markets that report, answer with their lease, and place orders."""

from __future__ import annotations

from typing import Any

from astra_actors.execution.order import Order
from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.market.instrument import Side, Token
from astra_actors.portfolio.position import MarketPosition
from astra_actors.risk.authority import AuthorityDecision, MarketScope, RiskAuthority
from astra_actors.risk.kill_rules import Measurements
from astra_actors.risk.lease import Lease
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport
from astra_actors.risk.reservation import MarketRisk
from astra_actors.risk.veto import Approved, Refused

WINDOW_NS = 600 * 10**9
SHARE = 1_000_000
NOTHING = Measurements()


class Stall:
    """One market: the real local checks, and what its next report says beside them."""

    def __init__(self, market_id: str) -> None:
        self.market_id = market_id
        self.risk, self.position = MarketRisk(market_id, 1), MarketPosition()
        self.lease: Lease | None = None
        self.fields: dict[str, Any] = {"wanted_e10": 50 * USD, "hours_to_close": 100.0}
        self.orders = 0

    def bid(self, shares: int, price_e4: int, now_ns: int) -> Approved | Refused:
        """Ask for one more bid on YES."""
        self.orders += 1
        order = Order(
            order_id=f"{self.market_id}-{self.orders}",
            market_id=self.market_id,
            token=Token.YES,
            side=Side.BUY,
            price_e4=price_e4,
            size_e6=shares * SHARE,
            sent_ns=now_ns,
            expires_ns=1 << 60,
            strategy="s",
        )
        return self.risk.try_reserve(order, self.position, [], self.lease, now_ns)

    def worst_e10(self) -> int:
        return self.risk.worst_case_e10(self.position)


class Fair:
    """Stalls under one authority, window by window. 5,000 dollars unless said otherwise."""

    def __init__(self, *, bankroll_usd: int = 5000, **limits: Any) -> None:
        self.authority = RiskAuthority(RiskLimits(**limits), bankroll_usd * USD, 0)
        self.stalls: dict[str, Stall] = {}
        self.now_ns = 0

    def open(self, market_id: str, *, cluster: str = "", category: str = "sports", **scope: str) -> Stall:
        clusters = (cluster or market_id,)
        self.authority.register_market(
            MarketScope(market_id=market_id, clusters=clusters, category=category, **scope), 1
        )
        self.stalls[market_id] = Stall(market_id)
        return self.stalls[market_id]

    def window(self, beside: Measurements = NOTHING) -> AuthorityDecision:
        self.now_ns += WINDOW_NS
        reports = [
            MarketReport(
                market_id=stall.market_id,
                incarnation=1,
                at_ns=self.now_ns,
                lease_id=stall.lease.lease_id if stall.lease else "",
                **{"worst_case_e10": stall.worst_e10(), **stall.fields},
            )
            for stall in self.stalls.values()
        ]
        decision = self.authority.on_window(self.now_ns, reports, self.now_ns + 2 * WINDOW_NS, beside)
        for lease in decision.leases:
            self.stalls[lease.market_id].lease = lease
        for stall in self.stalls.values():
            stall.fields.pop("trade_returns", None)
        return decision

    def standing_e10(self) -> int:
        return sum(stall.worst_e10() for stall in self.stalls.values())
