"""Every order that left is looked at until its end is proven; what a proof lacks is asked for."""

from __future__ import annotations

from astra_actors.execution.order import OrderState
from astra_actors.kernel.units import NS_PER_MS
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.asking import Asking
from astra_actors.venues.clob.ending import end
from astra_actors.venues.clob.proof import Death, State, standing_of
from astra_actors.venues.clob.questions import AskOrder
from astra_actors.venues.clob.tracked import Stage, Tracked
from astra_actors.venues.port import Accepted

_ENDS = {
    Death.NEVER_ARRIVED: OrderState.REJECTED,
    Death.CANCELLED: OrderState.CANCELLED,
    Death.GONE: OrderState.CANCELLED,
    Death.EXPIRED: OrderState.EXPIRED,
}


class Proving:
    """The verdicts of `proof`, applied: alive is told, an end is written and told, doubt is asked about."""

    __slots__ = ("_asking", "_shared", "_touched")

    def __init__(self, shared: Shared, asking: Asking) -> None:
        self._shared, self._asking = shared, asking
        self._touched: dict[str, Tracked] = {}

    def touch(self, one: Tracked) -> None:
        """Something was learned of this order: it is looked at with the next deeds."""
        self._touched[one.venue_id] = one

    def look(self, now_ms: int, *, at_all: bool) -> None:
        """Judge the orders of which something was learned; or every open one."""
        todo = list(self._shared.register.open.values()) if at_all else list(self._touched.values())
        self._touched.clear()
        for one in todo:
            if one.stage is Stage.OUT:
                self._judge(one, now_ms)

    def _judge(self, one: Tracked, now_ms: int) -> None:
        standing = standing_of(one.known(), now_ms, self._shared.params.proof)
        if standing.state is State.ALIVE:
            self._acknowledge(one, now_ms)
            if one.doubted:
                self._asking.want(AskOrder(one.venue_id), now_ms)
        elif standing.state is State.FILLED:
            end(self._shared, one, OrderState.FILLED, "", now_ms)
        elif standing.death is not None:
            reason = standing.death.value if standing.death is not Death.CANCELLED else one.cancel_why
            end(self._shared, one, _ENDS[standing.death], reason or standing.death.value, now_ms)
        elif standing.ask is not None and now_ms >= standing.not_before_ms:
            self._asking.want(standing.ask, now_ms)

    def _acknowledge(self, one: Tracked, now_ms: int) -> None:
        if not one.acked:
            one.acked = True
            if one.foreign:
                return
            self._shared.telling.to_market(one.market_id, Accepted(one.order_id, now_ms * NS_PER_MS))


def is_leaving(one: Tracked, now_ms: int, shared: Shared) -> bool:
    """Whether it can trade no more, so that no cancel is needed; its trades may be open."""
    standing = standing_of(one.known(), now_ms, shared.params.proof)
    doubtful = standing.state is State.ALIVE or isinstance(standing.ask, AskOrder)
    return not doubtful
