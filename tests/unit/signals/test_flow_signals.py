"""The façade: every event of one market in, one reading out."""

from __future__ import annotations

import pytest

from astra_actors.kernel.units import NS_PER_S
from astra_actors.signals.flow import FlowSignals
from astra_actors.signals.params import SignalParams

S = NS_PER_S
SHARE = 1_000_000


def signals(**changes: int | float) -> FlowSignals:
    return FlowSignals(SignalParams(**changes))  # type: ignore[arg-type]


def quote(flow: FlowSignals, at_s: float, bid: int | None, ask: int | None, tick: int = 100) -> None:
    flow.on_top(round(at_s * S), bid, 10 * SHARE if bid else 0, ask, 10 * SHARE if ask else 0, tick)


def test_before_the_first_event_nothing_is_known() -> None:
    reading = signals().reading(0)
    assert (reading.score, reading.insufficient, reading.toxic, reading.mild) == (0.0, True, False, False)
    assert reading.regime == "BROKEN"
    assert reading.microprice_e4 is None
    assert reading.markout is None
    assert reading.components == {}


def test_o7_1_through_the_events() -> None:
    flow = signals()
    for at, (bid, bid_size, ask, ask_size) in enumerate(
        [
            (5000, 120, 5200, 90),
            (5000, 150, 5200, 60),
            (5100, 40, 5200, 60),
            (5100, 40, 5300, 110),
            (5000, 130, 5200, 75),
            (5000, 130, 5200, 20),
        ]
    ):
        flow.on_top(at * S, bid, bid_size * SHARE, ask, ask_size * SHARE, 100)
    assert flow.reading(6 * S).ofi == 100.0


def test_o7_7b_through_the_events() -> None:
    flow = signals(cancel_window=240, spread_quotes=20, vpin_bucket_shares=100.0, vpin_buckets_min=1, trades_min=1)
    for at in range(19):
        quote(flow, at, 5000, 5200)
    quote(flow, 19, 5000, 5500)  # 2.5 times the median of 0.02
    for size, buys in ((81, True), (19, False)):  # imbalance 0.62, and one bucket of |81 − 19| in 100
        flow.on_trade(20 * S, buys, size * SHARE)
    for _ in range(25):
        flow.on_markout(120, -0.0028)
        flow.on_markout(30, 0.5)  # another horizon decides nothing
    for number in range(240):
        flow.on_quote_sent(20 * S)
        if number < 198:
            flow.on_cancel(20 * S)
    reading = flow.reading(20 * S)
    expected = {"imbalance": 0.62, "vpin": 0.62, "markout": 0.7, "widening": 0.5, "cancel": 0.65}
    assert reading.components == pytest.approx(expected)
    # 7.7b has VPIN 0.48 for a score of 0.605; here it is 0.62, which adds 0.2 · 0.14
    assert reading.score == pytest.approx(0.605 + 0.2 * 0.14)
    assert reading.insufficient is False
    assert reading.toxic is True  # by the markouts, not by the score
    assert reading.regime == "WIDE"


@pytest.mark.parametrize(
    ("points", "fills", "toxic", "mild"),
    [
        pytest.param(-0.0021, 20, True, True, id="twenty fills that lose more than 0.002 are toxic"),
        pytest.param(-0.0021, 19, False, True, id="nineteen are not enough to call it toxic, but mild"),
        pytest.param(-0.002, 20, False, True, id="exactly the limit is not below it"),
        pytest.param(-0.0011, 10, False, True, id="ten fills that lose more than 0.001 are mild"),
        pytest.param(-0.0011, 9, False, False, id="nine fills say nothing"),
        pytest.param(-0.001, 10, False, False, id="exactly the mild limit is not below it"),
        pytest.param(0.003, 100, False, False, id="fills that earn are neither"),
    ],
)
def test_markout_rules(points: float, fills: int, toxic: bool, mild: bool) -> None:
    flow = signals()
    for _ in range(fills):
        flow.on_markout(120, points)
    reading = flow.reading(S)
    assert (reading.toxic, reading.mild, reading.markouts) == (toxic, mild, fills)


@pytest.mark.parametrize(
    ("mean", "fills", "toxic"),
    [
        pytest.param(-0.0016, 30, True, id="a losing cluster speaks for each of its markets"),
        pytest.param(-0.0016, 29, False, id="with too few fills it does not"),
        pytest.param(-0.0015, 30, False, id="exactly the limit is not below it"),
    ],
)
def test_cluster_rule(mean: float, fills: int, toxic: bool) -> None:
    flow = signals()
    flow.on_cluster_markouts(mean, fills)
    assert flow.reading(S).toxic is toxic


def test_only_the_last_hundred_fills_count() -> None:
    flow = signals()
    for _ in range(50):
        flow.on_markout(120, -0.5)
    for _ in range(100):
        flow.on_markout(120, 0.001)
    reading = flow.reading(S)
    assert reading.markout == 0.001
    assert reading.markouts == 100


def test_a_high_score_alone_is_toxic() -> None:
    flow = signals()
    for at in range(20):
        flow.on_trade(at, True, 400 * SHARE)  # one-sided, and forty one-sided buckets of 200 shares
    reading = flow.reading(S)
    assert reading.components == {"imbalance": 1.0, "vpin": 1.0}
    assert (reading.score, reading.toxic, reading.mild) == (1.0, True, False)


def test_below_the_minimum_samples_there_is_no_score() -> None:
    flow = signals()
    for at in range(9):
        quote(flow, at, 5000, 5100)
        flow.on_trade(at, True, 10 * SHARE)
        flow.on_quote_sent(at)
        flow.on_cancel(at)
        flow.on_markout(120, -0.5)
    reading = flow.reading(10 * S)
    assert (reading.score, reading.insufficient, reading.toxic) == (0.0, True, False)
    assert reading.components == {}


def test_churn_counts_mid_changes_of_the_window() -> None:
    flow = signals()
    for at in range(121):
        quote(flow, at, 5000 + at % 2 * 100, 5200 + at % 2 * 100)
    assert flow.reading(120 * S).churn_per_s == pytest.approx(111 / 120)  # whole buckets from 10 s to 120 s
    assert flow.reading(400 * S).churn_per_s == 0.0


def test_a_change_of_size_alone_is_no_churn() -> None:
    flow = signals()
    for size in range(1, 50):
        flow.on_top(size * S, 5000, size * SHARE, 5200, SHARE, 100)
    assert flow.reading(50 * S).churn_per_s == 0.0
    assert flow.reading(50 * S).jump == 0.0


def test_churn_of_a_young_market_is_not_diluted_and_not_inflated() -> None:
    flow = signals()
    quote(flow, 0, 5000, 5200)
    quote(flow, 1, 5100, 5300)
    assert flow.reading(1 * S).churn_per_s == pytest.approx(1 / 10)  # at least one bucket of ten seconds
    assert flow.reading(40 * S).churn_per_s == pytest.approx(1 / 40)


@pytest.mark.parametrize(
    ("quotes", "jump"),
    [
        pytest.param([(0, 5000), (1, 5600)], 0.06, id="one step of six cents"),
        pytest.param([(0, 5000), (1, 5600), (2, 5000)], 0.06, id="there and back is still six cents"),
        pytest.param([(0, 5000), (1, 5200), (2, 5400), (3, 5600)], 0.06, id="a sweep in steps is one jump"),
        pytest.param([(0, 5000), (11, 5600)], 0.06, id="a move into the next bucket counts from the last mid"),
        pytest.param([(0, 5000), (20, 5200), (40, 5400), (60, 5600)], 0.02, id="a slow drift is none"),
        pytest.param([(0, 5600), (1, 5000)], 0.06, id="down counts like up"),
        pytest.param([(0, 5000)], 0.0, id="the first mid is a place, not a move"),
    ],
)
def test_jump(quotes: list[tuple[int, int]], jump: float) -> None:
    flow = signals()
    for at, bid in quotes:
        quote(flow, at, bid, bid + 200)
    assert flow.reading(quotes[-1][0] * S).jump == pytest.approx(jump)


def test_a_jump_is_forgotten_after_an_hour_and_a_smaller_one_comes_to_light() -> None:
    flow = signals()
    quote(flow, 0, 5000, 5200)
    quote(flow, 5, 5600, 5800)
    quote(flow, 1_800, 5300, 5500)
    assert flow.reading(1_801 * S).jump == pytest.approx(0.06)
    assert flow.reading(3_599 * S).jump == pytest.approx(0.06)
    assert flow.reading(3_610 * S).jump == pytest.approx(0.03)
    assert flow.reading(5_410 * S).jump == 0.0


def test_an_empty_side_is_broken_and_moves_no_mid() -> None:
    flow = signals()
    quote(flow, 0, 5000, 5100)
    quote(flow, 1, None, 5100)
    reading = flow.reading(2 * S)
    assert (reading.regime, reading.microprice_e4, reading.spread_ticks) == ("BROKEN", None, None)
    assert reading.jump == 0.0
    quote(flow, 3, 5000, 5100)
    assert flow.reading(4 * S).regime == "TIGHT"
    assert flow.reading(4 * S).churn_per_s == 0.0


def test_after_a_gap_the_next_top_is_no_flow_but_its_move_is_a_move() -> None:
    flow = signals()
    quote(flow, 0, 5000, 5100)
    flow.on_gap()
    assert flow.reading(1 * S).regime == "BROKEN"
    quote(flow, 2, 5600, 5700)
    reading = flow.reading(3 * S)
    assert reading.ofi == 0.0
    assert reading.jump == pytest.approx(0.06)


def test_the_spreads_of_another_grid_are_no_reference() -> None:
    flow = signals()
    for at in range(20):
        quote(flow, at, 9500, 9600, tick=100)
    quote(flow, 20, 9550, 9560, tick=10)
    assert flow.reading(21 * S).regime == "TIGHT"


def test_a_wide_spread_must_be_gone_for_a_while() -> None:
    flow = signals()
    for at in range(20):
        quote(flow, at, 5000, 5500)
    for at in range(10):
        quote(flow, 20 + at, 5000, 5100)
    assert flow.reading(30 * S).regime == "NORMAL"  # the median of ten fives and ten ones is three ticks
    quote(flow, 31, 5000, 5100)
    assert flow.reading(32 * S).regime == "TIGHT"


def test_microprice_leans_towards_the_thin_side() -> None:
    flow = signals()
    flow.on_top(0, 5000, 120 * SHARE, 5200, 40 * SHARE, 100)
    assert flow.reading(S).microprice_e4 == pytest.approx(5150)  # O7.8a


def test_cancel_rate_covers_the_last_quotes_alone() -> None:
    flow = signals(cancel_window=10)
    for _ in range(100):
        flow.on_quote_sent(0)
        flow.on_cancel(0)
    for _ in range(10):
        flow.on_quote_sent(0)
    flow.on_cancel(0)
    for at in range(10):
        quote(flow, at, 5000, 5100)
    assert flow.reading(20 * S).components == {"widening": 0.0, "cancel": 0.0}  # one cancel in ten quotes


def test_reading_twice_says_the_same() -> None:
    flow = signals()
    for at in range(50):
        quote(flow, at, 5000 + at * 7 % 3 * 100, 5300)
        flow.on_trade(at * S, at % 3 == 0, SHARE)
    assert flow.reading(60 * S) == flow.reading(60 * S)
