"""Closed forms of methods §3.1 to §3.4 and §3.7, and the properties that tie them together."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.estimation.threshold import close_above, close_above_t, close_between, d2, phi
from astra_actors.estimation.touch import touch, touch_down, touch_up, watched_level
from astra_actors.estimation.window import touch_in_window
from astra_actors.kernel.errors import BadInput

S, K, L, SIGMA = 75_000.0, 85_000.0, 65_000.0, 0.65
YEARS = 14 / 365.25
HOUR = 1 / (365.25 * 24)

PRICES = st.floats(1_000, 200_000)
VOLS = st.floats(0.05, 2.5)
TIMES = st.floats(1e-5, 1.0)


def oracle(value: float) -> object:
    return pytest.approx(value, rel=1e-8)


def test_o3_1_at_close() -> None:
    assert oracle(0.038329911) == YEARS
    assert d2(S, K, YEARS, SIGMA) == oracle(-1.0471735)
    assert close_above(S, K, YEARS, SIGMA) == oracle(0.147509782)


def test_o3_1_the_share_measure_is_not_the_answer() -> None:
    d1 = d2(S, K, YEARS, SIGMA) + SIGMA * math.sqrt(YEARS)
    assert phi(d1) == oracle(0.178808242)
    assert close_above(S, K, YEARS, SIGMA) < phi(d1)


def test_o3_2_a_range() -> None:
    assert close_between(S, 70_000, 80_000, YEARS, SIGMA) == oracle(0.399786796)


def test_o3_3a_touch_up_is_neither_the_shortcut_nor_above_its_limit() -> None:
    assert touch_up(S, K, YEARS, SIGMA) == oracle(0.30528176)
    assert 2 * phi(-math.log(K / S) / (SIGMA * math.sqrt(YEARS))) == oracle(0.32533932)
    assert touch_up(S, K, YEARS, 60.0) == pytest.approx(0.882352941, rel=1e-8)  # S/H, the limit in σ


def test_o3_3b_touch_down() -> None:
    assert touch_down(S, L, YEARS, SIGMA) == oracle(0.279825204)


def test_o3_3c_with_drift() -> None:
    assert touch_up(S, K, YEARS, SIGMA, 0.30) == oracle(0.333944455)
    assert close_above(S, K, YEARS, SIGMA, 0.30) == oracle(0.169330729)


def test_o3_3d_watched_hourly() -> None:
    level = watched_level(K, SIGMA, HOUR, up=True)
    assert level == oracle(85_344.4915)
    assert touch_up(S, level, YEARS, SIGMA) == oracle(0.290246982)


def test_o3_4_a_window_that_opens_later() -> None:
    opens, closes = 10 / 365.25, 38 / 365.25
    assert touch_in_window(S, K, opens, closes, SIGMA) == pytest.approx(0.487315718, rel=1e-6)
    assert touch_up(S, K, closes, SIGMA) == pytest.approx(0.516075483, rel=1e-6)


def test_o3_7_student_t() -> None:
    assert close_above_t(S, K, YEARS, SIGMA, df=4) == oracle(0.106370688)


@pytest.mark.parametrize(
    ("spot", "answer"),
    [
        pytest.param(84_999.99, 0.0, id="a cent below"),
        pytest.param(85_000.0, 1.0, id="on the level"),
        pytest.param(90_000.0, 1.0, id="above"),
    ],
)
def test_with_no_time_left_the_condition_itself_answers(spot: float, answer: float) -> None:
    assert close_above(spot, K, 0.0, SIGMA) == answer
    assert touch_up(spot, K, 0.0, SIGMA) == answer


def test_without_randomness_the_drift_alone_decides() -> None:
    sigma = 1e-13
    assert close_above(S, K, 1.0, sigma, drift=0.20) == 1.0  # 75000·e^0.2 = 91605
    assert close_above(S, K, 1.0, sigma, drift=0.10) == 0.0  # 75000·e^0.1 = 82888
    assert touch_up(S, K, 1.0, sigma, drift=0.20) == 1.0
    assert touch_up(S, K, 1.0, sigma, drift=0.10) == 0.0


def test_a_level_already_passed_is_touched() -> None:
    assert touch_up(S, 70_000, YEARS, SIGMA) == 1.0
    assert touch_down(S, 80_000, YEARS, SIGMA) == 1.0


def test_a_calm_price_with_a_strong_drift_overflows_nothing() -> None:
    assert touch_up(S, K, 1.0, 0.001, drift=0.2) == pytest.approx(1.0)
    assert touch_up(S, K, 1.0, 0.001, drift=-0.2) == pytest.approx(0.0)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param((0.0, K, YEARS, SIGMA), id="no spot"),
        pytest.param((S, -1.0, YEARS, SIGMA), id="a negative level"),
        pytest.param((S, K, -1e-9, SIGMA), id="time behind us"),
        pytest.param((S, K, YEARS, 0.0), id="no volatility"),
        pytest.param((float("nan"), K, YEARS, SIGMA), id="a spot that is no number"),
        pytest.param((S, K, YEARS, float("inf")), id="a volatility without end"),
    ],
)
def test_outside_its_domain_the_model_refuses(bad: tuple[float, float, float, float]) -> None:
    with pytest.raises(BadInput):
        close_above(*bad)
    with pytest.raises(BadInput):
        touch_up(*bad)


def test_a_student_t_law_needs_a_variance() -> None:
    with pytest.raises(BadInput, match="df"):
        close_above_t(S, K, YEARS, SIGMA, df=2.0)


@given(spot=PRICES, level=PRICES, years=TIMES, sigma=VOLS)
def test_to_end_beyond_a_level_is_to_have_touched_it(spot: float, level: float, years: float, sigma: float) -> None:
    above = close_above(spot, level, years, sigma)
    assert above <= touch_up(spot, level, years, sigma) + 1e-12
    assert 1 - above <= touch_down(spot, level, years, sigma) + 1e-12


@given(spot=PRICES, level=PRICES, years=TIMES, sigma=VOLS, more=st.floats(1.01, 3.0), up=st.booleans())
def test_a_touch_rises_with_volatility_and_with_time(
    spot: float, level: float, years: float, sigma: float, more: float, up: bool
) -> None:
    now = touch(spot, level, years, sigma, up=up)
    assert now <= touch(spot, level, years, sigma * more, up=up) + 1e-9
    assert now <= touch(spot, level, years * more, sigma, up=up) + 1e-12


@given(spot=PRICES, level=PRICES, opens=st.floats(1e-3, 0.2), length=st.floats(1e-3, 0.3), sigma=VOLS, up=st.booleans())
def test_a_window_lies_between_its_opening_and_the_whole_time(
    spot: float, level: float, opens: float, length: float, sigma: float, up: bool
) -> None:
    inside = touch_in_window(spot, level, opens, opens + length, sigma, up=up)
    above = close_above(spot, level, opens, sigma)
    assert (above if up else 1 - above) - 1e-9 <= inside
    assert inside <= touch(spot, level, opens + length, sigma, up=up) + 1e-7


def test_a_window_that_is_open_already_is_an_ordinary_touch() -> None:
    assert touch_in_window(S, K, 0.0, YEARS, SIGMA) == touch_up(S, K, YEARS, SIGMA)
    assert touch_in_window(S, L, 0.0, YEARS, SIGMA, up=False) == touch_down(S, L, YEARS, SIGMA)
    assert touch_in_window(S, K, 0.1, 0.05, SIGMA) == 0.0
