"""What the venue answered, turned into order states, positions, reservations and facts, in that order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astra_actors.engine import settlement
from astra_actors.execution.order import Order, OrderEvent
from astra_actors.kernel.facts import OrderChanged, OrderFilled, ShadowFilled
from astra_actors.strategies.base import QuoteSide
from astra_actors.venues.clob.fates import CROSSED
from astra_actors.venues.clob.proof import Death
from astra_actors.venues.clob.words import NEVER_LEFT, VOID, Claimed, void_id
from astra_actors.venues.port import Accepted, Answer, Filled, ShadowFill

if TYPE_CHECKING:
    from astra_actors.engine.market_engine import MarketEngine


def take(engine: MarketEngine, now_ns: int) -> None:
    """Apply everything the venue has said since the last time."""
    for answer in engine.venue.drain():
        if isinstance(answer, ShadowFill):
            _shadow(engine, answer, now_ns)
            continue
        applied = engine.blotter.apply(answer)
        if applied is None:
            engine.count("ignored_answers")  # a duplicate, or an order that is already over
            continue
        order, event = applied
        if isinstance(answer, Filled):
            _filled(engine, order, event, answer, now_ns)
        else:
            _changed(engine, order, event, answer, now_ns)
        if not order.state.is_open:
            engine.risk.release(order.order_id)
            engine.venue.on_over(order.order_id)
    settlement.settle_if_clear(engine, now_ns)


def _changed(engine: MarketEngine, order: Order, event: OrderEvent, answer: Answer, now_ns: int) -> None:
    reason = getattr(answer, "reason", "")
    if event is OrderEvent.ACK:
        engine.budget.on_accepted()
        engine.count("accepted")
    elif event is OrderEvent.REJECT and not _by_us(reason) and engine.budget.on_rejected(now_ns):
        engine.count("reject_pauses", 1)
    if event is OrderEvent.REJECT and not (_by_us(reason) or _crossed(reason)):
        engine.count("failed")  # a quote that would have crossed met a book that moved; that is no failure
    if isinstance(answer, Accepted) and answer.queue_ahead_e6 is not None:
        reason = f"queue_ahead_e6={answer.queue_ahead_e6}"
    engine.count({OrderEvent.REJECT: "rejects", OrderEvent.EXPIRE: "expiries"}.get(event, "acks"))
    engine.emit(
        OrderChanged,
        now_ns,
        cause=order.order_id,
        order_id=order.order_id,
        event_type="submit" if event is OrderEvent.ACK else event.value,
        side=order.side.value,
        price_e4=order.price_e4,
        size_e6=order.size_e6,
        remaining_e6=order.remaining_e6,
        reason=reason,
    )


def _by_us(reason: str) -> bool:
    """Whether the venue never judged the order: held back here, or lost on the way, which is counted where it is sent."""
    return reason.startswith(NEVER_LEFT) or reason == Death.NEVER_ARRIVED.value


def _crossed(reason: str) -> bool:
    return any(mark in reason.lower() for mark in CROSSED)


def _filled(engine: MarketEngine, order: Order, event: OrderEvent, fill: Filled, now_ns: int) -> None:
    # a rebate is an estimate of a share in a daily pool: on record with the fill, never counted as money
    engine.position.apply_fill(order.token, order.side, fill.price_e4, fill.size_e6, fill.fee_e10)
    engine.risk.on_fill(order.order_id, fill.size_e6)
    engine.venue.on_booked(order, fill)
    mid_e4 = engine.book.mid_e4 if engine.venue.outlives_us else fill.mid_e4  # a venue elsewhere does not know our book
    was_flat = not engine.trades.is_open
    closed = engine.trades.on_fill(order.token, order.side, fill.price_e4, fill.size_e6, now_ns, fill.fee_e10)
    if closed is not None:
        settlement.close_trade(engine, closed, now_ns)
    if engine.trades.is_open and (was_flat or closed is not None):
        engine.entries.open_on(order.estimate_id)
    is_bid = order.quote_side is QuoteSide.BID
    engine.markouts.on_fill(fill.fill_id, is_bid, order.yes_price_e4, mid_e4, now_ns)
    engine.count("fills")
    engine.emit(
        OrderFilled,
        now_ns,
        cause=order.order_id,
        fill_id=fill.fill_id,
        order_id=order.order_id,
        strategy=order.strategy,
        token=order.token.value,
        side=order.side.value,
        price_e4=fill.price_e4,
        size_e6=fill.size_e6,
        liquidity="MAKER",
        fee_e10=fill.fee_e10,
        rebate_e10=fill.rebate_e10,
        mid_e4=mid_e4,
        adverse_e4=fill.adverse_e4,
        impact_e4=fill.impact_e4,
        queue_ahead_e6=fill.queue_ahead_e6,
        traded_at_level_e6=fill.traded_at_level_e6,
        latency_ms=fill.latency_ms,
        degraded=fill.degraded,
    )
    engine.emit(
        OrderChanged,
        now_ns,
        cause=fill.fill_id,
        order_id=order.order_id,
        event_type=event.value,
        side=order.side.value,
        price_e4=fill.price_e4,
        size_e6=fill.size_e6,
        remaining_e6=order.remaining_e6,
    )
    engine.look_again(now_ns)


def void(engine: MarketEngine, failed: Claimed, now_ns: int) -> None:
    """The settlement of a fill failed: a reversing entry takes its shares and its dollars back; the order stays filled."""
    side = failed.side.other
    engine.position.apply_fill(failed.token, side, failed.price_e4, failed.size_e6)
    closed = engine.trades.on_fill(failed.token, side, failed.price_e4, failed.size_e6, now_ns)
    if closed is not None:
        settlement.close_trade(engine, closed, now_ns)
    engine.count("voided")
    engine.emit(
        OrderFilled,
        now_ns,
        cause=failed.fill_id,
        fill_id=void_id(failed.fill_id),
        order_id=failed.order_id,
        strategy=engine.trades.strategy,
        token=failed.token.value,
        side=side.value,
        price_e4=failed.price_e4,
        size_e6=failed.size_e6,
        liquidity=VOID,
        fee_e10=0,
        rebate_e10=0,
        mid_e4=engine.book.mid_e4,
        adverse_e4=0.0,
        impact_e4=0.0,
        queue_ahead_e6=0,
        traded_at_level_e6=0,
        latency_ms=0.0,
        degraded=False,
    )
    settlement.settle_if_clear(engine, now_ns)
    engine.look_again(now_ns)


def _shadow(engine: MarketEngine, fill: ShadowFill, now_ns: int) -> None:
    order = engine.blotter.get(fill.order_id)
    if order is None:
        return
    engine.shadow.on_fill(fill.variant, order.token, order.side, fill.price_e4, fill.size_e6)
    engine.emit(
        ShadowFilled,
        now_ns,
        cause=order.order_id,
        order_id=order.order_id,
        variant=fill.variant,
        token=order.token.value,
        side=order.side.value,
        price_e4=fill.price_e4,
        size_e6=fill.size_e6,
    )
