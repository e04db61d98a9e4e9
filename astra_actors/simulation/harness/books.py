"""One market as an outsider keeps it from messages alone: what was ordered, what the venue answered, what the feed said."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from astra_actors.kernel.units import PRICE_ONE_E4
from astra_actors.market.events import BookSnapshot, Event, FeedInterrupted, MarketResolved
from astra_actors.market.instrument import Side, Token
from astra_actors.risk.exposure import OrderRow, worst_case_e10
from astra_actors.risk.lease import Lease
from astra_actors.simulation.harness.auditor import PAYS_E4
from astra_actors.venues.port import Accepted, Answer, Cancelled, CancelRefused, Expired, Filled, Rejected


@dataclass(slots=True)
class SeenOrder:
    """One order as the messages tell it."""

    token: Token
    side: Side
    price_e4: int
    size_e6: int
    filled_e6: int = 0
    open: bool = True

    @property
    def row(self) -> OrderRow:
        return self.token, self.side, self.price_e4, self.size_e6 - self.filled_e6


@dataclass(slots=True)
class MarketBooks:
    """One market's orders, shares and cash, its permission, and whether its feed may be believed."""

    market_id: str
    scopes: tuple[str, ...]
    defined: bool
    owner: int
    yes_e6: int = 0
    no_e6: int = 0
    cash_e10: int = 0
    fees_e10: int = 0
    worst_e10: int = 0
    excused_e10: int = 0  # what fills that came after the order's end have added to the worst case since the barrier
    lease: Lease | None = None
    vetoed: str = "BURN_IN"
    doubt: bool = True
    settled: bool = False
    orders: dict[str, SeenOrder] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def copy(self) -> MarketBooks:
        """The books as they are now; what happens later leaves the copy alone."""
        twin = copy.copy(self)
        twin.outcomes = dict(self.outcomes)
        twin.orders = {order_id: copy.copy(order) for order_id, order in self.orders.items()}
        return twin

    @property
    def open_ids(self) -> list[str]:
        """Orders that nothing has ended, sorted."""
        return sorted(order_id for order_id, order in self.orders.items() if order.open)

    def reckon(self) -> int:
        """Bring the worst case up to date; by how much it grew."""
        before = self.worst_e10
        rows = [order.row for order in self.orders.values() if order.open]
        self.worst_e10 = 0 if self.settled else worst_case_e10(self.yes_e6, self.no_e6, self.cash_e10, rows)
        return self.worst_e10 - before

    def worsened_by(self, order: SeenOrder) -> bool:
        """Whether the worst outcome of what is held is worse once this order has filled, a sure profit included."""
        sign = 1 if order.side is Side.BUY else -1
        bought_e6, price_e4 = sign * order.size_e6, order.price_e4
        yes_e6 = self.yes_e6 + (bought_e6 if order.token is Token.YES else 0)
        no_e6 = self.no_e6 + (bought_e6 if order.token is Token.NO else 0)
        surely_e10 = min(yes_e6, no_e6) * PRICE_ONE_E4 - bought_e6 * price_e4
        return surely_e10 < min(self.yes_e6, self.no_e6) * PRICE_ONE_E4

    def hear(self, event: Event) -> None:
        """A gap puts the feed in doubt, a whole book ends the doubt, and two sources that agree pay what is held."""
        if isinstance(event, FeedInterrupted):
            self.doubt = True
        elif isinstance(event, BookSnapshot):
            self.doubt = False
        elif isinstance(event, MarketResolved) and not self.settled:
            self.outcomes[event.source] = event.outcome
            if list(self.outcomes.values()).count(event.outcome) == 2:
                yes_e4, no_e4 = PAYS_E4[event.outcome]
                self.cash_e10 += self.yes_e6 * yes_e4 + self.no_e6 * no_e4
                self.yes_e6 = self.no_e6 = 0
                self.settled = True

    def answer(self, answer: Answer) -> str:
        """Book one answer of the venue; a word when it is a fill of an order that had ended, else empty."""
        if isinstance(answer, Filled):
            return self._filled(answer)
        order = self.orders.get(getattr(answer, "order_id", ""))
        if order is not None and isinstance(answer, Rejected | Cancelled | Expired):
            order.open = False
        assert isinstance(answer, Accepted | CancelRefused | Rejected | Cancelled | Expired), f"an answer: {answer}"
        return ""

    def mark_e10(self, mid_e4: float) -> int:
        """What is held, at the middle of the book, as the portfolio counts it."""
        twice = round(2 * mid_e4)
        return (self.yes_e6 * twice + self.no_e6 * (2 * PRICE_ONE_E4 - twice)) // 2

    def _filled(self, fill: Filled) -> str:
        order = self.orders[fill.order_id]
        sign = 1 if order.side is Side.BUY else -1
        order.filled_e6 += fill.size_e6
        self.cash_e10 -= sign * fill.price_e4 * fill.size_e6 + fill.fee_e10
        self.fees_e10 += fill.fee_e10
        if order.token is Token.YES:
            self.yes_e6 += sign * fill.size_e6
        else:
            self.no_e6 += sign * fill.size_e6
        late = "" if order.open else "late"
        if order.filled_e6 == order.size_e6:
            order.open = False
        return late
