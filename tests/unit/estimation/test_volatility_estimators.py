"""Volatility and what its interval does to a probability (methods §3.5, §3.6)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.estimation.interval import close_range, close_sigmas, monotone_range, widened, wider
from astra_actors.estimation.threshold import close_above
from astra_actors.estimation.touch import touch_up
from astra_actors.estimation.volatility import (
    Bar,
    SigmaRange,
    close_to_close,
    ewma,
    garman_klass,
    log_returns,
    parkinson,
    rogers_satchell,
    se_close,
    se_parkinson,
    sigma_interval,
)
from astra_actors.kernel.errors import BadInput

BARS = [
    Bar(100, 104, 98.5, 103),
    Bar(103, 105.2, 101, 101.7),
    Bar(101.7, 103.1, 97.4, 98.2),
    Bar(98.2, 100.6, 96.8, 100.1),
    Bar(100.1, 106.3, 99.7, 105.5),
    Bar(105.5, 107, 103.9, 104.4),
]
RETURNS = log_returns([bar.close for bar in BARS])
MONTHS2 = 60 / 365.25


def oracle(value: float) -> object:
    return pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize(
    ("sigma", "expected"),
    [
        pytest.param(close_to_close(RETURNS, 365), 0.647108608, id="sample"),
        pytest.param(close_to_close(RETURNS, 365, zero_mean=True), 0.581085847, id="zero-mean"),
        pytest.param(ewma(RETURNS, 365), 0.366914907, id="EWMA"),
        pytest.param(parkinson(BARS, 365), 0.560188844, id="Parkinson"),
        pytest.param(garman_klass(BARS, 365), 0.552997302, id="Garman-Klass"),
        pytest.param(rogers_satchell(BARS, 365), 0.530513005, id="Rogers-Satchell"),
    ],
)
def test_o3_5a_six_daily_bars(sigma: float, expected: float) -> None:
    assert sigma == oracle(expected)


def test_o3_5b_what_sixty_returns_leave_open() -> None:
    found = sigma_interval(0.65, 60)
    assert (found.lo, found.hi) == (oracle(0.55166133), oracle(0.791333139))
    assert se_close(0.65, 60) == oracle(0.0593366104)
    assert se_parkinson(0.65, 60) == oracle(0.0267782455)


@pytest.mark.parametrize(
    "prices",
    [
        pytest.param((100, 102, 99, 103), id="a high below its close"),
        pytest.param((104, 103, 99, 101), id="a high below its open"),
        pytest.param((100, 104, 101, 103), id="a low above its open"),
        pytest.param((103, 104, 100, 99), id="a low above its close"),
        pytest.param((100, 104, 0, 103), id="a low of nothing"),
        pytest.param((100, math.inf, 99, 103), id="a high without end"),
        pytest.param((math.nan, 104, 99, 103), id="an open that is no number"),
    ],
)
def test_a_bar_that_contradicts_itself_is_rejected(prices: tuple[float, float, float, float]) -> None:
    with pytest.raises(BadInput, match="bar"):
        Bar(*prices)


def test_nothing_is_estimated_from_nothing() -> None:
    for estimate in (
        lambda: close_to_close([0.01], 365),
        lambda: ewma([], 365),
        lambda: parkinson([], 365),
        lambda: sigma_interval(0.65, 0),
    ):
        with pytest.raises(BadInput):
            estimate()


def test_o3_6_the_close_peaks_inside_the_interval() -> None:
    vol = sigma_interval(0.65, 20)
    assert (vol.lo, vol.hi) == (oracle(0.497288439), oracle(0.938645168))
    assert close_sigmas(75_000, 80_000, MONTHS2, vol)[1] == oracle(0.886429069)
    ends = [close_above(75_000, 80_000, MONTHS2, sigma) for sigma in (vol.lo, vol.hi)]
    assert ends == [oracle(0.336883784), oracle(0.359475322)]
    assert close_above(75_000, 80_000, MONTHS2, 0.65) == oracle(0.353198063)
    assert close_range(75_000, 80_000, MONTHS2, vol) == (oracle(0.336883784), oracle(0.359695459))


def test_o3_6_a_touch_needs_only_the_ends() -> None:
    vol = sigma_interval(0.65, 20)
    bounds = monotone_range(lambda sigma: touch_up(75_000, 80_000, MONTHS2, sigma), vol)
    assert bounds == (oracle(0.724218958), oracle(0.835919899))


@given(
    level=st.floats(30_000, 160_000),
    years=st.floats(1e-4, 1.0),
    lo=st.floats(0.05, 1.0),
    width=st.floats(0.0, 1.0),
    inside=st.floats(0, 1),
)
def test_no_volatility_of_the_interval_leaves_the_range(
    level: float, years: float, lo: float, width: float, inside: float
) -> None:
    vol = SigmaRange(lo, lo, lo + width, 30)
    low, high = close_range(75_000, level, years, vol)
    p = close_above(75_000, level, years, lo + inside * width)
    assert low - 1e-12 <= p <= high + 1e-12


def test_the_wider_interval_wins_and_still_holds_p() -> None:
    assert wider((0.2, 0.3), (0.05, 0.25)) == (0.05, 0.25)
    assert widened(0.28, (0.05, 0.25), 0.01) == pytest.approx((0.04, 0.29))
    assert widened(0.995, (0.99, 0.999), 0.02) == pytest.approx((0.97, 1.0))
