"""A warm-up phase and an overridden gate only ever take something away (methods §18.13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.config.load import load_settings
from astra_actors.config.risk_mistakes import of_risk
from astra_actors.config.settings import Settings
from astra_actors.config.warm_up import caps_usd, warmed_up
from astra_actors.venues.clob.phases import PHASES

HERE = {
    "stream": {"gamma_url": "http://127.0.0.1:1/g", "clob_url": "http://127.0.0.1:1", "market_ws_url": "ws://127.0.0.1:1/m"},
    "live": {"gateway": {"user_ws_url": "ws://127.0.0.1:1/u", "relayer_url": ""}},
}  # fmt: skip
KINDS = ("run", "risk", "live")


def settings_of(phase: str, **sections: Any) -> Settings:
    flags = {**HERE, "live": {**HERE["live"], "phase": phase}}
    return load_settings(profile="live", environ={}, flags={**flags, **sections})


# By hand, from §18.13 and a bankroll of 5,000 dollars: phase, bankroll, dollars a market, dollars of the halt, markets.
TABLE = [
    pytest.param("A", 5_000, 50, 750, 40, id="A has the limits and no room at all"),
    pytest.param("B", 100, 5, 10, 5, id="B risks ten dollars"),
    pytest.param("C", 500, 25, 50, 20, id="C risks fifty"),
    pytest.param("D", 5_000, 50, 750, 40, id="D is the whole bankroll"),
    pytest.param("E", 5_000, 50, 750, 40, id="E is as the settings say"),
]


@pytest.mark.parametrize(("phase", "bankroll", "market", "halt", "markets"), TABLE)
def test_a_phase_in_dollars(phase: str, bankroll: int, market: int, halt: int, markets: int) -> None:
    trading, _ = warmed_up(settings_of(phase))
    caps = caps_usd(trading)
    assert trading.run.bankroll_usd == bankroll
    assert caps["market"] == market
    assert caps["fall from the peak: halt"] == halt
    assert trading.gates.market.quoteability.active_markets == markets
    assert (caps["all markets"] == 0) == (phase == "A")
    assert of_risk(trading) == []


def test_phase_a_sends_nothing_by_the_account_either() -> None:
    assert PHASES["A"].limits.observe_only
    assert not any(PHASES[name].limits.observe_only for name in "BCDE")


def test_settings_below_a_phase_stay_as_they_are() -> None:
    """A thousand dollars and half a percent of it in phase D: nothing is lifted to the phase's own."""
    settings = settings_of("D", run={"bankroll_usd": 1_000}, risk={"market_cap": 0.005})
    trading, told = warmed_up(settings)
    assert trading.run == settings.run
    assert trading.risk == settings.risk
    assert told == []


@given(
    phase=st.sampled_from("ABCDE"),
    bankroll=st.integers(500, 1_000_000),
    market_cap=st.integers(10, 400),
    halt=st.integers(110, 900),
    rows=st.lists(st.sampled_from(["1.1", "2.3", "2.10", "3.4", "4.9"]), max_size=5),
)
def test_no_limit_in_dollars_grows(phase: str, bankroll: int, market_cap: int, halt: int, rows: list[str]) -> None:
    risk = {"market_cap": market_cap / 1_000, "drawdown_halt": halt / 1_000, "drawdown_on": 0.1, "drawdown_off": 0.05}
    settings = settings_of(phase, run={"bankroll_usd": bankroll}, risk=risk)
    trading, _ = warmed_up(settings, rows)
    before, after = caps_usd(settings), caps_usd(trading)
    grown = {name: (before[name], after[name]) for name in before if after[name] > before[name]}
    assert not grown
    assert trading.risk.drawdown_off < trading.risk.drawdown_on < trading.risk.drawdown_halt
    assert trading.risk.failures_max <= settings.risk.failures_max
    assert of_risk(trading) == []


OVERRIDES = [
    pytest.param(["1.1"], {"aggregate_cap": 0.2}, id="paper is not passed"),
    pytest.param(["2.1", "2.12"], {"daily_loss": 0.025}, id="the edge is not shown"),
    pytest.param(["3.4"], {"failures_max": 1, "feed_halt_s": 60.0}, id="a part was not seen working"),
    pytest.param(["4.4"], {"drawdown_on": 0.05, "drawdown_off": 0.025, "drawdown_halt": 0.075}, id="a safeguard"),
]


@pytest.mark.parametrize(("rows", "expected"), OVERRIDES)
def test_an_override_tightens_its_area_and_halves_the_bankroll(rows: list[str], expected: dict[str, float]) -> None:
    settings = settings_of("E")
    trading, told = warmed_up(settings, rows)
    changed = {name for name in expected if getattr(trading.risk, name) == expected[name]}
    assert changed == set(expected)
    assert trading.run.bankroll_usd == Decimal(2_500)
    assert {each.name for each in told} == {*(f"risk.{name}" for name in expected), "run.bankroll_usd"}


def test_an_override_tells_nothing_of_a_limit_that_it_leaves() -> None:
    """Phase A lets no money out: half of that is the same."""
    _, told = warmed_up(settings_of("A"), ["1.1"])
    assert all(each.old != each.new for each in told)
    assert [each.name for each in told].count("risk.aggregate_cap") == 1


def test_an_override_in_a_small_account_leaves_the_venues_least_order() -> None:
    trading, _ = warmed_up(settings_of("B"), ["2.1"])
    assert trading.run.bankroll_usd == 50
    assert caps_usd(trading)["market"] == 5
