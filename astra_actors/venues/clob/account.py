"""The holder of the account, as a pure machine: words of owners, replies and frames come in, deeds and news come out.

Whoever drives it hands in the time (milliseconds of our clock) and does its deeds, in the order given:

- After every call that hands something in, and at `wake_ms` at the latest, call `deeds`. Each deed is handed out once, and
  each is answered exactly once, also when its request failed (`Reply(status=None)`; `sent=False` if no connection was made).
- `Record` is answered by `on_recorded` when its rows are durable, and repeated by the driver until they are. There is one at
  a time. Everything that rests on its rows is done or told after it. No `Post` goes out before its intents are durable.
- `Post` by `on_posted`, `TakeOff` and `TakeOffAll` by `on_taken_off`, `Ask` by `on_answered`. `body` is what the venue sent;
  it is read here. `Ask(AskAllOpenOrders())` is `GET /data/orders` without a filter, all pages.
- `told(shard, after)` gives what the shard has not acknowledged; `after` acknowledges everything up to it.

A market is known by its condition id. At each `Join` everything is told again: orders that are not over, fills that
`known_fills` lacks, open settlements, and the ends of the last hour. `learn_fills` says which fills (and reversals,
`<fill id>-void`) stand in the table `fills` by now; call it with the market's own before a `Join` is handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from astra_actors.venues.clob.account_memory import AccountMemory
from astra_actors.venues.clob.account_params import AccountParams
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.account_summary import open_order_rows, summary_of
from astra_actors.venues.clob.answers import Answered, AnswerFailed, OrdersAnswer, TradesAnswer
from astra_actors.venues.clob.asking import Asking
from astra_actors.venues.clob.building import Wallet
from astra_actors.venues.clob.climate import Climate
from astra_actors.venues.clob.comparison import Comparison
from astra_actors.venues.clob.deeds import Deed
from astra_actors.venues.clob.evidence import Evidence
from astra_actors.venues.clob.filling import Filling
from astra_actors.venues.clob.fills import Us
from astra_actors.venues.clob.hearing import Hearing
from astra_actors.venues.clob.inventory import Inventory
from astra_actors.venues.clob.journal import Journal
from astra_actors.venues.clob.orphans import Orphans
from astra_actors.venues.clob.outgoing import Outgoing
from astra_actors.venues.clob.proving import Proving
from astra_actors.venues.clob.questions import AskAllOpenOrders
from astra_actors.venues.clob.register import Register
from astra_actors.venues.clob.signals import Reply, Signal, signal_of
from astra_actors.venues.clob.taking_off import TakingOff
from astra_actors.venues.clob.telling import Telling
from astra_actors.venues.clob.throttle import Throttle
from astra_actors.venues.clob.tracked import from_intent
from astra_actors.venues.clob.user_frames import OrderTold
from astra_actors.venues.clob.user_rows import TradeSeen
from astra_actors.venues.clob.welcome import welcome
from astra_actors.venues.clob.words import Told, Word

_NS_PER_MS = 1_000_000


class Account:
    """One account and everything that is open in it. Not shared between threads."""

    def __init__(self, us: Us, wallet: Wallet, params: AccountParams, *, incarnation: int, now_ms: int) -> None:
        """Begin with nothing known; `incarnation` is the holder's own, and stands in each `Told`."""
        numbers = count(1)
        self._params = params
        self._shared = shared = Shared(
            us=us,
            wallet=wallet,
            params=params,
            numbers=numbers,
            register=Register(kept=params.finished_kept),
            journal=Journal(numbers),
            telling=Telling(incarnation),
            throttle=Throttle(params.orders, tier=params.tier, now_ns=now_ms * _NS_PER_MS),
        )
        self._asking = Asking(params, shared.throttle, numbers)
        self._climate = Climate(params, shared.throttle, now_ms)
        self._filling = Filling(shared)
        self._proving = Proving(shared, self._asking)
        self._taking_off, self._outgoing = TakingOff(shared), Outgoing(shared)
        self._orphans = Orphans(shared, self._taking_off)
        self._evidence = Evidence(shared, self._filling, self._proving, self._orphans, self._asking)
        self._comparison = Comparison(shared, self._filling, self._asking)
        self._hearing = Hearing(shared, self._climate, self._filling, self._outgoing, self._taking_off)
        self._known_fills: set[str] = set()
        self._ours: frozenset[str] = frozenset()  # markets of this lineage, whose owners may still come
        self._cause, self._compared_ms = "start", now_ms
        self._looked_ms, self._now_ms = 0, now_ms
        self._stopped_ms: int | None = None
        self._swept = False  # every order that is listed was looked at since the stop

    def restore(self, memory: AccountMemory, now_ms: int) -> None:
        """Take up what the ledger has, once and before anything else; begins the reconciliation of the start."""
        ends = {row.venue_id: row for row in memory.ends}
        for row in memory.intents:
            one = from_intent(row, now_ms)
            if (end := ends.get(row.venue_id)) is not None:
                one.mark_over(end)
            self._shared.register.add(one)
            self._filling.stream.announce(one.venue_id, one.order_id, one.market_id, one.order.sent_ns // _NS_PER_MS)
            if row.venue_id in memory.others and not one.is_over:
                one.foreign = True
                self._orphans.disown(one, "an order of another run")
        self._filling.restore(memory.fills, now_ms)
        self._known_fills |= memory.known_fills
        self._ours = memory.markets | {row.market_id for row in memory.intents if row.venue_id not in memory.others}

    def learn_fills(self, fill_ids: Iterable[str]) -> None:
        """These stand in the table `fills`: a later `Join` need not hear of them."""
        self._known_fills.update(fill_ids)

    def on_words(self, shard: int, words: Sequence[Word], now_ms: int) -> None:
        """What owners of a shard want; what cannot be done is answered as `Rejected("not sent: ...")`."""
        self._hearing.hear(shard, words, self._known_fills, now_ms)

    def told(self, shard: int, after: int) -> tuple[Told, ...]:
        """The oldest news after this number; everything up to it is acknowledged and gone."""
        return self._shared.telling.told(shard, after, at_most=self._params.said_max)

    def has_news(self, shard: int, after: int) -> bool:
        """Whether `told` would give anything."""
        return self._shared.telling.has_news(shard, after)

    def deeds(self, now_ms: int) -> list[Deed]:
        """Everything to do now: cancels first, then rows, then orders, then questions."""
        self._now_ms = now_ms
        self._proving.look(now_ms, at_all=self._is_time(now_ms))
        self._compare(now_ms)
        if self._climate.stopping and not self._swept:
            self._asking.want(AskAllOpenOrders(), now_ms)
        self._shared.telling.forecast(self._climate.why(now_ms))
        cancels = list(self._taking_off.deeds(now_ms))
        posts = list(self._outgoing.deeds(now_ms, lambda one: self._hearing.hindrance(one, now_ms)))
        return [*cancels, *self._shared.journal.deeds(), *posts, *self._asking.deeds(now_ms)]

    def wake_ms(self, now_ms: int) -> int:
        """When to ask for deeds again if nothing happens before."""
        busy = self._shared.register.open or not self._asking.is_idle or self._comparison.is_running
        return now_ms + (self._params.tick_ms if busy else 10 * self._params.tick_ms)

    def on_recorded(self, number: int, now_ms: int) -> None:
        """The rows of this `Record` are durable."""
        self._shared.journal.on_recorded(number, now_ms)

    def on_posted(self, number: int, reply: Reply, body: bytes, now_ms: int) -> None:
        """What came of a `Post`."""
        for one, outcome in self._outgoing.on_posted(number, reply, body, now_ms):
            self._evidence.on_outcome(one, outcome, now_ms)

    def on_taken_off(self, number: int, reply: Reply, body: bytes, now_ms: int) -> None:
        """What came of a `TakeOff` or a `TakeOffAll`."""
        for one in self._taking_off.on_taken_off(number, reply, body, now_ms):
            self._proving.touch(one)

    def on_answered(self, number: int, answer: Answered, now_ms: int) -> None:
        """What came of an `Ask`."""
        failed = isinstance(answer, AnswerFailed)
        reply = answer.reply if isinstance(answer, AnswerFailed) else None
        signal = signal_of(reply) if reply is not None else Signal.CALM
        retry_after_s = reply.retry_after_s if reply is not None else 0
        self._shared.throttle.on_answer(signal, now_ms * _NS_PER_MS, retry_after_s=retry_after_s)
        question = self._asking.on_answered(number, now_ms, failed=failed)
        if question is None:
            return
        if failed:
            fed = self._comparison.on_failed(question)
        else:
            fed, orphans = self._comparison.on_answered(question, answer, self._owned())
            for action in orphans:
                one = self._shared.register.by_venue(action.venue_id)
                if one is not None and not one.is_over:
                    self._orphans.disown(one, action.why)
        for each, heard in fed:
            if isinstance(heard, OrdersAnswer):
                stopped = self._stopped_ms is not None and heard.asked_ms >= self._stopped_ms
                self._swept |= stopped and isinstance(each, AskAllOpenOrders)
                self._evidence.on_orders(each, heard, now_ms)
            elif isinstance(heard, TradesAnswer):
                self._evidence.on_trades(each, heard, now_ms)

    def on_events(self, events: Iterable[OrderTold | TradeSeen], now_ms: int) -> None:
        """The events of a frame of the user channel."""
        self._evidence.on_events(events, now_ms)

    def on_connected(self, now_ms: int) -> None:
        """The user channel is up, for the first time or again; it sends no snapshot, so everything is compared."""
        self._climate.on_connected(now_ms)
        self.reconcile_now("gap" if self._comparison.done or self._comparison.is_running else "start", now_ms)

    def on_disconnected(self, now_ms: int) -> None:
        """The user channel is away."""
        self._climate.on_disconnected(now_ms)

    def on_heartbeat(self, ok: bool, now_ms: int) -> None:
        """The venue took a heartbeat, or did not."""
        if self._climate.on_heartbeat(ok, now_ms):
            self.reconcile_now("gap", now_ms)

    def on_clock(self, apart_ms: int) -> None:
        """How far the venue's clock is ahead of ours; expirations are in its time, and proofs are dated in ours."""
        self._climate.apart_ms = apart_ms

    def reconcile_now(self, cause: str, now_ms: int) -> None:
        """Compare the ledger with the venue as soon as no other comparison runs; `cause` as in `ReconciliationRow`."""
        self._cause = cause

    def disown(self, market_id: str) -> None:
        """Nobody owns the market any more; cancels are said apart."""
        self._shared.telling.disown(market_id)

    def stop(self, now_ms: int) -> None:
        """No new orders any more; cancel everything and ask until it is proven."""
        if self._climate.stopping:
            return
        self._climate.stopping, self._stopped_ms = True, now_ms
        for one in list(self._shared.register.open.values()):
            if not self._outgoing.withdraw(one, "the account is stopping", now_ms):
                self._taking_off.want(one, "the account is stopping")
        self._taking_off.want_all()

    @property
    def is_clear(self) -> bool:
        """Whether it is proven that nothing of ours rests, and everything that was learned is on disk."""
        through = self._climate.started and self._swept and not self._outgoing.under_way
        return through and not self._shared.register.open and self._shared.journal.is_empty

    @property
    def inventory(self) -> Inventory:
        """What is held and claimed; read it, do not change it."""
        return self._filling.inventory

    def open_orders(self) -> list[dict[str, Any]]:
        """What may still rest, as rows for people: ids, terms, and where each stands."""
        return open_order_rows(self._shared)

    def summary(self) -> dict[str, Any]:
        """For progress, status and metrics; plain numbers and texts, as of the last deeds."""
        return summary_of(
            self._shared, self._climate, self._filling, self._outgoing, self._taking_off, self._orphans,
            self._comparison, self._asking, self._hearing, self._now_ms,
        )  # fmt: skip

    def _is_time(self, now_ms: int) -> bool:
        """Whether to look at everything that is open, and at the stream's gaps."""
        if now_ms - self._looked_ms < self._params.tick_ms:
            return False
        self._looked_ms = now_ms
        for question in self._filling.stream.due(now_ms):
            self._asking.want(question, now_ms)
        return True

    def _compare(self, now_ms: int) -> None:
        comparison = self._comparison
        if not comparison.is_running:
            if not self._cause and now_ms - self._compared_ms >= self._params.reconcile_s * 1_000:
                self._cause = "interval"
            if self._cause:
                comparison.begin(self._cause, self._markets(), self._orphans.found, now_ms)
                self._cause, self._compared_ms = "", now_ms
        comparison.want(now_ms)
        row = comparison.end(self._orphans.found, now_ms)
        if row is None:
            return
        self._shared.journal.write(row)
        if not self._climate.started:
            self._climate.started = True
            for market_id in self._shared.telling.owners:
                welcome(self._shared, self._filling, self._known_fills, market_id, now_ms)

    def _markets(self) -> list[str]:
        """Where anything of ours may have happened."""
        register, owners = self._shared.register, self._shared.telling.owners
        ended = (self._ours & register.market_ids()) if not self._climate.started else ()
        return [*owners, *register.markets(), *self._filling.unsettled_markets(), *sorted(ended)]

    def _owned(self) -> frozenset[str]:
        """Markets with an owner; until the second comparison also those whose owner may still come."""
        joined = frozenset(self._shared.telling.owners)
        return joined | self._ours if self._comparison.done < 2 else joined
