"""What is left to say of a market whose engine raised: its paper orders ended with the engine that knew them.

Orders at a venue elsewhere are only asked off; that they are gone is proven by the holder of the account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from astra_actors.engine.market_engine import MarketEngine
from astra_actors.execution.order import Order, OrderEvent
from astra_actors.kernel.errors import AstraError
from astra_actors.kernel.facts import Fact, OrderChanged

# What an engine may raise; anything else (memory, an interrupt) is the process's own end.
POISONS: Final = (AssertionError, AstraError, ArithmeticError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A market as its last barrier left it; what an engine wrote after that is dropped when it raises."""

    seq: int = 0
    orders: Sequence[Order] = ()

    @classmethod
    def of(cls, engine: MarketEngine) -> Sealed:
        """The engine at a barrier. The blotter makes a new list for every change, so this one stays as it is."""
        return cls(engine.seq, engine.blotter.open_orders())


def last_words(market_id: str, sealed: Sealed, at_ns: int, why: str, *, gone: bool) -> list[Fact]:
    """The end of every order that rested at the last barrier; where they are not `gone`, that they were asked off."""
    event = OrderEvent.CANCEL_ACK if gone else OrderEvent.CANCEL
    return [
        OrderChanged(
            seq=sealed.seq + number,
            market_id=market_id,
            venue_ns=at_ns,
            local_ns=at_ns,
            cause=order.order_id,
            order_id=order.order_id,
            event_type=event.value,
            side=order.side.value,
            price_e4=order.price_e4,
            size_e6=order.size_e6,
            remaining_e6=order.remaining_e6,
            reason=f"quarantined: {why}",
        )
        for number, order in enumerate(sealed.orders, start=1)
    ]
