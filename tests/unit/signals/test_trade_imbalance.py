"""Trade imbalance (methods §7.2)."""

from __future__ import annotations

import pytest

from astra_actors.signals.trade_imbalance import TradeImbalance, imbalance

O7_2 = [(True, 30), (True, 45), (False, 20), (True, 15), (False, 5)]


def test_o7_2_as_a_formula() -> None:
    assert imbalance(30 + 45 + 15, 20 + 5) == pytest.approx(0.565217391, rel=1e-8)


def test_o7_2_trade_by_trade() -> None:
    window = TradeImbalance(window=50, window_ns=1_000)
    for at, (buys, shares) in enumerate(O7_2):
        window.add(at, buys, shares * 1_000_000)
    assert window.value(now_ns=10, trades_min=5) == pytest.approx(0.565217391, rel=1e-8)


def test_no_trades_is_unknown_and_not_balanced() -> None:
    assert imbalance(0, 0) is None
    assert TradeImbalance(50, 1_000).value(0, trades_min=1) is None


def test_below_the_minimum_sample_it_is_unknown() -> None:
    window = TradeImbalance(50, 1_000)
    window.add(0, True, 1)
    assert window.value(0, trades_min=2) is None
    assert window.value(0, trades_min=1) == 1.0


def test_the_oldest_trade_leaves_a_full_window() -> None:
    window = TradeImbalance(window=2, window_ns=1_000)
    window.add(0, True, 100)
    window.add(1, False, 30)
    window.add(2, True, 10)
    assert window.value(2, trades_min=2) == pytest.approx((10 - 30) / 40)


def test_a_trade_leaves_when_it_is_too_old() -> None:
    window = TradeImbalance(window=50, window_ns=1_000)
    window.add(0, True, 100)
    window.add(900, False, 30)
    assert window.value(1_000, trades_min=1) == pytest.approx(70 / 130)  # exactly as old as the window is still in
    assert window.value(1_001, trades_min=1) == -1.0
    assert window.value(1_901, trades_min=1) is None
