"""One resting paper order under three readings of its queue: base, and its optimistic and pessimistic shadows.

Each reading keeps the size ahead of us, F; what is filled is the most −F has ever been, in lots. Three rules keep
optimistic ≥ base ≥ pessimistic at every moment: the optimistic F is never above the base's, the pessimistic F starts
above it and only prints lower it, and what fills the base fills the optimistic reading too.
"""

from __future__ import annotations

from typing import Final

from astra_actors.execution.order import Order
from astra_actors.strategies.base import QuoteSide
from astra_actors.venues.paper_params import PaperParams
from astra_actors.venues.queue import QueueModel

UNKNOWN_QUEUE_E6: Final = 1 << 60  # no book was seen yet: nothing but a print through our price can fill us


class Resting:
    """The queue state of one order. `yes_price_e4` and `is_bid` are its YES reading."""

    __slots__ = (
        "_base_update",
        "_credit_until_ns",
        "_gained",
        "_optimistic_update",
        "_shrunk",
        "_traded",
        "ahead",
        "ahead_optimistic",
        "ahead_pessimistic",
        "believed_from_ns",
        "degraded",
        "filled",
        "filled_optimistic",
        "filled_pessimistic",
        "fills",
        "has_end",
        "is_bid",
        "latency_ms",
        "order_id",
        "own_price_e4",
        "params",
        "price_e4",
        "queue_at_admission",
        "shown",
        "size",
        "traded_at_level",
    )

    def __init__(
        self, order: Order, params: PaperParams, base: QueueModel, optimistic: QueueModel, *, arrived_ns: int
    ) -> None:
        self.order_id = order.order_id
        self.is_bid = order.quote_side is QuoteSide.BID
        self.price_e4 = order.yes_price_e4
        self.own_price_e4 = order.price_e4
        self.size = order.size_e6
        self.params = params
        self._base_update, self._optimistic_update = base, optimistic
        self.believed_from_ns = arrived_ns + params.late_print_ms * 1_000_000  # earlier prints may be from before us
        self.has_end = order.expires_ns != 0
        self.degraded = False
        self.latency_ms = 0.0
        self.fills = self.filled = self.filled_optimistic = self.filled_pessimistic = 0
        self.traded_at_level = self._traded = 0
        self._shrunk = self._credit_until_ns = 0
        self._gained: float = 0
        self.stand_behind(UNKNOWN_QUEUE_E6)

    def stand_behind(self, shown: int) -> None:
        """Join the queue behind everything displayed at our price."""
        self.shown = self.queue_at_admission = shown
        self.ahead: float = shown
        self.ahead_optimistic: float = shown * self.params.optimistic_queue_share
        self.ahead_pessimistic: float = shown * self.params.pessimistic_queue_multiple

    @property
    def queue_known(self) -> bool:
        return self.queue_at_admission != UNKNOWN_QUEUE_E6

    @property
    def remaining(self) -> int:
        return self.size - self.filled

    def on_displayed(self, shown: int, now_ns: int) -> None:
        """The displayed size at our price changed: others came or went. Never a fill."""
        if not self.queue_known:
            self.stand_behind(shown)
            return
        before, self.shown = self.shown, shown
        traded, self._traded = self._traded, 0
        ahead = self.ahead
        self.ahead = after = self._base_update(ahead, before, shown, traded) if ahead > 0 else ahead
        optimistic = self._optimistic_update(self.ahead_optimistic, before, shown, traded)
        self.ahead_optimistic = min(optimistic, after)  # prints lower it at least as much, so here is the one place
        if shown + traded < before:
            self._remember_shrinkage(before - shown - traded, ahead - after, now_ns)

    def _remember_shrinkage(self, shrunk: int, gained: float, now_ns: int) -> None:
        if now_ns > self._credit_until_ns:
            self._shrunk, self._gained = 0, 0
        self._shrunk += shrunk
        self._gained += gained
        self._credit_until_ns = now_ns + self.params.late_print_ms * 1_000_000

    def on_print_at_level(self, size: int, now_ns: int, *, hits_us: bool) -> None:
        """A public trade at our price. Its level has usually shrunk before the print came: nothing is taken twice."""
        if self.queue_known:
            self.ahead_optimistic -= size
            if hits_us and now_ns >= self.believed_from_ns:
                self._drain(size, now_ns)

    def _drain(self, size: int, now_ns: int) -> None:
        explained, gained = 0, 0.0
        if self._shrunk and now_ns <= self._credit_until_ns:
            explained = min(size, self._shrunk)
            gained = min(explained, self._gained)
            self._shrunk -= explained
            self._gained -= gained
        self.ahead -= size - gained
        self.ahead_pessimistic -= size
        self._traded += size - explained
        self.traded_at_level += size

    def on_print_through(self, size: int, now_ns: int) -> None:
        """A public trade at a price worse for its taker than ours: whoever was ahead of us is gone."""
        self.ahead_optimistic = min(self.ahead_optimistic, -self.size)
        if now_ns < self.believed_from_ns:
            return
        full = self.params.through_fills == "full"
        self.ahead = min(self.ahead, -self.size) if full else min(self.ahead, 0) - size
        self.ahead_pessimistic = min(self.ahead_pessimistic, 0) - size

    def on_book_through(self) -> None:
        """The opposite side now rests beyond our price: a real order of ours would have been hit."""
        self.ahead = min(self.ahead, -self.size)
        self.ahead_optimistic = min(self.ahead_optimistic, -self.size)

    def on_book_touching(self) -> None:
        """The opposite side rests at our very price: only the optimistic reading takes that for a fill."""
        self.ahead_optimistic = min(self.ahead_optimistic, -self.size)

    def reached(self, ahead: float) -> int:
        """What a reading with this F has filled at least, in lots."""
        if ahead >= 0:
            return 0
        return self.size if -ahead >= self.size else int(-ahead // self.params.lot_e6) * self.params.lot_e6
