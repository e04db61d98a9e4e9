"""Promise 2: caps hold at every instant, whatever the interleaving.

The machine plays markets that quote, fill, cancel, lose answers, die and come back, against the real authority and the
real local checks. The checker keeps its own books: it looks at every order that could still fill, and believes nobody.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from astra_actors.execution.order import Order
from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.market.instrument import Outcome, Side, Token
from astra_actors.portfolio.position import MarketPosition
from astra_actors.risk.authority import MarketScope, RiskAuthority
from astra_actors.risk.exposure import OrderRow, outcome_values_e10, worst_case_e10
from astra_actors.risk.lease import Lease
from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.report import MarketReport
from astra_actors.risk.reservation import MarketRisk
from astra_actors.risk.veto import Approved

SHARE = 1_000_000
MARKETS = 14
WINDOW_NS = 10
LEASE_NS = 25


class Owner:
    """One market's owner: the real position, the real local checks, and the orders that truly rest at the venue."""

    def __init__(self, market_id: str, incarnation: int) -> None:
        self.market_id, self.incarnation = market_id, incarnation
        self.position = MarketPosition()
        self.risk = MarketRisk(market_id, incarnation)
        self.lease: Lease | None = None
        self.resting: dict[str, Order] = {}  # the venue's truth
        self.alive = True
        self.number = 0

    def truth_e10(self) -> int:
        rows = [(o.token, o.side, o.price_e4, o.remaining_e6) for o in self.resting.values()]
        return worst_case_e10(self.position.yes_e6, self.position.no_e6, self.position.cash_e10, rows)


class Floor:
    """Fourteen markets of one cluster under one authority; `broken` names the rule that this floor forgets."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.authority = RiskAuthority(RiskLimits(daily_loss=1.0, drawdown_on=1.0, drawdown_halt=1.0), 5000 * USD, 0)
        self.owners = [Owner(f"m{number:02d}", 1) for number in range(MARKETS)]
        self.now_ns = 0
        self.marks = [0] * MARKETS
        self.allowed = 0
        self.log: list[tuple[Any, Any]] = []  # windows as (now, reports), restarts as (market, incarnation)
        for owner in self.owners:
            scope = MarketScope(market_id=owner.market_id, clusters=("c",), category="sports")
            self.authority.register_market(scope, 1)

    def order(self, who: int, token: Token, side: Side, price_e4: int, shares: int) -> None:
        owner = self.owners[who]
        held = owner.position.yes_e6 if token is Token.YES else owner.position.no_e6
        offered = sum(o.remaining_e6 for o in owner.resting.values() if o.token is token and o.side is Side.SELL)
        if not owner.alive or (side is Side.SELL and held - offered < shares * SHARE):
            return
        owner.number += 1
        order = Order(
            order_id=f"{owner.market_id}-{owner.incarnation}-{owner.number}",
            market_id=owner.market_id,
            token=token,
            side=side,
            price_e4=price_e4,
            size_e6=shares * SHARE,
            sent_ns=self.now_ns,
            expires_ns=1 << 60,
            strategy="s",
        )
        lease = owner.lease
        if self.broken == "lease ignored":
            lease = Lease(
                lease_id="",
                market_id=owner.market_id,
                incarnation=owner.incarnation,
                limit_e10=50 * USD,
                granted_ns=0,
                expires_ns=1 << 60,
            )
        if isinstance(owner.risk.try_reserve(order, owner.position, [], lease, self.now_ns), Approved):
            owner.resting[order.order_id] = order

    def fill(self, who: int, share_of: int) -> None:
        owner = self.owners[who]
        if not owner.resting:
            return
        order = next(iter(owner.resting.values()))
        size_e6 = max(1, order.remaining_e6 // share_of)
        owner.position.apply_fill(order.token, order.side, order.price_e4, size_e6)
        if order.order_id in owner.risk.open_orders:
            owner.risk.on_fill(order.order_id, size_e6)
        del owner.resting[order.order_id]
        if size_e6 < order.remaining_e6:
            filled = order.filled_e6 + size_e6
            owner.resting[order.order_id] = msgspec.structs.replace(order, filled_e6=filled)

    def cancel(self, who: int, confirmed: bool) -> None:
        owner = self.owners[who]
        if not owner.resting or not owner.alive:
            return
        order_id = next(iter(owner.resting))
        if confirmed:
            del owner.resting[order_id]
            owner.risk.release(order_id)
        elif self.broken == "given back on a refused cancel":
            owner.risk.release(order_id)  # the venue said no: the order rests on

    def die(self, who: int) -> None:
        self.owners[who].alive = False

    def come_back(self, who: int) -> None:
        """Restart: fence, reconcile with the venue, take over what rests."""
        owner = self.owners[who]
        if owner.alive:
            return
        owner.incarnation += 1
        owner.risk = MarketRisk(owner.market_id, owner.incarnation)
        owner.risk.see(owner.resting.values())
        owner.lease, owner.alive = None, True
        self.authority.set_incarnation(owner.market_id, owner.incarnation)
        self.log.append((owner.market_id, owner.incarnation))

    def move(self, who: int, usd: int) -> None:
        self.marks[who] = usd * USD

    def window(self, wanted: list[int], *, hear: bool = True) -> None:
        self.now_ns += WINDOW_NS
        reports = [
            MarketReport(
                market_id=owner.market_id,
                incarnation=owner.incarnation,
                at_ns=self.now_ns,
                worst_case_e10=owner.risk.worst_case_e10(owner.position),
                cash_e10=0,
                mark_mid_e10=self.marks[number],
                wanted_e10=wanted[number % len(wanted)] * USD,
                hours_to_close=100.0,
                score=float(wanted[(number + 1) % len(wanted)]),
                lease_id=owner.lease.lease_id if owner.lease else "",
            )
            for number, owner in enumerate(self.owners)
            if owner.alive
        ]
        if self.broken == "grant given back on silence":
            for owner in self.owners:
                if not owner.alive:
                    account = self.authority._saved.accounts[owner.market_id]
                    account.held, account.worst_e10 = [], 0
        self.log.append((self.now_ns, reports))
        decision = self.authority.on_window(self.now_ns, reports, self.now_ns + LEASE_NS)
        if hear:  # else the answer is lost: every owner goes on with the lease it has
            for lease in decision.leases:
                owner = self.owners[int(lease.market_id[1:])]
                if owner.alive:
                    owner.lease = lease
        cap = 12 * min(5000 * USD, decision.equity.equity_e10) // 100
        standing = sum(owner.truth_e10() for owner in self.owners)
        # a cap that has shrunk under what stands or is granted must not let anything be added
        self.allowed = max(cap, standing, min(self.allowed, decision.equity.granted_e10))

    def check(self) -> None:
        truth = [owner.truth_e10() for owner in self.owners]
        assert sum(truth) <= self.allowed, f"cluster: {sum(truth)} at risk, {self.allowed} allowed"
        assert max(truth) <= 50 * USD, f"market: {max(truth)} at risk"
        for owner in self.owners:
            assert owner.truth_e10() <= owner.risk.worst_case_e10(owner.position), "a reservation was forgotten"


WHO = st.integers(0, MARKETS - 1)
CENTS = st.integers(1, 99).map(lambda cent: cent * 100)
WANTED = st.lists(st.sampled_from([0, 20, 50]), min_size=1, max_size=5)


class Caps(RuleBasedStateMachine):
    """Any interleaving of what can happen on the floor; the checker runs after every step."""

    broken = ""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(self.broken)
        self.floor.window([50])

    @rule(who=WHO, token=st.sampled_from(Token), side=st.sampled_from(Side), price=CENTS, shares=st.integers(1, 120))
    def order(self, who: int, token: Token, side: Side, price: int, shares: int) -> None:
        self.floor.order(who, token, side, price, shares)

    @rule(price=CENTS, part=st.sampled_from([1, 1, 2, 5]))
    def everybody_bids(self, price: int, part: int) -> None:
        """Each market at once, for all or a part of what its cap would carry: the run on the cluster."""
        for who in range(MARKETS):
            self.floor.order(who, Token.YES, Side.BUY, price, max(1, 50 * 10_000 // price // part))

    @rule(who=WHO, share_of=st.integers(1, 3))
    def fill(self, who: int, share_of: int) -> None:
        self.floor.fill(who, share_of)

    @rule(who=WHO, confirmed=st.booleans())
    def cancel(self, who: int, confirmed: bool) -> None:
        self.floor.cancel(who, confirmed)

    @rule(who=WHO)
    def die(self, who: int) -> None:
        self.floor.die(who)

    @rule(who=WHO)
    def come_back(self, who: int) -> None:
        self.floor.come_back(who)

    @rule(who=WHO, usd=st.integers(-300, 100))
    def move(self, who: int, usd: int) -> None:
        self.floor.move(who, usd)

    @rule(wanted=WANTED, heard=st.booleans())
    def window(self, wanted: list[int], heard: bool) -> None:
        self.floor.window(wanted, hear=heard)

    @invariant()
    def caps_hold(self) -> None:
        self.floor.check()

    def teardown(self) -> None:
        """Replaying the recorded reports, through a restart in the middle, gives the identical authority."""
        if self.broken:
            return
        assert self.floor.authority.breaches == 0
        twin = Floor().authority
        for number, step in enumerate(self.floor.log):
            if number == len(self.floor.log) // 2:
                saved = json.loads(json.dumps(twin.snapshot()))
                twin = Floor().authority
                twin.restore(saved)
            if isinstance(step[1], int):
                twin.set_incarnation(step[0], step[1])
            else:
                twin.on_window(step[0], list(reversed(step[1])), step[0] + LEASE_NS)
        assert twin == self.floor.authority
        assert twin.snapshot() == self.floor.authority.snapshot()


Caps.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
test_caps_hold_at_every_instant = Caps.TestCase


@pytest.mark.parametrize(
    "forgotten", ["lease ignored", "given back on a refused cancel", "grant given back on silence"]
)
def test_a_floor_that_forgets_a_rule_is_caught(forgotten: str) -> None:
    class Broken(Caps):
        broken = forgotten

    search = settings(
        max_examples=3_000,  # it stops at the first find
        stateful_step_count=40,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(AssertionError, match=r"at risk|forgotten"):
        run_state_machine_as_test(Broken, settings=search)


ROWS = st.lists(
    st.tuples(st.sampled_from(Token), st.sampled_from(Side), st.integers(1, 9_999), st.integers(1, 10**8)), max_size=5
)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(-(10**13), 10**13), ROWS)
def test_the_worst_case_is_the_worst_of_every_subset_of_fills(
    yes: int, no: int, cash: int, rows: list[OrderRow]
) -> None:
    worst = worst_case_e10(yes, no, cash, rows)
    deepest = 0
    for chosen in range(1 << len(rows)):
        picked = [row for number, row in enumerate(rows) if chosen >> number & 1]
        for outcome in Outcome:
            value = outcome_values_e10(yes, no, cash)[outcome] + sum(_pnl(row, outcome) for row in picked)
            deepest = max(deepest, -value)
    assert worst == deepest
    assert worst == worst_case_e10(yes, no, cash, rows, void_possible=False)  # a void is never the worst


def _pnl(row: OrderRow, outcome: Outcome) -> int:
    token, side, price_e4, size_e6 = row
    pays = 5_000 if outcome is Outcome.VOID else 10_000 if token.value == outcome.value else 0
    return (pays - price_e4) * size_e6 * (1 if side is Side.BUY else -1)
