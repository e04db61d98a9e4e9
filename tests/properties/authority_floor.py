"""Markets, a venue and people around one authority, with books of their own: what the machine of the risk room plays on.

`broken` names the rule that this floor forgets, so that the checks can be shown to fail.
"""

from __future__ import annotations

import json

import msgspec

from astra_actors.execution.order import Order
from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.portfolio.position import MarketPosition
from astra_actors.risk.authority import AuthorityDecision, MarketScope, RiskAuthority
from astra_actors.risk.exposure import worst_case_e10
from astra_actors.risk.lease import Lease
from astra_actors.risk.limits import RiskLimits, share_e10
from astra_actors.risk.report import MarketReport
from astra_actors.risk.reservation import MarketRisk
from astra_actors.risk.trading_state import TradingMode, Trigger
from astra_actors.risk.veto import Approved

SHARE = 1_000_000
WINDOW_NS, LEASE_NS = 10 * 10**9, 25 * 10**9
HALTED = (TradingMode.HALTED, TradingMode.KILLED)
# Small shares, so that a handful of markets fills every cap: three in a cluster, two satellites, five in all.
LIMITS = RiskLimits(
    cluster_cap=0.03,
    aggregate_cap=0.05,
    category_caps=(("crypto", 0.02),),
    satellite_cap=0.02,
    satellite_strategies=("bets",),
)
KINDS = (
    ("a", "sports", ""),
    ("a", "crypto", ""),
    ("b", "sports", "bets"),
    ("b", "crypto", "bets"),
    ("a", "sports", "bets"),
)


class Owner:
    """One market: its true position and orders at the venue, and the real local checks of whoever owns it now."""

    def __init__(self, market_id: str, scope: MarketScope) -> None:
        self.market_id, self.scope = market_id, scope
        self.position, self.risk = MarketPosition(), MarketRisk(market_id, 1)
        self.resting: dict[str, Order] = {}
        self.lease: Lease | None = None
        self.incarnation, self.orders, self.alive, self.mark_usd = 1, 0, True, 0

    def truth_e10(self) -> int:
        """What can really be lost, whoever believes what."""
        if self.position.outcome is not None:
            return 0
        rows = [(o.token, o.side, o.price_e4, o.remaining_e6) for o in self.resting.values()]
        return worst_case_e10(self.position.yes_e6, self.position.no_e6, self.position.cash_e10, rows)


class AuthorityFloor:
    """Everything that can happen to a portfolio, one step at a time; `check` after each of them."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.authority = RiskAuthority(LIMITS, 5_000 * USD, 0)
        self.owners: dict[str, Owner] = {}
        self.now_ns = 0
        self.born = 0
        self.decision: AuthorityDecision | None = None
        for _ in KINDS:
            self.open()

    # -- markets ------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """A market comes into view."""
        if len(self.owners) >= 8:
            return
        cluster, category, strategy = KINDS[self.born % len(KINDS)]
        market_id = f"m{self.born:03d}"
        self.born += 1
        scope = MarketScope(market_id=market_id, clusters=(cluster,), category=category, strategy=strategy)
        self.authority.register_market(scope, 1)
        self.owners[market_id] = Owner(market_id, scope)

    def order(self, who: int, token: Token, side: Side, price_e4: int, shares: int) -> None:
        owner = self._owner(who)
        held = owner.position.yes_e6 if token is Token.YES else owner.position.no_e6
        offered = sum(o.remaining_e6 for o in owner.resting.values() if o.token is token and o.side is Side.SELL)
        settled = owner.position.outcome is not None
        if not owner.alive or settled or (side is Side.SELL and held - offered < shares * SHARE):
            return
        owner.orders += 1
        order = _order(owner, f"{owner.market_id}-{owner.incarnation}-{owner.orders}", token, side, price_e4, shares)
        lease = _endless(owner) if self.broken == "lease ignored" else owner.lease
        before_e10 = owner.risk.worst_case_e10(owner.position)
        answer = owner.risk.try_reserve(order, owner.position, [], lease, self.now_ns)
        if isinstance(answer, Approved):
            owner.resting[order.order_id] = order
            if owner.risk.worst_case_e10(owner.position) > before_e10 or _worsens(owner.position, order):
                self._check_permission(owner)

    def fill(self, who: int, part: int) -> None:
        owner = self._owner(who)
        if not owner.resting:
            return
        order = next(iter(owner.resting.values()))
        size_e6 = max(1, order.remaining_e6 // part)
        owner.position.apply_fill(order.token, order.side, order.price_e4, size_e6)
        if owner.alive:
            owner.risk.on_fill(order.order_id, size_e6)
        del owner.resting[order.order_id]
        if size_e6 < order.remaining_e6:
            owner.resting[order.order_id] = msgspec.structs.replace(order, filled_e6=order.filled_e6 + size_e6)

    def win(self, who: int) -> None:
        """Bought low and sold high: a market that has made thirty dollars and holds nothing of them any more."""
        for side, price_e4 in ((Side.BUY, 2_000), (Side.SELL, 8_000)):
            if not self._owner(who).resting:
                self.order(who, Token.YES, side, price_e4, 50)
                self.fill(who, 1)

    def end_order(self, who: int, proven: bool) -> None:
        """A reject, an expiry, an acknowledged cancel; or, not proven, a cancel that was only asked for."""
        owner = self._owner(who)
        if not owner.resting or not owner.alive:
            return
        order_id = next(iter(owner.resting))
        if proven:
            del owner.resting[order_id]
            owner.risk.release(order_id)
        elif self.broken == "released when asked":
            owner.risk.release(order_id)

    def die(self, who: int) -> None:
        self._owner(who).alive = False

    def come_back(self, who: int) -> None:
        """A successor: fenced in first, and it takes over what it finds at the venue."""
        owner = self._owner(who)
        if owner.alive:
            return
        owner.incarnation += 1
        owner.risk, owner.lease, owner.alive = MarketRisk(owner.market_id, owner.incarnation), None, True
        owner.risk.see(owner.resting.values())
        self.authority.set_incarnation(owner.market_id, owner.incarnation)

    def old_owner_speaks(self, who: int) -> None:
        """A dead owner's last word arrives after its successor was appointed: all is quiet, it says."""
        owner = self._owner(who)
        if owner.incarnation == 1 or owner.position.outcome is not None:
            return
        owner_now = owner.incarnation if self.broken == "old owner heard" else owner.incarnation - 1
        stale = MarketReport(market_id=owner.market_id, incarnation=owner_now, at_ns=self.now_ns, worst_case_e10=0)
        self._window([stale])

    def settle(self, who: int, outcome: Outcome) -> None:
        owner = self._owner(who)
        if owner.alive and owner.position.outcome is None:
            owner.resting.clear()
            owner.position.settle(outcome)

    def mark(self, who: int, usd: int) -> None:
        self._owner(who).mark_usd = usd

    # -- time and people ----------------------------------------------------------------------------------------------

    def wait(self, seconds: int) -> None:
        """Time passes and nobody hears of it: leases run out."""
        self.now_ns += seconds * 10**9

    def window(self, wanted: list[int], *, heard: bool = True) -> None:
        """Those who live report, and hear the answer unless it is lost."""
        self.now_ns += WINDOW_NS
        reports = [
            self._report(owner, wanted[number % len(wanted)])
            for number, owner in enumerate(self.owners.values())
            if owner.alive
        ]
        self._window(reports)
        assert self.decision is not None
        for lease in self.decision.leases if heard else ():
            owner = self.owners[lease.market_id]
            if owner.alive and owner.incarnation == lease.incarnation:
                owner.lease = lease
        for owner in list(self.owners.values()):
            if owner.alive and owner.position.outcome is not None:
                del self.owners[owner.market_id]

    def say(self, word: str) -> None:
        """A person."""
        authority = self.authority
        if word == "reset":
            authority.reset_drawdown("ann", "looked at it", self.now_ns)
        elif word in ("kill", "pause", "revive"):
            getattr(authority, word)("ann", "because", now_ns=self.now_ns)
        else:
            getattr(authority, word)("ann", now_ns=self.now_ns)

    def reconsider(self) -> None:
        """A person's word is taken up between two windows; nobody has reported."""
        self._window([])

    def restart(self) -> None:
        """The authority dies and comes back from what was saved, as plain JSON."""
        saved = json.loads(json.dumps(self.authority.snapshot()))
        twin = RiskAuthority(LIMITS, 1 * USD, 0)
        twin.restore(saved)
        assert twin == self.authority, "a restored authority is another one"
        assert json.loads(json.dumps(twin.snapshot())) == saved, "it does not remember what was saved"
        if self.broken == "escrow forgotten by a restart":
            for account in twin._saved.accounts.values():
                account.held = account.held[-1:]
        self.authority = twin

    # -- the checks ---------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """No market can lose more than what is set aside for it, at any instant."""
        accounts = self.authority._saved.accounts
        for market_id, owner in self.owners.items():
            truth_e10, spent_e10 = owner.truth_e10(), accounts[market_id].spent_e10
            assert truth_e10 <= spent_e10, f"{market_id}: {truth_e10} at risk, {spent_e10} set aside"
            assert not owner.alive or truth_e10 <= owner.risk.worst_case_e10(owner.position), (
                "a reservation is forgotten"
            )
        assert self.authority.breaches == 0
        assert Trigger.INTEGRITY not in self.authority.holds

    def _window(self, reports: list[MarketReport]) -> None:
        authority = self.authority
        spoke = {report.market_id for report in reports}
        before = {market_id: account.spent_e10 for market_id, account in authority._saved.accounts.items()}
        if self.broken == "given back on silence":
            for market_id, account in authority._saved.accounts.items():
                if market_id not in spoke:
                    account.held, account.worst_e10 = [], 0
        until_ns = self.now_ns + LEASE_NS
        held = [trigger for trigger in (Trigger.PAUSE, Trigger.KILL) if trigger in authority.holds]
        if self.broken == "a pause is forgotten":
            authority.resume("nobody")
        self.decision = authority.on_window(self.now_ns, reports, until_ns)
        assert all(trigger in authority.holds for trigger in held), "only a person lifts what a person said"
        self._check_window(before, spoke)
        self._check_repetition(reports, until_ns)

    def _check_window(self, before: dict[str, int], spoke: set[str]) -> None:
        accounts, decision = self.authority._saved.accounts, self.decision
        assert decision is not None
        for market_id, account in accounts.items():
            if market_id not in spoke:
                assert account.spent_e10 == before[market_id], f"{market_id} is silent, and what it was granted changed"
        base_e10 = max(0, min(5_000 * USD, decision.equity.equity_e10))
        for scope, cap in self._caps(base_e10).items():
            inside = [market_id for market_id, account in accounts.items() if scope in account.scopes]
            now_e10 = sum(accounts[market_id].spent_e10 for market_id in inside)
            stood_e10 = sum(before.get(market_id, 0) for market_id in inside)
            assert now_e10 <= max(cap, stood_e10), f"{scope}: {now_e10} granted and standing, the cap is {cap}"
        if decision.state.mode in HALTED:
            assert not any(lease.limit_e10 for lease in decision.leases), "a halted account grants"
        if decision.state.mode is TradingMode.REDUCING:
            assert all(lease.reduce_only for lease in decision.leases if lease.limit_e10), "entries while reducing"

    def _check_repetition(self, reports: list[MarketReport], until_ns: int) -> None:
        """An answer was lost, and the same question is put again: nothing may change by that."""
        once = self.authority.snapshot()
        self.authority.on_window(self.now_ns, reports, until_ns)
        twice = self.authority.snapshot()
        for name in once:
            if name not in ("equity", "events", "allowed", "reducing_scopes", "reached"):
                assert twice[name] == once[name], f"{name} changes when a window is repeated"

    def _check_permission(self, owner: Owner) -> None:
        lease = owner.lease
        assert lease is not None and lease.limit_e10 > 0 and lease.reduce_only is None, "more risk without permission"
        assert self.now_ns < lease.expires_ns, "more risk on a lease that ran out"

    def _caps(self, base_e10: int) -> dict[str, int]:
        return {
            "aggregate": share_e10(base_e10, 0.05),
            "cluster:a": share_e10(base_e10, 0.03),
            "cluster:b": share_e10(base_e10, 0.03),
            "category:crypto": share_e10(base_e10, 0.02),
            "satellite": share_e10(base_e10, 0.02),
        }

    def _report(self, owner: Owner, wanted_usd: int) -> MarketReport:
        settled = owner.position.outcome is not None
        return MarketReport(
            market_id=owner.market_id,
            incarnation=owner.incarnation,
            at_ns=self.now_ns,
            worst_case_e10=owner.risk.worst_case_e10(owner.position),
            cash_e10=0,
            mark_mid_e10=owner.mark_usd * USD,
            wanted_e10=wanted_usd * USD,
            hours_to_close=100.0,
            done=settled,
            lease_id=owner.lease.lease_id if owner.lease else "",
        )

    def _owner(self, who: int) -> Owner:
        return list(self.owners.values())[who % len(self.owners)] if self.owners else self._first()

    def _first(self) -> Owner:
        self.open()
        return next(iter(self.owners.values()))


def _order(owner: Owner, order_id: str, token: Token, side: Side, price_e4: int, shares: int) -> Order:
    return Order(
        order_id=order_id,
        market_id=owner.market_id,
        token=token,
        side=side,
        price_e4=price_e4,
        size_e6=shares * SHARE,
        sent_ns=0,
        expires_ns=1 << 62,
        strategy="s",
    )


def _worsens(position: MarketPosition, order: Order) -> bool:
    """Whether what the market surely comes to, profits already made included, is less once the order has filled."""
    filled = MarketPosition()
    filled.yes_e6, filled.no_e6, filled.cash_e10 = position.yes_e6, position.no_e6, position.cash_e10
    bought_e6 = order.size_e6 if order.side is Side.BUY else -order.size_e6
    filled.cash_e10 -= bought_e6 * order.price_e4
    if order.token is Token.YES:
        filled.yes_e6 += bought_e6
    else:
        filled.no_e6 += bought_e6
    return _surely_e10(filled) < _surely_e10(position)


def _surely_e10(position: MarketPosition) -> int:
    return position.cash_e10 + 10_000 * min(position.yes_e6, position.no_e6)


def _endless(owner: Owner) -> Lease:
    return Lease(
        lease_id="",
        market_id=owner.market_id,
        incarnation=owner.incarnation,
        limit_e10=50 * USD,
        granted_ns=0,
        expires_ns=1 << 62,
    )


WORDS = ("pause", "resume", "kill", "revive", "acknowledge", "reset")  # what a person can say
