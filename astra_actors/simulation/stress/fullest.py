"""The fullest book that the risk authority lets anyone build, and a rehearsal of its drawdown breaker.

What stands today may be small. These show what the caps promise: an authority of its own deals leases to more markets than
they can take, every lease is spent whole, and what came of it is struck like any other book.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import msgspec

from astra_actors.execution.order import Order
from astra_actors.kernel.errors import PromiseBroken
from astra_actors.kernel.units import NS_PER_DAY, NS_PER_HOUR, PRICE_ONE_E4, SIZE_ONE_E6, usd
from astra_actors.market.instrument import Category, Side, Token
from astra_actors.portfolio.position import MarketPosition
from astra_actors.risk.authority import AuthorityDecision, MarketScope, RiskAuthority
from astra_actors.risk.lease import Lease
from astra_actors.risk.limits import PPM, RiskLimits, ppm, share_e10
from astra_actors.risk.report import MarketReport
from astra_actors.risk.reservation import MarketRisk
from astra_actors.risk.trading_state import TradingMode
from astra_actors.risk.veto import Approved, Refused
from astra_actors.simulation.stress.book import Book, Holding, MarketView

PRICE_E4: Final = PRICE_ONE_E4 // 2
MARKETS_MAX: Final = 200  # of one cluster: a market cap so small is no cap that a cluster could reach
SPARE: Final = 3  # markets of a cluster that find its cap used up
_HOURS_TO_CLOSE: Final = 1_000.0


@dataclass(slots=True)
class _Stall:
    """One market with the checks that a market runs by itself."""

    scope: MarketScope
    risk: MarketRisk
    position: MarketPosition
    lease: Lease | None = None

    def report(self, now_ns: int, wanted_e10: int) -> MarketReport:
        return MarketReport(
            market_id=self.scope.market_id,
            incarnation=1,
            at_ns=now_ns,
            worst_case_e10=self.risk.worst_case_e10(self.position),
            cash_e10=self.position.cash_e10,
            mark_mid_e10=self.position.mark_e10(PRICE_E4),
            wanted_e10=wanted_e10,
            hours_to_close=_HOURS_TO_CLOSE,
            lease_id=self.lease.lease_id if self.lease else "",
        )

    def ask(self, size_e6: int, now_ns: int) -> Approved | Refused:
        """Ask for a bid on YES; one that is approved fills at once."""
        order = Order(
            order_id=f"{self.scope.market_id}-{self.position.fills}",
            market_id=self.scope.market_id,
            token=Token.YES,
            side=Side.BUY,
            price_e4=PRICE_E4,
            size_e6=size_e6,
            sent_ns=now_ns,
            expires_ns=now_ns + NS_PER_DAY,
            strategy="stress",
        )
        answer = self.risk.try_reserve(order, self.position, [], self.lease, now_ns)
        if isinstance(answer, Approved):
            self.position.apply_fill(Token.YES, Side.BUY, PRICE_E4, size_e6)
            self.risk.on_fill(order.order_id, size_e6)
        return answer


def fullest_book(limits: RiskLimits, bankroll_e10: int) -> Book:
    """Every cap of a fresh account filled by driving a real authority; raises `PromiseBroken` should a cap be passed."""
    authority = RiskAuthority(limits, bankroll_e10, 0)
    stalls = [_Stall(scope, MarketRisk(scope.market_id, 1), MarketPosition()) for scope in _fair(limits)]
    for stall in stalls:
        authority.register_market(stall.scope, 1)
    cap_e10 = share_e10(bankroll_e10, limits.market_cap)
    _window(authority, stalls, NS_PER_HOUR, cap_e10)
    for stall in stalls:
        if stall.lease is not None and (size_e6 := stall.lease.limit_e10 // PRICE_E4):
            stall.ask(size_e6, NS_PER_HOUR)
    after = _window(authority, stalls, 2 * NS_PER_HOUR, cap_e10)
    refused = sum(isinstance(stall.ask(SIZE_ONE_E6, 2 * NS_PER_HOUR), Refused) for stall in stalls)
    if after.breaches or refused < len(stalls):
        raise PromiseBroken("orders refused by full caps", refused, len(stalls))
    holdings = tuple(_holding(stall) for stall in stalls if stall.position.yes_e6)
    return Book(
        bankroll_e10=bankroll_e10,
        cash_e10=bankroll_e10 - sum(holding.cost_e10 for holding in holdings),
        limits=limits,
        markets={stall.scope.market_id: MarketView(scope=stall.scope) for stall in stalls},
        holdings=holdings,
        source="the fullest book that the risk authority allows",
        facts={"exposure_usd": usd(after.equity.exposure_e10), "orders_refused": refused},
    )


def breaker_works(limits: RiskLimits, bankroll_e10: int) -> bool:
    """Walk an authority down and up again: free at the limit, reducing above it, free only below the lower one, halted."""
    authority = RiskAuthority(limits, bankroll_e10, 0)
    scope = MarketScope(market_id="m", clusters=("c",), category=Category.OTHER.value)
    authority.register_market(scope, 1)
    report = _Stall(scope, MarketRisk("m", 1), MarketPosition()).report(0, bankroll_e10)

    def after_a_fall_of(fall_e10: int, day: int) -> tuple[TradingMode, int]:
        at_ns = day * NS_PER_DAY  # each on its own midnight, so that the day's loss has no say
        heard = msgspec.structs.replace(report, at_ns=at_ns, cash_e10=-fall_e10)
        decision = authority.on_window(at_ns, [heard], at_ns + 2 * NS_PER_DAY)
        return decision.state.mode, decision.leases[0].limit_e10

    at_limit_e10 = bankroll_e10 * ppm(limits.drawdown_on) // PPM
    at_lower_e10 = bankroll_e10 * ppm(limits.drawdown_off) // PPM
    at_halt_e10 = -(-bankroll_e10 * ppm(limits.drawdown_halt) // PPM)
    free = after_a_fall_of(at_limit_e10, 1)
    reducing = after_a_fall_of(at_limit_e10 + 1, 2)
    still = after_a_fall_of(at_lower_e10 + 1, 3)
    again = after_a_fall_of(at_lower_e10 - 1, 4)
    halted = after_a_fall_of(at_halt_e10, 5)
    return (
        free[0] is TradingMode.ACTIVE
        and free[1] > 0
        and reducing == (TradingMode.REDUCING, 0)
        and still == (TradingMode.REDUCING, 0)
        and again[0] is TradingMode.ACTIVE
        and halted == (TradingMode.HALTED, 0)
    )


def _fair(limits: RiskLimits) -> list[MarketScope]:
    """More markets than the caps can take: clusters one after the other, each with some to spare."""
    if limits.market_cap <= 0:
        return []
    in_cluster = min(MARKETS_MAX, math.ceil(limits.cluster_cap / limits.market_cap) + SPARE)
    clusters = min(MARKETS_MAX, math.ceil(limits.aggregate_cap / max(limits.cluster_cap, limits.market_cap)) + 1)
    categories = [category.value for category in Category]
    return [
        MarketScope(
            market_id=f"c{cluster:03d}-m{number:03d}",
            clusters=(f"c{cluster:03d}",),
            category=categories[cluster % len(categories)],
        )
        for cluster in range(clusters)
        for number in range(in_cluster)
    ]


def _window(authority: RiskAuthority, stalls: list[_Stall], now_ns: int, wanted_e10: int) -> AuthorityDecision:
    by_id = {stall.scope.market_id: stall for stall in stalls}
    reports = [stall.report(now_ns, wanted_e10) for stall in stalls]
    decision = authority.on_window(now_ns, reports, now_ns + NS_PER_DAY)
    for lease in decision.leases:
        by_id[lease.market_id].lease = lease
    return decision


def _holding(stall: _Stall) -> Holding:
    return Holding(
        market_id=stall.scope.market_id,
        token=Token.YES,
        shares_e6=stall.position.yes_e6,
        cost_e10=stall.position.basis_e10(),
        mid_e4=float(PRICE_E4),
        bid_e4=float(PRICE_E4 - 100),
    )
