"""Micro-price: where the mid is heading, given who stands at the touch (methods §7.8)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


def weighted_mid(bid: float, bid_size: float, ask: float, ask_size: float) -> float:
    """(q_b·a + q_a·b)/(q_a + q_b), in the unit of the prices; the plain mid when no size stands anywhere."""
    size = bid_size + ask_size
    return (bid_size * ask + ask_size * bid) / size if size > 0 else (bid + ask) / 2


def size_imbalance(bid_size: float, ask_size: float) -> float | None:
    """q_b/(q_a + q_b) in [0, 1]; None when no size stands anywhere."""
    size = bid_size + ask_size
    return bid_size / size if size > 0 else None


def first_move(stay: Floats, drift: Floats) -> Floats:
    """G₁ = (I − Q)⁻¹R: expected first move of the mid from each imbalance state."""
    solved: Floats = np.linalg.solve(np.eye(len(stay)) - stay, drift)
    return solved


def adjustment(stay: Floats, drift: Floats, move: Floats, *, terms: int = 200) -> Floats:
    """G* = Σ B^k G₁ with B = (I − Q)⁻¹T: what to add to the mid in each imbalance state.

    `stay` (Q) are the transitions without a move of the mid, `drift` (R) the expected move, `move` (T) the transitions
    with one. The data must be symmetrised, else the sum has no limit; then its terms die out geometrically.
    Source: Stoikov (2018).
    """
    term = first_move(stay, drift)
    after: Floats = np.linalg.solve(np.eye(len(stay)) - stay, move)
    total = term.copy()
    for _ in range(terms):
        term = after @ term
        total += term
        if float(np.max(np.abs(term))) < 1e-15:
            break
    return total
