"""Quoteability, the active set, activity and robustness (methods §18.7)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from astra_actors.gates.params import QuoteabilityParams
from astra_actors.gates.quoteability import QuoteScore, active_set, depth_score, quoteability, resolution_score
from astra_actors.gates.robustness import activity, robustness
from astra_actors.market.phase import MarketPhase
from astra_actors.risk.veto import Veto

SHARE = 1_000_000
BIDS = [(4900, 80 * SHARE), (4800, 120 * SHARE), (4600, 300 * SHARE)]
ASKS = [(5100, 60 * SHARE), (5200, 90 * SHARE), (5500, 500 * SHARE)]
O18_2: dict[str, Any] = {
    "bids": BIDS,
    "asks": ASKS,
    "churn": 0.4,
    "jump": 0.02,
    "hours": 100.0,
    "rrs": 0.2,
    "phase": MarketPhase.NORMAL,
    "age_ms": 100,
    "live": True,
    "liquidity_usd": 5_000.0,
    "tick_e4": 100,
    "params": QuoteabilityParams(),
}


def score(**changes: Any) -> QuoteScore:
    return quoteability(**{**O18_2, **changes})


def test_o18_2() -> None:
    assert depth_score(BIDS, ASKS, 1_000) == pytest.approx(0.84, rel=1e-8)
    got = score()
    assert got.score == pytest.approx(0.799238095, rel=1e-8)
    assert got.veto is None


@pytest.mark.parametrize(
    ("changes", "veto"),
    [
        pytest.param({"rrs": 0.351}, Veto.RESOLUTION_RISK, id="resolution risk above its limit"),
        pytest.param({"rrs": math.nan}, Veto.RESOLUTION_RISK, id="resolution risk is not a number"),
        pytest.param({"phase": MarketPhase.CLOSE_WINDOW}, Veto.PHASE, id="close window, whatever the risk score"),
        pytest.param({"phase": MarketPhase.POST_CLOSE}, Veto.PHASE, id="after the close"),
        pytest.param({"phase": MarketPhase.UNKNOWN}, Veto.PHASE, id="unknown phase"),
        pytest.param({"hours": 47.9, "jump": 0.051}, Veto.NEAR_CLOSE_VOLATILE, id="near its close and jumping"),
        pytest.param({"liquidity_usd": 499.99}, Veto.LIQUIDITY, id="too little liquidity"),
        pytest.param({"bids": []}, Veto.NO_BOOK, id="no bids"),
        pytest.param({"asks": []}, Veto.NO_BOOK, id="no asks"),
        pytest.param({"asks": [(4900, SHARE)]}, Veto.CROSSED_BOOK, id="locked"),
        pytest.param({"asks": [(4990, SHARE)]}, Veto.SPREAD_UNDER_TICK, id="spread of less than a tick"),
        pytest.param({"age_ms": 5_001}, Veto.STALE_BOOK, id="older than five seconds live"),
        pytest.param({"age_ms": 120_001, "live": False}, Veto.STALE_BOOK, id="older than two minutes on paper"),
        pytest.param({"toxic": True}, Veto.TOXIC_FLOW, id="toxic markouts"),
    ],
)
def test_vetoes_score_zero(changes: dict[str, Any], veto: Veto) -> None:
    got = score(**changes)
    assert (got.score, got.veto) == (0.0, veto)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"rrs": 0.35}, id="resolution risk at its limit"),
        pytest.param({"phase": MarketPhase.WATCH}, id="watch may be quoted"),
        pytest.param({"hours": 48.0, "jump": 0.5}, id="a jump is no veto at two days"),
        pytest.param({"hours": 40.0, "jump": 0.05}, id="exactly five cents near the close"),
        pytest.param({"liquidity_usd": 500.0}, id="liquidity at its floor"),
        pytest.param({"asks": [(5000, SHARE)]}, id="spread of one tick: join the best bid"),
        pytest.param({"age_ms": 5_000}, id="five seconds live"),
        pytest.param({"age_ms": 120_000, "live": False}, id="two minutes on paper"),
        pytest.param({"hours": None}, id="no date scores less but is no veto"),
    ],
)
def test_what_is_still_quoted(changes: dict[str, Any]) -> None:
    got = score(**changes)
    assert got.veto is None
    assert got.score > 0


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        pytest.param(168.1, 1.0, id="more than a week"),
        pytest.param(168.0, 0.8, id="a week"),
        pytest.param(72.1, 0.8, id="more than three days"),
        pytest.param(72.0, 0.6, id="three days"),
        pytest.param(48.0, 0.4, id="two days"),
        pytest.param(None, 0.0, id="unknown"),
    ],
)
def test_resolution_score(hours: float | None, expected: float) -> None:
    assert resolution_score(hours) == expected


def test_depth_is_measured_from_a_mid_between_two_ticks() -> None:
    # mid 50.5: one cent reaches 50 and 51, two cents 49 as well, three cents 53
    bids, asks = [(5000, 10 * SHARE), (4900, 20 * SHARE)], [(5100, 5 * SHARE), (5300, 40 * SHARE)]
    assert depth_score(bids, asks, 1_000) == pytest.approx((15 + 35 + 75) / 1_000)
    assert depth_score(bids, [], 1_000) == 0.0


def test_active_set_takes_the_best_and_bounds_each_cluster() -> None:
    scores = [(f"m{n}", "trump", 0.9 - n / 100) for n in range(7)] + [("x", "", 0.1), ("y", "", 0.2), ("z", "", 0.0)]
    assert active_set(scores) == ("m0", "m1", "m2", "m3", "m4", "y", "x")
    assert active_set(scores, size=2) == ("m0", "m1")
    assert active_set(scores, per_cluster=1) == ("m0", "y", "x")
    assert active_set([]) == ()


def test_active_set_does_not_depend_on_the_order_it_was_asked_in() -> None:
    scores = [("b", "", 0.5), ("a", "", 0.5), ("c", "", 0.5)]
    assert active_set(scores, size=2) == active_set(scores[::-1], size=2) == ("a", "b")


def test_a_market_of_two_clusters_needs_room_in_both() -> None:
    scores = [("a", ("x", "y"), 0.9), ("b", ("y",), 0.8), ("c", ("x",), 0.7), ("d", ("z",), 0.6)]
    assert active_set(scores, per_cluster=1) == ("a", "d")


def test_o18_3_activity() -> None:
    assert activity(4_200, 9_000, 100) == pytest.approx(0.505, rel=1e-8)
    assert activity(1e9, 1e9, 23.9) == pytest.approx(0.8)
    assert activity(0, 0, None) == 0.0


def test_o18_4_robustness() -> None:
    rows = [(0.62, 0.50, 0.05), (0.55, 0.50, 0.06), (0.50, 0.50, 0.05)]
    assert [robustness(*row) for row in rows] == [5, 2, 1]
