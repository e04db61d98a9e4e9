"""Oracle O9.9, its drawdown parts, on the sixteen trades of D9."""

from __future__ import annotations

import pytest

from astra_actors.kernel.clock import ns_from_text
from astra_actors.kernel.units import NS_PER_DAY
from astra_actors.portfolio.drawdown import DrawdownTracker
from astra_actors.portfolio.equity import drawdown_of, equity_curve_e10

USD = 10**10
CENTS = (12, -5, 8, -55, 33, 25, -10, 4, 42, -30, 18, 9, -2, 27, -45, 15)  # returns in percent of 25 dollars
DAYS = (1, 2, 2, 5, 8, 9, 13, 15, 18, 20, 24, 27, 30, 33, 37, 41)
START_NS = ns_from_text("2026-03-02T00:00:00Z")


def _d9() -> DrawdownTracker:
    curve = equity_curve_e10(5000 * USD, [cents * 25 * USD // 100 for cents in CENTS])
    tracker = DrawdownTracker(START_NS, 5000 * USD)
    for day, equity_e10 in zip(DAYS, curve, strict=True):
        tracker.observe(START_NS + day * NS_PER_DAY, equity_e10)
    return tracker


def test_o9_9_depth() -> None:
    tracker = _d9()
    assert tracker.equity_e10 == 50_115 * USD // 10
    assert tracker.peak_e10 == 5019 * USD
    assert tracker.deepest == pytest.approx(0.00274793905, rel=1e-8)
    assert tracker.deepest_e10 == 1375 * USD // 100
    assert tracker.current == pytest.approx(0.00149432158, rel=1e-8)
    assert tracker.recovery == pytest.approx(0.00149655792, rel=1e-8)


def test_o9_9_length() -> None:
    tracker = _d9()
    assert tracker.under_water_ns() == 8 * NS_PER_DAY
    assert tracker.longest_ns == 15 * NS_PER_DAY
    assert tracker.under_water_ns(START_NS + 50 * NS_PER_DAY) == 17 * NS_PER_DAY  # live: to now


def test_a_curve_that_only_rises_is_never_under_water() -> None:
    tracker = DrawdownTracker(0, 100)
    tracker.observe(NS_PER_DAY, 110)
    tracker.observe(9 * NS_PER_DAY, 110)
    assert (tracker.deepest, tracker.longest_ns, tracker.under_water_ns(20 * NS_PER_DAY)) == (0.0, 0, 0)


def test_the_deepest_fall_is_the_deepest_in_parts_of_its_own_peak() -> None:
    tracker = DrawdownTracker(0, 100)
    for number, equity in enumerate((80, 1000, 850, 1000)):  # 20 % of 100, then 15 % of 1000
        tracker.observe(number, equity)
    assert tracker.deepest == 0.2
    assert tracker.deepest_e10 == 20


def test_nothing_left_has_no_way_back() -> None:
    tracker = DrawdownTracker(0, 100)
    tracker.observe(1, 0)
    assert tracker.recovery is None
    assert tracker.current == 1.0


def test_time_does_not_go_back() -> None:
    tracker = DrawdownTracker(5, 100)
    with pytest.raises(AssertionError):
        tracker.observe(4, 100)


def test_without_a_peak_there_is_no_fall() -> None:
    assert drawdown_of(0, -5) == 0.0
