"""Plans: the fewest changes against every possible matching, and what no plan may ever do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from astra_actors.execution.order import Order, OrderState
from astra_actors.execution.order_manager import OrderManager, OrderWish, Plan, PlanContext
from astra_actors.execution.params import OrderParams
from astra_actors.execution.pricing import round_to_tick
from astra_actors.execution.quote_plan import fewest_changes
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.instrument import Instrument, Side, Token, complement_e4
from astra_actors.strategies.base import Quote, Quotes, QuoteSide

NOW_NS = 1_000 * NS_PER_S
SHARE = 1_000_000
INSTRUMENT = Instrument(market_id="m", yes_asset="y", no_asset="n")
PARAMS = OrderParams()
MANAGER = OrderManager(INSTRUMENT, PARAMS)
STATES = (OrderState.SENT, OrderState.LIVE, OrderState.CANCELLING, OrderState.UNKNOWN)
CALM = PlanContext(
    now_ns=NOW_NS,
    tick_e4=100,
    best_bid_e4=4900,
    best_ask_e4=5200,
    yes_e6=0,
    no_e6=0,
    toxic=False,
    regime="NORMAL",
    quotes_allowed=True,
    reduce_only=False,
    budget_mutations=15,
    min_size_e6=5 * SHARE,
)


def an_order(number: int, token: Token, side: Side, ticks: int, shares: int, filled: int, **more: Any) -> Order:
    sent_ns = NOW_NS - more.pop("age_s", 5) * NS_PER_S
    return Order(
        order_id=f"o{number}",
        market_id="m",
        token=token,
        side=side,
        price_e4=ticks * 100,
        size_e6=shares * SHARE,
        filled_e6=min(filled, shares - 1) * SHARE,
        sent_ns=sent_ns,
        refreshed_ns=sent_ns,
        expires_ns=0,
        strategy="s",
        **more,
    )


quotes_of = st.builds(
    Quote,
    side=st.sampled_from(QuoteSide),
    price_e4=st.floats(4_000, 6_000),
    size_e6=st.integers(1, 100).map(lambda shares: shares * SHARE),
    edge_points=st.just(0.02),
)
orders_of = st.lists(
    st.tuples(
        st.sampled_from(Token),
        st.sampled_from(Side),
        st.integers(42, 58),
        st.integers(5, 100),
        st.integers(0, 60),
        st.sampled_from(STATES),
        st.sampled_from([5, 61, 121]),
        st.sampled_from([0, 4600, 5000, 5400]),
    ),
    max_size=4,
).map(
    lambda rows: [
        an_order(n, *row[:5], state=row[5], age_s=row[6], chain_price_e4=row[7]) for n, row in enumerate(rows)
    ]
)
contexts = st.builds(
    PlanContext,
    now_ns=st.just(NOW_NS),
    tick_e4=st.sampled_from([100, 50, 10]),
    best_bid_e4=st.none() | st.integers(45, 49).map(lambda ticks: ticks * 100),
    best_ask_e4=st.none() | st.integers(50, 55).map(lambda ticks: ticks * 100),
    yes_e6=st.integers(0, 80).map(lambda shares: shares * SHARE),
    no_e6=st.integers(0, 80).map(lambda shares: shares * SHARE),
    toxic=st.booleans(),
    regime=st.sampled_from(["TIGHT", "NORMAL", "WIDE", "BROKEN"]),
    quotes_allowed=st.sampled_from([True, True, True, False]),
    reduce_only=st.booleans(),
    budget_mutations=st.integers(0, 3),
    min_size_e6=st.just(5 * SHARE),
)
one_a_side = st.lists(quotes_of, max_size=2, unique_by=lambda quote: quote.side).map(lambda qs: Quotes(tuple(qs)))


def may_keep(order: Order, quote: Quote) -> bool:
    """The rule of keeping, in the test's own words, for a fresh YES bid on a calm market."""
    price = round_to_tick(quote.price_e4, 100, is_buy=True)
    assert price is not None
    return 0 <= price - order.price_e4 <= 200 and 0.5 * quote.size_e6 <= order.remaining_e6 <= 1.25 * quote.size_e6


def fewest_by_trying_all(wanted: Sequence[Quote], orders: Sequence[Order]) -> int:
    slots: list[Order | None] = [*orders, *([None] * len(wanted))]
    best = len(wanted) + len(orders)
    for row in permutations(slots, len(wanted)):
        if all(order is None or may_keep(order, quote) for order, quote in zip(row, wanted, strict=True)):
            kept = sum(order is not None for order in row)
            best = min(best, len(wanted) + len(orders) - 2 * kept)
    return best


@given(
    wishes=st.lists(st.tuples(st.floats(4_300, 4_899), st.integers(5, 60)), max_size=2),
    rests=st.lists(st.tuples(st.integers(43, 49), st.integers(5, 60), st.integers(0, 40)), max_size=3),
)
def test_no_other_plan_changes_fewer_orders(wishes: list[tuple[float, int]], rests: list[tuple[int, int, int]]) -> None:
    wanted = [
        Quote(side=QuoteSide.BID, price_e4=price, size_e6=shares * SHARE, edge_points=0.0) for price, shares in wishes
    ]
    orders = [an_order(n, Token.YES, Side.BUY, *rest, state=OrderState.LIVE) for n, rest in enumerate(rests)]
    free = OrderManager(INSTRUMENT, OrderParams(chase_ticks_max=1_000))
    plan = free.plan(Quotes(tuple(wanted)), CALM, orders)
    assert len(plan.cancels) + len(plan.places) == fewest_by_trying_all(wanted, orders)


@given(st.lists(st.lists(st.integers(0, 3), unique=True, max_size=4), max_size=4))
def test_the_matching_is_a_matching_and_the_largest(keepable: list[list[int]]) -> None:
    kept = fewest_changes(keepable)
    used = [order for order in kept if order is not None]
    assert len(used) == len(dict.fromkeys(used))
    assert all(order is None or order in keepable[wish] for wish, order in enumerate(kept))
    rows = permutations([0, 1, 2, 3, None, None, None, None], len(keepable))
    largest = max(
        sum(order is not None for order in row)
        for row in rows
        if all(order is None or order in keepable[wish] for wish, order in enumerate(row))
    )
    assert len(used) == largest


def yes_price(wish: OrderWish) -> int:
    return wish.price_e4 if wish.token is Token.YES else complement_e4(wish.price_e4)


@given(quotes=one_a_side, ctx=contexts, orders=orders_of)
def test_what_no_plan_may_do(quotes: Quotes, ctx: PlanContext, orders: list[Order]) -> None:
    plan = MANAGER.plan(quotes, ctx, orders)
    touched = [cancel.order_id for cancel in plan.cancels] + list(plan.kept)
    resting = [order.order_id for order in orders if order.state in (OrderState.LIVE, OrderState.SENT)]
    assert sorted(touched) == sorted(resting)  # every resting order is kept or cancelled, once
    assert len(plan.places) <= ctx.budget_mutations
    if not ctx.quotes_allowed:
        assert (plan.places, plan.kept) == ((), ())
    for wish in plan.places:
        check_place(wish, plan, ctx, orders)


def check_place(wish: OrderWish, plan: Plan, ctx: PlanContext, orders: list[Order]) -> None:
    price, is_bid = yes_price(wish), wish.quote.side is QuoteSide.BID
    assert price % ctx.tick_e4 == 0
    assert wish.size_e6 >= ctx.min_size_e6
    assert wish.size_e6 <= wish.quote.size_e6
    bolder = price - wish.quote.price_e4 if is_bid else wish.quote.price_e4 - price
    assert bolder <= 0.0001  # never bolder than wished, read at eight decimals of a dollar
    if is_bid:
        assert ctx.best_ask_e4 is None or price < ctx.best_ask_e4
    else:
        assert ctx.best_bid_e4 is None or price > ctx.best_bid_e4
    for order in orders:  # and never across an order of ours that may still rest
        if order.quote_side is not wish.quote.side:
            assert price < order.yes_price_e4 if is_bid else price > order.yes_price_e4
    if ctx.toxic or ctx.regime in ("WIDE", "BROKEN"):
        best = ctx.best_bid_e4 if is_bid else ctx.best_ask_e4
        assert best is not None
        assert price <= best if is_bid else price >= best
        assert wish.replaces is None
    if wish.side is Side.SELL:
        offered = sum(o.remaining_e6 for o in orders if o.side is Side.SELL and o.token is wish.token)
        assert wish.size_e6 + offered <= (ctx.yes_e6 if wish.token is Token.YES else ctx.no_e6)
    if ctx.reduce_only:
        side = wish.quote.side
        could_fill = wish.size_e6 + sum(o.remaining_e6 for o in orders if o.quote_side is side)
        assert could_fill <= (ctx.no_e6 - ctx.yes_e6 if is_bid else ctx.yes_e6 - ctx.no_e6)
    if wish.replaces is not None:
        old = next(order for order in orders if order.order_id == wish.replaces)
        assert old.order_id in [cancel.order_id for cancel in plan.cancels]
        assert abs(price - old.yes_price_e4) <= 3 * ctx.tick_e4
        assert abs(price - wish.chain_price_e4) <= 3 * ctx.tick_e4


@given(quotes=one_a_side, ctx=contexts, orders=orders_of)
def test_a_plan_that_was_carried_out_needs_no_second_one(quotes: Quotes, ctx: PlanContext, orders: list[Order]) -> None:
    """Whatever was placed is kept at the next look: a plan never argues with itself."""
    plan = MANAGER.plan(quotes, ctx, orders)
    placed = [
        Order(
            order_id=f"new{n}",
            market_id="m",
            token=wish.token,
            side=wish.side,
            price_e4=wish.price_e4,
            size_e6=wish.size_e6,
            sent_ns=NOW_NS,
            refreshed_ns=NOW_NS,
            expires_ns=wish.expires_ns,
            strategy="s",
            chain_price_e4=wish.chain_price_e4,
            state=OrderState.LIVE,
        )
        for n, wish in enumerate(plan.places)
    ]
    gone = [cancel.order_id for cancel in plan.cancels]
    resting = [order for order in orders if order.order_id not in gone]
    if any(order.state in (OrderState.CANCELLING, OrderState.UNKNOWN) for order in resting):
        resting = [order for order in resting if order.order_id in plan.kept]
    again = MANAGER.plan(quotes, replace(ctx, budget_mutations=15), [*resting, *placed])
    for order in placed:
        assert order.order_id in again.kept
