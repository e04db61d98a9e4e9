"""Taking a live market over from an owner that died: its position is re-applied from its fills.

Paper orders died with it. Orders at a venue elsewhere may rest on, so they keep their reservation until the holder of the
account has told what became of them.
"""

from __future__ import annotations

from typing import Final

from astra_actors.engine.entries import Entry
from astra_actors.engine.market_engine import MarketEngine
from astra_actors.engine.messages import Carried, MarketHistory
from astra_actors.engine.quarantine import Sealed
from astra_actors.engine.sending import write_intent
from astra_actors.execution.order import Order, OrderEvent, OrderState
from astra_actors.kernel.facts import OrderChanged, OrderFilled
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.clob.clob_venue import ClobVenue
from astra_actors.venues.port import Cancelled

LOST: Final = "the paper venue died with its process"
ADOPTED: Final = "adopted"
DOUBTED: Final = "its owner died; the venue is asked"


def take_up(engine: MarketEngine, history: MarketHistory) -> Sealed:
    """Bring a fresh engine to the last window its market was told; what a barrier then would have sealed."""
    carried, last = history.carried, history.commands[-1]
    if carried is not None:
        take_over(engine, carried, last.to_ns)
    for command in history.commands:
        engine.begin_window(command)
    if engine.lease is not None:
        engine.lease = engine.lease.until(last.lease_until_ns)
        engine.inherited_e10 = 0 if engine.venue.knows_all else engine.lease.limit_e10
    # what the takeover wrote is not in the ledger yet
    return Sealed(carried.seq, carried.resting) if carried is not None else Sealed.of(engine)


def take_over(engine: MarketEngine, carried: Carried, now_ns: int) -> None:
    """Bring a fresh engine to where the ledger stands; writes one fact for each order that is no more."""
    assert engine.position.fills == 0, "a market is taken over once, before it trades"
    engine.seq, engine.now_ns, engine.last_mid_e4 = carried.seq, now_ns, carried.last_mid_e4
    entries = {order_id: Entry(estimate_id, p, market_p) for order_id, estimate_id, p, market_p in carried.entries}
    for fill in carried.fills:
        _apply(engine, fill, entries)
    for shadow in carried.shadow_fills:
        engine.shadow.on_fill(shadow.variant, Token(shadow.token), Side(shadow.side), shadow.price_e4, shadow.size_e6)
    engine.venue.remember(carried.order_ids, carried.fills)
    fill_ids: dict[str, list[str]] = {}
    for fill in carried.fills:
        fill_ids.setdefault(fill.order_id, []).append(fill.fill_id)
    next_seq = {engine.market_id: len(carried.order_ids)}
    engine.blotter.restore(carried.resting, next_seq=next_seq, fill_ids=fill_ids)
    for order in carried.resting:
        if engine.venue.outlives_us:
            _doubt(engine, order, now_ns)
        else:
            _lose(engine, order.order_id, now_ns)
    engine.risk.see(engine.blotter.open_orders())


def adopt(engine: MarketEngine, venue: ClobVenue, order: Order, now_ns: int) -> None:
    """Take up an order that the venue may have and nobody here may know; one that is known changes nothing."""
    if engine.blotter.get(order.order_id) is not None:
        return
    is_new, found = not venue.was_sent(order.order_id), venue.as_found(order)
    engine.blotter.restore([found], fill_ids={order.order_id: venue.fill_ids(order.order_id)})
    engine.risk.see(engine.blotter.open_orders())
    if is_new:
        write_intent(engine, found, now_ns, cause=ADOPTED)


def _apply(engine: MarketEngine, fill: OrderFilled, entries: dict[str, Entry]) -> None:
    token, side = Token(fill.token), Side(fill.side)
    engine.position.apply_fill(token, side, fill.price_e4, fill.size_e6, fill.fee_e10)
    was_flat = not engine.trades.is_open
    closed = engine.trades.on_fill(token, side, fill.price_e4, fill.size_e6, fill.local_ns, fill.fee_e10)
    if engine.trades.is_open and (was_flat or closed is not None):
        engine.entries.entry = entries.get(fill.order_id, Entry())


def _doubt(engine: MarketEngine, order: Order, now_ns: int) -> None:
    if order.state is OrderState.UNKNOWN:
        return
    after = engine.blotter.step(order.order_id, OrderEvent.LOSE)
    _write(engine, after, OrderEvent.LOSE, now_ns, DOUBTED)


def _lose(engine: MarketEngine, order_id: str, now_ns: int) -> None:
    applied = engine.blotter.apply(Cancelled(order_id, now_ns, LOST))
    assert applied is not None, "an order that nothing ended can still be cancelled"
    engine.count("acks")
    _write(engine, *applied, now_ns, LOST)


def _write(engine: MarketEngine, order: Order, event: OrderEvent, now_ns: int, reason: str) -> None:
    engine.emit(
        OrderChanged,
        now_ns,
        cause=order.order_id,
        order_id=order.order_id,
        event_type=event.value,
        side=order.side.value,
        price_e4=order.price_e4,
        size_e6=order.size_e6,
        remaining_e6=order.remaining_e6,
        reason=reason,
    )
