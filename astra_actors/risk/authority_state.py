"""What the risk authority remembers between two windows: one plain record, to be saved, read back and compared."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from astra_actors.portfolio.equity import EquityPoint
from astra_actors.risk.breaker import DailyLoss, DrawdownBreaker
from astra_actors.risk.lease import Lease
from astra_actors.risk.report import MarketReport
from astra_actors.risk.trading_state import TradingHolds, TradingState, Trigger


class MarketScope(msgspec.Struct, frozen=True, kw_only=True):
    """Which caps a market counts against, besides its own and the aggregate."""

    market_id: str
    clusters: tuple[str, ...]
    category: str
    event_id: str = ""
    definition_category: str = ""  # as its contract names it: a cap may go by either name
    strategy: str = ""  # who trades it: satellite strategies share a cap


class RiskEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something the portfolio noticed or a person did, with the numbers compared (money in dollars × 10¹⁰)."""

    kind: str
    scope: str
    observed: float
    limit: float
    author: str = "authority"
    detail: str = ""


class TradeSample(msgspec.Struct):
    """The closed trades since the last review, as running sums of their returns."""

    trades: int = 0
    mean: float = 0.0
    squares: float = 0.0  # Σ (r − mean)², after Welford (1962)

    def add(self, value: float) -> None:
        """Take one more return."""
        self.trades += 1
        gap = value - self.mean
        self.mean += gap / self.trades
        self.squares += gap * (value - self.mean)

    @property
    def sharpe(self) -> float | None:
        """Mean ÷ standard deviation of one trade; None where there is no spread to speak of (methods §9.1)."""
        sd = (self.squares / (self.trades - 1)) ** 0.5 if self.trades > 1 else 0.0
        return self.mean / sd if sd >= 1e-12 else None


class AuthorityDecision(msgspec.Struct, frozen=True, kw_only=True):
    """One window's word. A lease of limit 0 says that the market has none; `breaches` are those of this window."""

    leases: tuple[Lease, ...]
    revoked: tuple[str, ...]  # held a lease before, hold none now
    equity: EquityPoint
    state: TradingState
    events: tuple[RiskEvent, ...] = ()
    breaches: int = 0
    reducing_scopes: tuple[str, ...] = ()
    holds: dict[Trigger, str] = {}  # everything that held trading at this barrier, and what is said of it


class HeldLease(msgspec.Struct):
    """A lease that its market may still be using."""

    lease_id: str
    limit_e10: int
    expires_ns: int


class MarketAccount(msgspec.Struct, kw_only=True):
    """One market as the authority knows it: its latest report, and what may still be lost on its account."""

    scope: MarketScope
    scopes: tuple[str, ...]  # every cap it counts against besides its own
    incarnation: int
    reported: bool = False  # has spoken since it was registered or since its incarnation changed
    at_ns: int = -1
    worst_e10: int = 0
    cash_e10: int = 0
    mark_mid_e10: int = 0
    mark_bid_e10: int = 0
    held: list[HeldLease] = []
    lease: Lease | None = None
    allowed_e10: int = 0  # what its worst case may be until the next window
    near: bool = False  # nearness to resolution has cut its cap

    @property
    def spent_e10(self) -> int:
        """What counts against the caps: the worst case, or a lease that may still be used up to its limit."""
        spent_e10 = self.worst_e10
        for held in self.held:
            if held.limit_e10 > spent_e10:
                spent_e10 = held.limit_e10
        return spent_e10

    def hear(self, report: MarketReport) -> None:
        """Take a report. It proves older leases out of use; what it does not prove stays spent."""
        self.at_ns, self.worst_e10, self.cash_e10 = report.at_ns, report.worst_case_e10, report.cash_e10
        self.mark_mid_e10, self.mark_bid_e10 = report.mark_mid_e10, report.mark_bid_e10
        if not self.reported:
            self.held = []  # a new owner has reconciled: what it reports is all that is left of the old one
            self.reported = True
        self.held = _still_usable(self.held, report)


class Saved(msgspec.Struct, kw_only=True):
    """The whole memory of the authority."""

    bankroll_e10: int
    now_ns: int
    settled_cash_e10: int = 0  # from markets that are done
    accounts: dict[str, MarketAccount] = {}
    allowed: dict[str, int] = {}  # by scope: what its worst cases may add up to until the next window
    breaker: DrawdownBreaker
    day: DailyLoss
    holds: TradingHolds
    returns: list[float] = []  # the last trades' returns on equity
    scale: float = 1.0
    scale_told: float = 1.0
    reached: tuple[str, ...] = ()  # caps that are used up while markets would like more
    sample: TradeSample = msgspec.field(default_factory=TradeSample)
    failures: int = 0  # submissions that failed in a row
    rules: tuple[str, ...] = ()  # the kill rules that fire now
    cuts: tuple[str, ...] = ()  # the kill rules whose cut of exposure stands
    breaches: int = 0
    reducing_scopes: tuple[str, ...] = ()
    events: list[RiskEvent] = []  # of operators, waiting for the next window
    equity: EquityPoint


def _still_usable(held: Sequence[HeldLease], report: MarketReport) -> list[HeldLease]:
    """The leases an owner may still use: the one it names and newer ones; else all that had not run out."""
    for number, lease in enumerate(held):
        if lease.lease_id == report.lease_id:
            return list(held[number:])
    newest = len(held) - 1
    return [lease for number, lease in enumerate(held) if number == newest or report.at_ns < lease.expires_ns]
