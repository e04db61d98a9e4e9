"""The ledger compared with the venue, market by market under the limits: questions, what follows, and the row of it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from astra_actors.kernel.units import NS_PER_MS
from astra_actors.venues.clob.account_rows import ReconciliationRow
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.answers import Answered, BalanceAnswer, OrdersAnswer, TradesAnswer
from astra_actors.venues.clob.asking import Asking
from astra_actors.venues.clob.filling import Filling
from astra_actors.venues.clob.inventory import CASH
from astra_actors.venues.clob.questions import (
    AskAllOpenOrders,
    AskBalance,
    AskOpenOrders,
    AskTrades,
    Question,
)
from astra_actors.venues.clob.reconcile import (
    AdoptFill,
    AdoptOrder,
    CancelOrphan,
    Difference,
    MarketSeen,
    Ours,
    Theirs,
    persisting,
    reconcile,
)
from astra_actors.venues.clob.tracked import Stage

AT_ONCE: Final = 8  # markets whose answers are awaited: the questions of proofs pass between them
TOKENS_MAX: Final = 50  # balances of one comparison; the next one goes on from there
BALANCE_TRIES: Final = 3
DETAIL_MAX: Final = 100  # differences in a row
_E10_PER_E6: Final = 10_000


@dataclass(slots=True)
class _Market:
    since_s: int
    orders: OrdersAnswer | None = None
    trades: TradesAnswer | None = None


@dataclass(slots=True)
class _Run:
    cause: str
    begun_ms: int
    todo: deque[str]
    markets: dict[str, _Market] = field(default_factory=dict)
    balances: dict[str, int | None] = field(default_factory=dict)
    moves: dict[str, int] = field(default_factory=dict)  # of each holding when its balance was first wanted
    failed: dict[str, int] = field(default_factory=dict)  # how often a balance was not to be had
    swept: bool = False
    compared: int = 0
    open_orders: int = 0
    trades: int = 0
    orders_adopted: int = 0
    fills_adopted: int = 0
    orphans_before: int = 0
    differences: list[Difference] = field(default_factory=list)


Fed = list[tuple[Question, Answered]]


class Comparison:
    """At most one comparison at a time. Answers it waits for are kept until the market's other answer is in."""

    def __init__(self, shared: Shared, filling: Filling, asking: Asking) -> None:
        self._shared, self._filling, self._asking = shared, filling, asking
        self._run: _Run | None = None
        self._since_s: dict[str, int] = {}  # by market: from when trades may be missing
        self._level: set[str] = set()  # holdings that were set by a balance once
        self._last: list[Difference] = []
        self._token = 0
        self.last: ReconciliationRow | None = None
        self.done = 0

    @property
    def is_running(self) -> bool:
        """Whether one is under way."""
        return self._run is not None

    def begin(self, cause: str, markets: Iterable[str], orphans: int, now_ms: int) -> None:
        """Start one over these markets."""
        run = self._run = _Run(cause, now_ms, deque(dict.fromkeys(markets)), orphans_before=orphans)
        run.balances = dict.fromkeys([CASH, *self._tokens()])

    def want(self, now_ms: int) -> None:
        """Have asked what is missing."""
        run = self._run
        if run is None:
            return
        if not run.swept:
            self._asking.want(AskAllOpenOrders(), now_ms)
        while run.todo and len(run.markets) < AT_ONCE:
            market_id = run.todo.popleft()
            run.markets[market_id] = _Market(self._from_s(market_id, now_ms))
        for market_id, market in run.markets.items():
            if market.orders is None:
                self._asking.want(AskOpenOrders(market_id), now_ms)
            if market.trades is None:
                self._asking.want(AskTrades(market_id, market.since_s), now_ms)
        for token_id, balance in run.balances.items():
            if balance is None:
                run.moves.setdefault(token_id, self._filling.inventory.moves(token_id))
                self._asking.want(AskBalance(token_id), now_ms)

    def on_answered(
        self, question: Question, answer: Answered, owned: frozenset[str]
    ) -> tuple[Fed, list[CancelOrphan]]:
        """Answers to be taken in now, and what follows from them; an answer it keeps comes back later."""
        run, fed = self._run, [(question, answer)]
        if run is None or not isinstance(answer, OrdersAnswer | TradesAnswer | BalanceAnswer):
            return fed, []
        if answer.asked_ms < run.begun_ms:
            return fed, []
        if isinstance(answer, BalanceAnswer):
            if answer.token_id in run.balances:
                run.balances[answer.token_id] = answer.balance_e6
            return fed, []
        if isinstance(question, AskAllOpenOrders):
            run.swept = True
            return fed, []
        if not isinstance(question, AskOpenOrders | AskTrades) or question.condition_id not in run.markets:
            return fed, []
        return self._keep(run, question, answer, owned)

    def on_failed(self, question: Question) -> Fed:
        """A market's answer did not come: the other one is not kept waiting, and both are asked again."""
        if self._run is None:
            return []
        if isinstance(question, AskBalance):
            self._do_without(self._run, question.token_id)
        if not isinstance(question, AskOpenOrders | AskTrades):
            return []
        market = self._run.markets.get(question.condition_id)
        if market is None:
            return []
        orders, market.orders, trades, market.trades = market.orders, None, market.trades, None
        fed: Fed = [(AskOpenOrders(question.condition_id), orders)] if orders else []
        return [*fed, (AskTrades(question.condition_id, market.since_s), trades)] if trades else fed

    def end(self, orphans: int, now_ms: int) -> ReconciliationRow | None:
        """Close it when everything is in: the row of it, and None before."""
        run = self._run
        if run is None or run.todo or run.markets or not run.swept or None in run.balances.values():
            return None
        self._run = None
        differences = [*run.differences, *self._balances(run)]
        standing = persisting(self._last, differences)
        self._last = differences
        self.done += 1
        self.last = ReconciliationRow(
            at_ns=now_ms * NS_PER_MS,
            cause=run.cause,
            took_ms=now_ms - run.begun_ms,
            markets=run.compared,
            open_orders=run.open_orders,
            trades=run.trades,
            orphans_cancelled=orphans - run.orphans_before,
            orders_adopted=run.orders_adopted,
            fills_adopted=run.fills_adopted,
            differences=len(differences),
            persisting=len(standing),
            cash_e6=run.balances.get(CASH),
            detail=_detail(differences),
        )
        return self.last

    def _keep(
        self, run: _Run, question: AskOpenOrders | AskTrades, answer: OrdersAnswer | TradesAnswer, owned: frozenset[str]
    ) -> tuple[Fed, list[CancelOrphan]]:
        market_id = question.condition_id
        market = run.markets[market_id]
        if isinstance(answer, OrdersAnswer):
            market.orders = answer
        elif isinstance(question, AskTrades) and question.after_s <= market.since_s:
            market.trades = answer
        else:
            return [(question, answer)], []
        if market.orders is None or market.trades is None:
            return [], []
        del run.markets[market_id]
        actions = self._compare(run, market_id, market, owned)
        return [
            (AskOpenOrders(market_id), market.orders),
            (AskTrades(market_id, market.since_s), market.trades),
        ], actions

    def _do_without(self, run: _Run, token_id: str) -> None:
        """A balance that cannot be had holds nothing up: it proves nothing about orders."""
        run.failed[token_id] = run.failed.get(token_id, 0) + 1
        if run.failed[token_id] >= BALANCE_TRIES:
            run.balances.pop(token_id, None)

    def _compare(self, run: _Run, market_id: str, market: _Market, owned: frozenset[str]) -> list[CancelOrphan]:
        orders, trades = market.orders, market.trades
        assert orders is not None and trades is not None, "both answers are in"
        seen = MarketSeen(
            condition_id=market_id,
            asked_ms=min(orders.asked_ms, trades.asked_ms),
            open_orders=orders.rows,
            trades=trades.rows,
            since_s=market.since_s,
            open_whole=orders.whole,
            trades_whole=trades.whole,
        )
        left = (one for one in self._shared.register.of_market(market_id) if _has_left(one.stage) and one.order_id)
        view = Ours(
            orders={one.venue_id: one.ours() for one in left},
            fills=self._filling.view(market_id),
            holdings={},
            markets=owned,
        )
        actions = reconcile(view, Theirs(markets=(seen,)), self._shared.us)
        run.compared += 1
        run.open_orders += len(orders.rows)
        run.trades += len(trades.rows)
        run.orders_adopted += sum(isinstance(each, AdoptOrder) for each in actions)
        run.fills_adopted += sum(isinstance(each, AdoptFill) for each in actions)
        run.differences += [each for each in actions if isinstance(each, Difference)]
        if trades.whole:
            self._since_s[market_id] = trades.asked_ms // 1_000 - self._shared.params.overlap_s
        return [each for each in actions if isinstance(each, CancelOrphan)]

    def _from_s(self, market_id: str, now_ms: int) -> int:
        if (known := self._since_s.get(market_id)) is not None:
            return known
        begun = [one.decided_s for one in self._shared.register.open_in(market_id)]
        return max(0, min([now_ms // 1_000 - self._shared.params.look_back_s, *begun]) - self._shared.params.overlap_s)

    def _tokens(self) -> list[str]:
        """The next few tokens whose balances are asked for, in turn."""
        tokens = self._filling.inventory.token_ids
        first = self._token if self._token < len(tokens) else 0
        self._token = first + TOKENS_MAX
        return tokens[first : self._token]

    def _balances(self, run: _Run) -> Iterator[Difference]:
        """The first balance of a thing that no trade is moving sets what we hold; later ones are compared with it.

        A balance of something that has moved since it was asked for says nothing.
        """
        inventory = self._filling.inventory
        still = (key for key in run.balances if inventory.moves(key) == run.moves.get(key))
        known = {key: balance for key in still if (balance := run.balances[key]) is not None}
        for key in [each for each in known if each not in self._level]:
            holding, balance = inventory.holding(key), known.pop(key)
            if not holding.incoming and not holding.outgoing:
                inventory.adjust(key, (balance * _E10_PER_E6 if key == CASH else balance) - holding.settled)
                self._level.add(key)
        holdings = {key: inventory.holding(key) for key in known}
        view = Ours(orders={}, fills={}, holdings=holdings, markets=frozenset())
        for action in reconcile(view, Theirs(markets=(), balances_e6=known), self._shared.us):
            if isinstance(action, Difference):
                yield action


def _has_left(stage: Stage) -> bool:
    return stage not in (Stage.WRITING, Stage.READY)


def _detail(differences: list[Difference]) -> str:
    rows = [
        {"gap": each.gap.name, "subject": each.subject, "ours": each.ours, "theirs": each.theirs}
        for each in differences[:DETAIL_MAX]
    ]
    return json.dumps(rows, separators=(",", ":"))
