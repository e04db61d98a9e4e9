"""From an interval of volatility to an interval of probability (methods §3.6, §3.7)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from astra_actors.estimation.threshold import d2, phi, t_above
from astra_actors.estimation.volatility import SigmaRange

Range = tuple[float, float]
_PROBES: Final = 9  # odd: the centre is one of them


def close_sigmas(spot: float, level: float, years: float, vol: SigmaRange) -> tuple[float, ...]:
    """The volatilities at which the close probability can be extreme: both ends, and σ* where it peaks, if inside.

    Above spot the probability rises with σ until σ* = √(2 ln(K/S)/T) and falls after it; the ends alone would miss it.
    """
    if level <= spot or years <= 0:
        return (vol.lo, vol.hi)
    peak = math.sqrt(2 * math.log(level / spot) / years)
    return (vol.lo, peak, vol.hi) if vol.lo < peak < vol.hi else (vol.lo, vol.hi)


def close_range(spot: float, level: float, years: float, vol: SigmaRange) -> Range:
    """The range of P(S_T > K) over the volatility's interval."""
    return _ends([phi(d2(spot, level, years, sigma)) for sigma in close_sigmas(spot, level, years, vol)])


def close_range_t(spot: float, level: float, years: float, vol: SigmaRange, *, df: float) -> Range:
    """The same under Student-t returns; d₂ has its extremes at the same volatilities."""
    return _ends([t_above(d2(spot, level, years, sigma), df) for sigma in close_sigmas(spot, level, years, vol)])


def monotone_range(probability: Callable[[float], float], vol: SigmaRange) -> Range:
    """The range of a probability that moves one way with σ, such as a touch: the ends suffice."""
    return _ends([probability(vol.lo), probability(vol.hi)])


def probed_range(probability: Callable[[float], float], vol: SigmaRange) -> Range:
    """The range of a probability whose bends in σ have no formula, from equally spaced probes."""
    step = (vol.hi - vol.lo) / (_PROBES - 1)
    return _ends([probability(vol.lo + step * i) for i in range(_PROBES)])


def wider(a: Range, b: Range) -> Range:
    """The wider of two intervals."""
    return b if b[1] - b[0] > a[1] - a[0] else a


def widened(p: float, bounds: Range, model_error: float) -> Range:
    """Both ends moved out by the model's own error, holding p, inside [0, 1]."""
    lo = min(bounds[0], p) - model_error
    hi = max(bounds[1], p) + model_error
    return max(0.0, lo), min(1.0, hi)


def _ends(values: list[float]) -> Range:
    return min(values), max(values)
