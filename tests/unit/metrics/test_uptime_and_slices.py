"""Uptime (O9.13), regime slices and the sample gates of methods §9.10."""

from __future__ import annotations

import pytest

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_DAY
from astra_actors.metrics.attribution import TaggedTrade, attribute, select, top_markets_pnl
from astra_actors.metrics.snapshot import snapshot, window_start_ns
from astra_actors.metrics.stat import MINIMUM, WINDOW_MINIMUM, Stat
from astra_actors.metrics.uptime import uptime


def test_o9_13_overlapping_sockets_count_once():
    found = uptime([(0, 3600), (3605, 40000), (39990, 41000), (41100, 86400)], start=0, end=86400)
    assert (found.connected, found.gaps) == (86295, 2)
    assert found.fraction == pytest.approx(0.998784722, rel=1e-8)
    assert found.longest_gap == 100


@pytest.mark.parametrize(
    ("sessions", "connected", "gaps"),
    [
        pytest.param([], 0, 1, id="never connected is one gap"),
        pytest.param([(-50, 200)], 100, 0, id="what lies outside the window does not count"),
        pytest.param([(20, 10), (200, 300)], 0, 1, id="empty and foreign sessions are nothing"),
        pytest.param([(50, 60), (10, 20)], 20, 3, id="order does not matter, both ends are gaps"),
        pytest.param([(0, 90), (10, 20), (90, 100)], 100, 0, id="one socket inside another"),
    ],
)
def test_uptime(sessions, connected, gaps):
    found = uptime(sessions, start=0, end=100)
    assert (found.connected, found.gaps) == (connected, gaps)


def test_an_empty_window_has_no_uptime():
    assert uptime([(0, 1)], start=5, end=5).fraction is None


def trade(pnl: int, **tags: str) -> TaggedTrade:
    return TaggedTrade(closed_ns=NS_PER_DAY, pnl_e10=pnl * 10**10, cost_e10=10 * 10**10, **tags)


TRADES = [
    trade(4, strategy="a", category="crypto", market_id="m1"),
    trade(-1, strategy="a", category="sports", market_id="m1"),
    trade(2, strategy="b", category="crypto", market_id="m2"),
]


def test_slices_add_up_and_the_largest_comes_first():
    slices = attribute(TRADES, "strategy")
    assert [(s.value, s.n, s.pnl_usd, s.markets) for s in slices] == [("a", 2, 3.0, 1), ("b", 1, 2.0, 1)]
    assert [s.share for s in slices] == [pytest.approx(0.6), pytest.approx(0.4)]
    assert not slices[0].judged
    assert slices[0].reason == "SampleGate_strategy=a: insufficient data (2 of 100)"


def test_a_hundred_trades_may_be_judged():
    assert attribute([trade(1, strategy="a")] * 100, "strategy")[0].judged


def test_metrics_filter_on_any_tag():
    assert select(TRADES, category="crypto", strategy="a") == TRADES[:1]
    with pytest.raises(BadInput, match="colour"):
        select(TRADES, colour="red")
    with pytest.raises(BadInput, match="colour"):
        attribute(TRADES, "colour")


def test_top_markets():
    assert top_markets_pnl(TRADES, 1) == [("m1", 3.0)]


def test_minimum_samples_are_those_of_the_table():
    assert dict(MINIMUM) == {
        "sharpe": 30,
        "sortino": 30,
        "calmar": 50,
        "win_rate": 20,
        "profit_factor": 20,
        "var": 40,
        "cvar": 40,
        "brier": 20,
        "worst_month": 60,
        "max_drawdown": 30,
        "expectancy": 10,
    }
    assert dict(WINDOW_MINIMUM) == {"7d": 10, "30d": 30, "90d": 50, "all_time": 20}


@pytest.mark.parametrize(
    ("metric", "window", "n", "enough"),
    [
        pytest.param("sharpe", "all_time", 29, False, id="its own minimum binds"),
        pytest.param("sharpe", "all_time", 30, True, id="both are met"),
        pytest.param("expectancy", "90d", 49, False, id="the window's minimum binds"),
        pytest.param("expectancy", "90d", 50, True, id="the window's minimum is met"),
        pytest.param("expectancy", "", 10, True, id="without a window its own"),
    ],
)
def test_both_minima_bind(metric, window, n, enough):
    gated = Stat(1.0, n).gated(metric, window)
    assert gated.enough is enough
    assert gated.value == 1.0  # too small a sample is said, not hidden


def test_a_snapshot_of_nothing_is_null_and_never_raises():
    figures = snapshot([], start_e10=0, start_ns=0, now_ns=0)
    assert figures["sharpe_per_trade"].value is None
    assert figures["calmar"].value is None
    assert figures["max_drawdown"].reason == "no trades"
    assert figures["pnl_usd"].value == 0.0  # a sum over nothing is 0; a ratio is not


def test_a_window_never_begins_before_the_run():
    assert window_start_ns(7, start_ns=5 * NS_PER_DAY, now_ns=6 * NS_PER_DAY) == 5 * NS_PER_DAY
    assert window_start_ns(7, start_ns=0, now_ns=10 * NS_PER_DAY) == 3 * NS_PER_DAY
    assert window_start_ns(None, start_ns=1, now_ns=10) == 1


def test_a_window_takes_only_its_own_trades():
    old = TaggedTrade(closed_ns=NS_PER_DAY, pnl_e10=10**10, cost_e10=10**10)
    new = TaggedTrade(closed_ns=9 * NS_PER_DAY, pnl_e10=3 * 10**10, cost_e10=10**10)
    figures = snapshot([old, new], start_e10=0, start_ns=3 * NS_PER_DAY, now_ns=10 * NS_PER_DAY, window="7d")
    assert (figures["pnl_usd"].value, figures["pnl_usd"].n) == (3.0, 1)
