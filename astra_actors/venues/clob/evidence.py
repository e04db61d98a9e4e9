"""What frames and lists show of our orders and trades, brought to everybody whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable

from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.answers import OrdersAnswer, TradesAnswer
from astra_actors.venues.clob.asking import Asking
from astra_actors.venues.clob.fates import Outcome
from astra_actors.venues.clob.filling import Filling
from astra_actors.venues.clob.orphans import Orphans
from astra_actors.venues.clob.proving import Proving
from astra_actors.venues.clob.questions import AskOpenOrders, AskOrder, AskTrades, Question
from astra_actors.venues.clob.tracked import Stage, Tracked
from astra_actors.venues.clob.user_frames import OrderTold
from astra_actors.venues.clob.user_rows import OrderSeen, TradeSeen


class Evidence:
    """Takes in what was seen; whether it proves anything is judged elsewhere."""

    __slots__ = ("_asking", "_filling", "_orphans", "_proving", "_shared")

    def __init__(self, shared: Shared, filling: Filling, proving: Proving, orphans: Orphans, asking: Asking) -> None:
        self._shared, self._filling, self._proving = shared, filling, proving
        self._orphans, self._asking = orphans, asking

    def on_events(self, events: Iterable[OrderTold | TradeSeen], now_ms: int) -> None:
        """Events of the user channel, which may be late, doubled and out of order."""
        for event in events:
            if isinstance(event, TradeSeen):
                self._trade(event, now_ms, listed=False)
                continue
            one = self._order(event.order, now_ms, over=event.over)
            never_rested = one is None or (one.end is not None and one.end.state == "rejected")
            if never_rested and not event.over:  # a frame may be late; a list says whether it rests
                self._asking.want(AskOrder(event.order.venue_id), now_ms)

    def on_outcome(self, one: Tracked, outcome: Outcome, now_ms: int) -> None:
        """The reply to a post may name trades that no frame has brought."""
        if outcome.trade_ids:
            self._filling.stream.on_order(one.named(outcome.trade_ids), now_ms)
        self._proving.touch(one)

    def on_orders(self, question: Question, answer: OrdersAnswer, now_ms: int) -> None:
        """A list of open orders: what it shows rests; what a whole one lacks did not rest when it was asked for."""
        listed = set()
        for row in answer.rows:
            listed.add(row.venue_id)
            self._order(row, now_ms, over=row.is_over)
            if not row.is_over:
                self._orphans.on_listed(row, answer.asked_ms, now_ms)
        for one in self._meant(question) if answer.whole else ():
            if one.sent_ms >= answer.asked_ms or one.is_over:
                continue
            one.doubted = False
            if one.venue_id not in listed:
                one.miss(answer.asked_ms)
            self._proving.touch(one)

    def on_trades(self, question: Question, answer: TradesAnswer, now_ms: int) -> int:
        """A list of trades, which is the venue's last word; returns how many fills were news."""
        before = self._filling.seen
        for trade in answer.rows:
            self._trade(trade, now_ms, listed=True)
        if isinstance(question, AskTrades) and answer.whole:
            for one in self._shared.register.open_in(question.condition_id):
                if one.stage is Stage.OUT and question.after_s < one.decided_s:
                    one.trades_ms = max(one.trades_ms or 0, answer.asked_ms)
                    self._proving.touch(one)
        return self._filling.seen - before

    def _trade(self, trade: TradeSeen, now_ms: int, *, listed: bool) -> None:
        news = self._filling.stream.on_trade(trade, now_ms, listed=listed)
        for one in self._filling.take(news, now_ms):
            self._proving.touch(one)

    def _order(self, seen: OrderSeen, now_ms: int, *, over: bool) -> Tracked | None:
        self._filling.stream.on_order(seen, now_ms, over=over)
        one = self._shared.register.by_venue(seen.venue_id)
        if one is not None and not one.is_over:
            one.show(now_ms)
            if over:
                one.over_ms = min(one.over_ms or now_ms, now_ms)
            self._proving.touch(one)
        return one

    def _meant(self, question: Question) -> list[Tracked]:
        register = self._shared.register
        if isinstance(question, AskOrder):
            one = register.by_venue(question.venue_id)
            return [one] if one is not None else []
        if isinstance(question, AskOpenOrders):
            return [one for one in register.open_in(question.condition_id) if one.stage in (Stage.SENDING, Stage.OUT)]
        return []
