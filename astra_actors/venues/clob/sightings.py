"""What the user stream keeps of one trade and of one order, and which status of a settlement follows which."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

from astra_actors.venues.clob.fills import Fill
from astra_actors.venues.clob.user_rows import Settling


@unique
class Order(Enum):
    """How a status that arrives relates to the one that is known."""

    NEXT = "it follows"
    OLD = "it is one we have, or one that came before"
    CONTRADICTS = "both cannot be true; ask"


M, R, N, C, F = Settling.MATCHED, Settling.RETRYING, Settling.MINED, Settling.CONFIRMED, Settling.FAILED
_AFTER: Final[dict[Settling, tuple[Settling, ...]]] = {
    M: (R, N, C, F),
    R: (N, C, F),
    N: (C, F),  # frames are reordered: a RETRYING that comes after MINED was sent before it
    C: (),
    F: (),
}
_CONTRADICTIONS: Final = ((C, F), (F, C), (F, N))  # a settlement that was final, and then was otherwise


def relation(known: Settling, told: Settling) -> Order:
    """Whether a status replaces the known one."""
    if told in _AFTER[known]:
        return Order.NEXT
    return Order.CONTRADICTS if (known, told) in _CONTRADICTIONS else Order.OLD


@dataclass(slots=True)
class TradeSight:
    """One trade that we have a part in. `given` says that its fills were given out, once and for all."""

    settling: Settling
    fills: tuple[Fill, ...]
    given: bool
    heard_ms: int
    doubted: bool = False


@dataclass(slots=True)
class OrderSight:
    """One order of ours by its venue id: how much the venue says matched, and how much of it we have seen as trades."""

    order_id: str  # ours; empty for an order that nobody announced
    condition_id: str
    sent_s: int = 0
    seen_e6: int = 0  # of failed trades too: the order does not get them back
    told_e6: int = 0
    told_ms: int = 0
    rests: bool = False
    over: bool = False
    unseen: dict[str, None] = field(default_factory=dict)  # trades it names that have not come

    @property
    def lacks(self) -> bool:
        """Whether the venue counts more than we have seen, or names trades that we have not seen."""
        return self.told_e6 > self.seen_e6 or bool(self.unseen)
