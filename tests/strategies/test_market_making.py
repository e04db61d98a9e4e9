"""Market making: prices and sizes worked by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from astra_actors.kernel.units import USD_ONE_E10
from astra_actors.strategies.base import Quote, QuoteSide, View
from astra_actors.strategies.market_making import MarketMaking

Make = Callable[..., View]
SHARE = 1_000_000


def sides(view: View, made: MarketMaking | None = None) -> dict[QuoteSide, Quote]:
    return {quote.side: quote for quote in (made or MarketMaking()).quotes(view).wanted}


def test_quotes_around_a_certain_fair_value(make_view: Make) -> None:
    """p 0.5 without uncertainty, spread 0.02: 0.5 ± max(0.015 + 0.005, 0.016 + 0.01) = 0.474 and 0.526."""
    quotes = sides(make_view(interval=(0.5, 0.5, 0.5)))
    assert quotes[QuoteSide.BID].price_e4 == pytest.approx(4740)
    assert quotes[QuoteSide.ASK].price_e4 == pytest.approx(5260)
    assert quotes[QuoteSide.BID].edge_points == pytest.approx(0.026)


def test_each_side_spends_half_of_the_budget(make_view: Make) -> None:
    """50 dollars of lease: 25 a side; 25 / 0.474 shares."""
    quotes = sides(make_view(interval=(0.5, 0.5, 0.5)))
    assert quotes[QuoteSide.BID].size_e6 == pytest.approx(25 / 0.474 * SHARE, abs=2)
    assert quotes[QuoteSide.ASK].size_e6 == pytest.approx(25 / 0.474 * SHARE, abs=2)


def test_a_wide_interval_asks_for_more(make_view: Make) -> None:
    quotes = sides(make_view(interval=(0.46, 0.5, 0.54)))
    assert quotes[QuoteSide.BID].price_e4 == pytest.approx(4600 - 260)
    assert quotes[QuoteSide.ASK].price_e4 == pytest.approx(5400 + 260)


def test_a_long_position_lowers_both_quotes(make_view: Make) -> None:
    """50 shares: logit 0.5 − 0.001·50 → 0.4875; bid 0.4675, ask held at the half-width plus frictions."""
    flat, long = (
        sides(make_view(interval=(0.5, 0.5, 0.5))),
        sides(make_view(interval=(0.5, 0.5, 0.5), yes_e6=50 * SHARE, budget_e10=25 * USD_ONE_E10)),
    )
    assert long[QuoteSide.BID].price_e4 == pytest.approx(10_000 * (0.48750260 - 0.020), abs=0.1)
    assert long[QuoteSide.ASK].price_e4 <= flat[QuoteSide.ASK].price_e4
    assert long[QuoteSide.ASK].size_e6 <= 50 * SHARE  # what is held is sold


def test_the_skew_is_bounded(make_view: Make) -> None:
    """A thousand shares would shift the centre by 23 cents; three are the most: 0.5 − 0.03 − 0.02."""
    made = MarketMaking(base_usd=1000)
    view = make_view(
        interval=(0.5, 0.5, 0.5),
        yes_e6=1000 * SHARE,
        cap_e10=1000 * USD_ONE_E10,
        budget_e10=500 * USD_ONE_E10,
    )
    assert sides(view, made)[QuoteSide.BID].price_e4 == pytest.approx(4500)


def test_a_full_position_is_not_added_to(make_view: Make) -> None:
    """110 YES at a mid of 0.5 are 55 dollars of a 50 dollar lease."""
    quotes = sides(make_view(yes_e6=110 * SHARE, budget_e10=0))
    assert list(quotes) == [QuoteSide.ASK]
    assert quotes[QuoteSide.ASK].size_e6 == 30 * SHARE  # 50 dollars less seven tenths, at the mid; not all 110 at once


def test_mild_toxicity_halves_the_size_and_widens_the_band(make_view: Make) -> None:
    """Half-width 0.0225 + 0.005 beats the frictions' 0.026; size: 25 dollars of base over the mid."""
    calm = sides(make_view(interval=(0.5, 0.5, 0.5), budget_e10=1000 * USD_ONE_E10))
    mild = sides(make_view(interval=(0.5, 0.5, 0.5), budget_e10=1000 * USD_ONE_E10, toxicity_mild=True))
    assert mild[QuoteSide.BID].price_e4 == pytest.approx(4725)
    assert calm[QuoteSide.BID].size_e6 == 100 * SHARE
    assert mild[QuoteSide.BID].size_e6 == 50 * SHARE


def test_a_fair_value_above_the_market_joins_the_best_bid_at_a_spread_of_one_tick(make_view: Make) -> None:
    """Methods §19.3, 39: a spread of one tick leaves nothing to improve; the best bid is joined, not refused."""
    quotes = sides(make_view(interval=(0.6, 0.6, 0.6), best_bid_e4=4900, best_ask_e4=5000))
    assert quotes[QuoteSide.BID].price_e4 == 4900


def test_a_fair_value_above_the_market_improves_by_no_more_than_stays_a_maker(make_view: Make) -> None:
    quotes = sides(make_view(interval=(0.6, 0.6, 0.6), best_bid_e4=4600, best_ask_e4=5000))
    assert quotes[QuoteSide.BID].price_e4 == 4900  # one tick under the ask


@pytest.mark.parametrize(
    ("market", "words"),
    [
        pytest.param({"regime": "BROKEN"}, "BROKEN", id="a broken book"),
        pytest.param({"best_bid_e4": None}, "one-sided", id="a one-sided book"),
        pytest.param({"interval": (0.03, 0.04, 0.05)}, "fair value 0.0400", id="a fair value near nothing"),
        pytest.param({"interval": (0.95, 0.96, 0.97)}, "fair value 0.9600", id="a fair value near certainty"),
        pytest.param({"best_bid_e4": 200, "best_ask_e4": 400}, "mid 0.0300", id="an extreme mid"),
        pytest.param({"budget_e10": 0, "cap_e10": 0}, "no side has room", id="no lease"),
    ],
)
def test_why_it_wants_nothing(make_view: Make, market: dict[str, object], words: str) -> None:
    quotes = MarketMaking().quotes(make_view(**market))
    assert quotes.wanted == ()
    assert words in quotes.reason
