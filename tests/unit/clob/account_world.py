"""An account between a model venue and a model owner, on one seed: requests are lost, holders and owners are killed."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from clob_values import EOA, SENT_MS, US
from model_owner import MARKETS, ModelOwner
from model_venue import ModelVenue

from astra_actors.venues.clob.account import Account
from astra_actors.venues.clob.account_memory import AccountMemory
from astra_actors.venues.clob.account_params import AccountParams
from astra_actors.venues.clob.account_rows import AccountFillRow, AccountRow, EndRow, IntentRow, ReconciliationRow
from astra_actors.venues.clob.answers import Answered, AnswerFailed, BalanceAnswer, OrdersAnswer, TradesAnswer
from astra_actors.venues.clob.deeds import Ask, Deed, Post, Record, TakeOff
from astra_actors.venues.clob.questions import (
    AskAllOpenOrders,
    AskBalance,
    AskOpenOrders,
    AskOrder,
    AskTrade,
    AskTrades,
    Question,
)
from astra_actors.venues.clob.signals import Reply
from astra_actors.venues.clob.words import Join

OK = Reply(status=200)
LOST = Reply(status=None, text="timed out")
SHARD = 0


class AccountWorld:
    """`chaos` is the chance that a request goes wrong, `deaths` that a step kills somebody."""

    def __init__(self, seed: int, *, chaos: float = 0.12, deaths: float = 0.004) -> None:
        self.rng = Random(seed)
        self.chaos, self.deaths = chaos, deaths
        self.now_ms = SENT_MS
        self.venue = ModelVenue(self.rng, noise=chaos)
        self.owner = ModelOwner(self.rng)
        self.intents: dict[str, IntentRow] = {}
        self.ends: dict[str, EndRow] = {}
        self.fills: dict[str, AccountFillRow] = {}
        self.reconciliations: list[ReconciliationRow] = []
        self.posted: list[str] = []
        self.joins: Counter[tuple[int, str]] = Counter()  # by holder and market
        self.generation = 0
        self.placing = True
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0
        self._reconnect_ms = 0
        self.account = self._begin()
        self.owner.join()

    def run(self, for_ms: int, step_ms: int = 250) -> None:
        """Let time pass."""
        until_ms = self.now_ms + for_ms
        while self.now_ms < until_ms:
            self.step(self.rng.randint(1, 2 * step_ms))

    def quieten(self) -> None:
        """No faults, no deaths, no new orders any more."""
        self.chaos = self.deaths = self.venue.noise = 0.0
        self.placing = False

    def step(self, by_ms: int) -> None:
        """One moment: what is due arrives, the owner speaks and listens, the account acts."""
        self.now_ms += by_ms
        self.venue.advance(self.now_ms, trades=0.01 if self.placing else 0.0)
        while self._events and self._events[0][0] <= self.now_ms:
            heapq.heappop(self._events)[2]()
        self._channel()
        if self.rng.random() < self.deaths:
            self.kill()
        if self.rng.random() < self.deaths:
            self.owner.die()
        if self.rng.random() < self.deaths:
            self.venue.stray(self.rng.choice(MARKETS), self.now_ms)
        if self.rng.random() < self.deaths:
            self._miss_heartbeats()
        self._speak()
        self._act()
        if self.rng.random() > self.chaos:
            self._listen()

    def kill(self) -> None:
        """The holder dies; what it had sent is on its way still."""
        self.account = self._begin()

    def _miss_heartbeats(self) -> None:
        self.account.on_heartbeat(False, self.now_ms)
        self.account.on_heartbeat(False, self.now_ms)
        self.venue.cancel_all(self.now_ms)
        self._after(5_000, lambda: self.account.on_heartbeat(True, self.now_ms))

    def _begin(self) -> Account:
        self.generation += 1
        self.venue.connected = False
        params = AccountParams(reconcile_s=60)
        account = Account(US, EOA, params, incarnation=self.generation, now_ms=self.now_ms)
        memory = AccountMemory(
            intents=tuple(self.intents.values()),
            ends=tuple(self.ends.values()),
            fills=tuple(self.fills.values()),
            known_fills=frozenset(self.owner.known_fills()),
            markets=frozenset(row.market_id for row in self.intents.values()),
        )
        account.restore(memory, self.now_ms)
        self._reconnect_ms = self.now_ms + 300
        return account

    def _channel(self) -> None:
        if not self.venue.connected and self.now_ms >= self._reconnect_ms:
            self.venue.connected = True
            self.account.on_connected(self.now_ms)
        elif self.venue.connected and self.rng.random() < self.chaos / 50:
            self.venue.connected = False
            self._reconnect_ms = self.now_ms + self.rng.randint(100, 15_000)
            self.account.on_disconnected(self.now_ms)
        if events := self.venue.events(self.now_ms):
            self.account.on_events(events, self.now_ms)

    def _speak(self) -> None:
        if self.placing:
            for _ in range(self.rng.randint(0, 2)):
                self.owner.place(self.now_ms)
            if self.rng.random() < 0.3:
                self.owner.cancel()
        words, self.owner.words = self.owner.words, []
        if words:
            joins = [(self.generation, word.market_id) for word in words if isinstance(word, Join)]
            self.joins.update(joins)
            self.account.learn_fills(self.owner.known_fills())
            self.account.on_words(SHARD, words, self.now_ms)

    def _listen(self) -> None:
        told = self.account.told(SHARD, self.owner.heard if self.owner.gateway == self.generation else 0)
        ended = self.owner.hear(told)
        by_order = {row.order_id: row.venue_id for row in self.intents.values()}
        for order_id in ended:
            resting = self.venue.orders.get(by_order.get(order_id, ""))
            assert resting is None or not resting.live, f"{order_id} was told over and rests"
        if self.rng.random() < 0.3:
            self.owner.commit()

    def _act(self) -> None:
        deeds = self.account.deeds(self.now_ms)
        kinds = [isinstance(deed, Post) for deed in deeds]
        assert len(deeds) < 100 and sum(kinds) <= 8, "a list of deeds is bounded"
        for deed in deeds:
            self._do(deed, self.generation)

    def _do(self, deed: Deed, generation: int) -> None:
        if isinstance(deed, Record):
            self._after(20, lambda: self._write(deed, generation))
        elif isinstance(deed, Post):
            self._post(deed, generation)
        elif isinstance(deed, Ask):
            asked_ms = self.now_ms
            self._after(60, lambda: self._answer(deed, asked_ms, generation))
        else:
            self._take_off(deed, generation)

    def _write(self, deed: Record, generation: int) -> None:
        if generation != self.generation:
            return  # fenced
        for row in deed.rows:
            self._write_row(row)
        if self.rng.random() < self.deaths:
            self.kill()
        elif generation == self.generation:
            self.account.on_recorded(deed.number, self.now_ms)

    def _write_row(self, row: AccountRow) -> None:
        if isinstance(row, IntentRow):
            assert row.venue_id not in self.intents, "an intent is written once"
            self.intents[row.venue_id] = row
        elif isinstance(row, EndRow):
            self.ends[row.venue_id] = row
            resting = self.venue.orders.get(row.venue_id)
            assert resting is None or not resting.live, f"{row} and it rests"
        elif isinstance(row, AccountFillRow):
            self.fills[row.fill_id] = row
        else:
            self.reconciliations.append(row)

    def _post(self, deed: Post, generation: int) -> None:
        drafts = deed.drafts
        self.posted += [draft.venue_id for draft in drafts]
        assert all(draft.venue_id in self.intents for draft in drafts), "no order leaves before its intent is durable"
        fate = self.rng.random()
        if fate < self.chaos / 4:
            self._reply(5_000, generation, deed.number, LOST)  # it never arrives
        elif fate < self.chaos / 2:
            self._after(self.rng.randint(5_000, 20_000), lambda: [self.venue.post(d, self.now_ms) for d in drafts])
            self._reply(5_000, generation, deed.number, LOST)  # it arrives after we gave up
        elif fate < self.chaos:
            again = self.rng.choice((LOST, Reply(status=500, text="could not insert order"), Reply(status=425)))
            if again.status != 425:
                self._after(50, lambda: [self.venue.post(d, self.now_ms) for d in drafts])
            self._reply(900, generation, deed.number, again)
        else:
            self._after(50, lambda: self._posted(deed, generation))

    def _posted(self, deed: Post, generation: int) -> None:
        rows = [self.venue.post(draft, self.now_ms) for draft in deed.drafts]
        self._reply(self.rng.randint(5, 600), generation, deed.number, OK, rows)

    def _take_off(self, deed: Any, generation: int) -> None:
        ids = deed.venue_ids if isinstance(deed, TakeOff) else None
        number, fate = deed.number, self.rng.random()

        def arrive(reply: Reply) -> None:
            said = self.venue.cancel(ids or tuple(row.venue_id for row in self.venue.open_rows()), self.now_ms)
            answer = said if reply.status == 200 else {}
            self._after(20, lambda: self._if_alive(generation, "on_taken_off", number, reply, _bytes(answer)))

        if fate < self.chaos:
            lost = self.rng.choice((LOST, Reply(status=429, text="Too Many Requests"), Reply(status=425)))
            self._after(700, lambda: self._if_alive(generation, "on_taken_off", number, lost, b""))
        else:
            reply = LOST if fate < 2 * self.chaos else OK
            self._after(40, lambda: arrive(reply))

    def _answer(self, deed: Ask, asked_ms: int, generation: int) -> None:
        answer = self._read(deed.question, asked_ms)
        if self.rng.random() < self.chaos:
            answer = AnswerFailed(reply=LOST)
        delay_ms = self.rng.randint(5, 1_500)
        self._after(delay_ms, lambda: self._if_alive(generation, "on_answered", deed.number, answer))

    def _read(self, question: Question, asked_ms: int) -> Answered:
        venue, whole = self.venue, True
        if isinstance(question, AskBalance):
            return BalanceAnswer(token_id=question.token_id, balance_e6=0, asked_ms=asked_ms)
        if isinstance(question, AskTrades | AskTrade):
            if isinstance(question, AskTrade):
                rows = venue.trade_rows(self.now_ms, trade_id=question.trade_id)
            else:
                rows = venue.trade_rows(self.now_ms, market=question.condition_id, after_s=question.after_s)
            return TradesAnswer(rows=rows, whole=whole, asked_ms=asked_ms)
        if isinstance(question, AskAllOpenOrders):
            return OrdersAnswer(rows=venue.open_rows(), whole=False, asked_ms=asked_ms)
        assert isinstance(question, AskOrder | AskOpenOrders)
        market = question.condition_id if isinstance(question, AskOpenOrders) else ""
        venue_id = question.venue_id if isinstance(question, AskOrder) else ""
        return OrdersAnswer(rows=venue.open_rows(market, venue_id), whole=whole, asked_ms=asked_ms)

    def _reply(self, delay_ms: int, generation: int, number: int, reply: Reply, rows: object = None) -> None:
        self._after(delay_ms, lambda: self._if_alive(generation, "on_posted", number, reply, _bytes(rows)))

    def _if_alive(self, generation: int, method: str, *more: Any) -> None:
        if generation == self.generation:
            getattr(self.account, method)(*more, self.now_ms)

    def _after(self, delay_ms: int, then: Callable[[], Any]) -> None:
        self._count += 1
        heapq.heappush(self._events, (self.now_ms + delay_ms, self._count, then))


def _bytes(value: object) -> bytes:
    return json.dumps(value if value is not None else []).encode()
