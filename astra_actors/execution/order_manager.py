"""From wanted quotes to the fewest cancels and places, maker only, within every bound of an order's life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from astra_actors.execution.order import Order, OrderState
from astra_actors.execution.params import OrderParams
from astra_actors.execution.pricing import chase_excess_ticks, maker_price
from astra_actors.execution.quote_plan import CancelWish, OrderWish, Plan, PlanContext, fewest_changes
from astra_actors.kernel.units import NS_PER_S, PRICE_ONE_E4, shares
from astra_actors.market.instrument import Instrument, Side, Token, complement_e4
from astra_actors.risk.veto import Refused, Veto
from astra_actors.strategies.base import Quote, Quotes, QuoteSide

__all__ = ["CancelWish", "OrderManager", "OrderWish", "Plan", "PlanContext", "overdue"]

GUARDED: Final = ("WIDE", "BROKEN")  # regimes in which nothing improves (methods §8.7)


def overdue(order: Order, now_ns: int, params: OrderParams) -> str:
    """Why the order's time is up (`ttl_expired`, `stale`), or an empty string."""
    if now_ns - order.sent_ns > params.ttl_s * NS_PER_S:
        return "ttl_expired"
    if now_ns - max(order.sent_ns, order.refreshed_ns) > params.stale_s * NS_PER_S:
        return "stale"
    return ""


class OrderManager:
    """Plan the orders of one market; holds no state of its own, so the same inputs give the same plan."""

    __slots__ = ("_instrument", "_params")

    def __init__(self, instrument: Instrument, params: OrderParams) -> None:
        self._instrument = instrument
        self._params = params

    def plan(self, quotes: Quotes, ctx: PlanContext, open_orders: Sequence[Order]) -> Plan:
        """What to cancel, place and keep so that the wanted quotes rest; every open order of the market is given."""
        draft = _Draft(ctx, self._params, open_orders)
        if not ctx.quotes_allowed:
            for order in open_orders:
                draft.cancel(order, "cancel_all")
            return draft.done()
        # what reduces the position goes first: it gets the budget, and wins where two of our own quotes would cross
        first, second = _SIDES if ctx.yes_e6 <= ctx.no_e6 else _SIDES_ASK_FIRST
        for side in (first, second):
            wanted = [quote for quote in quotes.wanted if quote.side is side]
            own = [order for order in open_orders if order.quote_side is side]
            if wanted or own:
                self._plan_side(side, wanted, own, draft)
        return draft.done()

    def _plan_side(self, side: QuoteSide, wanted: list[Quote], own: list[Order], draft: _Draft) -> None:
        targets = [target for quote in wanted if (target := self._target(quote, own, draft)) is not None]
        resting = [order for order in own if order.state is OrderState.LIVE or order.state is OrderState.SENT]
        if len(targets) == 1 and len(resting) == 1 and draft.keeps(resting[0], targets[0]):
            draft.kept.append(resting[0].order_id)  # nearly every call ends here
            return
        keepable = [
            sorted(
                (i for i, order in enumerate(resting) if draft.keeps(order, target)),
                key=lambda i, t=target: abs(resting[i].yes_price_e4 - t.price_e4),  # type: ignore[misc]
            )
            for target in targets
        ]
        kept = fewest_changes(keepable)
        draft.kept.extend(resting[i].order_id for i in kept if i is not None)
        left = [order for i, order in enumerate(resting) if i not in kept]
        for target, match in zip(targets, kept, strict=True):
            if match is not None:
                continue
            if left:
                old = min(left, key=lambda order, t=target: abs(order.yes_price_e4 - t.price_e4))  # type: ignore[misc]
                left.remove(old)
                self._replace(old, target, own, draft)
            else:
                draft.settle(side, self._wish(target, own, draft, None))
        for order in left:
            draft.cancel(order, overdue(order, draft.ctx.now_ns, self._params) or draft.unwanted)

    def _target(self, quote: Quote, own: list[Order], draft: _Draft) -> _Target | None:
        ctx, params = draft.ctx, self._params
        is_bid = quote.side is QuoteSide.BID
        size = quote.size_e6 // params.lot_e6 * params.lot_e6
        if ctx.reduce_only:
            room = (ctx.no_e6 - ctx.yes_e6) if is_bid else (ctx.yes_e6 - ctx.no_e6)
            room -= sum(order.remaining_e6 for order in own if order.state in _STUCK)
            if room <= 0:
                draft.refused.append((quote.side, Refused(Veto.NO_ACCUMULATION, shares(size), 0.0, "shares")))
                return None
            size = min(size, room // params.lot_e6 * params.lot_e6)
        price = maker_price(
            quote.price_e4,
            ctx.tick_e4,
            is_bid=is_bid,
            best_bid_e4=ctx.best_bid_e4,
            best_ask_e4=ctx.best_ask_e4,
            policy=params.cross_policy,
        )
        if isinstance(price, Refused):
            draft.refused.append((quote.side, price))
            return None
        return _Target(quote, is_bid, price, size)

    def _replace(self, old: Order, target: _Target, own: list[Order], draft: _Draft) -> None:
        """Move one resting order to its target, or say why not; an order that is late or harmful leaves in any case."""
        ctx, params = draft.ctx, self._params
        chain = old.chain_price_e4 or old.yes_price_e4
        late = overdue(old, ctx.now_ns, params)
        outcome: OrderWish | Refused
        excess = chase_excess_ticks(
            target.price_e4,
            replaced_e4=old.yes_price_e4,
            chain_e4=chain,
            tick_e4=ctx.tick_e4,
            ticks_max=params.chase_ticks_max,
        )
        if draft.guarded:
            outcome = Refused(Veto.TOXIC_NO_IMPROVE, detail=f"toxic={ctx.toxic} regime={ctx.regime}")
        elif excess is not None:
            outcome = Refused(Veto.CHASE_EXCEEDED, excess, float(params.chase_ticks_max), "ticks")
            late = late or "chase_exceeded"
        else:
            outcome = self._wish(target, own, draft, old)
        draft.settle(target.quote.side, outcome)
        if isinstance(outcome, OrderWish):
            draft.cancel(old, late or "replaced")
        elif late or draft.harmful(old, target):
            draft.cancel(old, late or outcome.veto.name.lower())
        else:
            draft.kept.append(old.order_id)

    def _wish(self, target: _Target, own: list[Order], draft: _Draft, old: Order | None) -> OrderWish | Refused:
        ctx, params = draft.ctx, self._params
        size = target.size_e6
        if ctx.reduce_only:  # the old order may still fill while its cancel travels: both together must not turn us
            inventory = abs(ctx.yes_e6 - ctx.no_e6)
            room = inventory - sum(order.remaining_e6 for order in own)
            room -= sum(wish.size_e6 for wish in draft.places if wish.quote.side is target.quote.side)
            size = min(size, max(0, room // params.lot_e6 * params.lot_e6))
        if size < ctx.min_size_e6 or size <= 0:
            return Refused(Veto.SIZE_BELOW_MIN, shares(size), shares(ctx.min_size_e6), "shares")
        refusal = draft.refusal(target, own, fresh=old is None)
        if refusal is not None:
            return refusal
        token, side = draft.token_and_side(target.is_bid, size)
        chain = target.price_e4 if old is None else old.chain_price_e4 or old.yes_price_e4
        return OrderWish(
            token=token,
            side=side,
            price_e4=target.price_e4 if token is Token.YES else complement_e4(target.price_e4),
            size_e6=size,
            expires_ns=params.expires_ns(ctx.now_ns),
            chain_price_e4=chain,
            replaces=None if old is None else old.order_id,
            quote=target.quote,
        )


@dataclass(slots=True)
class _Target:
    """A wish whose price has been put on the grid, in YES terms."""

    quote: Quote
    is_bid: bool
    price_e4: int
    size_e6: int


class _Draft:
    """The plan while it is being made."""

    __slots__ = ("cancels", "ctx", "guarded", "kept", "orders", "params", "places", "refused", "unwanted")

    def __init__(self, ctx: PlanContext, params: OrderParams, orders: Sequence[Order]) -> None:
        self.ctx, self.params, self.orders = ctx, params, orders
        self.guarded = ctx.toxic or ctx.regime in GUARDED
        self.unwanted = "reduce_only" if ctx.reduce_only else "not_wanted"
        self.cancels: list[CancelWish] = []
        self.places: list[OrderWish] = []
        self.kept: list[str] = []
        self.refused: list[tuple[QuoteSide, Refused]] = []

    def done(self) -> Plan:
        return Plan(tuple(self.cancels), tuple(self.places), tuple(self.kept), tuple(self.refused))

    def cancel(self, order: Order, reason: str) -> None:
        """Cancel what can be cancelled; a cancel under way is not repeated, an unknown order is reconciled instead."""
        if order.state is OrderState.LIVE or order.state is OrderState.SENT:
            self.cancels.append(CancelWish(order.order_id, reason))

    def settle(self, side: QuoteSide, outcome: OrderWish | Refused) -> None:
        if isinstance(outcome, OrderWish):
            self.places.append(outcome)
        else:
            self.refused.append((side, outcome))

    def keeps(self, order: Order, target: _Target) -> bool:
        """Whether the order serves the target as it is: in time, not harmful, near enough, about the right size."""
        behind = target.price_e4 - order.yes_price_e4 if target.is_bid else order.yes_price_e4 - target.price_e4
        return (
            behind <= self.params.drift_ticks * self.ctx.tick_e4
            and order.size_e6 - order.filled_e6 >= (1 - self.params.size_under_share) * target.size_e6
            and not self.harmful(order, target)
            and not overdue(order, self.ctx.now_ns, self.params)
        )

    def harmful(self, order: Order, target: _Target) -> bool:
        """Whether the order is worse than wanted: a bolder price, too much, off the grid, no longer covered."""
        ctx, price = self.ctx, order.price_e4
        yes_price = price if order.token is Token.YES else PRICE_ONE_E4 - price
        if yes_price > target.price_e4 if target.is_bid else yes_price < target.price_e4:
            return True
        over = 0.0 if ctx.reduce_only else self.params.size_over_share
        remaining = order.size_e6 - order.filled_e6
        if remaining > (1 + over) * target.size_e6 or price % ctx.tick_e4:
            return True
        if order.side is Side.BUY:
            return False
        return remaining > (ctx.yes_e6 if order.token is Token.YES else ctx.no_e6)

    def refusal(self, target: _Target, own: Sequence[Order], *, fresh: bool) -> Refused | None:
        """Why a new order may not leave now, or None."""
        ctx, price = self.ctx, target.price_e4
        if len(self.places) >= ctx.budget_mutations:
            return Refused(Veto.MUTATION_BUDGET, float(len(self.places)), float(ctx.budget_mutations), "orders")
        for order in own:
            if order.state is OrderState.UNKNOWN:  # it may rest: a second one would double the wish
                return Refused(Veto.VENUE_DOWN, detail=f"order {order.order_id} is unknown")
        best = ctx.best_bid_e4 if target.is_bid else ctx.best_ask_e4
        improves = best is None or (price > best if target.is_bid else price < best)
        if fresh and self.guarded and improves:
            return Refused(Veto.TOXIC_NO_IMPROVE, detail=f"toxic={ctx.toxic} regime={ctx.regime}")
        other = self._own_opposite_e4(target.is_bid)
        if other is not None and (price >= other if target.is_bid else price <= other):
            return Refused(Veto.WOULD_CROSS, price / PRICE_ONE_E4, other / PRICE_ONE_E4, "usd", "our own order")
        return None

    def token_and_side(self, is_bid: bool, size_e6: int) -> tuple[Token, Side]:
        """Sell what is held, settled and not yet on offer, else buy the other token: the same quote without a short sale."""
        held_token = Token.NO if is_bid else Token.YES
        ctx = self.ctx
        free = ctx.no_e6 - ctx.no_unsettled_e6 if is_bid else ctx.yes_e6 - ctx.yes_unsettled_e6
        free -= sum(o.remaining_e6 for o in self.orders if o.side is Side.SELL and o.token is held_token)
        free -= sum(w.size_e6 for w in self.places if w.side is Side.SELL and w.token is held_token)
        return (held_token, Side.SELL) if free >= size_e6 else (held_token.other, Side.BUY)

    def _own_opposite_e4(self, is_bid: bool) -> int | None:
        """The nearest YES price of our own other side, orders about to be cancelled included: they may still rest."""
        side = QuoteSide.ASK if is_bid else QuoteSide.BID
        prices = [order.yes_price_e4 for order in self.orders if order.quote_side is side]
        prices += [
            wish.price_e4 if wish.token is Token.YES else complement_e4(wish.price_e4)
            for wish in self.places
            if wish.quote.side is side
        ]
        if not prices:
            return None
        return min(prices) if is_bid else max(prices)


_STUCK: Final = (OrderState.CANCELLING, OrderState.UNKNOWN)
_SIDES: Final = (QuoteSide.BID, QuoteSide.ASK)
_SIDES_ASK_FIRST: Final = (QuoteSide.ASK, QuoteSide.BID)
