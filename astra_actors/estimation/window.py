"""Whether a price touches a level inside a window that opens later (methods §3.4)."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np

from astra_actors.estimation.threshold import DEVIATION_MIN, checked, close_above, d2
from astra_actors.estimation.touch import touch

_REACH: Final = 9.0  # Φ(−9) is 1e-19: what lies further out adds nothing to a double
_NODES: Final = 160  # two panels of 160: the integrand's kink at the barrier is an end point, so this is exact to 1e-12


def touch_in_window(
    spot: float, level: float, opens: float, closes: float, sigma: float, drift: float = 0.0, *, up: bool = True
) -> float:
    """P(the level is reached between `opens` and `closes`, both in years from now).

    At the opening the price either stands beyond the level already, or somewhere below it (above, for a down-touch)
    with the window still ahead; the second part is integrated over where it stands.
    """
    checked(spot, level, opens, sigma)
    if closes < opens:
        return 0.0
    if opens <= 0 or sigma * math.sqrt(opens) < DEVIATION_MIN:
        return touch(spot, level, closes - max(opens, 0.0), sigma, drift, up=up)
    edge = -d2(spot, level, opens, sigma, drift)  # standard normal quantile of the level at the opening
    above = close_above(spot, level, opens, sigma, drift)
    beyond = above if up else 1.0 - above
    low, high = (-_REACH, min(edge, _REACH)) if up else (max(edge, -_REACH), _REACH)
    if high <= low:
        return beyond
    location = math.log(spot) + (drift - 0.5 * sigma * sigma) * opens
    deviation = sigma * math.sqrt(opens)
    inside = 0.0
    for z, weight in _panel(low, high, up):
        at = math.exp(location + deviation * z)
        density = math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        inside += weight * density * touch(at, level, closes - opens, sigma, drift, up=up)
    return min(1.0, beyond + inside)


def _panel(low: float, high: float, up: bool) -> list[tuple[float, float]]:
    """Nodes and weights over [low, high], denser at the barrier, where the touch bends."""
    split = max(low, high - 2.0) if up else min(high, low + 2.0)
    return [
        (0.5 * (b - a) * node + 0.5 * (a + b), 0.5 * (b - a) * weight)
        for a, b in ((low, split), (split, high))
        if b > a
        for node, weight in _gauss()
    ]


@lru_cache(maxsize=1)
def _gauss() -> tuple[tuple[float, float], ...]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return tuple(zip(nodes.tolist(), weights.tolist(), strict=True))
