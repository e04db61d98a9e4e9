"""O6.2, O6.5 and O6.7: fill chances as hazards, and what they are estimated from."""

from __future__ import annotations

from math import inf

import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.venues import hazard
from astra_actors.venues.hazard_fit import Exposure, ProportionalHazard, distance_hazard, refit


def test_o6_2_the_race_to_the_front_of_the_queue() -> None:
    assert hazard.queue_fill_probability(trades_per_s=0.05, ahead=4, seconds=120) == pytest.approx(0.7149435, rel=1e-8)
    with_cancels = hazard.queue_fill_probability(trades_per_s=0.05, ahead=4, seconds=120, cancels_per_s=0.01)
    assert with_cancels == pytest.approx(0.899721497, rel=1e-8)
    assert hazard.queue_mean_time_s(trades_per_s=0.05, ahead=4, cancels_per_s=0.01) == pytest.approx(
        74.5634921, rel=1e-8
    )


def test_o6_5a_the_earlier_chance_per_look() -> None:
    assert hazard.earlier_time_factor(30) == pytest.approx(1.39041908, rel=1e-8)
    p = hazard.earlier_probability(seconds=30, spread_points=0.02, distance_points=0, trades=50)
    assert p == pytest.approx(0.325879473, rel=1e-8)
    assert hazard.earlier_mean_filled_fraction() == pytest.approx(0.88, rel=1e-12)


@pytest.mark.parametrize(("seconds", "factor"), [(5, 0.763), (30, 1.390), (60, 1.633), (120, 1.876)])
def test_the_earlier_time_factor_is_the_formulas_not_the_comments(seconds: float, factor: float) -> None:
    assert hazard.earlier_time_factor(seconds) == pytest.approx(factor, abs=5e-4)


def test_o6_5b_a_chance_per_look_depends_on_how_often_one_looks_a_hazard_does_not() -> None:
    every_second, every_ten_seconds = 1 - (1 - 0.15) ** 60, 1 - (1 - 0.15) ** 6
    assert every_second == pytest.approx(0.999941772, rel=1e-8)
    assert every_ten_seconds == pytest.approx(0.622850484, rel=1e-8)
    rate = hazard.hazard_of(0.15, 1.0)
    assert rate == pytest.approx(0.162518929, rel=1e-8)
    assert hazard.fill_probability(rate, 10) == pytest.approx(0.803125596, rel=1e-8)
    in_steps = 1 - (1 - hazard.fill_probability(rate, 0.5)) ** 20
    assert in_steps == pytest.approx(0.803125596, rel=1e-8)


def test_a_certain_fill_has_an_infinite_hazard_and_no_probability_is_above_one() -> None:
    assert hazard.hazard_of(1.0, 1.0) == inf
    with pytest.raises(BadInput, match="probability"):
        hazard.hazard_of(1.5, 1.0)


def test_o6_7a_constant_hazard_with_exact_limits() -> None:
    estimate = hazard.constant_hazard(18, 5400)
    assert estimate is not None
    assert estimate.rate == pytest.approx(0.00333333333, rel=1e-8)
    assert estimate.se == pytest.approx(0.000785674201, rel=1e-8)
    assert estimate.exact == pytest.approx((0.00197554459, 0.00526810375), rel=1e-8)
    assert estimate.log_normal == pytest.approx((0.00210014179, 0.00529064806), rel=1e-8)
    assert hazard.fill_probability(estimate.rate, 120) == pytest.approx(0.329679954, rel=1e-8)


def test_without_a_fill_only_the_upper_limit_is_known() -> None:
    estimate = hazard.constant_hazard(0, 1000)
    assert estimate is not None
    assert (estimate.rate, estimate.se, estimate.log_normal, estimate.exact[0]) == (0.0, None, None, 0.0)
    assert estimate.exact[1] == pytest.approx(0.00368887945, rel=1e-8)  # χ²(0.975; 2)/2 = −ln 0.025 = 3.68887945
    assert hazard.constant_hazard(0, 0) is None


def test_o6_7b_hazard_by_distance_to_mid() -> None:
    fit = distance_hazard((0.01, 0.02, 0.03, 0.04), (31, 17, 12, 5), (3600, 3600, 4000, 3600))
    assert fit is not None
    assert fit.a == pytest.approx(0.0153036376, rel=1e-6)
    assert fit.k == pytest.approx(57.3974005, rel=1e-6)
    assert fit.se_ln_a == pytest.approx(0.265455077, rel=1e-6)
    assert fit.se_k == pytest.approx(12.6075872, rel=1e-6)
    assert fit.deviance == pytest.approx(0.168484084, rel=1e-6)


def test_one_distance_cannot_tell_a_slope() -> None:
    assert distance_hazard((0.01, 0.02), (5, 0), (100, 100)) is None


def order(seconds: float, filled: bool, spread: float) -> Exposure:
    return Exposure(
        seconds=seconds, filled=filled, spread_points=spread, depth_ahead_shares=0, to_close_s=3600, hour_utc=12
    )


WIDE_FILLS_LESS = [order(10, True, 0.01)] * 30 + [order(100, False, 0.08)] * 30 + [order(100, True, 0.08)] * 5


def test_a_refit_is_taken_only_when_it_explains_orders_it_has_not_seen() -> None:
    better = refit(WIDE_FILLS_LESS, WIDE_FILLS_LESS[::2], None)
    assert better is not None
    assert better.rate(order(1, False, 0.01)) > 3 * better.rate(order(1, False, 0.08))
    opposite = [order(10, True, 0.08)] * 20 + [order(100, False, 0.01)] * 20
    assert refit(WIDE_FILLS_LESS, opposite, None) is None
    incumbent = ProportionalHazard((-3.0, 0.0, 0.0, 0.0, 0.0))
    assert refit(WIDE_FILLS_LESS, opposite, incumbent) is incumbent


def test_nothing_filled_teaches_nothing() -> None:
    assert refit([order(10, False, 0.01)], WIDE_FILLS_LESS, None) is None


def test_a_spread_of_zero_has_no_logarithm() -> None:
    with pytest.raises(BadInput, match="positive"):
        order(1, True, 0.0).logs()
