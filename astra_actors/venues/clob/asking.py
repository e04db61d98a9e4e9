"""Questions on their way: each once at a time, those about one market's trades joined, all of them under the limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from astra_actors.kernel.units import NS_PER_MS
from astra_actors.venues.clob.account_params import AccountParams
from astra_actors.venues.clob.deeds import Ask
from astra_actors.venues.clob.limits import Call
from astra_actors.venues.clob.questions import AskBalance, AskTrade, AskTrades, Question
from astra_actors.venues.clob.reconcile import TIMES_APART_S
from astra_actors.venues.clob.throttle import Throttle


class _UnderWay(NamedTuple):
    question: Question
    asked_ms: int


class Asking:
    """Who wants to know something says so as often as it likes; it is asked when it may be."""

    __slots__ = ("_asked_ms", "_numbers", "_params", "_queue", "_throttle", "_under_way", "asked", "failed")

    def __init__(self, params: AccountParams, throttle: Throttle, numbers: Iterator[int]) -> None:
        self._params, self._throttle, self._numbers = params, throttle, numbers
        self._queue: dict[Question, None] = {}
        self._under_way: dict[int, _UnderWay] = {}
        self._asked_ms: dict[Question, int] = {}  # lately
        self.asked = self.failed = 0

    def want(self, question: Question, now_ms: int) -> None:
        """Have it asked, unless it is on its way or was asked a moment ago."""
        if any(_covers(each.question, question) for each in self._under_way.values()):
            return
        last_ms = self._asked_ms.get(question)
        if last_ms is None or now_ms - last_ms >= self._params.ask_repeat_ms:
            self._queue[question] = None

    def deeds(self, now_ms: int) -> list[Ask]:
        """What may be asked now."""
        asks: list[Ask] = []
        held: set[Call] = set()
        for first in list(self._queue):
            call = call_of(first)
            if len(self._under_way) >= self._params.asks_in_flight_max:
                break
            if first not in self._queue or call in held:
                continue
            if self._throttle.admit_question(call, now_ms * NS_PER_MS) is not None:
                held.add(call)
                continue
            question = self._take(first, now_ms)
            number = next(self._numbers)
            self._under_way[number] = _UnderWay(question, now_ms)
            self._asked_ms[question] = now_ms
            self.asked += 1
            asks.append(Ask(number, question))
        return asks

    def on_answered(self, number: int, now_ms: int, *, failed: bool) -> Question | None:
        """The question that this answers; None for an answer that came before."""
        done = self._under_way.pop(number, None)
        if len(self._asked_ms) > 4_096:
            repeat_ms = self._params.ask_repeat_ms
            self._asked_ms = {each: at for each, at in self._asked_ms.items() if now_ms - at < repeat_ms}
        self.failed += failed
        return done.question if done else None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked or to be asked."""
        return not self._queue and not self._under_way

    def _take(self, first: Question, now_ms: int) -> Question:
        """Take it from the queue, and with it every question that one list answers."""
        if not isinstance(first, AskTrades):
            del self._queue[first]
            return first
        same = [each for each in self._queue if isinstance(each, AskTrades) and each.condition_id == first.condition_id]
        for each in same:
            del self._queue[each]
            self._asked_ms[each] = now_ms
        return AskTrades(first.condition_id, max(0, min(each.after_s for each in same) - TIMES_APART_S))


def _covers(one: Question, other: Question) -> bool:
    """Whether the answer to the one holds the answer to the other."""
    if isinstance(one, AskTrades) and isinstance(other, AskTrades):
        return one.condition_id == other.condition_id and one.after_s <= other.after_s
    return one == other


def call_of(question: Question) -> Call:
    """The limit that the first page of its answer counts against."""
    if isinstance(question, AskBalance):
        return Call.BALANCE
    return Call.TRADES if isinstance(question, AskTrade | AskTrades) else Call.OPEN_ORDERS
