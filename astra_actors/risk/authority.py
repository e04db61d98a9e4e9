"""The risk authority: the one portfolio view, which deals out leases as escrow at every window.

What a market may still lose is its reported worst case or the largest lease it may still be using, whichever is more.
The sum of that stays within every cap, so the caps hold whatever the markets do until the next window. Pure: the same
reports in any order of arrival give the same leases, and `snapshot` holds everything it knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from astra_actors.kernel.errors import BadInput, ClockWentBack, Fenced, PromiseBroken
from astra_actors.kernel.units import NS_PER_DAY
from astra_actors.portfolio.equity import EquityPoint, drawdown_of
from astra_actors.risk import criteria, dealing, hearing, operator, watch
from astra_actors.risk.authority_state import AuthorityDecision, MarketAccount, MarketScope, RiskEvent, Saved
from astra_actors.risk.breaker import DailyLoss, DrawdownBreaker
from astra_actors.risk.kill_rules import Measurements
from astra_actors.risk.lease import Lease
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport
from astra_actors.risk.scope_use import ScopeUse, scopes_in_use
from astra_actors.risk.trading_state import TradingHolds, TradingMode, TradingState, Trigger
from astra_actors.risk.veto import Refused

_NOTHING_BESIDE = Measurements()

__all__ = ["AuthorityDecision", "MarketScope", "RiskAuthority", "RiskEvent"]


class RiskAuthority:
    """Decide once a window: equity, trading state, and what each market may lose."""

    def __init__(self, limits: RiskLimits, bankroll_e10: int, start_ns: int) -> None:
        if bankroll_e10 <= 0:
            raise BadInput("bankroll_e10", bankroll_e10, "give a bankroll above zero")
        self.limits = limits
        self.last: AuthorityDecision | None = None
        state = TradingState(mode=TradingMode.ACTIVE, trigger=Trigger.START, since_ns=start_ns, author="authority")
        self._saved = Saved(
            bankroll_e10=bankroll_e10,
            now_ns=start_ns,
            breaker=DrawdownBreaker(bankroll_e10),
            day=DailyLoss(start_ns // NS_PER_DAY, bankroll_e10),
            holds=TradingHolds(state),
            equity=EquityPoint(
                equity_e10=bankroll_e10,
                cash_e10=bankroll_e10,
                mark_mid_e10=0,
                mark_bid_e10=0,
                peak_e10=bankroll_e10,
                drawdown=0.0,
                exposure_e10=0,
                granted_e10=0,
            ),
        )

    # -- markets ------------------------------------------------------------------------------------------------------

    def register_market(self, scope: MarketScope, incarnation: int = 0) -> None:
        """Make a market known; it holds nothing before its first report."""
        if scope.market_id in self._saved.accounts:
            raise BadInput("market_id", scope.market_id, "a market is registered once")
        scopes = dealing.scopes_of(scope, self.limits)
        self._saved.accounts[scope.market_id] = MarketAccount(scope=scope, scopes=scopes, incarnation=incarnation)

    def set_incarnation(self, market_id: str, incarnation: int) -> None:
        """Fence the old owner off. What it was granted stays spent until its successor has reconciled and reports."""
        account = self._saved.accounts[market_id]
        if incarnation < account.incarnation:
            raise Fenced(f"{market_id}: incarnation {incarnation} comes after {account.incarnation}")
        account.reported = account.reported and incarnation == account.incarnation
        account.incarnation = incarnation

    # -- windows ------------------------------------------------------------------------------------------------------

    def on_window(
        self,
        now_ns: int,
        reports: Sequence[MarketReport],
        lease_until_ns: int,
        beside: Measurements = _NOTHING_BESIDE,
    ) -> AuthorityDecision:
        """Take what the markets report at a barrier and deal out the next window's leases.

        `beside` is what the kill rules look at and no market reports. A cap that was passed, or would be by what is dealt,
        halts the account: that is a bug, and nothing is granted until a person has looked.
        """
        saved, limits = self._saved, self.limits
        if now_ns < saved.now_ns:
            raise ClockWentBack(f"a window at {now_ns} ns after {saved.now_ns} ns")
        saved.now_ns = now_ns
        events, saved.events = saved.events, []
        was = saved.holds.state
        heard = hearing.hear(saved, limits, sorted(reports, key=lambda report: report.market_id), events)
        breaches = hearing.count_breaches(saved, heard.living, events)
        if breaches:
            operator.distrust(saved, f"{breaches} caps were passed; see cap_breach")
        equity_e10 = hearing.equity_of(saved)
        watch.follow(saved, limits, equity_e10)
        failed = criteria.count_failures(saved, heard.fresh)
        measured = criteria.measure(saved, heard.living.values(), equity_e10, beside)
        criteria.apply(saved, limits, measured, failed, events)
        watch.follow_scale(saved, limits, events)
        leases, revoked = self._deal(heard.living, equity_e10, lease_until_ns, events)
        watch.tell_state(saved, limits, was, equity_e10, events)
        self._mark(equity_e10)
        self.last = AuthorityDecision(
            leases=leases,
            revoked=revoked,
            equity=saved.equity,
            state=saved.holds.state,
            events=tuple(events),
            breaches=breaches,
            reducing_scopes=saved.reducing_scopes,
            holds=self.holds,
        )
        return self.last

    def reconsider(self, lease_until_ns: int) -> AuthorityDecision:
        """Take up what was said since the last window, without any report: what is halted now loses its leases now."""
        return self.on_window(self._saved.now_ns, (), lease_until_ns)

    def _deal(
        self, living: Mapping[str, MarketReport], equity_e10: int, lease_until_ns: int, events: list[RiskEvent]
    ) -> tuple[tuple[Lease, ...], tuple[str, ...]]:
        """Deal; where that would break a promise, halt and deal nothing. What was not handed out stays in escrow."""
        saved, limits = self._saved, self.limits
        try:
            return dealing.deal(saved, limits, living, equity_e10, lease_until_ns, events)
        except PromiseBroken as broken:
            operator.distrust(saved, str(broken))
            events.append(
                RiskEvent(
                    kind="promise_broken",
                    scope="account",
                    observed=broken.observed,
                    limit=broken.limit,
                    detail=broken.promise,
                )
            )
            return dealing.deal(saved, limits, living, equity_e10, lease_until_ns, events)

    def _mark(self, equity_e10: int) -> None:
        saved = self._saved
        accounts = saved.accounts.values()
        mid_e10 = sum(account.mark_mid_e10 for account in accounts)
        saved.equity = EquityPoint(
            equity_e10=equity_e10,
            cash_e10=equity_e10 - mid_e10,
            mark_mid_e10=mid_e10,
            mark_bid_e10=sum(account.mark_bid_e10 for account in accounts),
            peak_e10=saved.breaker.peak_e10,
            drawdown=drawdown_of(saved.breaker.peak_e10, equity_e10),
            exposure_e10=sum(account.worst_e10 for account in accounts),
            granted_e10=sum(account.spent_e10 for account in accounts),
        )

    @property
    def state(self) -> TradingState:
        """Whether the account may trade now, with its cause."""
        return self._saved.holds.state

    @property
    def holds(self) -> dict[Trigger, str]:
        """Everything that holds trading now, whether it names the state or not, and what is said of it."""
        return self._saved.holds.said

    @property
    def equity(self) -> EquityPoint:
        """The portfolio as of the last window."""
        return self._saved.equity

    @property
    def breaches(self) -> int:
        """Cap breaches since the start; anything but 0 is a bug of ours."""
        return self._saved.breaches

    def scopes(self) -> tuple[ScopeUse, ...]:
        """How full each cap is since the last barrier."""
        return scopes_in_use(self._saved, self.limits)

    @property
    def scale(self) -> float:
        """The volatility multiplier in force."""
        return self._saved.scale

    # -- people and supervision ---------------------------------------------------------------------------------------

    def pause(self, author: str, why: str = "", now_ns: int | None = None) -> TradingState:
        """Take all quotes out until `resume`."""
        return operator.hold(self._saved, Trigger.PAUSE, author, why, now_ns)

    def resume(self, author: str, why: str = "", now_ns: int | None = None) -> TradingState | Refused:
        """Trade again after a pause; refused, with the numbers, while a breaker, a halt for losses or a kill holds."""
        return operator.resume(self._saved, self.limits, author, why, now_ns)

    def kill(self, author: str, why: str, now_ns: int | None = None) -> TradingState:
        """Stop trading for good: only `revive` leads out of it, restarts do not."""
        return operator.hold(self._saved, Trigger.KILL, author, why, now_ns)

    def revive(self, author: str, why: str, now_ns: int | None = None) -> TradingState:
        """Undo a kill; the account is then paused."""
        return operator.revive(self._saved, author, why, now_ns)

    def acknowledge(self, author: str, now_ns: int | None = None) -> TradingState:
        """Accept the day's loss; trading resumes once the next day has come as well."""
        return operator.acknowledge(self._saved, author, now_ns)

    def reset_drawdown(self, author: str, reason: str, now_ns: int | None = None) -> TradingState:
        """Rebase the peak to the present equity and let breaker and drawdown halt go; the reason goes on record."""
        return operator.reset_drawdown(self._saved, author, reason, now_ns)

    def halt(self, author: str, why: str, now_ns: int | None = None, until_ns: int | None = None) -> TradingState:
        """Halt for a cause outside the portfolio: with a time it is a technical cooldown, else it needs `resume`."""
        trigger = Trigger.SUPERVISION if until_ns is None else Trigger.COOLDOWN
        return operator.hold(self._saved, trigger, author, why, now_ns, until_ns)

    def reduce(self, author: str, why: str, now_ns: int | None = None) -> TradingState:
        """Allow no entries until `resume`: a shard is out."""
        return operator.hold(self._saved, Trigger.SHARD_OUT, author, why, now_ns)

    # -- memory -------------------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Everything the authority knows, as plain values that JSON can hold."""
        plain: dict[str, Any] = msgspec.to_builtins(self._saved)
        return plain

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Become what `snapshot` said; the leases it had dealt out are its last word again."""
        self._saved = msgspec.convert(dict(saved), Saved)
        accounts = self._saved.accounts
        self.last = AuthorityDecision(
            leases=tuple(lease for key in sorted(accounts) if (lease := accounts[key].lease)),
            revoked=(),
            equity=self._saved.equity,
            state=self._saved.holds.state,
            reducing_scopes=self._saved.reducing_scopes,
            holds=self.holds,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RiskAuthority):
            return NotImplemented
        return (self.limits, self._saved) == (other.limits, other._saved)

    __hash__ = None  # type: ignore[assignment]
