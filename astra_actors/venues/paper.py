"""The paper venue of one market: orders travel, queue behind the public book, and fill only at their limit.

It never looks at a clock or ahead: whoever drives it hands in each moment with the book as it stood then. The same seed
and the same events give the same answers, so its state is rebuilt by replaying them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

from astra_actors.execution.order import Order
from astra_actors.kernel.facts import OrderFilled
from astra_actors.kernel.units import NS_PER_MS, NS_PER_S
from astra_actors.market.book import BookState, MarketBook
from astra_actors.market.instrument import Instrument, Token
from astra_actors.risk.veto import Approved
from astra_actors.venues import admission
from astra_actors.venues.latency import latency_ns
from astra_actors.venues.marks import FillMarks
from astra_actors.venues.paper_params import PaperParams
from astra_actors.venues.port import (
    Accepted,
    Answer,
    Cancelled,
    CancelRefused,
    Expired,
    Filled,
    Rejected,
)
from astra_actors.venues.queue import queue_model
from astra_actors.venues.resting import Resting
from astra_actors.venues.settlement import Settlement

NEVER_NS: Final = (1 << 63) - 1
_PLACE, _CANCEL, _EXPIRE = 0, 1, 2


class RestingStatus(NamedTuple):
    """One open order as an operator sees it."""

    order_id: str
    queue_ahead_e6: int | None  # None: no book was seen since it arrived
    displayed_e6: int
    filled_e6: int
    optimistic_e6: int
    pessimistic_e6: int


class _Flying(NamedTuple):
    order: Order
    sent_ns: int
    arrives_ns: int


class PaperVenue:
    """Accept orders and cancels of one market, and answer what became of them; the answers are drained."""

    __slots__ = (
        "_answers",
        "_base_model",
        "_due",
        "_flying",
        "_ghosts",
        "_live",
        "_optimistic_model",
        "_seed",
        "_sequence",
        "_settlement",
        "closed",
        "instrument",
        "knows_all",
        "next_due_ns",
        "outlives_us",
        "owes",
        "params",
    )

    def __init__(self, instrument: Instrument, params: PaperParams, seed: int) -> None:
        self.instrument, self.params, self._seed = instrument, params, seed
        self._settlement = Settlement(FillMarks(instrument.fees, params, seed))
        self._base_model = queue_model(params.queue_model, params.queue_power)
        self._optimistic_model = queue_model("power", params.optimistic_queue_power)
        self._flying: dict[str, _Flying] = {}
        self._live: list[Resting] = []
        self._ghosts: list[Resting] = []  # filled for us; the pessimistic shadow still waits until the order's own end
        self._due: list[tuple[int, int, int, str]] = []  # (when, sequence, what, order id)
        self._sequence = 0
        self._answers: list[Answer] = []
        self.next_due_ns = NEVER_NS
        # always there, settles at once, dies with its process, so that nothing of an earlier one is left
        self.closed, self.owes, self.outlives_us, self.knows_all = "", False, False, True

    # -- what we ask of it ------------------------------------------------------------------------------------------

    def submit(self, order: Order, approved: Approved, now_ns: int) -> None:
        """Send an order; it takes effect when it arrives, on the book as it stands then."""
        assert approved.order_id == order.order_id, "the approval is for another order"
        assert order.order_id not in self._flying, "the order is already on its way"
        arrives = now_ns + latency_ns(self._seed, order.order_id, "place", self.params.latency_mean_ms)
        self._flying[order.order_id] = _Flying(order, now_ns, arrives)
        self._schedule(arrives, _PLACE, order.order_id)

    def cancel(self, order_id: str, now_ns: int) -> None:
        """Send a cancel; it may arrive after a fill, and never overtakes its own order."""
        arrives = now_ns + latency_ns(self._seed, order_id, "cancel", self.params.cancel_latency_mean_ms)
        flying = self._flying.get(order_id)
        self._schedule(arrives if flying is None else max(arrives, flying.arrives_ns), _CANCEL, order_id)

    def cancel_all(self, now_ns: int) -> None:
        """Send a cancel for every order that rests or travels."""
        for order_id in [resting.order_id for resting in self._live] + list(self._flying):
            self.cancel(order_id, now_ns)

    def wipe(self, now_ns: int, reason: str) -> None:
        """The venue's own doing (market resolved, game started): every order is gone at once, without a road."""
        for resting in self._live:
            self._answers.append(Cancelled(resting.order_id, now_ns, reason))
        for order_id in self._flying:
            self._answers.append(Rejected(order_id, now_ns, reason))
        self._live, self._ghosts, self._flying, self._due = [], [], {}, []
        self.next_due_ns = NEVER_NS

    # -- what happens to it -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int, book: MarketBook) -> None:
        """Let every order, cancel and expiry due by `now_ns` take effect, on the book before the next event."""
        due = self._due
        while due and due[0][0] <= now_ns:
            at_ns, _, what, order_id = heappop(due)
            if what == _PLACE:
                self._arrive(self._flying.pop(order_id), at_ns, book)
            else:
                self._end(order_id, at_ns, what)
        self.next_due_ns = due[0][0] if due else NEVER_NS

    def on_book(self, now_ns: int, book: MarketBook) -> None:
        """The public book changed. A book in doubt says nothing about us; the next good one does."""
        if not self._live or book.state is not BookState.LIVE:
            return
        bid, ask = book.best_bid_e4, book.best_ask_e4  # of a live book, so never crossed
        filled = False
        for resting in self._live:
            price = resting.price_e4
            shown = book.displayed_e6(resting.is_bid, price)
            if shown != resting.shown:
                resting.on_displayed(shown, now_ns)
            if resting.is_bid:
                opposite = ask
                beyond = ask is not None and ask <= price
            else:
                opposite = bid
                beyond = bid is not None and bid >= price
            if beyond:
                if opposite == price:
                    resting.on_book_touching()
                else:
                    resting.on_book_through()
                filled |= self._settle(resting, now_ns, book)
        if filled:
            self._forget_filled()

    def on_trade(self, now_ns: int, yes_price_e4: int, size_e6: int, taker_buys_yes: bool, book: MarketBook) -> None:
        """A public trade in YES terms. One at our price drains the queue, one beyond it fills us."""
        if not self._live and not self._ghosts:
            return
        filled = False
        left = size_e6  # of the volume at one price our own earlier orders take their part first
        for resting in self._live:
            price = resting.price_e4
            if yes_price_e4 == price:
                before = resting.filled
                resting.on_print_at_level(left, now_ns, hits_us=taker_buys_yes is not resting.is_bid)
                filled |= self._settle(resting, now_ns, book)
                left -= resting.filled - before
            elif (yes_price_e4 < price) is resting.is_bid:
                resting.on_print_through(size_e6, now_ns)
                filled |= self._settle(resting, now_ns, book)
        if self._ghosts:
            filled |= self._haunt(now_ns, yes_price_e4, size_e6, taker_buys_yes)
        if filled:
            self._forget_filled()

    # -- what it tells ----------------------------------------------------------------------------------------------

    def drain(self) -> list[Answer]:
        """Every answer since the last call, in the order things happened."""
        answers = self._answers
        if answers:
            self._answers = []
            return answers
        return []

    def on_booked(self, order: Order, fill: Filled) -> None:
        """It is known here."""

    def on_over(self, order_id: str) -> None:
        """That too."""

    def remember(self, order_ids: Iterable[str], fills: Sequence[OrderFilled]) -> None:
        """What an earlier process had here ended with it."""

    def was_sent(self, order_id: str) -> bool:
        """A market counts its orders, so the next id is always a new one."""
        return False

    def unsettled_e6(self, token: Token) -> int:
        """Nothing: what is bought on paper is there at once."""
        return 0

    @property
    def open_count(self) -> int:
        """Orders that may still fill: resting or on their way."""
        return len(self._live) + len(self._flying)

    def resting(self) -> list[RestingStatus]:
        """The resting orders with their place in the queue."""
        return [
            RestingStatus(
                resting.order_id,
                max(int(resting.ahead), 0) if resting.queue_known else None,
                resting.shown if resting.queue_known else 0,
                resting.filled,
                resting.filled_optimistic,
                resting.filled_pessimistic,
            )
            for resting in self._live
        ]

    # -- inside -----------------------------------------------------------------------------------------------------

    def _schedule(self, at_ns: int, what: int, order_id: str) -> None:
        self._sequence += 1
        heappush(self._due, (at_ns, self._sequence, what, order_id))
        self.next_due_ns = self._due[0][0]

    def _arrive(self, flying: _Flying, at_ns: int, book: MarketBook) -> None:
        order = flying.order
        reason = admission.refusal(order, self.instrument, self.params, book, at_ns)
        if reason is not None:
            self._answers.append(Rejected(order.order_id, at_ns, reason))
            return
        resting = Resting(order, self.params, self._base_model, self._optimistic_model, arrived_ns=at_ns)
        resting.latency_ms = (at_ns - flying.sent_ns) / NS_PER_MS
        if book.state is BookState.LIVE:
            resting.degraded = book.age_ms(at_ns) > self.params.book_age_ms_max
            resting.stand_behind(book.displayed_e6(resting.is_bid, resting.price_e4))
        else:
            resting.degraded = True  # nothing to judge the queue by: only a print through our price can fill it
        self._live.append(resting)
        self._answers.append(Accepted(order.order_id, at_ns, resting.shown if resting.queue_known else None))
        removal = admission.removal_ns(order, self.params)
        if removal is not None:
            self._schedule(removal, _EXPIRE, order.order_id)

    def _end(self, order_id: str, at_ns: int, what: int) -> None:
        """A cancel or an expiry takes effect; the shadows end with the intention, also where the order was filled."""
        self._ghosts = [ghost for ghost in self._ghosts if ghost.order_id != order_id]
        for resting in self._live:
            if resting.order_id == order_id:
                self._live.remove(resting)
                self._answers.append(Cancelled(order_id, at_ns) if what == _CANCEL else Expired(order_id, at_ns))
                return
        if what == _CANCEL:
            self._answers.append(CancelRefused(order_id, at_ns, admission.CANNOT_CANCEL))

    def _settle(self, resting: Resting, now_ns: int, book: MarketBook) -> bool:
        done = self._settlement.settle(resting, now_ns, book, self._answers)
        if done and not resting.has_end:
            self._schedule(now_ns + self.params.shadow_life_s * NS_PER_S, _EXPIRE, resting.order_id)
        return done

    def _haunt(self, now_ns: int, yes_price_e4: int, size_e6: int, taker_buys_yes: bool) -> bool:
        done = False
        for ghost in self._ghosts:
            if yes_price_e4 == ghost.price_e4:
                ghost.on_print_at_level(size_e6, now_ns, hits_us=taker_buys_yes is not ghost.is_bid)
            elif (yes_price_e4 < ghost.price_e4) is ghost.is_bid:
                ghost.on_print_through(size_e6, now_ns)
            else:
                continue
            self._settlement.settle_shadows(ghost, now_ns, self._answers)
            done |= ghost.filled_pessimistic == ghost.size
        return done

    def _forget_filled(self) -> None:
        self._ghosts += [resting for resting in self._live if resting.remaining == 0]
        self._ghosts = [ghost for ghost in self._ghosts if ghost.filled_pessimistic < ghost.size]
        self._live = [resting for resting in self._live if resting.remaining > 0]
