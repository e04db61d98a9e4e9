"""From a plan to orders at the venue: the EV gate, the reservation, and only then the order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from astra_actors.execution.order import Order, OrderEvent
from astra_actors.execution.order_manager import OrderWish, Plan
from astra_actors.gates.expected_value import EvResult, ev_gate
from astra_actors.kernel.facts import OrderChanged, OrderIntended
from astra_actors.kernel.units import PRICE_ONE_E4, usd
from astra_actors.market.instrument import Side, Token, complement_e4
from astra_actors.reporting.decision_artifact import QuoteLine
from astra_actors.risk.veto import Refused
from astra_actors.strategies.base import QuoteSide, View

if TYPE_CHECKING:
    from astra_actors.engine.market_engine import MarketEngine


def perform(
    engine: MarketEngine, plan: Plan, view: View | None, *, number: str, estimate_id: str, now_ns: int
) -> list[QuoteLine]:
    """Carry a plan out: cancels first, so that nothing waits behind a refusal; says what became of every wish."""
    lines = [_cancel(engine, wish.order_id, wish.reason, number, now_ns) for wish in plan.cancels]
    engine.blotter.refresh(plan.kept, now_ns)
    lines += [_kept(engine, order_id) for order_id in plan.kept]
    for side, refused in plan.refused:
        lines.append(_refused_side(side, refused))
    for wish in plan.places:
        assert view is not None, "only a strategy with a view can wish for an order"
        lines.append(_place(engine, wish, view, number, estimate_id, now_ns))
    return lines


def _place(engine: MarketEngine, wish: OrderWish, view: View, number: str, estimate_id: str, now_ns: int) -> QuoteLine:
    edge = None if _reduces(wish) else _edge(engine, wish, view)
    if edge is not None and not edge.ok:
        assert edge.veto is not None, "an EV refusal names its veto"
        return _line(wish, "refused", edge=edge, veto=edge.veto.name)
    order = Order(
        order_id=_next_id(engine, wish),
        market_id=engine.market_id,
        token=wish.token,
        side=wish.side,
        price_e4=wish.price_e4,
        size_e6=wish.size_e6,
        sent_ns=now_ns,
        expires_ns=wish.expires_ns,
        strategy=engine.strategy.name if engine.strategy else "",
        estimate_id=estimate_id,
        decision_id=number,
        chain_price_e4=wish.chain_price_e4,
        refreshed_ns=now_ns,
    )
    answer = engine.risk.try_reserve(order, engine.position, engine.blotter.open_orders(), engine.lease, now_ns)
    if isinstance(answer, Refused):
        engine.blotter.give_back(engine.market_id)
        return _line(wish, "refused", edge=edge, refused=answer)
    engine.blotter.submit(order)
    write_intent(engine, msgspec.structs.replace(order, reserved_e10=answer.reserved_e10), now_ns, cause=number)
    engine.venue.submit(order, answer, now_ns)
    engine.budget.spend(engine.market_id, 1, now_ns)
    engine.count("orders")
    return _line(wish, "placed", edge=edge, order_id=order.order_id)


def write_intent(engine: MarketEngine, order: Order, now_ns: int, *, cause: str) -> None:
    """Put an order on record, with what it reserves."""
    engine.emit(
        OrderIntended,
        now_ns,
        cause=cause,
        order_id=order.order_id,
        strategy=order.strategy,
        token=order.token.value,
        side=order.side.value,
        price_e4=order.price_e4,
        size_e6=order.size_e6,
        order_type="GTD",
        origin=order.origin,
        expires_ns=order.expires_ns,
        reserved_e10=order.reserved_e10,
        estimate_id=order.estimate_id,
        decision_id=order.decision_id,
        incarnation=engine.incarnation,
    )


def _next_id(engine: MarketEngine, wish: OrderWish) -> str:
    """The next id; where a predecessor's last orders are not in the ledger, one of them may have it already."""
    while True:
        order_id = engine.blotter.next_order_id(engine.market_id, wish.token, wish.side, wish.price_e4)
        if not engine.venue.was_sent(order_id):
            return order_id


def _cancel(engine: MarketEngine, order_id: str, reason: str, number: str, now_ns: int) -> QuoteLine:
    order = engine.blotter.step(order_id, OrderEvent.CANCEL)
    engine.venue.cancel(order_id, now_ns)
    engine.count("cancels")
    engine.emit(
        OrderChanged,
        now_ns,
        cause=number,
        order_id=order_id,
        event_type="stale_cancel" if reason == "stale" else OrderEvent.CANCEL.value,
        side=order.side.value,
        price_e4=order.price_e4,
        size_e6=order.size_e6,
        remaining_e6=order.remaining_e6,
        reason=reason,
    )
    return QuoteLine(
        side=order.quote_side.value,
        token=order.token.value,
        order_side=order.side.value,
        price_e4=order.price_e4,
        size_e6=order.remaining_e6,
        outcome="cancelled",
        order_id=order_id,
        detail=reason,
    )


def _kept(engine: MarketEngine, order_id: str) -> QuoteLine:
    order = engine.blotter.get(order_id)
    assert order is not None, "a plan keeps only orders it was shown"
    return QuoteLine(
        side=order.quote_side.value,
        token=order.token.value,
        order_side=order.side.value,
        price_e4=order.price_e4,
        size_e6=order.remaining_e6,
        outcome="kept",
        order_id=order_id,
    )


def _edge(engine: MarketEngine, wish: OrderWish, view: View) -> EvResult:
    """The EV gate on what would really rest: after rounding, on this book, for this strategy."""
    book, params = engine.book, engine.params
    is_bid = wish.quote.side is QuoteSide.BID
    yes_price_e4 = wish.price_e4 if wish.token is Token.YES else complement_e4(wish.price_e4)
    neg_risk = engine.listing.instrument.neg_risk
    assert book.best_bid_e4 is not None and book.best_ask_e4 is not None, "the book gate wants both sides"
    return ev_gate(
        is_bid,
        yes_price_e4,
        view.estimate.p,
        view.estimate.p_lo,
        view.estimate.p_hi,
        spread_points=(book.best_ask_e4 - book.best_bid_e4) / PRICE_ONE_E4,
        size_usd=usd(wish.price_e4 * wish.size_e6),
        depth_usd=book.depth_usd(is_bid, params.depth_within_e4),
        toxicity=view.toxicity,
        rrs=engine.rrs[1] if engine.rrs else 1.0,
        void_p=0.0 if neg_risk else params.default_void_p,
        params=params.ev_for(engine.strategy.name if engine.strategy else ""),
    )


def _reduces(wish: OrderWish) -> bool:
    """Selling what we hold only shrinks the position; whether it is worth it is the strategy's judgement."""
    return wish.side is Side.SELL


def _refused_side(side: QuoteSide, refused: Refused) -> QuoteLine:
    return QuoteLine(
        side=side.value,
        token="",
        order_side="",
        price_e4=0,
        size_e6=0,
        outcome="refused",
        veto=refused.veto.name,
        observed=refused.observed,
        limit=refused.limit,
        detail=refused.detail,
    )


def _line(
    wish: OrderWish,
    outcome: str,
    *,
    edge: EvResult | None = None,
    refused: Refused | None = None,
    veto: str | None = None,
    order_id: str | None = None,
) -> QuoteLine:
    return QuoteLine(
        side=wish.quote.side.value,
        token=wish.token.value,
        order_side=wish.side.value,
        price_e4=wish.price_e4,
        size_e6=wish.size_e6,
        outcome=outcome,
        order_id=order_id,
        veto=refused.veto.name if refused else veto,
        gross=edge.gross if edge else None,
        slip=edge.slip if edge else None,
        adverse=edge.adverse if edge else None,
        resolution=edge.resolution if edge else None,
        net_lb=edge.net_lb if edge else None,
        threshold=edge.threshold if edge else None,
        observed=refused.observed if refused else None,
        limit=refused.limit if refused else None,
        detail=refused.detail if refused else "",
    )
