"""The life of one order, as a table, and the order itself."""

from __future__ import annotations

from enum import Enum, unique
from typing import Final

import msgspec
from msgspec.structs import replace

from astra_actors.kernel.fsm import Lifecycle
from astra_actors.market.instrument import Side, Token, complement_e4
from astra_actors.strategies.base import QuoteSide


@unique
class OrderState(Enum):
    """Where an order is. UNKNOWN keeps its reservation: silence is no proof that an order is dead."""

    SENT = "sent"
    LIVE = "live"
    CANCELLING = "cancelling"
    UNKNOWN = "unknown"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        """Whether the order may still fill, and so keeps its reservation."""
        return self in _OPEN


@unique
class OrderEvent(Enum):
    """What can happen to an order."""

    ACK = "ack"
    FILL_PART = "fill_part"
    FILL_LAST = "fill_last"
    CANCEL = "cancel"
    CANCEL_ACK = "cancel_ack"
    CANCEL_REFUSED = "cancel_refused"
    REJECT = "reject"
    EXPIRE = "expire"
    LOSE = "lose"


_OPEN: Final = frozenset({OrderState.SENT, OrderState.LIVE, OrderState.CANCELLING, OrderState.UNKNOWN})

S, E = OrderState, OrderEvent
ORDER_LIFE: Final = Lifecycle(
    "order",
    {
        (S.SENT, E.ACK): S.LIVE,
        (S.SENT, E.REJECT): S.REJECTED,
        (S.SENT, E.FILL_PART): S.LIVE,  # the fill outruns the acknowledgement
        (S.SENT, E.FILL_LAST): S.FILLED,
        (S.SENT, E.CANCEL): S.CANCELLING,  # decided before the acknowledgement came
        (S.SENT, E.EXPIRE): S.EXPIRED,
        (S.SENT, E.LOSE): S.UNKNOWN,  # the response was lost
        (S.LIVE, E.ACK): S.LIVE,  # a late acknowledgement after a fill
        (S.LIVE, E.FILL_PART): S.LIVE,
        (S.LIVE, E.FILL_LAST): S.FILLED,
        (S.LIVE, E.CANCEL): S.CANCELLING,
        (S.LIVE, E.CANCEL_ACK): S.CANCELLED,  # the venue cancelled on its own: game start, balance gone
        (S.LIVE, E.EXPIRE): S.EXPIRED,
        (S.LIVE, E.LOSE): S.UNKNOWN,
        (S.CANCELLING, E.ACK): S.CANCELLING,
        (S.CANCELLING, E.FILL_PART): S.CANCELLING,
        (S.CANCELLING, E.FILL_LAST): S.FILLED,  # a cancel can lose the race to a fill
        (S.CANCELLING, E.CANCEL_ACK): S.CANCELLED,
        (S.CANCELLING, E.CANCEL_REFUSED): S.UNKNOWN,  # "already matched" means: look the fill up
        (S.CANCELLING, E.REJECT): S.REJECTED,  # the order never arrived; nothing was left to cancel
        (S.CANCELLING, E.EXPIRE): S.EXPIRED,
        (S.CANCELLING, E.LOSE): S.UNKNOWN,
        (S.UNKNOWN, E.ACK): S.LIVE,  # reconciliation found it resting
        (S.UNKNOWN, E.FILL_PART): S.UNKNOWN,
        (S.UNKNOWN, E.FILL_LAST): S.FILLED,
        (S.UNKNOWN, E.CANCEL_ACK): S.CANCELLED,
        (S.UNKNOWN, E.REJECT): S.REJECTED,
        (S.UNKNOWN, E.EXPIRE): S.EXPIRED,
    },
)


class Order(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order of ours. `price_e4` is of its own token; `yes_price_e4` and `quote_side` are its YES reading."""

    order_id: str
    market_id: str
    token: Token
    side: Side
    price_e4: int
    size_e6: int
    sent_ns: int
    expires_ns: int
    strategy: str
    estimate_id: str = ""
    decision_id: str = ""
    origin: str = "MAKER_QUOTE"
    chain_price_e4: int = 0  # YES price of the first order of its replace chain: the anchor of the chase bound
    refreshed_ns: int = 0
    reserved_e10: int = 0
    filled_e6: int = 0
    state: OrderState = OrderState.SENT

    @property
    def remaining_e6(self) -> int:
        return self.size_e6 - self.filled_e6

    @property
    def quote_side(self) -> QuoteSide:
        """BUY YES and SELL NO want YES up to a price: a bid. The other two are asks."""
        return QuoteSide.BID if (self.token is Token.YES) == (self.side is Side.BUY) else QuoteSide.ASK

    @property
    def yes_price_e4(self) -> int:
        return self.price_e4 if self.token is Token.YES else complement_e4(self.price_e4)

    def after(self, event: OrderEvent, *, filled_e6: int = 0) -> Order:
        """The order after one event; `filled_e6` shares of it were filled by it."""
        return replace(self, state=ORDER_LIFE.step(self.state, event), filled_e6=self.filled_e6 + filled_e6)
