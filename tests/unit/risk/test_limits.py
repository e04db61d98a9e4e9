"""Oracle O12.4, caps in money, scaling of a cap; and the phases' factors against their own table."""

from __future__ import annotations

import pytest

from astra_actors.kernel.units import USD_ONE_E10 as USD
from astra_actors.market.phase import PHASE_RULES
from astra_actors.risk.limits import RiskLimits, market_cap_e10, resolution_factor, share_e10

LIMITS = RiskLimits()


@pytest.mark.parametrize(
    ("hours", "state", "cap"),
    [
        pytest.param(48.0, 1.0, 50, id="O12.4: exactly 48 hours is not near"),
        pytest.param(47.999, 1.0, 25, id="O12.4: 47.999 is"),
        pytest.param(None, 1.0, 25, id="an unknown time is near"),
        pytest.param(47.0, 0.8, 25, id="the smaller factor once, not both"),
        pytest.param(20.0, 0.5, 25, id="half of a half is not taken"),
        pytest.param(60.0, 0.8, 40, id="the watch phase alone"),
        pytest.param(1.0, 0.0, 0, id="a phase that allows nothing"),
        pytest.param(-1.0, 1.0, 25, id="past its close is near"),
    ],
)
def test_near_resolution(hours: float | None, state: float, cap: int) -> None:
    factor = resolution_factor(hours, state, LIMITS)
    assert market_cap_e10(5000 * USD, 1.0, factor, LIMITS) == cap * USD


def test_caps_of_five_thousand_dollars() -> None:
    caps = [share_e10(5000 * USD, f) for f in (LIMITS.market_cap, LIMITS.cluster_cap, LIMITS.aggregate_cap)]
    assert caps == [50 * USD, 600 * USD, 2000 * USD]
    assert dict(LIMITS.category_caps)["crypto"] == 0.30


@pytest.mark.parametrize(
    ("scale", "factor", "restores", "cap"),
    [
        pytest.param(1.5, 1.0, False, 50, id="never above the hard cap"),
        pytest.param(1.5, 1.0, True, 50, id="never above the hard cap, asked or not"),
        pytest.param(1.5, 0.5, False, 25, id="by default a calm stretch lifts nothing"),
        pytest.param(1.5, 0.5, True, 37.5, id="configured, it restores what nearness took"),
        pytest.param(0.25, 0.5, False, 6.25, id="a wild stretch multiplies"),
    ],
)
def test_scaling_a_cap(scale: float, factor: float, restores: bool, cap: float) -> None:
    limits = RiskLimits(scale_restores=restores)
    assert market_cap_e10(5000 * USD, scale, factor, limits) == int(cap * 100) * USD // 100


def test_the_phase_factors_are_those_of_the_phases() -> None:
    named = dict(LIMITS.phase_caps)
    assert {phase.value: rule.cap_multiplier for phase, rule in PHASE_RULES.items()} == {
        phase.value: named.get(phase.value, 0.0) for phase in PHASE_RULES
    }
