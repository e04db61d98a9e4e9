"""Kelly sizing: the oracles of methods §2.1–2.3, each confirmed by a second route."""

from __future__ import annotations

from math import inf, log

import pytest
from scipy.optimize import minimize_scalar

from astra_actors.risk.sizing import (
    fractional_kelly,
    growth,
    kelly_fraction,
    kelly_growth,
    kelly_size_e6,
    kelly_with_void,
    shrunk,
)


def test_o2_1a_a_yes_contract() -> None:
    assert kelly_fraction(0.65, 0.55) == pytest.approx(0.222222222, rel=1e-8)
    assert kelly_growth(0.65, 0.55) == pytest.approx(0.0206251051, rel=1e-8)
    assert kelly_size_e6(kelly_fraction(0.65, 0.55), 1000, 0.55) == 404_040_404


def test_o2_1b_a_no_contract_is_the_same_with_the_other_probability() -> None:
    assert kelly_fraction(1 - 0.30, 0.58) == pytest.approx(0.285714286, rel=1e-8)
    assert kelly_growth(1 - 0.30, 0.58) == pytest.approx(0.0306948911, rel=1e-8)


def test_growth_at_kelly_is_the_divergence_of_the_two_beliefs() -> None:
    q, c = 0.65, 0.55
    assert kelly_growth(q, c) == pytest.approx(q * log(q / c) + (1 - q) * log((1 - q) / (1 - c)), rel=1e-12)


@pytest.mark.parametrize(
    ("q", "c"),
    [
        pytest.param(0.5, 0.55, id="no edge"),
        pytest.param(0.55, 0.55, id="a fair price"),
        pytest.param(0.9, 0.0, id="a cost of nothing"),
        pytest.param(0.9, 1.0, id="a cost of a dollar"),
        pytest.param(0.9, -0.1, id="a negative cost"),
        pytest.param(0.9, 1.4, id="a cost above a dollar"),
    ],
)
def test_no_edge_or_no_price_is_no_stake(q: float, c: float) -> None:
    assert kelly_fraction(q, c) == 0.0
    assert kelly_with_void(q, c, 0.0) == 0.0
    assert kelly_size_e6(kelly_fraction(q, c), 1000, c) == 0


def test_o2_2a_a_quarter_of_kelly_under_the_market_cap() -> None:
    uncapped = fractional_kelly(0.65, 0.55, fraction=0.25, confidence=0.8)
    assert uncapped == pytest.approx(0.0444444444, rel=1e-8)
    capped = fractional_kelly(0.65, 0.55, fraction=0.25, confidence=0.8, cap=0.01)
    assert capped == 0.01
    assert capped * 5000 == 50.0


def test_o2_2a_growth_kept_by_a_quarter_of_kelly() -> None:
    exact = growth(0.25 * kelly_fraction(0.65, 0.55), 0.65, 0.55) / kelly_growth(0.65, 0.55)
    assert exact == pytest.approx(0.430940874, rel=1e-8)
    assert 0.25 * (2 - 0.25) == 0.4375  # the approximation λ(2 − λ) beside it


def test_o2_2b_shrinking_the_probability_multiplies_the_stake_by_the_confidence() -> None:
    assert shrunk(0.65, 0.55, 0.6) == pytest.approx(0.61, rel=1e-12)
    assert kelly_fraction(shrunk(0.65, 0.55, 0.6), 0.55) == pytest.approx(0.133333333, rel=1e-8)
    assert kelly_fraction(0.61, 0.55) == pytest.approx(0.6 * kelly_fraction(0.65, 0.55), rel=1e-12)


def test_o2_3_a_void_outcome_makes_the_stake_smaller() -> None:
    assert kelly_with_void(0.65, 0.55, 0.04) == pytest.approx(0.217869574, rel=1e-8)
    assert kelly_with_void(0.65, 0.55, 0.0) == pytest.approx(0.222222222, rel=1e-8)


@pytest.mark.parametrize("void_p", [0.0, 0.02, 0.3, 0.9])
@pytest.mark.parametrize(("q", "c"), [(0.65, 0.55), (0.3, 0.1), (0.95, 0.6)])
def test_the_void_stake_is_where_growth_is_largest(q: float, c: float, void_p: float) -> None:
    def loss(f: float) -> float:
        return -(
            (1 - void_p) * q * log(1 + f * (1 / c - 1))
            + void_p * log(1 + f * (0.5 / c - 1))
            + (1 - void_p) * (1 - q) * log(1 - f)
        )

    best = minimize_scalar(loss, bounds=(0.0, 1 - 1e-9), method="bounded", options={"xatol": 1e-12}).x
    assert kelly_with_void(q, c, void_p) == pytest.approx(best, abs=1e-6)


def test_staking_everything_on_what_can_fail_is_ruin() -> None:
    assert growth(1.0, 0.99, 0.5) == -inf
    assert growth(1.0, 1.0, 0.5) == pytest.approx(log(2))
