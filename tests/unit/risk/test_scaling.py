"""Oracle O12.7, and how fast the scale answers."""

from __future__ import annotations

import pytest

from astra_actors.risk.limits import RiskLimits
from astra_actors.risk.scaling import sample_sd, scale_of, volatility_scale

LIMITS = RiskLimits(volatility_target=0.055)


@pytest.mark.parametrize(
    ("realised", "scale"), [(0.055, 1.0), (0.11, 0.5), (0.22, 0.25), (0.30, 0.25), (0.0275, 1.5)], ids=str
)
def test_o12_7(realised: float, scale: float) -> None:
    assert scale_of(0.055, realised, LIMITS) == pytest.approx(scale, rel=1e-8)
    swing = realised * (29 / 30) ** 0.5  # ± this, thirty times, has the sample deviation `realised`
    assert volatility_scale([swing, -swing] * 15, LIMITS) == pytest.approx(scale, rel=1e-8)


def test_too_few_trades_scale_nothing() -> None:
    assert volatility_scale([0.5, -0.5] * 14 + [0.5], LIMITS) == 1.0


def test_returns_without_spread_scale_nothing() -> None:
    assert volatility_scale([0.1] * 30, LIMITS) == 1.0
    assert sample_sd([0.1] * 30) == 0.0


def test_only_the_last_thirty_count() -> None:
    calm, wild = [0.01, -0.01] * 15, [0.5, -0.5] * 15
    assert volatility_scale(wild + calm, LIMITS) == 1.5
    assert volatility_scale(calm + wild, LIMITS) == 0.25


def test_it_reacts_within_five_trades() -> None:
    calm = [0.05, -0.05] * 15
    before = volatility_scale(calm, LIMITS)
    after = volatility_scale([*calm, 0.4, -0.4, 0.4, -0.4, 0.4], LIMITS)
    assert before > 1.0
    assert after < 0.5
