"""The paper venue in bad weather: it refuses, answers late or twice, loses cancels, and tells of fills after the order's end.

What it does to an order is fixed by the order's number in its market, so a market that is rebuilt meets the same weather.
Everything it says passes the watcher, with what the public tape would need to have shown for each fill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from astra_actors.engine.market_engine import MarketEngine
from astra_actors.execution.order import Order
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.book import BookState, MarketBook
from astra_actors.market.instrument import Side, Token
from astra_actors.risk.veto import Approved
from astra_actors.simulation.harness.faults import Fault
from astra_actors.simulation.harness.watch import Watch
from astra_actors.venues.paper import PaperVenue, _Flying
from astra_actors.venues.port import Answer, Filled, Rejected, ShadowFill

_RELEASE: Final = 9  # beside the paper venue's own kinds of what falls due
_LATE_NS: Final = 4 * NS_PER_S


@dataclass(slots=True)
class _Shown:
    """What the public tape has shown at one of our prices since our order arrived."""

    volume_e6: int = 0
    passed: bool = False


class StormyVenue(PaperVenue):
    """One market's venue under its faults; `fired` counts them."""

    def __init__(
        self, engine: MarketEngine, watch: Watch, faults: Mapping[int, Fault], fired: dict[Fault, None]
    ) -> None:
        super().__init__(engine.listing.instrument, engine.params.paper, engine.params.seed)
        self._engine, self._watch = engine, watch
        self._faults, self._fired = faults, fired
        self._sent = 0
        self.adding = 0  # orders that added to the worst case
        self._weather: dict[str, Fault] = {}
        self._waiting: list[tuple[int, Answer]] = []
        self._freed: tuple[Answer, ...] = ()  # what has waited long enough
        self._shown: dict[str, _Shown] = {}

    # -- what we ask of it --------------------------------------------------------------------------------------------

    def submit(self, order: Order, approved: Approved, now_ns: int) -> None:
        """Send an order into the weather that its number brings."""
        self._sent += 1
        fault = self._faults.get(self._sent)
        if fault is not None and now_ns < self._watch.calm_from_ns:
            self._weather[order.order_id] = fault
            self._fired[fault] = None
        self.adding += approved.reserved_e10 > 0
        self._watch.order(self._engine, order, now_ns)
        super().submit(order, approved, now_ns)

    def cancel(self, order_id: str, now_ns: int) -> None:
        """Send a cancel; one may be lost on the road, and the order then rests until its own time."""
        self._watch.cancel(self._engine, order_id)
        if self._kind(order_id) != "venue.cancel_lost":
            super().cancel(order_id, now_ns)

    def wipe(self, now_ns: int, reason: str) -> None:
        """The venue ends everything at once; what it had still to say is said first."""
        self._answers[:0] = [answer for _, answer in self._waiting]
        self._waiting = []
        super().wipe(now_ns, reason)
        self._freed = tuple(self._answers)

    # -- what it tells ------------------------------------------------------------------------------------------------

    def drain(self) -> list[Answer]:
        """The answers that have arrived."""
        if not self._answers:
            return []
        arrived: list[Answer] = []
        for answer in super().drain():
            kind = self._kind(answer.order_id)
            late = kind == "venue.timeout" or (kind == "venue.late_fill" and isinstance(answer, Filled))
            if late and not isinstance(answer, ShadowFill) and not self._released(answer):
                self._hold(answer)
                continue
            arrived += [answer, answer] if kind == "venue.double" and not isinstance(answer, ShadowFill) else [answer]
        self._freed = ()
        if not self._watch.muted:
            told: list[Answer] = []
            for answer in arrived:
                if answer not in told:
                    self._watch.answer(self._engine, answer, self._lacking(answer))
                    told.append(answer)
        return arrived

    @property
    def unanswered(self) -> list[str]:
        """Orders of which something is still to be said."""
        return [answer.order_id for _, answer in self._waiting]

    @property
    def alive(self) -> list[str]:
        """Orders that rest or travel, sorted."""
        return sorted([*(resting.order_id for resting in self._live), *self._flying])

    # -- the public tape ----------------------------------------------------------------------------------------------

    def on_trade(self, now_ns: int, yes_price_e4: int, size_e6: int, taker_buys_yes: bool, book: MarketBook) -> None:
        """Note what was traded at our prices, then let it fill."""
        for resting in self._live:
            shown = self._shown.setdefault(resting.order_id, _Shown())
            if yes_price_e4 == resting.price_e4:
                shown.volume_e6 += size_e6
            elif (yes_price_e4 < resting.price_e4) is resting.is_bid:
                shown.passed = True
        super().on_trade(now_ns, yes_price_e4, size_e6, taker_buys_yes, book)

    def on_book(self, now_ns: int, book: MarketBook) -> None:
        """Note whether the other side has moved past one of our prices."""
        if self._live and book.state is BookState.LIVE:
            bid, ask = book.best_bid_e4, book.best_ask_e4
            for resting in self._live:
                beyond = (
                    ask is not None and ask < resting.price_e4
                    if resting.is_bid
                    else bid is not None and bid > resting.price_e4
                )
                if beyond:
                    self._shown.setdefault(resting.order_id, _Shown()).passed = True
        super().on_book(now_ns, book)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _kind(self, order_id: str) -> str:
        fault = self._weather.get(order_id)
        return fault.kind if fault is not None else ""

    def _lacking(self, answer: Answer) -> str:
        if not isinstance(answer, Filled):
            return ""
        shown = self._shown.get(answer.order_id, _Shown())
        booked = self._watch.filled_e6(self._engine.market_id, answer.order_id) + answer.size_e6
        if shown.passed or booked <= shown.volume_e6:
            return ""
        return f"{booked} filled, the tape shows {shown.volume_e6} at its price and nothing beyond"

    def _released(self, answer: Answer) -> bool:
        return any(answer is freed for freed in self._freed)

    def _hold(self, answer: Answer) -> None:
        fault = self._weather[answer.order_id]
        due_ns = self._engine.now_ns + fault.amount * _LATE_NS
        self._waiting.append((due_ns, answer))
        self._schedule(due_ns, _RELEASE, answer.order_id)

    def _arrive(self, flying: _Flying, at_ns: int, book: MarketBook) -> None:
        if self._kind(flying.order.order_id) == "venue.reject":
            self._answers.append(Rejected(flying.order.order_id, at_ns, "the venue is busy"))
            return
        if flying.order.side is Side.SELL and not self._covered(flying.order):
            self._answers.append(Rejected(flying.order.order_id, at_ns, "not enough balance / allowance"))
            return
        super()._arrive(flying, at_ns, book)

    def _covered(self, order: Order) -> bool:
        """The venue sells what is there: fills that it has not told yet have left the balance already."""
        position = self._engine.position
        left_e6 = position.yes_e6 if order.token is Token.YES else position.no_e6
        untold = [answer for _, answer in self._waiting] + self._answers
        for fill in untold:
            known = self._engine.blotter.get(fill.order_id) if isinstance(fill, Filled) else None
            if known is not None and isinstance(fill, Filled) and known.token is order.token:
                left_e6 += fill.size_e6 if known.side is Side.BUY else -fill.size_e6
        for resting in self._live:
            known = self._engine.blotter.get(resting.order_id)
            if known is not None and known.side is Side.SELL and known.token is order.token:
                left_e6 -= resting.remaining
        return order.size_e6 <= left_e6

    def _end(self, order_id: str, at_ns: int, what: int) -> None:
        if what != _RELEASE:
            super()._end(order_id, at_ns, what)
            return
        due = tuple(answer for when, answer in self._waiting if when <= at_ns)
        self._waiting = [(when, answer) for when, answer in self._waiting if when > at_ns]
        self._freed = (*self._freed, *due)  # two answers may be due at one time, each with a timer of its own
        self._answers += due
