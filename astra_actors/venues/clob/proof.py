"""Is an order alive, filled or dead: what follows from what is known, and what to ask next.

Silence proves nothing. An order is dead when the venue says so, when its expiration is past, or when the venue does not
list it at a time by which it must have arrived; and its fills are known when the trades were listed after that. Until both
hold it keeps its reservation, and it is never sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Annotated, Any, ClassVar, Final

from annotated_types import Ge, Interval

from astra_actors.execution.order import OrderEvent
from astra_actors.venues.clob.questions import AskOrder, AskTrades, Question

_S: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofParams:
    """How long things can be on their way, and how soon a question is repeated."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    arrival_s: Annotated[int, Interval(ge=5, le=3_600)] = (
        30  # after we gave up on the request: six times the client's own timeout, for proxies and queues
    )
    expiry_grace_s: Annotated[int, Interval(ge=0, le=3_600)] = (
        30  # the venue's clock and ours; it removes the order 60 s before its expiration anyway
    )
    trades_lag_s: Annotated[int, Interval(ge=1, le=600)] = 5  # from a match to its row in the list of trades
    repeat_s: Annotated[int, Ge(1)] = 2  # between two questions about one order


@unique
class State(Enum):
    """Where an order of ours stands."""

    ALIVE = "the venue has it in its book"
    FILLED = "every share of it traded"
    DEAD = "it is gone, and what it traded is known"
    UNKNOWN = "nothing is proven yet"


@unique
class Death(Enum):
    """Why it is dead."""

    NEVER_ARRIVED = "the venue never had it"
    CANCELLED = "the venue cancelled it"
    EXPIRED = "its time was over"
    GONE = "the venue had it, and lists it no more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of one order. Times are of our clock: when we learned it, and for a question when it was asked."""

    venue_id: str
    condition_id: str
    size_e6: int
    sent_ms: int
    given_up_ms: int  # when we stopped waiting for the reply; when it was sent, if a process died
    expiration_s: int
    filled_e6: int = 0  # by the trades seen so far
    open_ms: int | None = None  # when it was last shown as open, or as trading: what trades had arrived
    over_ms: int | None = None  # when the venue said that it is cancelled
    absent_ms: int | None = None  # when it was last asked for and not listed
    trades_ms: int | None = None  # when its market's trades were last listed to the end


@dataclass(frozen=True, slots=True)
class Standing:
    """The verdict; while it is UNKNOWN, what to ask and when at the earliest."""

    state: State
    death: Death | None = None
    ask: Question | None = None
    not_before_ms: int = 0

    @property
    def event(self) -> OrderEvent | None:
        """What the order's life makes of it; None while nothing is proven, and for fills, which come as trades."""
        return OrderEvent.ACK if self.state is State.ALIVE else _EVENTS.get(self.death)


_EVENTS: Final[dict[Death | None, OrderEvent]] = {
    Death.NEVER_ARRIVED: OrderEvent.REJECT,
    Death.CANCELLED: OrderEvent.CANCEL_ACK,
    Death.GONE: OrderEvent.CANCEL_ACK,
    Death.EXPIRED: OrderEvent.EXPIRE,
}


def standing_of(known: Known, now_ms: int, params: ProofParams) -> Standing:
    """What is proven by now."""
    if known.filled_e6 >= known.size_e6:
        return Standing(State.FILLED)
    died = _death(known, now_ms, params)
    if died is not None:
        return _closed(known, *died, params)
    absent_since = known.absent_ms is not None and (known.open_ms is None or known.absent_ms > known.open_ms)
    if known.open_ms is not None and not absent_since:
        return Standing(State.ALIVE)
    # not listed so far, and it may still arrive: look now and then, and once more when it must have arrived
    again_ms = 0 if known.absent_ms is None else known.absent_ms + params.repeat_s * _S
    return Standing(State.UNKNOWN, ask=AskOrder(known.venue_id), not_before_ms=again_ms)


def proven_by_ms(known: Known, params: ProofParams) -> int:
    """By when an order that never arrived is proven dead at the latest, if the venue answers questions."""
    sure_ms = min(_arrival_ms(known, params), known.expiration_s * _S + params.expiry_grace_s * _S)
    return sure_ms + (params.repeat_s + params.trades_lag_s) * _S


def _death(known: Known, now_ms: int, params: ProofParams) -> tuple[Death, int] | None:
    """Why it is dead and when it surely was; None while it may live."""
    if known.over_ms is not None:
        return Death.CANCELLED, known.over_ms
    if known.absent_ms is not None:
        if known.open_ms is not None:  # it had arrived, so no deadline is needed
            if known.absent_ms > known.open_ms:
                return Death.GONE, known.absent_ms
        elif known.absent_ms >= _arrival_ms(known, params):
            return (Death.GONE if known.filled_e6 else Death.NEVER_ARRIVED), known.absent_ms
    expired_ms = (known.expiration_s + params.expiry_grace_s) * _S
    return (Death.EXPIRED, expired_ms) if now_ms >= expired_ms else None


def _closed(known: Known, death: Death, died_ms: int, params: ProofParams) -> Standing:
    """Dead only when the trades were listed late enough to show everything it did."""
    shown_ms = died_ms + params.trades_lag_s * _S
    if known.trades_ms is not None and known.trades_ms >= shown_ms:
        return Standing(State.DEAD, death)
    ask = AskTrades(known.condition_id, known.sent_ms // _S - 1)
    return Standing(State.UNKNOWN, ask=ask, not_before_ms=shown_ms)


def _arrival_ms(known: Known, params: ProofParams) -> int:
    """When the request has surely arrived or never will; an order past its expiration is refused at the door."""
    return min(known.given_up_ms + params.arrival_s * _S, known.expiration_s * _S)
