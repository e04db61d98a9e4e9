"""Every order of one owner: what is open, what each answer of the venue makes of it, and the next id.

An answer that fits no row of the order's life (a duplicate, a straggler) changes nothing and is counted. A fill is
never dropped: a cancel that was acknowledged can still be followed by matches made before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from astra_actors.execution.order import ORDER_LIFE, Order, OrderEvent, OrderState
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.ids import content_id
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.port import Accepted, Answer, Cancelled, CancelRefused, Expired, Filled, Rejected, ShadowFill

FINISHED_KEPT: Final = 512  # dead orders remembered for stragglers: hours of them at the mutation budget
REFRESH_STEP_NS: Final = 5 * NS_PER_S  # coarser than a plan, far finer than the 60 s of a stale order

_EVENT_OF: Final[dict[type, OrderEvent]] = {
    Accepted: OrderEvent.ACK,
    Rejected: OrderEvent.REJECT,
    Cancelled: OrderEvent.CANCEL_ACK,
    CancelRefused: OrderEvent.CANCEL_REFUSED,
    Expired: OrderEvent.EXPIRE,
}


class Blotter:
    """The orders by id, the open ones in the order they were sent, and counters of what happened to them."""

    __slots__ = (
        "_cached",
        "_fill_ids",
        "_finished",
        "_finished_kept",
        "_next_seq",
        "_open",
        "_orders",
        "cancels",
        "duplicate_fills",
        "expiries",
        "fills",
        "late_fills",
        "out_of_place",
        "rejects",
        "submits",
        "unknown_answers",
    )

    def __init__(self, *, finished_kept: int = FINISHED_KEPT) -> None:
        self._orders: dict[str, Order] = {}
        self._open: dict[str, Order] = {}
        self._cached: list[Order] | None = []
        self._fill_ids: dict[str, list[str]] = {}  # by order, so that they leave with it
        self._finished: deque[str] = deque()
        self._finished_kept = finished_kept
        self._next_seq: dict[str, int] = {}
        self.submits = self.cancels = self.fills = self.rejects = self.expiries = 0
        self.duplicate_fills = self.late_fills = self.out_of_place = self.unknown_answers = 0

    def open_orders(self) -> list[Order]:
        """Every order that may still fill, oldest first. The list is shared: read it, do not change it."""
        if self._cached is None:
            self._cached = list(self._open.values())
        return self._cached

    def get(self, order_id: str) -> Order | None:
        """The order, also a finished one while it is remembered."""
        return self._orders.get(order_id)

    def next_order_id(self, market_id: str, token: Token, side: Side, price_e4: int, *more: str | int) -> str:
        """An id from what the order is and how many its market had: a replay makes the same one."""
        seq = self._next_seq.get(market_id, 0)
        self._next_seq[market_id] = seq + 1
        return content_id("order", market_id, token.value, side.value, price_e4, *more, seq)

    def give_back(self, market_id: str) -> None:
        """The order of the last id was refused and never was: its number is the next one's, as a count of orders has it."""
        self._next_seq[market_id] -= 1

    def next_seq(self, market_id: str) -> int:
        """The number the market's next order will get; kept in the ledger by counting its orders."""
        return self._next_seq.get(market_id, 0)

    def submit(self, order: Order) -> Order:
        """Take up an order that is about to leave."""
        if order.order_id in self._orders:
            raise BadInput("order_id", order.order_id, "an order is submitted once; ask for the next id")
        if order.state is not OrderState.SENT:
            raise BadInput("state", order.state.name, "an order begins as SENT; restore() takes up older ones")
        self.submits += 1
        self._keep(order)
        return order

    def step(self, order_id: str, event: OrderEvent) -> Order:
        """Apply what we did or found out ourselves: CANCEL, LOSE, EXPIRE. A pair without a row raises."""
        order = self._orders.get(order_id)
        if order is None:
            raise BadInput("order_id", order_id, "no such order in this blotter")
        return self._advance(order, event)

    def apply(self, answer: Answer) -> tuple[Order, OrderEvent] | None:
        """The order after a venue's answer and what happened to it; None where nothing of ours changes."""
        if isinstance(answer, ShadowFill):
            return None
        order = self._orders.get(answer.order_id)
        if order is None:
            self.unknown_answers += 1
            return None
        if isinstance(answer, Filled):
            return self._filled(order, answer)
        event = _EVENT_OF[type(answer)]
        if event is OrderEvent.CANCEL_ACK and order.state is OrderState.SENT:
            order = self._advance(order, OrderEvent.ACK)  # what the venue cancels, it had accepted
        if not ORDER_LIFE.allows(order.state, event):
            self.out_of_place += 1
            return None
        return self._advance(order, event), event

    def refresh(self, order_ids: Iterable[str], now_ns: int) -> None:
        """Note that the orders were looked at and kept; written in steps of five seconds, to copy nothing per plan."""
        for order_id in order_ids:
            order = self._open.get(order_id)
            if order is not None and now_ns - order.refreshed_ns >= REFRESH_STEP_NS:
                self._keep(replace(order, refreshed_ns=now_ns))

    def restore(
        self,
        orders: Iterable[Order],
        *,
        next_seq: Mapping[str, int] | None = None,
        fill_ids: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Take up orders from the ledger at a start, each as it is; `next_seq` continues the ids of its market.

        `fill_ids` are, by order, the fills that each already counts: told again, they change nothing.
        """
        for order in orders:
            self._keep(order)
            if known := (fill_ids or {}).get(order.order_id):
                self._fill_ids[order.order_id] = list(known)
            if not order.state.is_open:
                self._finish(order)
        self._next_seq.update(next_seq or {})

    def _filled(self, order: Order, fill: Filled) -> tuple[Order, OrderEvent] | None:
        seen = self._fill_ids.setdefault(order.order_id, [])
        if fill.fill_id in seen:
            self.duplicate_fills += 1
            return None
        if not 0 < fill.size_e6 <= order.remaining_e6:
            raise BadInput("size_e6", fill.size_e6, f"a fill of {order.order_id} is within 1 and {order.remaining_e6}")
        seen.append(fill.fill_id)
        self.fills += 1
        event = OrderEvent.FILL_LAST if fill.size_e6 == order.remaining_e6 else OrderEvent.FILL_PART
        if ORDER_LIFE.allows(order.state, event):
            return self._advance(order, event, filled_e6=fill.size_e6), event
        self.late_fills += 1  # the order is over, the shares are ours nevertheless
        order = replace(order, filled_e6=order.filled_e6 + fill.size_e6)
        self._keep(order)
        return order, event

    def _advance(self, order: Order, event: OrderEvent, *, filled_e6: int = 0) -> Order:
        after = order.after(event, filled_e6=filled_e6)
        self._keep(after)
        if not after.state.is_open:
            self._finish(after)
        if event is OrderEvent.CANCEL_ACK:
            self.cancels += 1
        elif event is OrderEvent.REJECT:
            self.rejects += 1
        elif event is OrderEvent.EXPIRE:
            self.expiries += 1
        return after

    def _keep(self, order: Order) -> None:
        self._orders[order.order_id] = order
        if order.state.is_open:
            self._open[order.order_id] = order
        else:
            self._open.pop(order.order_id, None)
        self._cached = None

    def _finish(self, order: Order) -> None:
        self._finished.append(order.order_id)
        while len(self._finished) > self._finished_kept:
            gone = self._finished.popleft()
            self._orders.pop(gone, None)
            self._fill_ids.pop(gone, None)
