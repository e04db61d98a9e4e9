"""The composite, the cancel rate and the widening (methods §7.6, §7.7)."""

from __future__ import annotations

from typing import Any

import pytest

from astra_actors.signals.params import SignalParams
from astra_actors.signals.toxicity import (
    cancel_rate,
    composite,
    earlier_composite,
    earlier_flag,
    earlier_regime,
    widening,
)

PARAMS = SignalParams()
NOTHING: dict[str, Any] = dict.fromkeys(("imbalance", "vpin", "markout", "widening", "cancel"))


def test_o7_6() -> None:
    assert cancel_rate(198, 240) == pytest.approx(0.825, rel=1e-8)
    assert widening(0.05, 0.02) == pytest.approx(2.5, rel=1e-8)  # median of .02 .02 .03 .02 .02
    assert cancel_rate(0, 0) is None
    assert widening(0.05, None) is None


def test_o7_7a_the_earlier_form() -> None:
    score = earlier_composite(0.62, 0.045, 1.7, 40)
    assert score == pytest.approx(0.468, rel=1e-8)
    assert earlier_regime(0.045) == "WIDE"
    assert earlier_flag(score, earlier_regime(0.045)) is False
    assert earlier_composite(0.62, 0.045, 1.7, 9) == 0.0


@pytest.mark.parametrize(
    ("spread_frac", "regime"),
    [
        pytest.param(0.01, "TIGHT", id="one per cent is tight"),
        pytest.param(0.03, "NORMAL", id="three are normal"),
        pytest.param(0.08, "WIDE", id="eight are wide"),
        pytest.param(0.0801, "BROKEN", id="more is broken"),
    ],
)
def test_earlier_regimes(spread_frac: float, regime: str) -> None:
    assert earlier_regime(spread_frac) == regime
    assert earlier_flag(0.0, regime) is (regime == "BROKEN")


def test_o7_7b() -> None:
    score, insufficient, parts = composite(
        imbalance=0.62, vpin=0.48, markout=-0.0028, widening=2.5, cancel=0.825, params=PARAMS
    )
    expected = {"imbalance": 0.62, "vpin": 0.48, "markout": 0.7, "widening": 0.5, "cancel": 0.65}
    assert parts == pytest.approx(expected, rel=1e-8)
    assert score == pytest.approx(0.605, rel=1e-8)
    assert insufficient is False


@pytest.mark.parametrize(
    ("known", "score", "insufficient"),
    [
        pytest.param({}, 0.0, True, id="nothing known is unknown, not calm"),
        pytest.param({"markout": -0.01}, 0.0, True, id="one component alone is no composite"),
        pytest.param({"imbalance": 0.5, "vpin": 0.3}, 0.4, False, id="missing weight is shared out"),
        pytest.param({"imbalance": -0.5, "vpin": 0.3}, 0.4, False, id="selling is as one-sided as buying"),
        pytest.param({"markout": -0.004, "cancel": 0.5}, 0.35 / 0.45, False, id="four tenths of a cent lost are full"),
        pytest.param(
            {"markout": 0.01, "widening": 0.5}, 0.0, False, id="what is better than neutral counts as neutral"
        ),
        pytest.param({"markout": -0.1, "widening": 99.0}, 1.0, False, id="components are clipped to one"),
    ],
)
def test_missing_components(known: dict[str, float], score: float, insufficient: bool) -> None:
    got, unknown, parts = composite(**{**NOTHING, **known}, params=PARAMS)
    assert got == pytest.approx(score)
    assert unknown is insufficient
    assert set(parts) == set(known)
