"""The end of an order: written first, told then."""

from __future__ import annotations

from astra_actors.execution.order import OrderState
from astra_actors.kernel.units import NS_PER_MS
from astra_actors.venues.clob.account_rows import EndRow
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.tracked import Stage, Tracked
from astra_actors.venues.port import Cancelled, Expired, Rejected


def end(shared: Shared, one: Tracked, state: OrderState, reason: str, now_ms: int) -> None:
    """Close an order whose end is proven. One that nobody wrote down is only forgotten."""
    assert not one.is_over and not state.is_open, "an order ends once"
    row = EndRow(
        venue_id=one.venue_id,
        state=state.value,
        reason=reason,
        filled_e6=one.filled_e6,
        at_ns=now_ms * NS_PER_MS,
    )
    one.end, one.draft = row, None
    if not one.order_id:
        one.stage = Stage.OVER
        shared.register.close(one)
        return
    one.stage = Stage.ENDING

    def durable(_: int) -> None:
        one.stage = Stage.OVER
        if (news := end_news(one)) is not None and not one.foreign:
            shared.telling.to_market(one.market_id, news)

    shared.register.close(one)
    shared.journal.write(row, durable)


def end_news(one: Tracked) -> Cancelled | Rejected | Expired | None:
    """How its owner hears of it; one that traded to the end is told by its fills."""
    row = one.end
    if row is None or row.state == OrderState.FILLED.value:
        return None
    if row.state == OrderState.REJECTED.value:
        return Rejected(one.order_id, row.at_ns, row.reason)
    if row.state == OrderState.EXPIRED.value:
        return Expired(one.order_id, row.at_ns)
    return Cancelled(one.order_id, row.at_ns, row.reason)
