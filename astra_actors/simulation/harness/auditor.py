"""An auditor that believes nothing but the ledger's facts: it keeps its own books of orders, cash and shares.

The promises are checked against these books, so a reservation, a position or a report that the engine gets wrong shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from astra_actors.execution.order import ORDER_LIFE, OrderEvent, OrderState
from astra_actors.kernel.facts import (
    EquityMarked,
    Fact,
    LeaseGranted,
    MarketListed,
    MarketSettled,
    OrderChanged,
    OrderFilled,
    OrderIntended,
    RiskRaised,
)
from astra_actors.lockstep.ports import WindowCommit
from astra_actors.market.instrument import Side, Token
from astra_actors.risk.exposure import worst_case_e10

EVENTS = {event.value: event for event in OrderEvent} | {"submit": OrderEvent.ACK, "stale_cancel": OrderEvent.CANCEL}
FILLS = (OrderEvent.FILL_PART, OrderEvent.FILL_LAST)
PAYS_E4 = {"YES": (10_000, 0), "NO": (0, 10_000), "VOID": (5_000, 5_000)}


class PromiseBrokenError(BaseException):
    """One of the promises does not hold; `promise` says which. Like an interrupt, it passes whatever an engine catches."""

    def __init__(self, promise: str, told: str) -> None:
        self.promise = promise
        super().__init__(f"{promise}: {told}")


def hold(promise: str, holds: bool, told: str) -> None:
    """Raise unless the promise holds."""
    if not holds:
        raise PromiseBrokenError(promise, told)


@dataclass
class AuditedOrder:
    """One order as the facts tell it."""

    intent: OrderIntended
    remaining_e6: int
    state: OrderState = OrderState.SENT

    @property
    def row(self) -> tuple[Token, Side, int, int]:
        return Token(self.intent.token), Side(self.intent.side), self.intent.price_e4, self.remaining_e6


@dataclass
class AuditedMarket:
    """One market's books, kept from facts alone."""

    listed: MarketListed
    yes_e6: int = 0
    no_e6: int = 0
    cash_e10: int = 0
    fills: int = 0
    settled: bool = False
    lease: LeaseGranted | None = None
    orders: dict[str, AuditedOrder] = field(default_factory=dict)

    @property
    def open_orders(self) -> dict[str, AuditedOrder]:
        return {order_id: order for order_id, order in self.orders.items() if order.state.is_open}

    def worst_e10(self, *more: tuple[Token, Side, int, int]) -> int:
        """The most this market can lose, its open orders and `more` included (methods §12.1)."""
        if self.settled:
            return 0
        rows = [order.row for order in self.open_orders.values()]
        return worst_case_e10(self.yes_e6, self.no_e6, self.cash_e10, [*rows, *more])


class Auditor:
    """Read every window as it is committed; raises on the first fact that breaks a promise."""

    def __init__(self, *, late_fills_told: bool = False, live: bool = False) -> None:
        self.late_fills_told = late_fills_told  # the venue of this run is known to tell them
        self.live = live  # a live owner acts between windows: what a window brings was done under the ones before it
        self.markets: dict[str, AuditedMarket] = {}
        self.equity: EquityMarked | None = None
        self.quarantined: list[str] = []
        self.intents = self.fills = self.window = 0
        self.artifacts: dict[str, int] = {}  # by market, of this window

    def take(self, commit: WindowCommit) -> None:
        """The portfolio's own facts first: a lease is given before anything happens under it."""
        hold("windows go forward", commit.window == self.window + 1, f"{self.window} was followed by {commit.window}")
        self.window = commit.window
        self._apply(commit.decided)
        facts = [fact for part in commit.records for fact in part.facts]
        lines = [line for part in commit.records for line in part.artifacts]
        placed = self._read_artifacts(commit.window, lines)
        for fact in facts:
            if isinstance(fact, OrderIntended):
                hold("every order has its decision", fact.order_id in placed, f"{fact.order_id} is in no artifact")
        self._apply(sorted(facts, key=lambda fact: fact.order_key))

    def replay(self, facts: Iterable[tuple[int, Fact]]) -> None:
        """Take facts that a ledger gave back, window by window in its own order."""
        for window, fact in facts:
            self.window = window
            self._apply([fact])

    def _read_artifacts(self, window: int, lines: Sequence[tuple[int, str, bytes]]) -> set[str]:
        self.artifacts = {}
        placed: set[str] = set()
        for _, market_id, raw in lines:
            artifact: dict[str, Any] = msgspec.json.decode(raw)
            told = self.live or artifact["window"] == window
            known = market_id in self.markets and artifact["market_id"] == market_id and told
            hold("an artifact belongs to an evaluated market", known, f"{artifact['decision_id']} of {market_id}")
            self.artifacts[market_id] = self.artifacts.get(market_id, 0) + 1
            placed.update(quote["order_id"] for quote in artifact["quotes"] if quote["outcome"] == "placed")
        return placed

    def _apply(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            if isinstance(fact, MarketListed):
                hold("a market is listed once", fact.market_id not in self.markets, fact.market_id)
                self.markets[fact.market_id] = AuditedMarket(fact)
            elif isinstance(fact, EquityMarked):
                self.equity = fact
            elif isinstance(fact, RiskRaised) and fact.kind == "quarantine":
                self.quarantined.append(f"{fact.scope}: {fact.detail}")
            elif fact.market_id in self.markets:
                self._of_market(self.markets[fact.market_id], fact)

    def _of_market(self, market: AuditedMarket, fact: Fact) -> None:
        if isinstance(fact, LeaseGranted):
            market.lease = fact
        elif isinstance(fact, OrderIntended):
            self._intended(market, fact)
        elif isinstance(fact, OrderChanged):
            self._changed(market, fact)
        elif isinstance(fact, OrderFilled):
            self._filled(market, fact)
        elif isinstance(fact, MarketSettled):
            self._settled(market, fact)

    def _intended(self, market: AuditedMarket, fact: OrderIntended) -> None:
        self.intents += 1
        hold("an order is intended once", fact.order_id not in market.orders, fact.order_id)
        hold("nothing is sent after the settlement", not market.settled, fact.order_id)
        sound = 0 < fact.price_e4 < 10_000 and fact.size_e6 >= market.listed.min_size_e6
        hold("an order has a sound price and size", sound, f"{fact.order_id} {fact.price_e4} {fact.size_e6}")
        order = AuditedOrder(fact, fact.size_e6)
        before, after = market.worst_e10(), market.worst_e10(order.row)
        if after > before and not self.live:
            limit = market.lease.limit_e10 if market.lease else 0
            hold("worst cases stay within leases", after <= limit, f"{fact.order_id} makes it {after} of {limit}")
            assert market.lease is not None
            hold("an owner acts for its incarnation", market.lease.incarnation == fact.incarnation, fact.order_id)
        market.orders[fact.order_id] = order

    def _changed(self, market: AuditedMarket, fact: OrderChanged) -> None:
        order = market.orders.get(fact.order_id)
        hold("an order is intended before it changes", order is not None, f"{fact.order_id} {fact.event_type}")
        assert order is not None
        event = EVENTS[fact.event_type]
        if event not in FILLS:  # its own fact has been taken
            if event is OrderEvent.CANCEL_ACK and order.state is OrderState.SENT:
                order.state = OrderState.LIVE
            hold("an order lives by its table", ORDER_LIFE.allows(order.state, event), f"{order.state} {event}")
            order.state = ORDER_LIFE.step(order.state, event)
        hold(
            "what remains of an order is told right",
            fact.remaining_e6 == order.remaining_e6,
            f"{fact.order_id}: {fact.remaining_e6} for {order.remaining_e6}",
        )

    def _filled(self, market: AuditedMarket, fact: OrderFilled) -> None:
        self.fills += 1
        order = market.orders.get(fact.order_id)
        hold("every fill has an intent before it", order is not None, fact.fill_id)
        assert order is not None
        intent = order.intent
        hold("an order is intended before it fills", intent.local_ns <= fact.local_ns, fact.fill_id)
        ended = order.state in (OrderState.CANCELLED, OrderState.EXPIRED)  # a match may be told after the end was
        may_fill = order.state.is_open or (ended and self.late_fills_told)
        hold("a dead order fills nothing", may_fill, f"{fact.fill_id} of an order {order.state}")
        hold("a fill fits its order", 0 < fact.size_e6 <= order.remaining_e6, f"{fact.size_e6} of {order.remaining_e6}")
        at_limit = fact.price_e4 == intent.price_e4 and fact.liquidity == "MAKER"
        hold("a maker fills at its limit", at_limit, f"{fact.fill_id} at {fact.price_e4}, limit {intent.price_e4}")
        same = (fact.token, fact.side) == (intent.token, intent.side)
        hold("a fill is of its order's token and side", same, fact.fill_id)
        order.remaining_e6 -= fact.size_e6
        if order.state.is_open:
            order.state = ORDER_LIFE.step(order.state, FILLS[order.remaining_e6 == 0])
        sign = 1 if fact.side == "BUY" else -1
        market.cash_e10 -= sign * fact.price_e4 * fact.size_e6 + fact.fee_e10
        if fact.token == "YES":
            market.yes_e6 += sign * fact.size_e6
        else:
            market.no_e6 += sign * fact.size_e6
        market.fills += 1
        owned = market.yes_e6 >= 0 and market.no_e6 >= 0
        hold("nothing is sold that is not held", owned, f"{fact.fill_id} leaves {market.yes_e6}, {market.no_e6}")

    def _settled(self, market: AuditedMarket, fact: MarketSettled) -> None:
        yes_e4, no_e4 = PAYS_E4[fact.outcome]
        payout = market.yes_e6 * yes_e4 + market.no_e6 * no_e4
        hold("a settlement pays what is held", fact.payout_e10 == payout, f"{fact.payout_e10} for {payout}")
        hold("no order outlives its market", not market.open_orders, f"{list(market.open_orders)}")
        market.cash_e10 += payout
        market.yes_e6 = market.no_e6 = 0
        market.settled = True
        told = fact.pnl_e10
        hold("cash is fills minus cost plus payouts", told == market.cash_e10, f"{told} for {market.cash_e10}")
