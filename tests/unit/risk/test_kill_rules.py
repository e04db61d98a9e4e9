"""Every row of the table of methods §18.13, at its limit and past it."""

from __future__ import annotations

import pytest

from astra_actors.risk.kill_rules import KILL_RULES, KillAction, Measurements, fired
from astra_actors.risk.limits import RiskLimits

M = Measurements
LIMITS = RiskLimits()


@pytest.mark.parametrize(
    ("number", "action", "at_limit", "past_it"),
    [
        ("6.1", KillAction.NO_ENTRIES, M(day_loss=0.05), M(day_loss=0.0501)),
        ("6.2", KillAction.NO_ENTRIES, M(drawdown=0.10), M(drawdown=0.1001)),
        ("6.2b", KillAction.HALT, M(drawdown=0.1499), M(drawdown=0.15)),
        ("6.3", KillAction.COOLDOWN, M(failed_submissions=2), M(failed_submissions=3)),
        ("6.4", KillAction.CANCEL_ALL, M(feed_down_s=300.0), M(feed_down_s=300.1)),
        ("6.5", KillAction.HALT, M(kill_switch=False), M(kill_switch=True)),
        (
            "6.6",
            KillAction.HALVE_EXPOSURE,
            M(sharpe_per_trade=-0.1, trades=99),
            M(sharpe_per_trade=-0.1, trades=100),
        ),
        ("6.7", KillAction.REDUCE, M(fill_rate_ratio=3.0), M(fill_rate_ratio=3.01)),
        ("6.7", KillAction.REDUCE, M(fill_rate_ratio=0.34), M(fill_rate_ratio=0.33)),
        (
            "6.8",
            KillAction.HALT_SATELLITE,
            M(brier=0.31, brier_observations=49),
            M(brier=0.31, brier_observations=50),
        ),
    ],
)
def test_row(number: str, action: KillAction, at_limit: Measurements, past_it: Measurements) -> None:
    assert number not in [finding.number for finding in fired(at_limit, LIMITS)]
    assert (number, action) in [(finding.number, finding.action) for finding in fired(past_it, LIMITS)]


def test_what_has_not_been_measured_fires_nothing() -> None:
    assert fired(Measurements(), LIMITS) == ()
    assert fired(Measurements(trades=500, brier_observations=500), LIMITS) == ()


def test_findings_come_in_the_order_of_the_table() -> None:
    found = fired(Measurements(day_loss=1.0, drawdown=1.0, kill_switch=True), LIMITS)
    assert [finding.number for finding in found] == ["6.1", "6.2", "6.2b", "6.5"]
    assert len({rule.number for rule in KILL_RULES}) == len(KILL_RULES)
