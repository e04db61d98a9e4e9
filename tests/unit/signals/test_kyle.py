"""Kyle's lambda (methods §7.4)."""

from __future__ import annotations

import pytest

from astra_actors.signals.kyle import kyle_lambda

VOLUME = (30, -20, 55, -10, 40, -35, 5, -60)
MOVES = (0.004, -0.003, 0.009, 0, 0.005, -0.006, 0.001, -0.010)


def test_o7_4() -> None:
    fit = kyle_lambda(VOLUME, MOVES, count_min=8)
    assert fit is not None
    assert fit.slope == pytest.approx(0.000155446968, rel=1e-8)
    assert fit.standard_error == pytest.approx(0.00000900927302, rel=1e-8)
    assert fit.t == pytest.approx(17.2541078, rel=1e-8)
    assert fit.r2 == pytest.approx(0.980243937, rel=1e-8)
    assert fit.through_origin == pytest.approx(0.000155402299, rel=1e-8)
    assert fit.count == 8


def test_fewer_than_thirty_pairs_say_nothing() -> None:
    assert kyle_lambda(VOLUME, MOVES) is None


def test_volume_that_never_varies_has_no_slope() -> None:
    assert kyle_lambda([5] * 40, [0.001] * 40) is None


def test_a_mid_that_never_moves_has_slope_zero_and_no_r2() -> None:
    fit = kyle_lambda([float(n) for n in range(30)], [0.0] * 30)
    assert fit is not None
    assert (fit.slope, fit.r2, fit.t) == (0.0, None, None)
