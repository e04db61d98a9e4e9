"""How long an order or a cancel travels: exponential, drawn from its own id, so that a replay draws the same."""

from __future__ import annotations

from math import log1p

from astra_actors.kernel.rng import unit
from astra_actors.kernel.units import NS_PER_MS


def latency_ms(mean_ms: float, u: float) -> float:
    """L = −mean·ln(1−u) for u in [0, 1) (methods §6.3)."""
    return -mean_ms * log1p(-u)


def latency_ns(seed: int, order_id: str, purpose: str, mean_ms: float) -> int:
    """The travel time of one order for one purpose, `place` or `cancel`."""
    return round(latency_ms(mean_ms, unit(seed, order_id, purpose)) * NS_PER_MS)
