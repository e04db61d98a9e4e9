"""Whether a price reaches a level at any time before T (methods §3.3): up or down, watched always or at intervals."""

from __future__ import annotations

import math
from typing import Final

from scipy.special import log_ndtr

from astra_actors.estimation.threshold import DEVIATION_MIN, checked, phi

BETA: Final = 0.582597158  # −ζ(½)/√(2π): Broadie, Glasserman & Kou (1997)


def touch_up(spot: float, level: float, years: float, sigma: float, drift: float = 0.0) -> float:
    """P(max S ≥ H before T); 1 at or beyond the barrier."""
    checked(spot, level, years, sigma)
    return _reach(math.log(level / spot), years, sigma, drift - 0.5 * sigma * sigma)


def touch_down(spot: float, level: float, years: float, sigma: float, drift: float = 0.0) -> float:
    """P(min S ≤ L before T): the mirrored path, not one minus the up-touch."""
    checked(spot, level, years, sigma)
    return _reach(math.log(spot / level), years, sigma, 0.5 * sigma * sigma - drift)


def touch(spot: float, level: float, years: float, sigma: float, drift: float = 0.0, *, up: bool) -> float:
    """The touch from the side that counts."""
    return (touch_up if up else touch_down)(spot, level, years, sigma, drift)


def watched_level(level: float, sigma: float, interval_years: float, *, up: bool) -> float:
    """The barrier moved away from spot, because a price that is looked at only now and then slips past it."""
    shift = math.exp(BETA * sigma * math.sqrt(interval_years))
    return level * shift if up else level / shift


def _reach(h: float, years: float, sigma: float, nu: float) -> float:
    """P(a Brownian motion with log drift ν reaches distance h within the time)."""
    if h <= 0:
        return 1.0
    deviation = sigma * math.sqrt(years)
    if deviation < DEVIATION_MIN:
        return 1.0 if nu * years >= h else 0.0
    direct = phi((nu * years - h) / deviation)
    reflected = _scaled_phi(2 * nu * h / (sigma * sigma), (-h - nu * years) / deviation)
    return min(1.0, direct + reflected)


def _scaled_phi(exponent: float, x: float) -> float:
    """e^exponent · Φ(x), also where the first factor alone has no double."""
    if exponent < 700:
        return math.exp(exponent) * phi(x)
    return math.exp(exponent + float(log_ndtr(x)))
