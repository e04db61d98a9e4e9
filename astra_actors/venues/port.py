"""What a venue answers, as values; a venue never calls back, its answers are drained."""

from __future__ import annotations

from dataclasses import dataclass

from astra_actors.execution.order import Order
from astra_actors.risk.veto import Approved


@dataclass(frozen=True, slots=True)
class Accepted:
    """The order rests."""

    order_id: str
    at_ns: int
    queue_ahead_e6: int | None = None  # known to the paper venue alone


@dataclass(frozen=True, slots=True)
class Rejected:
    """The order never rested; `reason` is the venue's own text."""

    order_id: str
    at_ns: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The order is gone: on our request, or by the venue's own doing (`reason`)."""

    order_id: str
    at_ns: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CancelRefused:
    """The venue could not cancel: the order is already matched, or was never there."""

    order_id: str
    at_ns: int
    reason: str


@dataclass(frozen=True, slots=True)
class Expired:
    """The order reached its own time."""

    order_id: str
    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """One execution at the order's limit price, with the factors that made it. Sizes are of the order's own token."""

    fill_id: str
    order_id: str
    at_ns: int
    price_e4: int
    size_e6: int
    fee_e10: int = 0
    rebate_e10: int = 0
    mid_e4: float | None = None  # YES mid when it filled
    adverse_e4: float = 0.0  # booked as a mark, never as price paid
    impact_e4: float = 0.0  # likewise
    queue_ahead_e6: int = 0  # at admission
    traded_at_level_e6: int = 0
    latency_ms: float = 0.0
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class ShadowFill:
    """What the same order would have filled under another reading of the queue; touches no position of ours."""

    order_id: str
    at_ns: int
    variant: str  # "pessimistic" or "optimistic"
    price_e4: int
    size_e6: int


Answer = Accepted | Rejected | Cancelled | CancelRefused | Expired | Filled | ShadowFill

__all__ = [
    "Accepted",
    "Answer",
    "Approved",
    "CancelRefused",
    "Cancelled",
    "Expired",
    "Filled",
    "Order",
    "Rejected",
    "ShadowFill",
]
