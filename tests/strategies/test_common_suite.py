"""What every registered strategy keeps to, the next newcomer's included."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from astra_actors.execution.order_manager import OrderManager, PlanContext
from astra_actors.execution.params import OrderParams
from astra_actors.execution.pricing import maker_price
from astra_actors.kernel.units import USD_ONE_E10
from astra_actors.market.instrument import Side, Token
from astra_actors.risk.veto import Refused
from astra_actors.strategies.base import QuoteSide, Strategy, View
from astra_actors.strategies.registry import load_strategies, strategy_classes

NAMES = tuple(strategy_classes())
every_strategy = pytest.mark.parametrize("name", NAMES)
Make = Callable[..., View]


def the_strategy(name: str) -> Strategy:
    return load_strategies({name: {}})[0]


@st.composite
def markets(draw: st.DrawFn) -> dict[str, object]:
    """Any two-sided market in any mood, with any position and budget."""
    tick = draw(st.sampled_from([1000, 100, 50, 25, 10, 1]))
    steps = 10_000 // tick
    bid = draw(st.integers(1, steps - 2))
    ask = draw(st.integers(bid + 1, min(steps - 1, bid + draw(st.sampled_from([1, 2, 4, 8, 40])))))
    p = draw(st.floats(0.001, 0.999))
    width = draw(st.floats(0, 0.2))
    cap = draw(st.integers(0, 100))
    holds = draw(st.sampled_from([(0, 0), (1, 0), (0, 1), (1, 1)]))
    return {
        "tick_e4": tick,
        "best_bid_e4": bid * tick,
        "best_ask_e4": ask * tick,
        "interval": (max(0.0, p - width), p, min(1.0, p + width)),
        "regime": draw(st.sampled_from(["TIGHT", "NORMAL", "WIDE", "BROKEN"])),
        "toxic": draw(st.booleans()),
        "toxicity_mild": draw(st.booleans()),
        "toxicity": draw(st.floats(0, 1)),
        "churn_per_s": draw(st.floats(0, 10)),
        "jump": draw(st.floats(0, 1)),
        "hours_to_close": draw(st.none() | st.floats(0, 2_000)),
        "yes_e6": holds[0] * draw(st.integers(0, 300_000_000)),
        "no_e6": holds[1] * draw(st.integers(0, 300_000_000)),
        "cap_e10": cap * USD_ONE_E10,
        "budget_e10": draw(st.integers(0, cap)) * USD_ONE_E10,
    }


def rounded(view: View) -> Callable[[QuoteSide, float], int | Refused]:
    def price(side: QuoteSide, price_e4: float) -> int | Refused:
        return maker_price(
            price_e4,
            view.tick_e4,
            is_bid=side is QuoteSide.BID,
            best_bid_e4=view.best_bid_e4,
            best_ask_e4=view.best_ask_e4,
        )

    return price


def context(view: View) -> PlanContext:
    return PlanContext(
        now_ns=view.now_ns,
        tick_e4=view.tick_e4,
        best_bid_e4=view.best_bid_e4,
        best_ask_e4=view.best_ask_e4,
        yes_e6=view.yes_e6,
        no_e6=view.no_e6,
        toxic=view.toxic,
        regime=view.regime,
        quotes_allowed=True,
        reduce_only=False,
        budget_mutations=15,
        min_size_e6=view.listing.instrument.min_size_e6,
    )


@every_strategy
def test_it_is_a_strategy_with_a_header_that_says_when_it_loses(name: str) -> None:
    made = the_strategy(name)
    assert isinstance(made, Strategy)
    assert made.name == name
    header = __import__(type(made).__module__, fromlist=["_"]).__doc__
    for word in ("Idea:", "Edge:", "It loses"):
        assert word in header


@every_strategy
@given(market=markets())
def test_quotes_rest_on_the_grid_and_do_not_cross(name: str, make_view: Make, market: dict[str, object]) -> None:
    view = make_view(**market)
    wanted = the_strategy(name).quotes(view).wanted
    prices = {quote.side: rounded(view)(quote.side, quote.price_e4) for quote in wanted}
    assert len(prices) == len(wanted)  # at most one a side
    for price in prices.values():
        assert isinstance(price, int)
        assert price % view.tick_e4 == 0
    if len(prices) == 2:
        bid, ask = prices[QuoteSide.BID], prices[QuoteSide.ASK]
        assert isinstance(bid, int)
        assert isinstance(ask, int)
        assert bid < ask  # we never trade with ourselves


@every_strategy
@given(market=markets())
def test_the_same_view_gives_the_same_quotes(name: str, make_view: Make, market: dict[str, object]) -> None:
    first, again = the_strategy(name), the_strategy(name)
    assert first.quotes(make_view(**market)) == again.quotes(make_view(**market))
    assert first.quotes(make_view(**market)).reason


@every_strategy
@given(market=markets())
def test_what_must_be_paid_is_within_the_budget(name: str, make_view: Make, market: dict[str, object]) -> None:
    """Seen after the order manager: everything bought together costs no more than the market may still lose."""
    view = make_view(**market)
    manager = OrderManager(view.listing.instrument, OrderParams())
    plan = manager.plan(the_strategy(name).quotes(view), context(view), [])
    paid_e10 = sum(wish.price_e4 * wish.size_e6 for wish in plan.places if wish.side is Side.BUY)
    assert paid_e10 <= view.budget_e10
    for wish in plan.places:
        held = view.yes_e6 if wish.token is Token.YES else view.no_e6
        assert wish.side is Side.BUY or wish.size_e6 <= held
        assert wish.size_e6 >= view.listing.instrument.min_size_e6


@every_strategy
@given(market=markets(), mood=st.sampled_from([{"toxic": True}, {"regime": "BROKEN"}, {"regime": "WIDE"}]))
def test_nothing_improves_while_the_flow_is_toxic_or_the_book_is_broken(
    name: str, make_view: Make, market: dict[str, object], mood: dict[str, object]
) -> None:
    view = make_view(**(market | mood))
    for quote in the_strategy(name).quotes(view).wanted:
        assert view.best_bid_e4 is not None
        assert view.best_ask_e4 is not None
        if quote.side is QuoteSide.BID:
            assert quote.price_e4 <= view.best_bid_e4
        else:
            assert quote.price_e4 >= view.best_ask_e4


@every_strategy
@given(market=markets(), empty=st.sampled_from(["best_bid_e4", "best_ask_e4"]))
def test_a_one_sided_book_is_not_quoted(name: str, make_view: Make, market: dict[str, object], empty: str) -> None:
    assert the_strategy(name).quotes(make_view(**(market | {empty: None}))).wanted == ()


@every_strategy
@pytest.mark.parametrize("book", [(4900, 5100), (4900, 5000), (4500, 5500)], ids=str)
def test_a_clean_market_yields_a_resting_order(name: str, make_view: Make, book: tuple[int, int]) -> None:
    """A post-only bid priced at the ask can never rest (methods §19.3, 37); an edge must rest somewhere."""
    made = the_strategy(name)
    resting = 0
    for p in (0.35, 0.50, 0.65):  # the estimate below, at, and above the market
        view = make_view(interval=(p - 0.01, p, p + 0.01), best_bid_e4=book[0], best_ask_e4=book[1])
        plan = OrderManager(view.listing.instrument, OrderParams()).plan(made.quotes(view), context(view), [])
        assert plan.refused == ()
        resting += len(plan.places)
    assert resting >= 1


@every_strategy
@given(market=markets())
def test_the_quotes_that_rest_are_still_wanted_at_the_next_look(
    name: str, make_view: Make, market: dict[str, object]
) -> None:
    """A strategy that changes its mind on the same view pays its queue position for nothing."""
    view = make_view(**market)
    made = the_strategy(name)
    assert made.quotes(view) == made.quotes(replace(view, now_ns=view.now_ns + 1_000_000_000))
