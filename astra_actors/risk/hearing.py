"""What the authority takes from the reports: who may speak, what is proven by it, and whether a cap was passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from astra_actors.risk.authority_state import MarketAccount, RiskEvent, Saved
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport


@dataclass(slots=True)
class Heard:
    """What counts of a window's reports: those of markets that go on living, and those that say something new."""

    living: dict[str, MarketReport] = field(default_factory=dict)
    fresh: list[MarketReport] = field(default_factory=list)


def hear(saved: Saved, limits: RiskLimits, reports: Sequence[MarketReport], events: list[RiskEvent]) -> Heard:
    """Book every report of a rightful owner. One that comes twice is booked once: its trades are not learned again."""
    heard = Heard()
    for report in reports:
        account = saved.accounts.get(report.market_id)
        # a new owner's first word counts whatever its clock says: one that went back would leave it unheard
        stale = account is not None and account.reported and report.at_ns < account.at_ns
        if account is None or report.incarnation != account.incarnation or stale:
            if account is not None or not report.done:  # a settled market may say once more that it is done
                events.append(_unheard(report, account))
            continue
        if report.at_ns > account.at_ns:
            heard.fresh.append(report)
        if report.done:
            saved.settled_cash_e10 += report.cash_e10
            del saved.accounts[report.market_id]
            continue
        first = not account.reported
        if first or report.at_ns > account.at_ns:
            account.hear(report)  # one that comes twice proves nothing more about leases than it did before
        if first:
            _allow_standing(saved, account)
        heard.living[report.market_id] = report
    _learn(saved, limits, [trade for report in heard.fresh for trade in report.trade_returns])
    return heard


def count_breaches(saved: Saved, heard: Mapping[str, MarketReport], events: list[RiskEvent]) -> int:
    """Compare what could be lost with what had been allowed: anything above is an order that got past us."""
    sums: dict[str, int] = {}
    over: list[tuple[str, int, int]] = []
    for market_id in sorted(saved.accounts):
        account = saved.accounts[market_id]
        if market_id in heard and account.worst_e10 > account.allowed_e10:
            over.append((f"market:{market_id}", account.worst_e10, account.allowed_e10))
        if account.worst_e10:
            for scope in account.scopes:
                sums[scope] = sums.get(scope, 0) + account.worst_e10
    over += [(scope, sums[scope], saved.allowed.get(scope, 0)) for scope in sorted(sums)]
    found = [
        RiskEvent(kind="cap_breach", scope=scope, observed=observed, limit=limit)
        for scope, observed, limit in over
        if observed > limit
    ]
    events += found
    saved.breaches += len(found)
    return len(found)


def equity_of(saved: Saved) -> int:
    """Cash and marks at mid of every market, those that did not speak as they were last heard."""
    flows_e10 = sum(account.cash_e10 + account.mark_mid_e10 for account in saved.accounts.values())
    return saved.bankroll_e10 + saved.settled_cash_e10 + flows_e10


def _allow_standing(saved: Saved, account: MarketAccount) -> None:
    """What an owner finds standing at its first report was let rest before this authority could say anything."""
    more_e10 = max(0, account.worst_e10 - account.allowed_e10)
    account.allowed_e10 += more_e10
    for scope in account.scopes:
        saved.allowed[scope] = saved.allowed.get(scope, 0) + more_e10


def _learn(saved: Saved, limits: RiskLimits, closed: Sequence[tuple[int, str, int, int]]) -> None:
    equity_e10 = saved.equity.equity_e10
    if closed and equity_e10 > 0:
        returns = [pnl_e10 / equity_e10 for _, _, pnl_e10, _ in sorted(closed)]
        saved.returns = (saved.returns + returns)[-limits.volatility_window :]
    for _, _, pnl_e10, cost_e10 in sorted(closed):
        if cost_e10 > 0:
            saved.sample.add(pnl_e10 / cost_e10)


def _unheard(report: MarketReport, account: MarketAccount | None) -> RiskEvent:
    scope = f"market:{report.market_id}"
    if account is None:
        return RiskEvent(kind="unknown_market", scope=scope, observed=report.worst_case_e10, limit=0)
    if report.incarnation != account.incarnation:
        return RiskEvent(kind="fenced_report", scope=scope, observed=report.incarnation, limit=account.incarnation)
    return RiskEvent(kind="stale_report", scope=scope, observed=report.at_ns, limit=account.at_ns)
