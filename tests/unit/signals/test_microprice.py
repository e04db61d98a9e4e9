"""Micro-price (methods §7.8)."""

from __future__ import annotations

import numpy as np
import pytest

from astra_actors.signals.microprice import adjustment, first_move, size_imbalance, weighted_mid

STAY = np.array([[0.55, 0.15, 0.02], [0.12, 0.56, 0.12], [0.02, 0.15, 0.55]])
UP, DOWN = np.array([0.05, 0.10, 0.23]), np.array([0.23, 0.10, 0.05])
LAND_UP = np.array([0.5, 0.3, 0.2])
HALF_TICK = 0.005


def test_o7_8a() -> None:
    assert weighted_mid(0.50, 120, 0.52, 40) == pytest.approx(0.515, rel=1e-8)
    assert size_imbalance(120, 40) == pytest.approx(0.75, rel=1e-8)


def test_o7_8b() -> None:
    drift = HALF_TICK * (UP - DOWN)
    move = np.outer(UP, LAND_UP) + np.outer(DOWN, LAND_UP[::-1])
    first, total = first_move(STAY, drift), adjustment(STAY, drift, move)
    assert first[2] == pytest.approx(0.00191489362, rel=1e-8)
    assert total[2] == pytest.approx(0.00171755725, rel=1e-8)
    assert total[1] == pytest.approx(0.0, abs=1e-12)
    assert total[0] == pytest.approx(-0.00171755725, rel=1e-8)


def test_without_any_size_the_middle_is_the_best_guess() -> None:
    assert weighted_mid(5000, 0, 5200, 0) == 5100
    assert size_imbalance(0, 0) is None
