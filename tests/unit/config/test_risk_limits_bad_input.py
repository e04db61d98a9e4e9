"""Limits that make no sense are refused before anything starts, each with its field, its value and what to do."""

from __future__ import annotations

import math
from typing import Any

import pytest

from astra_actors.config.load import load_settings
from astra_actors.kernel.errors import ConfigError

WRONG = [
    pytest.param({"market_cap": 1.01}, "risk.market_cap", "1.01", id="a limit above one"),
    pytest.param({"cluster_cap": -0.1}, "risk.cluster_cap", "-0.1", id="a negative limit"),
    pytest.param({"aggregate_cap": math.nan}, "risk.aggregate_cap", "nan", id="not a number"),
    pytest.param({"daily_loss": math.inf}, "risk.daily_loss", "inf", id="without end"),
    pytest.param({"near_resolution_hours": math.inf}, "risk.near_resolution_hours", "inf", id="always near"),
    pytest.param({"volatility_target": 0}, "risk.volatility_target", "above 0", id="no spread aimed at"),
    pytest.param({"satellite_cap": 2}, "risk.satellite_cap", "2", id="a satellite larger than the account"),
    pytest.param({"category_caps": [["crypto", 1.5]]}, "risk.category_caps", "1.5", id="a category cap above one"),
    pytest.param(
        {"category_caps": [["cryto", 0.3]]}, "risk.category_caps", "no such category", id="a category misspelt"
    ),
    pytest.param({"phase_caps": [["normal", 3.0]]}, "risk.phase_caps", "3.0", id="a phase that multiplies"),
    pytest.param({"drawdown_off": 0.10}, "risk.drawdown_off", "below drawdown_on 0.1", id="a breaker without a gap"),
    pytest.param({"drawdown_off": 0.2}, "risk.drawdown_off", "below drawdown_on 0.1", id="off above on"),
    pytest.param({"drawdown_halt": 0.1}, "risk.drawdown_halt", "above drawdown_on 0.1", id="a halt with the breaker"),
    pytest.param({"satellite_strategies": ["news"]}, "risk.satellite_strategies", "no such strategy", id="a strategy"),
    pytest.param({"rejects_max": 5}, "risk.rejects_max", "no such setting", id="a setting that is gone"),
]


@pytest.mark.parametrize(("risk", "field", "named"), WRONG)
def test_a_wrong_limit_is_named(risk: dict[str, Any], field: str, named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(flags={"risk": risk}, environ={})
    assert str(caught.value).startswith(field)
    assert named in str(caught.value)


def test_mistakes_that_only_show_together_are_told_together() -> None:
    risk = {"drawdown_off": 0.3, "drawdown_halt": 0.05, "category_caps": [["nothing", 0.1]]}
    with pytest.raises(ConfigError) as caught:
        load_settings(flags={"risk": risk, "run": {"bankroll_usd": 100}}, environ={})
    told = [line.split(":")[0] for line in str(caught.value).splitlines()]
    assert told == ["risk.drawdown_off", "risk.drawdown_halt", "risk.category_caps", "risk.market_cap"]


@pytest.mark.parametrize(
    ("bankroll", "cap", "least"),
    [
        pytest.param("499", 0.01, "0.0101", id="a cent under five dollars"),
        pytest.param("100", 0.01, "0.05", id="the first real money"),
        pytest.param("5000", 0.0009, "0.001", id="a cap that is too careful"),
        pytest.param("4", 1.0, "larger bankroll", id="no cap helps"),
    ],
)
def test_a_market_cap_under_the_least_order_is_refused(bankroll: str, cap: float, least: str) -> None:
    flags = {"run": {"bankroll_usd": bankroll}, "risk": {"market_cap": cap}}
    with pytest.raises(ConfigError) as caught:
        load_settings(flags=flags, environ={})
    told = str(caught.value)
    assert told.startswith(f"risk.market_cap: {cap}")
    assert f"of {bankroll} USD it leaves" in told and least in told


@pytest.mark.parametrize(("bankroll", "cap"), [("500", 0.01), ("100", 0.05), ("5", 1.0)])
def test_exactly_the_least_order_is_enough(bankroll: str, cap: float) -> None:
    settings = load_settings(flags={"run": {"bankroll_usd": bankroll}, "risk": {"market_cap": cap}}, environ={})
    assert settings.risk.market_cap == cap


def test_what_is_shipped_is_right() -> None:
    limits = load_settings(environ={}).risk
    caps = (limits.market_cap, limits.cluster_cap, limits.aggregate_cap, limits.satellite_cap)
    assert caps == (0.01, 0.12, 0.40, 0.15)
    breaker = (limits.drawdown_on, limits.drawdown_off, limits.drawdown_halt, limits.daily_loss)
    assert breaker == (0.10, 0.05, 0.15, 0.05)
