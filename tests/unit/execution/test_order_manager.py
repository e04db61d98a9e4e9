"""The order manager: every bound of an order's life, one row each."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from astra_actors.execution.order import Order, OrderState
from astra_actors.execution.order_manager import CancelWish, OrderManager, PlanContext, overdue
from astra_actors.execution.params import OrderParams
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.instrument import Instrument, Side, Token
from astra_actors.risk.veto import Refused, Veto
from astra_actors.strategies.base import Quote, Quotes, QuoteSide

BID, ASK = QuoteSide.BID, QuoteSide.ASK
YES, NO = Token.YES, Token.NO
NOW_NS = 1_000 * NS_PER_S
SHARE = 1_000_000
PARAMS = OrderParams()
MANAGER = OrderManager(Instrument(market_id="m", yes_asset="y", no_asset="n"), PARAMS)


def order(
    order_id: str, token: Token, side: Side, price_e4: int, shares: int = 50, age_s: int = 5, **more: Any
) -> Order:
    sent_ns = NOW_NS - age_s * NS_PER_S
    fields: dict[str, Any] = {"state": OrderState.LIVE, "refreshed_ns": sent_ns} | more
    return Order(
        order_id=order_id,
        market_id="m",
        token=token,
        side=side,
        price_e4=price_e4,
        size_e6=shares * SHARE,
        sent_ns=sent_ns,
        expires_ns=0,
        strategy="s",
        **fields,
    )


def bid_at(yes_price_e4: int, **more: Any) -> Order:
    return order("bid", YES, Side.BUY, yes_price_e4, **more)


def ask_at(yes_price_e4: int, **more: Any) -> Order:
    return order("ask", NO, Side.BUY, 10_000 - yes_price_e4, **more)


def want(side: QuoteSide, price_e4: float, shares: float = 50) -> Quote:
    return Quote(side=side, price_e4=price_e4, size_e6=int(shares * SHARE), edge_points=0.02)


CALM = PlanContext(
    now_ns=NOW_NS,
    tick_e4=100,
    best_bid_e4=4900,
    best_ask_e4=5100,
    yes_e6=0,
    no_e6=0,
    toxic=False,
    regime="NORMAL",
    quotes_allowed=True,
    reduce_only=False,
    budget_mutations=15,
    min_size_e6=5 * SHARE,
)


def summary(wanted: list[Quote], orders: list[Order], **ctx: Any) -> tuple[Any, ...]:
    """A plan as (cancels, places, kept, vetoes) in short words."""
    plan = MANAGER.plan(Quotes(tuple(wanted)), replace(CALM, **ctx), orders)
    return (
        [(cancel.order_id, cancel.reason) for cancel in plan.cancels],
        [(wish.token.value, wish.side.value, wish.price_e4, wish.size_e6 // SHARE) for wish in plan.places],
        list(plan.kept),
        [refused.veto for _, refused in plan.refused],
    )


@pytest.mark.parametrize(
    ("quote", "held", "place"),
    [
        pytest.param(want(BID, 4812.3), (0, 0), ("YES", "BUY", 4800, 50), id="a bid buys YES"),
        pytest.param(want(ASK, 5188.1), (0, 0), ("NO", "BUY", 4800, 50), id="an ask buys NO at the complement"),
        pytest.param(want(BID, 4812.3), (0, 50), ("NO", "SELL", 5200, 50), id="a bid sells the NO we hold"),
        pytest.param(want(ASK, 5188.1), (50, 0), ("YES", "SELL", 5200, 50), id="an ask sells the YES we hold"),
        pytest.param(want(ASK, 5188.1), (49, 0), ("NO", "BUY", 4800, 50), id="too little held is not sold short"),
        pytest.param(want(BID, 4900, 50.009), (0, 0), ("YES", "BUY", 4900, 50), id="sizes have two decimals"),
        pytest.param(want(BID, 4900, 5), (0, 0), ("YES", "BUY", 4900, 5), id="the minimum size rests"),
    ],
)
def test_a_quote_becomes_an_order_of_the_right_token(
    quote: Quote, held: tuple[int, int], place: tuple[str, str, int, int]
) -> None:
    assert summary([quote], [], yes_e6=held[0] * SHARE, no_e6=held[1] * SHARE) == ([], [place], [], [])


def test_what_is_already_on_offer_is_not_sold_twice() -> None:
    selling = order("old", YES, Side.SELL, 5300, shares=30, state=OrderState.CANCELLING)
    _, places, _, _ = summary([want(ASK, 5200, 30)], [selling], yes_e6=50 * SHARE)
    assert places == [("NO", "BUY", 4800, 30)]


@pytest.mark.parametrize(
    ("resting", "quote", "expected"),
    [
        pytest.param(bid_at(4800), want(BID, 4800), ([], [], ["bid"], []), id="the same price keeps its queue"),
        pytest.param(bid_at(4800), want(BID, 4899), ([], [], ["bid"], []), id="the same tick after rounding"),
        pytest.param(bid_at(4600), want(BID, 4800), ([], [], ["bid"], []), id="two ticks behind are not chased"),
        pytest.param(
            bid_at(4500),
            want(BID, 4800),
            ([("bid", "replaced")], [("YES", "BUY", 4800, 50)], [], []),
            id="three ticks behind are moved",
        ),
        pytest.param(
            bid_at(4900),
            want(BID, 4800),
            ([("bid", "replaced")], [("YES", "BUY", 4800, 50)], [], []),
            id="one tick too bold is moved at once",
        ),
        pytest.param(
            ask_at(5100),
            want(ASK, 5200),
            ([("ask", "replaced")], [("NO", "BUY", 4800, 50)], [], []),
            id="an ask one tick too bold",
        ),
        pytest.param(ask_at(5400), want(ASK, 5200), ([], [], ["ask"], []), id="an ask two ticks behind"),
        pytest.param(
            bid_at(4800, filled_e6=25 * SHARE), want(BID, 4800), ([], [], ["bid"], []), id="half filled keeps its place"
        ),
        pytest.param(
            bid_at(4800, filled_e6=26 * SHARE),
            want(BID, 4800),
            ([("bid", "replaced")], [("YES", "BUY", 4800, 50)], [], []),
            id="more than half filled is topped up",
        ),
        pytest.param(bid_at(4800), want(BID, 4800, 40), ([], [], ["bid"], []), id="a quarter too large may stay"),
        pytest.param(
            bid_at(4800),
            want(BID, 4800, 39),
            ([("bid", "replaced")], [("YES", "BUY", 4800, 39)], [], []),
            id="more than a quarter too large is risk",
        ),
        pytest.param(
            bid_at(4750),
            want(BID, 4800),
            ([("bid", "replaced")], [("YES", "BUY", 4800, 50)], [], []),
            id="a price off the new grid is rounded again",
        ),
        pytest.param(
            bid_at(4800, age_s=121, refreshed_ns=NOW_NS),
            want(BID, 4800),
            ([("bid", "ttl_expired")], [("YES", "BUY", 4800, 50)], [], []),
            id="a quote older than its TTL is placed anew",
        ),
        pytest.param(
            bid_at(4800, age_s=120, refreshed_ns=NOW_NS),
            want(BID, 4800),
            ([], [], ["bid"], []),
            id="exactly its TTL is not older",
        ),
        pytest.param(
            bid_at(4800, age_s=61),
            want(BID, 4800),
            ([("bid", "stale")], [("YES", "BUY", 4800, 50)], [], []),
            id="a quote nobody looked at for a minute",
        ),
        pytest.param(
            bid_at(4500),
            want(BID, 4900),
            ([("bid", "chase_exceeded")], [], [], [Veto.CHASE_EXCEEDED]),
            id="four ticks are a chase: cancel only",
        ),
        pytest.param(
            bid_at(5300, chain_price_e4=5000),
            want(BID, 4900),
            ([("bid", "chase_exceeded")], [], [], [Veto.CHASE_EXCEEDED]),
            id="four ticks down are a chase as well",
        ),
        pytest.param(
            order("sell", NO, Side.SELL, 5200),
            want(BID, 4800),
            ([("sell", "replaced")], [("YES", "BUY", 4800, 50)], [], []),
            id="an offer of NO we no longer hold leaves",
        ),
    ],
)
def test_one_resting_order_and_one_wish(resting: Order, quote: Quote, expected: tuple[Any, ...]) -> None:
    assert summary([quote], [resting]) == expected


def test_a_resting_purchase_is_kept_although_the_same_quote_would_now_be_a_sale() -> None:
    """Both are the same quote in the joint book; a place in the queue is worth more than the other token."""
    assert summary([want(BID, 4800)], [bid_at(4800)], no_e6=50 * SHARE) == ([], [], ["bid"], [])


def test_the_chain_is_anchored_at_its_first_price() -> None:
    """O8.7: 0.50 → 0.52 → 0.53 may move, → 0.55 may not, then a new chain begins."""
    book = {"best_bid_e4": 4900, "best_ask_e4": 6000}
    resting, chains = bid_at(5000), []
    for price in (5200, 5300, 5500):
        eager = OrderManager(Instrument(market_id="m", yes_asset="y", no_asset="n"), OrderParams(drift_ticks=0))
        plan = eager.plan(Quotes((want(BID, price),)), replace(CALM, **book), [resting])
        if not plan.places:
            break
        wish = plan.places[0]
        assert wish.replaces == "bid"
        chains.append((wish.price_e4, wish.chain_price_e4))
        resting = bid_at(wish.price_e4, chain_price_e4=wish.chain_price_e4)
    assert chains == [(5200, 5000), (5300, 5000)]
    assert plan.refused == ((BID, Refused(Veto.CHASE_EXCEEDED, 5.0, 3.0, "ticks")),)
    fresh = MANAGER.plan(Quotes((want(BID, 5500),)), replace(CALM, **book), [])
    assert fresh.places[0].chain_price_e4 == 5500


GUARDS = [{"toxic": True}, {"regime": "WIDE"}, {"regime": "BROKEN"}]


@pytest.mark.parametrize("guard", GUARDS, ids=str)
@pytest.mark.parametrize(
    ("orders", "quote", "expected"),
    [
        pytest.param([bid_at(4800)], want(BID, 4800), ([], [], ["bid"], []), id="what fits stays"),
        pytest.param(
            [bid_at(4500)], want(BID, 4800), ([], [], ["bid"], [Veto.TOXIC_NO_IMPROVE]), id="no improving replace"
        ),
        pytest.param(
            [bid_at(4900)],
            want(BID, 4700),
            ([("bid", "toxic_no_improve")], [], [], [Veto.TOXIC_NO_IMPROVE]),
            id="too bold: cancel only",
        ),
        pytest.param(
            [bid_at(4800, age_s=121)],
            want(BID, 4800),
            ([("bid", "ttl_expired")], [], [], [Veto.TOXIC_NO_IMPROVE]),
            id="too old: cancel only",
        ),
        pytest.param([], want(BID, 4900), ([], [("YES", "BUY", 4900, 50)], [], []), id="joining is allowed"),
        pytest.param([], want(BID, 5000), ([], [], [], [Veto.TOXIC_NO_IMPROVE]), id="a fresh improvement is not"),
        pytest.param([], want(ASK, 5000), ([], [], [], [Veto.TOXIC_NO_IMPROVE]), id="nor on the other side"),
    ],
)
def test_under_toxic_flow_or_a_wide_spread_nothing_improves(
    guard: dict[str, Any], orders: list[Order], quote: Quote, expected: tuple[Any, ...]
) -> None:
    assert summary([quote], orders, **guard) == expected


def test_an_empty_side_cannot_be_joined_under_toxic_flow() -> None:
    assert summary([want(BID, 1000)], [], toxic=True, best_bid_e4=None)[3] == [Veto.TOXIC_NO_IMPROVE]


def test_closed_gates_cancel_everything_that_can_be_cancelled() -> None:
    orders = [
        bid_at(4800),
        ask_at(5200, state=OrderState.SENT),
        order("going", YES, Side.BUY, 4700, state=OrderState.CANCELLING),
        order("lost", YES, Side.BUY, 4600, state=OrderState.UNKNOWN),
    ]
    expected = ([("bid", "cancel_all"), ("ask", "cancel_all")], [], [], [])
    assert summary([want(BID, 4800)], orders, quotes_allowed=False, budget_mutations=0) == expected


def test_what_is_no_longer_wanted_leaves() -> None:
    assert summary([], [bid_at(4800), ask_at(5200)])[0] == [("bid", "not_wanted"), ("ask", "not_wanted")]


def test_a_second_order_on_a_side_leaves_and_the_nearer_one_stays() -> None:
    orders = [order("far", YES, Side.BUY, 4700), order("near", YES, Side.BUY, 4800)]
    assert summary([want(BID, 4800)], orders) == ([("far", "not_wanted")], [], ["near"], [])


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        pytest.param([], ([], [], [], [Veto.MUTATION_BUDGET]), id="no new order"),
        pytest.param([bid_at(4500)], ([], [], ["bid"], [Veto.MUTATION_BUDGET]), id="a timid order stays"),
        pytest.param(
            [bid_at(4900)], ([("bid", "mutation_budget")], [], [], [Veto.MUTATION_BUDGET]), id="a bold one still leaves"
        ),
        pytest.param(
            [bid_at(4500, age_s=121)],
            ([("bid", "ttl_expired")], [], [], [Veto.MUTATION_BUDGET]),
            id="an old one still leaves",
        ),
    ],
)
def test_a_spent_budget_stops_orders_and_never_cancels(orders: list[Order], expected: tuple[Any, ...]) -> None:
    assert summary([want(BID, 4800)], orders, budget_mutations=0) == expected


def test_the_last_order_of_a_budget_goes_to_the_side_that_reduces() -> None:
    held = {"yes_e6": 50 * SHARE, "budget_mutations": 1}
    _, places, _, vetoes = summary([want(BID, 4800), want(ASK, 5200)], [], **held)
    assert places == [("YES", "SELL", 5200, 50)]
    assert vetoes == [Veto.MUTATION_BUDGET]


@pytest.mark.parametrize(
    ("quotes", "orders", "expected"),
    [
        pytest.param([want(BID, 4800)], [], ([], [], [], [Veto.NO_ACCUMULATION]), id="nothing may grow"),
        pytest.param([want(ASK, 5200)], [], ([], [("YES", "SELL", 5200, 30)], [], []), id="cut to what is held"),
        pytest.param(
            [want(BID, 4800)],
            [bid_at(4800)],
            ([("bid", "reduce_only")], [], [], [Veto.NO_ACCUMULATION]),
            id="what would grow leaves",
        ),
        pytest.param(
            [want(ASK, 5200)],
            [ask_at(5200, shares=30)],
            ([], [], ["ask"], []),
            id="an order of the right size stays",
        ),
        pytest.param(
            [want(ASK, 5200)],
            [ask_at(5200, shares=31)],
            ([("ask", "size_below_min")], [], [], [Veto.SIZE_BELOW_MIN]),
            id="one share too many leaves, and its place is free only when it is proven gone",
        ),
        pytest.param(
            [want(ASK, 5200)],
            [ask_at(5200, shares=20, state=OrderState.CANCELLING)],
            ([], [("YES", "SELL", 5200, 10)], [], []),
            id="what may still fill counts",
        ),
        pytest.param(
            [want(ASK, 5200)],
            [ask_at(5200, shares=30, state=OrderState.CANCELLING)],
            ([], [], [], [Veto.NO_ACCUMULATION]),
            id="nothing is left beside an order under way out",
        ),
    ],
)
def test_reduce_only_with_thirty_yes(quotes: list[Quote], orders: list[Order], expected: tuple[Any, ...]) -> None:
    assert summary(quotes, orders, reduce_only=True, yes_e6=30 * SHARE) == expected


@pytest.mark.parametrize(
    ("quote", "ctx", "veto"),
    [
        pytest.param(want(BID, 4800, 4.999), {}, Veto.SIZE_BELOW_MIN, id="under the minimum size"),
        pytest.param(want(BID, 5100), {}, Veto.WOULD_CROSS, id="at the ask"),
        pytest.param(want(ASK, 4900), {}, Veto.WOULD_CROSS, id="at the bid"),
        pytest.param(want(BID, 99), {}, Veto.OFF_GRID, id="under a tick"),
    ],
)
def test_a_wish_that_cannot_rest_is_refused_with_its_reason(quote: Quote, ctx: dict[str, Any], veto: Veto) -> None:
    assert summary([quote], [], **ctx) == ([], [], [], [veto])


def test_two_wishes_that_cross_each_other_do_not_both_rest() -> None:
    _, places, _, vetoes = summary([want(BID, 5000), want(ASK, 5000)], [])
    assert places == [("YES", "BUY", 5000, 50)]
    assert vetoes == [Veto.WOULD_CROSS]


def test_a_bid_waits_for_our_own_ask_to_be_gone() -> None:
    leaving = order("old", NO, Side.BUY, 5000, state=OrderState.CANCELLING)
    _, places, _, vetoes = summary([want(BID, 5000)], [leaving])
    assert (places, vetoes) == ([], [Veto.WOULD_CROSS])


def test_an_unknown_order_keeps_its_side_closed() -> None:
    lost = bid_at(4800, state=OrderState.UNKNOWN)
    assert summary([want(BID, 4800)], [lost]) == ([], [], [], [Veto.VENUE_DOWN])


def test_an_order_under_way_out_does_not_close_its_side() -> None:
    leaving = bid_at(4900, state=OrderState.CANCELLING)
    assert summary([want(BID, 4800)], [leaving]) == ([], [("YES", "BUY", 4800, 50)], [], [])


def test_a_sent_order_is_kept_like_a_resting_one() -> None:
    assert summary([want(BID, 4800)], [bid_at(4800, state=OrderState.SENT)])[2] == ["bid"]


def test_the_reprice_policy_rests_one_tick_inside() -> None:
    manager = OrderManager(Instrument(market_id="m", yes_asset="y", no_asset="n"), OrderParams(cross_policy="reprice"))
    plan = manager.plan(Quotes((want(BID, 5300),)), CALM, [])
    assert [wish.price_e4 for wish in plan.places] == [5000]


@pytest.mark.parametrize(
    ("now_ns", "params", "life_s"),
    [
        pytest.param(0, OrderParams(gtd_transit_s=0), 180, id="60 s of buffer and 120 s wanted"),
        pytest.param(0, OrderParams(), 185, id="the venue's minimum holds on arrival, not only when sent"),
        pytest.param(1, OrderParams(), 186, id="whole seconds, rounded up"),
        pytest.param(0, OrderParams(ttl_s=600), 660, id="a longer life than the minimum"),
        pytest.param(0, OrderParams(ttl_s=10), 185, id="a life too short for the venue"),
    ],
)
def test_the_expiry_stated_to_the_venue(now_ns: int, params: OrderParams, life_s: int) -> None:
    assert params.expires_ns(now_ns) == life_s * NS_PER_S


def test_our_own_ttl_ends_before_the_venue_removes_the_order() -> None:
    removed_ns = PARAMS.expires_ns(NOW_NS) - 60 * NS_PER_S  # the venue takes it 60 s before the stated time
    assert removed_ns > NOW_NS + PARAMS.ttl_s * NS_PER_S


def test_overdue_names_the_older_reason_first() -> None:
    old = bid_at(4800, age_s=500)
    assert overdue(old, NOW_NS, PARAMS) == "ttl_expired"
    assert overdue(replace(old, sent_ns=NOW_NS), NOW_NS, PARAMS) == ""


def test_cancels_are_values_with_their_reason() -> None:
    plan = MANAGER.plan(Quotes(), CALM, [bid_at(4800)])
    assert plan.cancels == (CancelWish("bid", "not_wanted"),)


def test_two_quotes_of_one_side_share_what_is_held() -> None:
    quotes = [want(ASK, 5200, 30), want(ASK, 5300, 30)]
    _, places, _, _ = summary(quotes, [], yes_e6=50 * SHARE)
    assert places == [("YES", "SELL", 5200, 30), ("NO", "BUY", 4700, 30)]
    _, reducing, _, _ = summary(quotes, [], yes_e6=50 * SHARE, reduce_only=True)
    assert reducing == [("YES", "SELL", 5200, 30), ("YES", "SELL", 5300, 20)]
