"""The user channel as a state machine: every fill once, every settlement in order, and what to ask where frames are missing.

The channel has no numbers and no snapshot. Frames come twice, late, out of order, or not at all; the reply to a post may
come after the fill it caused. So an order is announced before it is posted, a fill is known by its trade and order, and a
gap shows as an order that matched more than we counted, as a settlement that never ends, or as a connection that was away.
What lists answer comes in through the same door as what frames say, and counts as little twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from annotated_types import Ge

from astra_actors.venues.clob.fills import Fill, Us, fills_of
from astra_actors.venues.clob.questions import AskOpenOrders, AskTrade, AskTrades, Question
from astra_actors.venues.clob.sightings import Order, OrderSight, TradeSight, relation
from astra_actors.venues.clob.user_frames import OrderTold
from astra_actors.venues.clob.user_rows import OrderSeen, Settling, TradeSeen

_S: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParams:
    """When a missing frame is asked for, and how much is remembered."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    lag_ms: Annotated[int, Ge(1)] = 2_000  # an order's update precedes its trade by moments
    repeat_ms: Annotated[int, Ge(1)] = 5_000  # between two questions about one thing
    settle_ms: Annotated[int, Ge(1)] = 60_000  # settlements take seconds, on bad days fifty; beyond a minute one asks
    overlap_s: Annotated[int, Ge(1)] = (
        10  # trades are asked for from before the gap: their times are whole seconds of another clock
    )
    kept: Annotated[int, Ge(1)] = 20_000  # finished trades remembered for duplicates: days of them


@dataclass(frozen=True, slots=True)
class FillNews:
    """A fill, said once. `order_id` is ours, and empty where the order is not known: then it is to be adopted."""

    fill: Fill
    order_id: str
    settling: Settling


@dataclass(frozen=True, slots=True)
class SettlingNews:
    """A settlement moved on. FAILED takes its fills back; what comes after FAILED, when a list knows better, restores them."""

    trade_id: str
    settling: Settling
    fills: tuple[Fill, ...]


@dataclass(frozen=True, slots=True)
class OrderNews:
    """The venue has the order, or says that it is over and why."""

    venue_id: str
    order_id: str
    condition_id: str
    over: bool
    status: str


News = FillNews | SettlingNews | OrderNews


class UserStream:
    """One account's channel. Times are of our clock in milliseconds, and handed in."""

    __slots__ = ("_asked_ms", "_finished", "_heard_ms", "_orders", "_params", "_resync", "_trades", "_us", "_watched",
                 "duplicates", "strangers")  # fmt: skip

    def __init__(self, us: Us, params: StreamParams | None = None) -> None:
        self._us = us
        self._params = params or StreamParams()
        self._orders: dict[str, OrderSight] = {}
        self._trades: dict[str, TradeSight] = {}
        self._watched: dict[str, None] = {}  # trades that are not over, or in doubt
        self._finished: dict[str, None] = {}  # trades that are over, oldest first
        self._asked_ms: dict[Question, int] = {}
        self._resync: dict[Question, None] = {}
        self._heard_ms = 0
        self.duplicates = self.strangers = 0

    def announce(self, venue_id: str, order_id: str, condition_id: str, now_ms: int) -> None:
        """Say that this order is about to be posted, so that whatever comes early finds its owner."""
        sight = self._sight(venue_id, condition_id)
        sight.order_id, sight.sent_s = order_id, now_ms // _S

    def restore(self, fills: Iterable[tuple[Fill, Settling]], now_ms: int) -> None:
        """Take up the fills the ledger has, so that none is given out again."""
        by_trade: dict[str, list[tuple[Fill, Settling]]] = {}
        for pair in fills:
            by_trade.setdefault(pair[0].trade_id, []).append(pair)
        for trade_id, pairs in by_trade.items():
            own = tuple(fill for fill, _ in pairs)
            self._take_up(trade_id, TradeSight(pairs[0][1], own, given=True, heard_ms=now_ms))

    def forget(self, venue_id: str) -> None:
        """Let an order go that is proven dead and whose fills are known; its trades stay known for duplicates."""
        self._orders.pop(venue_id, None)

    def on_events(self, events: Iterable[OrderTold | TradeSeen], now_ms: int) -> list[News]:
        """What the events of a frame bring that is new."""
        self._heard_ms = max(self._heard_ms, now_ms)
        news: list[News] = []
        for event in events:
            if isinstance(event, TradeSeen):
                news += self.on_trade(event, now_ms)
            else:
                news += self.on_order(event.order, now_ms, over=event.over)
        return news

    def on_trade(self, trade: TradeSeen, now_ms: int, *, listed: bool = False) -> list[News]:
        """What a trade brings: its fills once, and each step of its settlement once. A `listed` one settles doubts."""
        sight = self._trades.get(trade.trade_id)
        if sight is None:
            return self._first(trade, now_ms)
        how = relation(sight.settling, trade.settling)
        if how is Order.CONTRADICTS and not listed:
            sight.doubted = True
            self._watched[trade.trade_id] = None
            return []
        sight.doubted = sight.doubted and not listed
        if how is not Order.OLD:
            sight.settling, sight.heard_ms = trade.settling, now_ms
        self._watch(trade.trade_id, sight)
        if how is Order.OLD:
            self.duplicates += 1
            return []
        if not sight.given and sight.settling is not Settling.FAILED:
            return self._give(sight)  # it was seen as failed first, and a list knows better
        return [SettlingNews(trade.trade_id, sight.settling, sight.fills)] if sight.given else []

    def on_order(self, order: OrderSeen, now_ms: int, *, over: bool = False) -> list[News]:
        """What an order event or a row of open orders brings: that it rests, and that it is over, each once."""
        sight = self._sight(order.venue_id, order.condition_id)
        if (order.matched_e6 or 0) > sight.told_e6:
            sight.told_e6, sight.told_ms = order.matched_e6 or 0, now_ms
        for trade_id in order.trade_ids:
            if trade_id not in self._trades and trade_id not in sight.unseen:
                sight.unseen[trade_id] = None
                sight.told_ms = now_ms
        if sight.over or (sight.rests and not over):
            self.duplicates += 1  # what left does not come back
            return []
        sight.rests, sight.over = True, over
        return [OrderNews(order.venue_id, sight.order_id, order.condition_id, over, order.status)]

    def on_connected(self, condition_ids: Iterable[str], now_ms: int) -> None:
        """The channel is up, for the first time or again: it sends no snapshot, so everything since is asked for."""
        after_s = max(0, (self._heard_ms or now_ms) // _S - self._params.overlap_s)
        asked = {each.condition_id for each in self._resync if isinstance(each, AskTrades)}
        for condition_id in dict.fromkeys(condition_ids):
            self._resync[AskOpenOrders(condition_id)] = None
            if condition_id not in asked:  # a gap that is still open reaches further back
                self._resync[AskTrades(condition_id, after_s)] = None
        self._heard_ms = max(self._heard_ms, now_ms)

    def on_answered(self, question: Question) -> None:
        """A question was answered to its end, and what it brought was handed in."""
        self._resync.pop(question, None)

    def due(self, now_ms: int) -> list[Question]:
        """What to ask now; each question is repeated only after a while, until its gap is closed."""
        wanted = dict.fromkeys([*self._resync, *self._gaps(now_ms)])
        self._asked_ms = {question: at_ms for question, at_ms in self._asked_ms.items() if question in wanted}
        repeat_ms = self._params.repeat_ms
        due = [each for each in wanted if each not in self._asked_ms or now_ms - self._asked_ms[each] >= repeat_ms]
        self._asked_ms.update(dict.fromkeys(due, now_ms))
        return due

    @property
    def gaps(self) -> int:
        """Orders that lack fills: 0 when nothing is missing."""
        return sum(sight.lacks for sight in self._orders.values())

    def _gaps(self, now_ms: int) -> Iterator[Question]:
        params = self._params
        for sight in self._orders.values():
            if sight.lacks and now_ms - sight.told_ms >= params.lag_ms:
                yield from (AskTrade(trade_id) for trade_id in sight.unseen)
                if not sight.unseen:
                    yield AskTrades(sight.condition_id, max(0, sight.sent_s - params.overlap_s))
        for trade_id in self._watched:
            trade = self._trades[trade_id]
            if trade.doubted or now_ms - trade.heard_ms >= params.settle_ms:
                yield AskTrade(trade_id)

    def _first(self, trade: TradeSeen, now_ms: int) -> list[News]:
        fills = fills_of(trade, self._us)
        if not fills:
            self.strangers += 1
            return []
        sight = TradeSight(trade.settling, fills, given=False, heard_ms=now_ms)
        self._take_up(trade.trade_id, sight)
        return [] if trade.settling is Settling.FAILED else self._give(sight)

    def _take_up(self, trade_id: str, sight: TradeSight) -> None:
        self._trades[trade_id] = sight
        for fill in sight.fills:
            order = self._sight(fill.venue_id, fill.condition_id)
            order.seen_e6 += fill.size_e6
            order.unseen.pop(trade_id, None)
        self._watch(trade_id, sight)

    def _give(self, sight: TradeSight) -> list[News]:
        sight.given = True
        return [
            FillNews(fill, self._sight(fill.venue_id, fill.condition_id).order_id, sight.settling)
            for fill in sight.fills
        ]

    def _watch(self, trade_id: str, sight: TradeSight) -> None:
        """Keep an eye on a settlement until it is over; what is over is remembered for duplicates, and bounded."""
        if sight.doubted or not sight.settling.is_over:
            self._watched[trade_id] = None
            self._finished.pop(trade_id, None)
            return
        self._watched.pop(trade_id, None)
        self._finished[trade_id] = None
        while len(self._finished) > self._params.kept:
            oldest = next(iter(self._finished))
            del self._finished[oldest], self._trades[oldest]

    def _sight(self, venue_id: str, condition_id: str) -> OrderSight:
        sight = self._orders.get(venue_id)
        if sight is None:
            if len(self._orders) >= self._params.kept:  # only what nobody lets go can pile up here
                done = next((each for each, old in self._orders.items() if old.over and not old.lacks), None)
                self._orders.pop(done or "", None)
            sight = self._orders[venue_id] = OrderSight("", condition_id)
        return sight
