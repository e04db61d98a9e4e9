"""Crypto thresholds: entries at the bound, exits past it, worked by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from astra_actors.kernel.units import USD_ONE_E10
from astra_actors.strategies.base import Quote, QuoteSide, View
from astra_actors.strategies.crypto_threshold import CryptoThreshold

Make = Callable[..., View]
SHARE = 1_000_000
BID, ASK = QuoteSide.BID, QuoteSide.ASK


def only(view: View) -> Quote:
    (quote,) = CryptoThreshold().quotes(view).wanted
    return quote


@pytest.mark.parametrize(
    ("market", "side", "price_e4", "edge"),
    [
        pytest.param({"interval": (0.56, 0.60, 0.64)}, BID, 5000, 0.06, id="YES too cheap: one tick better"),
        pytest.param({"interval": (0.36, 0.40, 0.44)}, ASK, 5000, 0.06, id="YES too dear: one tick better"),
        pytest.param(
            {"interval": (0.56, 0.60, 0.64), "best_ask_e4": 5000}, BID, 4900, 0.07, id="a spread of one tick is joined"
        ),
        pytest.param({"interval": (0.56, 0.60, 0.64), "toxic": True}, BID, 4900, 0.07, id="toxic flow is joined"),
        pytest.param({"interval": (0.56, 0.60, 0.64), "regime": "WIDE"}, BID, 4900, 0.07, id="a wide book is joined"),
        pytest.param(
            {"interval": (0.52, 0.60, 0.64)}, BID, 4940, 0.026, id="never past the bound less the edge: 0.52 − 0.026"
        ),
    ],
)
def test_where_it_enters(
    make_view: Make, market: dict[str, object], side: QuoteSide, price_e4: int, edge: float
) -> None:
    quote = only(make_view(**market))
    assert quote.side is side
    assert quote.price_e4 == pytest.approx(price_e4)
    assert quote.edge_points == pytest.approx(edge)


@pytest.mark.parametrize(
    "market",
    [
        pytest.param({"interval": (0.515, 0.60, 0.64)}, id="the bound leaves 2.5 cents at the bid, 2.6 are asked"),
        pytest.param({"interval": (0.40, 0.50, 0.60)}, id="an uncertain model"),
        pytest.param({"interval": (0.56, 0.60, 0.64), "regime": "BROKEN"}, id="a broken book"),
        pytest.param({"interval": (0.56, 0.60, 0.64), "budget_e10": 4 * USD_ONE_E10}, id="under five dollars"),
        pytest.param({"interval": (0.56, 0.60, 0.64), "best_ask_e4": None}, id="a one-sided book"),
    ],
)
def test_where_it_does_not_enter(make_view: Make, market: dict[str, object]) -> None:
    quotes = CryptoThreshold().quotes(make_view(**market))
    assert quotes.wanted == ()
    assert quotes.reason


def test_the_stake_is_a_quarter_of_kelly_at_the_bound_up_to_the_lease(make_view: Make) -> None:
    """q_lo 0.56 at 0.50: f* 0.12, a quarter 0.03, three times the 1 % that a lease is: all of its 50 dollars."""
    assert only(make_view(interval=(0.56, 0.60, 0.64))).size_e6 == 100 * SHARE


def test_a_small_edge_stakes_less_than_the_lease(make_view: Make) -> None:
    """q_lo 0.5244 at 0.4984: f* = 0.026/0.5016 = 0.05183; a quarter 0.012958 is above 1 %, an eighth is 0.006479."""
    view = make_view(interval=(0.5244, 0.60, 0.64))
    made = CryptoThreshold(kelly_fraction=0.125)
    (quote,) = made.quotes(view).wanted
    assert quote.price_e4 == pytest.approx(4984)
    dollars = 50 * 0.125 * (0.026 / 0.5016) / 0.01
    assert quote.size_e6 == pytest.approx(dollars / 0.4984 * SHARE, rel=1e-6)


def test_the_budget_cuts_the_stake(make_view: Make) -> None:
    quote = only(make_view(interval=(0.56, 0.60, 0.64), budget_e10=10 * USD_ONE_E10))
    assert quote.size_e6 == 20 * SHARE


def test_it_sells_what_it_holds_once_the_market_is_past_the_interval(make_view: Make) -> None:
    """Mid 0.50 ≥ p_hi 0.485 + 0.01: the held YES goes at the best ask, although no new ask has an edge there."""
    quote = only(make_view(interval=(0.465, 0.475, 0.486), yes_e6=40 * SHARE))
    assert (quote.side, quote.price_e4, quote.size_e6) == (ASK, 5100.0, 40 * SHARE)


def test_it_sells_held_no_once_the_market_is_past_the_other_end(make_view: Make) -> None:
    quote = only(make_view(interval=(0.514, 0.525, 0.535), no_e6=40 * SHARE))
    assert (quote.side, quote.price_e4, quote.size_e6) == (BID, 4900.0, 40 * SHARE)


def test_a_broken_book_still_lets_it_out(make_view: Make) -> None:
    quote = only(make_view(interval=(0.465, 0.475, 0.485), yes_e6=40 * SHARE, regime="BROKEN"))
    assert (quote.side, quote.size_e6) == (ASK, 40 * SHARE)


def test_it_holds_while_the_market_is_inside_its_interval(make_view: Make) -> None:
    assert CryptoThreshold().quotes(make_view(interval=(0.48, 0.5, 0.52), yes_e6=40 * SHARE)).wanted == ()


def test_the_wrong_side_is_sold_before_the_right_one_is_bought(make_view: Make) -> None:
    quote = only(make_view(interval=(0.56, 0.60, 0.64), no_e6=30 * SHARE))
    assert (quote.side, quote.size_e6) == (BID, 30 * SHARE)


def test_two_entries_share_the_budget(make_view: Make) -> None:
    """Far apart prices can leave an edge on both sides: 25 dollars at 0.41 each."""
    view = make_view(interval=(0.49, 0.50, 0.51), best_bid_e4=4000, best_ask_e4=6000)
    quotes = CryptoThreshold(edge_per_spread=0.0).quotes(view).wanted
    assert [quote.price_e4 for quote in quotes] == [4100.0, 5900.0]
    assert [quote.size_e6 for quote in quotes] == [int(25 / 0.41 * SHARE)] * 2
